/**
 * Prefix codes for a compressor: the lengths that suit the frequencies of symbols (Huffman's, limited), and the codes
 * that follow from the lengths (RFC 1951 §3.2.2).
 */

/** Frequencies from here on share a bucket and are sorted by comparison; smaller ones, nearly all, by counting. */
const BUCKETS = 64;

const starts = new Uint16Array(BUCKETS + 1);
const order = new Uint16Array(288);
const weights = new Uint32Array(288);
const counts = new Uint16Array(64);
const nextCode = new Uint16Array(17);

/** The bits of a byte in reverse. */
const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
});

/**
 * Fills `lengths[0, size)` with code lengths of at most `limit` bits for `frequencies[0, size)`; 0 where a symbol does not occur.
 *
 * At least two symbols get a code, if need be symbols that do not occur: some decoders refuse incomplete codes.
 * Frequencies add up to less than 2^31.
 */
export function fitLengths(
  frequencies: Uint16Array,
  size: number,
  limit: number,
  lengths: Uint8Array,
): void {
  lengths.fill(0, 0, size);
  const used = sortUsed(frequencies, size);
  if (used < 2) {
    const only = used === 1 ? (order[0] as number) : 0;
    lengths[only] = 1;
    lengths[only === 0 ? 1 : 0] = 1;
    return;
  }
  findDepths(used);
  // Count the depths, cut what is too deep, and mend the sum: a leaf less at the bottom, one moved down higher up.
  counts.fill(0);
  for (let at = 0; at < used; at++) {
    const depth = weights[at] as number;
    counts[Math.min(depth, limit)] = (counts[Math.min(depth, limit)] as number) + 1;
  }
  let sum = 0;
  for (let length = 1; length <= limit; length++)
    sum += (counts[length] as number) << (limit - length);
  for (; sum > 1 << limit; sum--) {
    let length = limit - 1;
    while (counts[length] === 0) length--;
    counts[length] = (counts[length] as number) - 1;
    counts[length + 1] = (counts[length + 1] as number) + 2;
    counts[limit] = (counts[limit] as number) - 1;
  }
  // The rarest symbols get the longest codes.
  let at = 0;
  for (let length = limit; length > 0; length--)
    for (let left = counts[length] as number; left > 0; left--)
      lengths[order[at++] as number] = length;
}

/** Puts the symbols that occur into `order`, the rarest first, their frequencies into `weights`; returns their number. */
function sortUsed(frequencies: Uint16Array, size: number): number {
  starts.fill(0);
  for (let symbol = 0; symbol < size; symbol++) {
    const frequency = frequencies[symbol] as number;
    const bucket = frequency < BUCKETS ? frequency : BUCKETS - 1;
    starts[bucket + 1] = (starts[bucket + 1] as number) + 1;
  }
  const unused = starts[1] as number;
  starts[1] = 0;
  for (let bucket = 1; bucket <= BUCKETS; bucket++)
    starts[bucket] = (starts[bucket] as number) + (starts[bucket - 1] as number);
  for (let symbol = 0; symbol < size; symbol++) {
    const frequency = frequencies[symbol] as number;
    if (frequency === 0) continue;
    const bucket = frequency < BUCKETS ? frequency : BUCKETS - 1;
    const at = starts[bucket] as number;
    starts[bucket] = at + 1;
    order[at] = symbol;
    weights[at] = frequency;
  }
  const used = size - unused;
  // Only the last bucket can be out of order.
  for (let at = starts[BUCKETS - 2] as number; at < used; at++) {
    const weight = weights[at] as number;
    const symbol = order[at] as number;
    let to = at;
    for (; to > 0 && (weights[to - 1] as number) > weight; to--) {
      weights[to] = weights[to - 1] as number;
      order[to] = order[to - 1] as number;
    }
    weights[to] = weight;
    order[to] = symbol;
  }
  return used;
}

/**
 * Turns the first `used` weights, in rising order, into the depths of their leaves in a Huffman tree, in falling order,
 * in place (Moffat and Katajainen, "In-place calculation of minimum-redundancy codes", 1995).
 */
function findDepths(used: number): void {
  // First the tree: `weights[at]` becomes the parent of inner node `at`, and the weights of inner nodes till then.
  let leaf = 0;
  let inner = 0;
  for (let node = 0; node < used - 1; node++) {
    let weight = 0;
    for (let child = 0; child < 2; child++) {
      if (
        leaf >= used ||
        (inner < node && (weights[inner] as number) < (weights[leaf] as number))
      ) {
        weight += weights[inner] as number;
        weights[inner++] = node;
      } else {
        weight += weights[leaf++] as number;
      }
    }
    weights[node] = weight;
  }
  // Then the depths of inner nodes, from the root down.
  weights[used - 2] = 0;
  for (let node = used - 3; node >= 0; node--)
    weights[node] = (weights[weights[node] as number] as number) + 1;
  // Then those of the leaves: on each level, what inner nodes leave free.
  let free = 1;
  let depth = 0;
  let node = used - 2;
  for (let at = used - 1; free > 0; depth++) {
    let nodes = 0;
    for (; node >= 0 && weights[node] === depth; node--) nodes++;
    for (; free > nodes; free--) weights[at--] = depth;
    free = 2 * nodes;
  }
}

/**
 * Fills `codes[0, size)` with the codes that follow from `lengths[0, size)`: the bits in the order in which they are
 * sent, and the length from bit 16 on. Symbols of length 0 get 0.
 */
export function assignCodes(lengths: Uint8Array, size: number, codes: Uint32Array): void {
  counts.fill(0, 0, 17);
  for (let symbol = 0; symbol < size; symbol++) {
    const length = lengths[symbol] as number;
    counts[length] = (counts[length] as number) + 1;
  }
  counts[0] = 0;
  let code = 0;
  for (let length = 1; length < 16; length++) {
    code = (code + (counts[length - 1] as number)) << 1;
    nextCode[length] = code;
  }
  for (let symbol = 0; symbol < size; symbol++) {
    const length = lengths[symbol] as number;
    if (length === 0) {
      codes[symbol] = 0;
      continue;
    }
    const value = nextCode[length] as number;
    nextCode[length] = value + 1;
    const reversed =
      (((REVERSED[value & 255] as number) << 8) | (REVERSED[value >> 8] as number)) >>
      (16 - length);
    codes[symbol] = reversed | (length << 16);
  }
}
