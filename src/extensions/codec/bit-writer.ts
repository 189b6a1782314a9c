/** Bits going out, the first in the lowest place of a byte (RFC 1951 §3.1.1). One scratch for the whole process. */

/** What is written to. */
export const bits: {
  bytes: Uint8Array;
  /** The next byte to write. */
  at: number;
  /** Bits that do not fill a byte yet, and their number: below 16 between calls. */
  hold: number;
  held: number;
} = { bytes: new Uint8Array(4096), at: 0, hold: 0, held: 0 };

/** Begins anew. */
export function resetBits(): void {
  bits.at = 0;
  bits.hold = 0;
  bits.held = 0;
}

/** Makes sure that `size` more bytes can be written. */
export function reserveBytes(size: number): void {
  if (bits.bytes.length - bits.at >= size + 8) return;
  const grown = new Uint8Array(Math.max(bits.at + size + 8, bits.bytes.length * 2));
  grown.set(bits.bytes.subarray(0, bits.at));
  bits.bytes = grown;
}

/** Appends the lowest `count` bits of `value`, at most 16, the rest of which is 0. */
export function writeBits(value: number, count: number): void {
  bits.hold |= value << bits.held;
  bits.held += count;
  if (bits.held < 16) return;
  bits.bytes[bits.at] = bits.hold;
  bits.bytes[bits.at + 1] = bits.hold >>> 8;
  bits.at += 2;
  bits.hold >>>= 16;
  bits.held -= 16;
}

/** Fills the byte up with zeros. */
export function alignBits(): void {
  while (bits.held > 0) {
    bits.bytes[bits.at++] = bits.hold;
    bits.hold >>>= 8;
    bits.held -= 8;
  }
  bits.hold = 0;
  bits.held = 0;
}
