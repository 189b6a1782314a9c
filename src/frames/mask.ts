/**
 * XOR with the masking key, in place (RFC 6455 §5.3). Masking and unmasking are the same operation.
 *
 * §5.3: "Octet i of the transformed data is the XOR of octet i of the original data with octet at index i modulo 4 of
 * the masking key." A key is held as one 32-bit integer, its first octet lowest; `rotateKey` turns it for data that
 * starts elsewhere than at octet 0.
 */

/** Below this many bytes the loop over single bytes is as fast as the one over words. */
const WORDS_FROM = 24;

/** Words are read in the platform's order, so the fast way needs the usual one (lowest octet first). */
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

// A view of 32-bit words costs more to make than a short message costs to mask, so that of the last memory is kept
// until `releaseMask` (the end of a read), and serves all the frames of one chunk or one slab.
let lastBytes: Uint8Array | null = null;
let lastWords: Int32Array = new Int32Array(0);
let lastOffset = 0;

/** The key for data that starts at octet `index` of the payload. */
export function rotateKey(key: number, index: number): number {
  const shift = (index & 3) << 3;
  return shift === 0 ? key : (key >>> shift) | (key << (32 - shift));
}

/**
 * XORs `bytes[start, end)` with `key`, in place.
 *
 * @param key The masking key, turned so that its lowest octet belongs to `bytes[start]`.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, key: number): void {
  if (end - start < WORDS_FROM || !LITTLE_ENDIAN) {
    maskBytes(bytes, start, end, key);
    return;
  }
  if (bytes !== lastBytes) remember(bytes);
  const words = lastWords;
  const base = lastOffset;
  const head = start + (-(start + base) & 3);
  maskBytes(bytes, start, head, key);
  const turned = rotateKey(key, head - start);
  let word = (head + base) >>> 2;
  const last = (end + base) >>> 2;
  // Sixteen words a round: 0.7 of the time that four take (6.1 us for 64 KiB on Node 20).
  const round = last - 15;
  for (; word < round; word += 16) {
    words[word] = (words[word] as number) ^ turned;
    words[word + 1] = (words[word + 1] as number) ^ turned;
    words[word + 2] = (words[word + 2] as number) ^ turned;
    words[word + 3] = (words[word + 3] as number) ^ turned;
    words[word + 4] = (words[word + 4] as number) ^ turned;
    words[word + 5] = (words[word + 5] as number) ^ turned;
    words[word + 6] = (words[word + 6] as number) ^ turned;
    words[word + 7] = (words[word + 7] as number) ^ turned;
    words[word + 8] = (words[word + 8] as number) ^ turned;
    words[word + 9] = (words[word + 9] as number) ^ turned;
    words[word + 10] = (words[word + 10] as number) ^ turned;
    words[word + 11] = (words[word + 11] as number) ^ turned;
    words[word + 12] = (words[word + 12] as number) ^ turned;
    words[word + 13] = (words[word + 13] as number) ^ turned;
    words[word + 14] = (words[word + 14] as number) ^ turned;
    words[word + 15] = (words[word + 15] as number) ^ turned;
  }
  for (; word < last; word += 1) words[word] = (words[word] as number) ^ turned;
  // Multiplied, not shifted: a place above 2 GiB is no 32-bit integer.
  maskBytes(bytes, last * 4 - base, end, turned);
}

/** Lets go of the memory that the last `applyMask` worked on. */
export function releaseMask(): void {
  lastBytes = null;
  lastWords = NO_WORDS;
}

const NO_WORDS = new Int32Array(0);

/** The plain way, and the reference of the fast one in the tests. */
export function maskBytes(bytes: Uint8Array, start: number, end: number, key: number): void {
  let turned = key;
  for (let at = start; at < end; at += 1) {
    bytes[at] = (bytes[at] as number) ^ turned;
    turned = (turned >>> 8) | (turned << 24);
  }
}

function remember(bytes: Uint8Array): void {
  const { buffer, byteOffset } = bytes;
  lastBytes = bytes;
  // Words lie at multiples of four of the memory below, wherever the view on it begins.
  lastOffset = byteOffset & 3;
  const from = byteOffset - lastOffset;
  lastWords = new Int32Array(buffer, from, Math.floor((byteOffset + bytes.length - from) / 4));
}
