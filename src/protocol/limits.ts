/** Sizes and counts that a peer may not exceed (RFC 6455 §10.4). */

/** A message of at most this many frames is legal, however small `maxSize` is. */
const FRAMES_AT_LEAST = 1024;

/** What a frame counts for at least, in bytes of `maxSize`: empty frames count too. */
const BYTES_A_FRAME = 16;

/** How many frames a message may come in, empty ones counted. */
export function maxFrames(maxSize: number | null): number {
  if (maxSize === null) return Number.POSITIVE_INFINITY;
  return Math.max(FRAMES_AT_LEAST, Math.floor(maxSize / BYTES_A_FRAME));
}

/**
 * How many frames one call of `receive` handles before it stops with "turn", so that one peer's flood of tiny frames
 * cannot keep the others waiting. A chunk of 64 KiB with messages of 64 bytes is below it.
 */
export const FRAMES_A_TURN = 1024;

/**
 * How many bytes it decompresses before it stops likewise: a chunk of 64 KiB can stand for 64 MiB, in messages each of which
 * is legal. The message that passes it is still finished.
 */
export const BYTES_A_TURN: number = 1024 * 1024;

/**
 * The most bytes of a compressed frame that can stand for a message of `maxSize`: DEFLATE makes what it cannot compress a
 * little larger (RFC 1951 §3.2.4), and a careless sender somewhat more.
 */
export function maxCompressed(maxSize: number): number {
  return maxSize + (maxSize >> 3) + 1024;
}
