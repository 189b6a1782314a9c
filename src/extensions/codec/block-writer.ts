/** Writes one block from its tokens, in the shortest of the three forms (RFC 1951 §3.2.3). */
import {
  CODE_LENGTH_ORDER,
  CODE_LENGTHS,
  DISTANCE_BASE,
  DISTANCE_EXTRA,
  DISTANCES,
  distanceSymbol,
  END_OF_BLOCK,
  FIRST_LENGTH,
  FIXED_DISTANCE_LENGTHS,
  FIXED_LITERAL_LENGTHS,
  LENGTH_BASE,
  LENGTH_EXTRA,
  LENGTH_SYMBOL,
  LITERALS,
  MAX_BITS,
  MAX_CODE_LENGTH_BITS,
} from "./alphabet.ts";
import { alignBits, bits, reserveBytes, writeBits } from "./bit-writer.ts";
import { PrefixCode } from "./prefix-code.ts";
import { tokens } from "./tokens.ts";

/** Below so many tokens the codes of a dynamic block cost more than they save. */
const WORTH_CODES = 20;
/** A stored block has at most this many bytes. */
const MOST_STORED = 65535;

const fixedLiterals = PrefixCode.ofLengths(FIXED_LITERAL_LENGTHS);
const fixedDistances = PrefixCode.ofLengths(FIXED_DISTANCE_LENGTHS);

const literalCode = new PrefixCode(LITERALS, MAX_BITS);
const distanceCode = new PrefixCode(DISTANCES, MAX_BITS);

/** The lengths of both codes behind one another, and their runs: a symbol, and its extra bits from bit 8 on. */
const allLengths = new Uint8Array(LITERALS + DISTANCES);
const runs = new Uint16Array(LITERALS + DISTANCES);
let runCount = 0;
const runCode = new PrefixCode(CODE_LENGTHS, MAX_CODE_LENGTH_BITS);

/** Writes `tokens` as one block, which is not the last; `bytes[start, end)` is what they stand for. */
export function writeBlock(bytes: Uint8Array, start: number, end: number): void {
  const extra = countSymbols();
  const fixed =
    3 +
    extra +
    literalCode.measure(FIXED_LITERAL_LENGTHS) +
    distanceCode.measure(FIXED_DISTANCE_LENGTHS);
  const dynamic = tokens.count < WORTH_CODES ? Number.POSITIVE_INFINITY : 3 + extra + fitCodes();
  const size = end - start;
  const stored = 8 * size + (7 + 3 + 32) * Math.ceil(size / MOST_STORED);
  const best = Math.min(fixed, dynamic, stored);
  reserveBytes((best >> 3) + 8);
  if (best === stored) {
    writeStored(bytes, start, end);
  } else if (best === fixed) {
    writeBits(0b010, 3);
    writeTokens(fixedLiterals.codes, fixedDistances.codes);
  } else {
    writeBits(0b100, 3);
    writeCodes();
    literalCode.assign();
    distanceCode.assign();
    writeTokens(literalCode.codes, distanceCode.codes);
  }
}

/** Makes the codes of a dynamic block, and returns how many bits they and all symbols take, but for the extra ones. */
function fitCodes(): number {
  let total = literalCode.fit() + distanceCode.fit();
  allLengths.set(literalCode.lengths);
  allLengths.set(distanceCode.lengths, literalCode.size);
  total += codeRuns(literalCode.size + distanceCode.size);
  total += runCode.fit();
  return total + 5 + 5 + 4 + 3 * countRunLengths();
}

/** How many lengths of the code length code are sent: those of its order up to the last that is not 0. */
function countRunLengths(): number {
  let count = CODE_LENGTHS;
  while (runCode.lengths[CODE_LENGTH_ORDER[count - 1] as number] === 0) count--;
  return count;
}

/** Writes the codes of a dynamic block (§3.2.7). */
function writeCodes(): void {
  const count = countRunLengths();
  writeBits(literalCode.size - 257, 5);
  writeBits(distanceCode.size - 1, 5);
  writeBits(count - 4, 4);
  for (let at = 0; at < count; at++)
    writeBits(runCode.lengths[CODE_LENGTH_ORDER[at] as number] as number, 3);
  runCode.assign();
  const { codes } = runCode;
  for (let at = 0; at < runCount; at++) {
    const run = runs[at] as number;
    const symbol = run & 0xff;
    const code = codes[symbol] as number;
    writeBits(code & 0xffff, code >>> 16);
    if (symbol >= 16) writeBits(run >> 8, symbol === 16 ? 2 : symbol === 17 ? 3 : 7);
  }
}

/** Writes `bytes[start, end)` as stored blocks (§3.2.4). */
function writeStored(bytes: Uint8Array, start: number, end: number): void {
  for (let from = start; from < end; from += MOST_STORED) {
    const size = Math.min(end - from, MOST_STORED);
    writeBits(0b000, 3);
    alignBits();
    writeBits(size, 16);
    writeBits(size ^ 0xffff, 16);
    bits.bytes.set(bytes.subarray(from, from + size), bits.at);
    bits.at += size;
  }
}

/** Counts the symbols of `tokens`, and returns how many extra bits they take. */
function countSymbols(): number {
  const { list, count } = tokens;
  const lengthSymbols = LENGTH_SYMBOL;
  const literals = literalCode.frequencies;
  const distances = distanceCode.frequencies;
  literals.fill(0);
  distances.fill(0);
  literals[END_OF_BLOCK] = 1;
  for (let at = 0; at < count; at++) {
    const token = list[at] as number;
    if (token < 256) {
      literals[token] = (literals[token] as number) + 1;
    } else {
      const length = 257 + (lengthSymbols[token & 255] as number);
      literals[length] = (literals[length] as number) + 1;
      const distance = distanceSymbol((token >> 8) - 1);
      distances[distance] = (distances[distance] as number) + 1;
    }
  }
  let extra = 0;
  for (let at = 8; at < 28; at++)
    extra += (literals[FIRST_LENGTH + at] as number) * (LENGTH_EXTRA[at] as number);
  for (let at = 4; at < DISTANCES; at++)
    extra += (distances[at] as number) * (DISTANCE_EXTRA[at] as number);
  return extra;
}

/**
 * Codes the first `count` code lengths as runs (§3.2.7: 16 repeats the last length 3 to 6 times, 17 and 18 stand for 3 to
 * 10 and 11 to 138 zeros), counts the symbols, and returns how many extra bits the runs take.
 */
function codeRuns(count: number): number {
  runCount = 0;
  runCode.frequencies.fill(0);
  let extra = 0;
  let at = 0;
  while (at < count) {
    const length = allLengths[at] as number;
    let end = at + 1;
    while (end < count && allLengths[end] === length) end++;
    let left = end - at;
    at = end;
    if (length === 0) {
      for (; left >= 11; extra += 7) left -= addRun(18, Math.min(left, 138), 11);
      if (left >= 3) {
        left -= addRun(17, left, 3);
        extra += 3;
      }
    } else {
      left -= addRun(length, 1, 1);
      for (; left >= 3; extra += 2) left -= addRun(16, Math.min(left, 6), 3);
    }
    while (left > 0) left -= addRun(length, 1, 1);
  }
  return extra;
}

function addRun(symbol: number, length: number, least: number): number {
  runs[runCount++] = symbol | ((length - least) << 8);
  runCode.frequencies[symbol] = (runCode.frequencies[symbol] as number) + 1;
  return length;
}

/** Writes all tokens and the end of the block. */
function writeTokens(literals: Uint32Array, distances: Uint32Array): void {
  const { list, count } = tokens;
  const lengthSymbols = LENGTH_SYMBOL;
  const lengthExtra = LENGTH_EXTRA;
  const lengthBase = LENGTH_BASE;
  const distanceExtra = DISTANCE_EXTRA;
  const distanceBase = DISTANCE_BASE;
  const bytes = bits.bytes;
  let { at, hold, held } = bits;
  for (let index = 0; index < count; index++) {
    const token = list[index] as number;
    if (token < 256) {
      const code = literals[token] as number;
      hold |= (code & 0xffff) << held;
      held += code >>> 16;
    } else {
      const lengthSymbol = lengthSymbols[token & 255] as number;
      let code = literals[257 + lengthSymbol] as number;
      hold |= (code & 0xffff) << held;
      held += code >>> 16;
      if (held >= 16) {
        bytes[at] = hold;
        bytes[at + 1] = hold >>> 8;
        at += 2;
        hold >>>= 16;
        held -= 16;
      }
      if (lengthSymbol >= 8) {
        hold |= ((token & 255) + 3 - (lengthBase[lengthSymbol] as number)) << held;
        held += lengthExtra[lengthSymbol] as number;
        if (held >= 16) {
          bytes[at] = hold;
          bytes[at + 1] = hold >>> 8;
          at += 2;
          hold >>>= 16;
          held -= 16;
        }
      }
      const distance = token >> 8;
      const symbol = distanceSymbol(distance - 1);
      code = distances[symbol] as number;
      hold |= (code & 0xffff) << held;
      held += code >>> 16;
      if (held >= 16) {
        bytes[at] = hold;
        bytes[at + 1] = hold >>> 8;
        at += 2;
        hold >>>= 16;
        held -= 16;
      }
      hold |= (distance - (distanceBase[symbol] as number)) << held;
      held += distanceExtra[symbol] as number;
    }
    if (held >= 16) {
      bytes[at] = hold;
      bytes[at + 1] = hold >>> 8;
      at += 2;
      hold >>>= 16;
      held -= 16;
    }
  }
  bits.at = at;
  bits.hold = hold;
  bits.held = held;
  const end = literals[END_OF_BLOCK] as number;
  writeBits(end & 0xffff, end >>> 16);
}
