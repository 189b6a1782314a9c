/** Frames to bytes (RFC 6455 §5.2). */
import type { Frame } from "./frame.ts";
import { applyMask } from "./mask.ts";

/** Room that any header needs at most: two bytes, eight of an extended length, four of a masking key. */
export const MAX_HEADER_SIZE: number = 2 + 8 + 4;

/** How many bytes the header of a frame with `length` bytes of payload takes. */
export function headerSize(length: number, masked: boolean): number {
  const extended = length < 126 ? 0 : length < 0x1_0000 ? 2 : 8;
  return 2 + extended + (masked ? 4 : 0);
}

/**
 * Writes a header at `target[at]`, where there must be room for it.
 *
 * @param key The masking key, lowest octet first, or null when the frame is not masked.
 * @returns Where the payload begins.
 */
export function writeHeader(
  target: Uint8Array,
  at: number,
  opcode: number,
  fin: boolean,
  rsv: number,
  length: number,
  key: number | null,
): number {
  const mask = key === null ? 0 : 0x80;
  let next = at + 2;
  target[at] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  // §5.2: "the minimal number of bytes MUST be used to encode the length".
  if (length < 126) {
    target[at + 1] = mask | length;
  } else if (length < 0x1_0000) {
    target[at + 1] = mask | 126;
    target[at + 2] = length >> 8;
    target[at + 3] = length;
    next += 2;
  } else {
    target[at + 1] = mask | 127;
    writeUint32(target, at + 2, Math.floor(length / 0x1_0000_0000));
    writeUint32(target, at + 6, length >>> 0);
    next += 8;
  }
  if (key !== null) {
    target[next] = key;
    target[next + 1] = key >> 8;
    target[next + 2] = key >> 16;
    target[next + 3] = key >> 24;
    next += 4;
  }
  return next;
}

/** A whole frame in memory of its own, masked when `key` is given (lowest octet first). */
export function serialiseFrame(frame: Frame, key: number | null = null): Uint8Array {
  const { length } = frame.payload;
  const bytes = new Uint8Array(headerSize(length, key !== null) + length);
  const at = writeHeader(bytes, 0, frame.opcode, frame.fin, frame.rsv, length, key);
  bytes.set(frame.payload, at);
  if (key !== null) applyMask(bytes, at, bytes.length, key);
  return bytes;
}

function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}
