/**
 * Tables that turn the next bits into a symbol, made from code lengths (RFC 1951 §3.2.2).
 *
 * The first 2^root entries are found by the next bits themselves; a code longer than root has an entry there that points
 * to a second table. An entry is an integer:
 *
 * - bits 0 to 3: how many bits it takes
 * - bits 4 to 7: how many extra bits follow; how many bits the second table is found by
 * - bits 8 to 11: its kind, 0 for a literal
 * - bits 16 on: the literal, the least length or distance, or where the second table starts
 */
import {
  DISTANCE_BASE,
  DISTANCE_EXTRA,
  DISTANCES,
  END_OF_BLOCK,
  FIRST_LENGTH,
  FIXED_DISTANCE_LENGTHS,
  FIXED_LITERAL_LENGTHS,
  LENGTH_BASE,
  LENGTH_EXTRA,
  LITERALS,
  MAX_BITS,
} from "./alphabet.ts";

/** The kind of a length or a distance. */
export const BASE: number = 1 << 8;
/** The kind of the end of the block. */
export const END: number = 2 << 8;
/** The kind of a pointer to a second table. */
export const SECOND: number = 4 << 8;
/** The kind of what no code leads to. */
const INVALID: number = 8 << 8;
/** All kinds. */
export const KIND: number = 15 << 8;

/** By how many bits the first table of literals and lengths is found. */
export const LITERAL_ROOT = 9;
/** By how many bits the first table of distances is found. */
export const DISTANCE_ROOT = 7;
/** By how many bits the table of code lengths is found: no code is longer. */
export const CODE_LENGTH_ROOT = 7;

/**
 * Room for the worst complete codes. 286 symbols with root 9 need 852 entries, as zlib's authors have counted. A second table of
 * 2^n entries needs n + 1 symbols, so with root 7, where n is 8 at most, 30 symbols need less than 128 + 30 * 256 / 9.
 */
const LITERAL_ROOM = 1024;
const DISTANCE_ROOM = 1024;

const LITERAL_ENTRIES = Int32Array.from({ length: 288 }, (_, symbol) => {
  if (symbol < END_OF_BLOCK) return symbol << 16;
  if (symbol === END_OF_BLOCK) return END;
  if (symbol >= LITERALS) return INVALID;
  const length = symbol - FIRST_LENGTH;
  return ((LENGTH_BASE[length] as number) << 16) | BASE | ((LENGTH_EXTRA[length] as number) << 4);
});
const DISTANCE_ENTRIES = Int32Array.from({ length: 32 }, (_, symbol) =>
  symbol < DISTANCES
    ? ((DISTANCE_BASE[symbol] as number) << 16) | BASE | ((DISTANCE_EXTRA[symbol] as number) << 4)
    : INVALID,
);
const CODE_LENGTH_ENTRIES = Int32Array.from({ length: 19 }, (_, symbol) => symbol << 16);

const counts = new Uint16Array(MAX_BITS + 1);
const offsets = new Uint16Array(MAX_BITS + 2);
const sorted = new Uint16Array(288);

/** A table and the room for it, remade for each block. */
export class DecodeTable {
  readonly entries: Int32Array;
  readonly root: number;
  /** Whether every sequence of bits starts with a code. */
  complete = false;
  readonly #symbols: Int32Array;

  constructor(root: number, room: number, symbols: Int32Array) {
    this.root = root;
    this.entries = new Int32Array(room);
    this.#symbols = symbols;
  }

  static forLiterals(): DecodeTable {
    return new DecodeTable(LITERAL_ROOT, LITERAL_ROOM, LITERAL_ENTRIES);
  }

  static forDistances(): DecodeTable {
    return new DecodeTable(DISTANCE_ROOT, DISTANCE_ROOM, DISTANCE_ENTRIES);
  }

  static forCodeLengths(): DecodeTable {
    return new DecodeTable(CODE_LENGTH_ROOT, 1 << CODE_LENGTH_ROOT, CODE_LENGTH_ENTRIES);
  }

  /**
   * Makes the table for `lengths[start, end)`.
   *
   * @returns `false` if they are no lengths of a prefix code. An incomplete code is one only if it is a single code of
   * one bit (§3.2.7), or none at all; what it leaves open is INVALID.
   */
  build(lengths: Uint8Array, start: number, end: number): boolean {
    const { entries, root } = this;
    const symbols = this.#symbols;
    counts.fill(0);
    for (let at = start; at < end; at++) {
      const length = lengths[at] as number;
      counts[length] = (counts[length] as number) + 1;
    }
    counts[0] = 0;
    let most = MAX_BITS;
    while (most > 0 && counts[most] === 0) most--;
    let left = 1;
    for (let length = 1; length <= most; length++) {
      left = (left << 1) - (counts[length] as number);
      if (left < 0) return false;
    }
    this.complete = left === 0;
    if (left > 0) {
      if (most > 1) return false;
      entries.fill(INVALID, 0, 1 << root);
    }
    offsets[1] = 0;
    for (let length = 1; length < MAX_BITS; length++)
      offsets[length + 1] = (offsets[length] as number) + (counts[length] as number);
    for (let at = start; at < end; at++) {
      const length = lengths[at] as number;
      if (length === 0) continue;
      const to = offsets[length] as number;
      offsets[length] = to + 1;
      sorted[to] = at - start;
    }
    if (left > 0) {
      // At most one code, of one bit: 0.
      if (most === 1)
        for (let at = 0; at < 1 << root; at += 2)
          entries[at] = (symbols[sorted[0] as number] as number) | 1;
      return true;
    }

    // Codes of up to root bits, shorter ones first: the table holds 2^length entries and is doubled for the next length.
    let next = 0;
    let code = 0;
    let size = 1;
    let length = 1;
    for (; length <= root; length++) {
      // What stands there is a prefix, whatever the bit that comes behind it.
      if (next > 0) entries.copyWithin(size, 0, size);
      size <<= 1;
      for (let many = counts[length] as number; many > 0; many--) {
        entries[code] = (symbols[sorted[next++] as number] as number) | length;
        code = after(code, length);
      }
    }
    // Longer codes: a second table for each prefix of root bits.
    const mask = size - 1;
    let prefix = -1;
    let second = size;
    let secondBits = 0;
    for (; length <= most; length++) {
      for (let many = counts[length] as number; many > 0; many--) {
        if ((code & mask) !== prefix) {
          prefix = code & mask;
          second += secondBits === 0 ? 0 : 1 << secondBits;
          secondBits = length - root;
          for (let room = (1 << secondBits) - many; room > 0 && root + secondBits < most; ) {
            secondBits++;
            room = (room << 1) - (counts[root + secondBits] as number);
          }
          if (second + (1 << secondBits) > entries.length) return false;
          entries[prefix] = (second << 16) | SECOND | (secondBits << 4) | root;
        }
        const entry = (symbols[sorted[next++] as number] as number) | (length - root);
        for (let at = code >> root; at < 1 << secondBits; at += 1 << (length - root))
          entries[second + at] = entry;
        code = after(code, length);
      }
    }
    return true;
  }
}

/** The code after `code`, of the same length or (as its prefix) longer; codes are held with the first bit lowest. */
function after(code: number, length: number): number {
  let bit = 1 << (length - 1);
  while ((code & bit) !== 0) bit >>= 1;
  return bit === 0 ? 0 : (code & (bit - 1)) | bit;
}

/** The table of literals and lengths in fixed blocks (§3.2.6). */
export const FIXED_LITERALS: DecodeTable = DecodeTable.forLiterals();
/** The table of distances in fixed blocks. */
export const FIXED_DISTANCES: DecodeTable = DecodeTable.forDistances();
FIXED_LITERALS.build(FIXED_LITERAL_LENGTHS, 0, 288);
FIXED_DISTANCES.build(FIXED_DISTANCE_LENGTHS, 0, 32);
