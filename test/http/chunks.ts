/** Bytes from text, and the ways in which they can be cut. */

/** `text` with one byte a character. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    if (code > 0xff) throw new RangeError(`${JSON.stringify(character)} is not ISO 8859-1`);
    return code;
  });
}

/** `bytes` whole, cut in two at every place, and one by one. */
export function* everyCut(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield [bytes];
  for (let at = 1; at < bytes.length; at += 1) yield [bytes.subarray(0, at), bytes.subarray(at)];
  yield Array.from(bytes, (byte) => Uint8Array.of(byte));
}
