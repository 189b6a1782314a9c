/** Bytes for tests: from hex, and cut in every way. */

/** The bytes that `text` writes in hex; spaces do not count. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(" ", "");
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new SyntaxError(`${text} is not hex`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/**
 * `bytes` whole, cut in two at every place, and one by one; each piece with memory of its own, since receivers unmask in
 * place.
 */
export function* everyCut(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield [bytes.slice()];
  for (let at = 1; at < bytes.length; at += 1) yield [bytes.slice(0, at), bytes.slice(at)];
  if (bytes.length > 2) yield Array.from(bytes, (byte) => Uint8Array.of(byte));
}

/** `bytes` cut at `places`, which may be in any order and out of range. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const inside = new Set(places.filter((place) => place > 0 && place < bytes.length));
  const cuts = [0, ...[...inside].sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, index) => bytes.slice(cuts[index], end));
}
