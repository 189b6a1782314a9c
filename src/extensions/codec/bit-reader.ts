/**
 * Bits coming in, the first in the lowest place of a byte (RFC 1951 §3.1.1). One scratch for the whole process.
 *
 * Nothing here throws at the end of the input: behind it stand a few bytes of no meaning, which may be read and must not be
 * believed. `overrun` tells whether they have been.
 */

/** How far one step of a decoder may read beyond the end. */
const SLACK = 32;
/** The first size of the scratch. */
const ROOM = 4096;

/** What is read from. */
export const source: {
  bytes: Uint8Array;
  view: DataView;
  /** The next byte to take into `hold`. */
  at: number;
  /** Where the input ends. */
  end: number;
  /** Bits taken and not used, and their number. */
  hold: number;
  held: number;
} = withRoom(ROOM);

function withRoom(size: number): typeof source {
  const bytes = new Uint8Array(size + SLACK);
  return { bytes, view: new DataView(bytes.buffer), at: 0, end: 0, hold: 0, held: 0 };
}

/** Begins anew with `size` bytes of room. */
export function openSource(size: number): void {
  if (source.bytes.length < size + SLACK) {
    source.bytes = new Uint8Array(Math.max(size + SLACK, source.bytes.length * 2));
    source.view = new DataView(source.bytes.buffer);
  }
  source.at = 0;
  source.end = 0;
}

/** Takes bits till there are at least 16, fewer than 32. */
export function fillBits(): void {
  if (source.held >= 16) return;
  source.hold |= source.view.getUint16(source.at, true) << source.held;
  source.at += 2;
  source.held += 16;
}

/** Uses up the next `count` bits, at most 16, after `fillBits`. */
export function takeBits(count: number): number {
  const value = source.hold & ((1 << count) - 1);
  source.hold >>>= count;
  source.held -= count;
  return value;
}

/** Whether bits beyond the end have been used up. */
export function overrun(): boolean {
  return source.at - (source.held >> 3) > source.end;
}

/** Gives whole bytes back, so that fewer than 8 bits are held. */
export function giveBack(): void {
  source.at -= source.held >> 3;
  source.held &= 7;
  source.hold &= (1 << source.held) - 1;
}
