/**
 * Whose memory a message is. A message that waits to be read never keeps more than twice its own size alive; one that is
 * handed to a consumer as it comes is a view on what was read with it (docs/decisions/0024).
 *
 * Measured on Node 20, processor time with the garbage collector's, for a message out of a chunk of 64 KiB: a view 37 ns; a copy
 * of 64 bytes by `slice` 58, by `set` of a `subarray` 95, of a Buffer's `subarray` 190; a copy of 256 bytes 350, of 1 KiB 1 100,
 * since arrays above 64 bytes do not lie in the engine's heap.
 */

/** As it is on Uint8Array: a Buffer's own `slice` gives a view. */
const { slice } = Uint8Array.prototype;

/** The same memory as an array of the plain class, whose methods engines know best. */
export function plain(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

// Asking an array for its memory costs half as much as making a view of it: so that of the last one is kept until
// `releaseMemory` (the end of a read), and serves all the messages of a chunk.
const NO_MEMORY = new ArrayBuffer(0);
let lastBytes: Uint8Array | null = null;
let lastMemory: ArrayBufferLike = NO_MEMORY;
let lastOffset = 0;

function remember(bytes: Uint8Array): void {
  lastBytes = bytes;
  lastMemory = bytes.buffer;
  lastOffset = bytes.byteOffset;
}

/** Lets go of the memory that the last view was made of. */
export function releaseMemory(): void {
  lastBytes = null;
  lastMemory = NO_MEMORY;
}

/** `bytes[start, end)` as an array: a view, or where the memory is not the receiver's, a copy. */
export function viewMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  owned: boolean,
): Uint8Array {
  if (!owned) return plain(slice.call(bytes, start, end));
  if (end - start === bytes.length) return plain(bytes);
  if (bytes !== lastBytes) remember(bytes);
  return new Uint8Array(lastMemory, lastOffset + start, end - start);
}

/**
 * Makes `bytes[start, end)` the receiver's: a view where the memory is the receiver's already and the message fills most of
 * it, else a copy.
 *
 * @param owned Whether the memory is the receiver's.
 */
export function keepMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  owned: boolean,
): Uint8Array {
  if (owned) {
    if (bytes !== lastBytes) remember(bytes);
    if ((end - start) * 2 >= lastMemory.byteLength) return viewMessage(bytes, start, end, true);
  }
  return plain(slice.call(bytes, start, end));
}
