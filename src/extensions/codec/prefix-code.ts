/**
 * Prefix codes for a compressor: the lengths that suit the frequencies of symbols (Huffman's, limited), and the codes
 * that follow from the lengths (RFC 1951 §3.2.2).
 */

/** Frequencies from here on share a bucket and are sorted by comparison; smaller ones, nearly all, by counting. */
const BUCKETS = 64;
/** The largest alphabet. */
const MOST_SYMBOLS = 288;
const MOST_BITS = 15;

/** Scratch, for the whole process. */
const starts = new Uint16Array(BUCKETS + 1);
const order = new Uint16Array(MOST_SYMBOLS);
const weights = new Uint32Array(MOST_SYMBOLS);
const counts = new Uint16Array(MOST_BITS + 1);
const nextCode = new Uint16Array(MOST_BITS + 1);

/** The bits of a byte in reverse. */
const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
});

/** The code of one alphabet, remade for each block. */
export class PrefixCode {
  /** How often each symbol occurs: set before `fit`. They add up to less than 2^16. */
  readonly frequencies: Uint16Array;
  /** How many bits each symbol takes; 0 for one without a code. */
  readonly lengths: Uint8Array;
  /** The bits of each symbol that has a code, in the order in which they are sent, and their number from bit 16 on. */
  readonly codes: Uint32Array;
  /** One more than the last symbol that has a code. */
  size = 0;
  readonly #limit: number;
  /** The symbols that have a code, in order. */
  readonly #used: Uint16Array;
  #count = 0;

  /** @param limit No symbol takes more bits than this. */
  constructor(symbols: number, limit: number) {
    this.frequencies = new Uint16Array(symbols);
    this.lengths = new Uint8Array(symbols);
    this.codes = new Uint32Array(symbols);
    this.#used = new Uint16Array(symbols);
    this.#limit = limit;
  }

  /** A code of these lengths, for ever. */
  static ofLengths(lengths: Uint8Array): PrefixCode {
    const code = new PrefixCode(lengths.length, MOST_BITS);
    code.lengths.set(lengths);
    code.size = lengths.length;
    for (let symbol = 0; symbol < lengths.length; symbol++) code.#used[symbol] = symbol;
    code.#count = lengths.length;
    code.assign();
    return code;
  }

  /**
   * Makes the lengths from the frequencies. At least two symbols get a code, if need be symbols that do not occur: some
   * decoders refuse incomplete codes.
   *
   * @returns How many bits all symbols take together.
   */
  fit(): number {
    const { frequencies, lengths } = this;
    const limit = this.#limit;
    lengths.fill(0);
    const used = this.#sort();
    if (used < 2) {
      const only = used === 1 ? (order[0] as number) : 0;
      lengths[only] = 1;
      lengths[only === 0 ? 1 : 0] = 1;
      this.#used[0] = Math.min(only, only === 0 ? 1 : 0);
      this.#used[1] = Math.max(only, only === 0 ? 1 : 0);
      this.#count = 2;
      this.size = (this.#used[1] as number) + 1;
      return frequencies[only] as number;
    }
    findDepths(used);
    // Count the depths, cut what is too deep, and mend the sum: a leaf less at the bottom, one moved down higher up.
    counts.fill(0);
    for (let at = 0; at < used; at++) {
      const depth = Math.min(weights[at] as number, limit);
      counts[depth] = (counts[depth] as number) + 1;
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
    let total = 0;
    for (let length = limit; length > 0; length--) {
      for (let left = counts[length] as number; left > 0; left--) {
        const symbol = order[at++] as number;
        lengths[symbol] = length;
        total += length * (frequencies[symbol] as number);
      }
    }
    return total;
  }

  /** How many bits all symbols would take in codes of other lengths. */
  measure(lengths: Uint8Array): number {
    const { frequencies } = this;
    let total = 0;
    for (let at = 0; at < frequencies.length; at++)
      total += (frequencies[at] as number) * (lengths[at] as number);
    return total;
  }

  /** Makes the codes from the lengths. */
  assign(): void {
    const { lengths, codes } = this;
    const used = this.#used;
    const count = this.#count;
    counts.fill(0);
    for (let at = 0; at < count; at++) {
      const length = lengths[used[at] as number] as number;
      counts[length] = (counts[length] as number) + 1;
    }
    let first = 0;
    for (let length = 1; length <= MOST_BITS; length++) {
      first = (first + (counts[length - 1] as number)) << 1;
      nextCode[length] = first;
    }
    for (let at = 0; at < count; at++) {
      const symbol = used[at] as number;
      const length = lengths[symbol] as number;
      const code = nextCode[length] as number;
      nextCode[length] = code + 1;
      const reversed = ((REVERSED[code & 255] as number) << 8) | (REVERSED[code >> 8] as number);
      codes[symbol] = (reversed >> (16 - length)) | (length << 16);
    }
  }

  /** Puts the symbols that occur into `order`, the rarest first, their frequencies into `weights`; returns their number. */
  #sort(): number {
    const { frequencies } = this;
    const used = this.#used;
    let count = 0;
    starts.fill(0);
    for (let symbol = 0; symbol < frequencies.length; symbol++) {
      const frequency = frequencies[symbol] as number;
      if (frequency === 0) continue;
      used[count++] = symbol;
      const above = frequency < BUCKETS ? frequency + 1 : BUCKETS;
      starts[above] = (starts[above] as number) + 1;
    }
    this.#count = count;
    this.size = count === 0 ? 0 : (used[count - 1] as number) + 1;
    for (let bucket = 1; bucket <= BUCKETS; bucket++)
      starts[bucket] = (starts[bucket] as number) + (starts[bucket - 1] as number);
    for (let index = 0; index < count; index++) {
      const symbol = used[index] as number;
      const frequency = frequencies[symbol] as number;
      const bucket = frequency < BUCKETS ? frequency : BUCKETS - 1;
      const at = starts[bucket] as number;
      starts[bucket] = at + 1;
      order[at] = symbol;
      weights[at] = frequency;
    }
    // Only the last bucket can be out of order. It starts where the one before it now ends.
    for (let at = starts[BUCKETS - 2] as number; at < count; at++) {
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
    return count;
  }
}

/**
 * Turns the first `used` weights, in rising order, into the depths of their leaves in a Huffman tree, in falling order,
 * in place (Moffat and Katajainen, "In-place calculation of minimum-redundancy codes", 1995).
 */
function findDepths(used: number): void {
  // First the tree: `weights[at]` becomes the weight of inner node `at`, and then its parent.
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
  let node = used - 2;
  let at = used - 1;
  for (let depth = 0; free > 0; depth++) {
    let nodes = 0;
    for (; node >= 0 && weights[node] === depth; node--) nodes++;
    for (; free > nodes; free--) weights[at--] = depth;
    free = 2 * nodes;
  }
}
