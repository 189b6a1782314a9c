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
import { assignCodes, fitLengths } from "./prefix-code.ts";
import { tokens } from "./tokens.ts";

/** Below so many tokens the codes of a dynamic block cost more than they save. */
const WORTH_CODES = 20;
/** A stored block has at most this many bytes. */
const MOST_STORED = 65535;

const fixedLiterals = new Uint32Array(288);
const fixedDistances = new Uint32Array(32);
assignCodes(FIXED_LITERAL_LENGTHS, 288, fixedLiterals);
assignCodes(FIXED_DISTANCE_LENGTHS, 32, fixedDistances);

const literalLengths = new Uint8Array(LITERALS + DISTANCES);
const distanceLengths = new Uint8Array(DISTANCES);
const literalCodes = new Uint32Array(288);
const distanceCodes = new Uint32Array(32);

/** The code lengths of a dynamic block, run-length coded: a symbol of the code length alphabet, and its extra bits from bit 8 on. */
const runs = new Uint16Array(LITERALS + DISTANCES);
let runCount = 0;
const runFrequencies = new Uint16Array(CODE_LENGTHS);
const runLengths = new Uint8Array(CODE_LENGTHS);
const runCodes = new Uint32Array(CODE_LENGTHS);

/** Writes `tokens` as one block, which is not the last; `bytes[start, end)` is what they stand for. */
export function writeBlock(bytes: Uint8Array, start: number, end: number): void {
  const extra = countSymbols();
  const fixed =
    3 +
    extra +
    measure(tokens.literals, FIXED_LITERAL_LENGTHS, LITERALS) +
    5 * sum(tokens.distances);
  let dynamic = Number.POSITIVE_INFINITY;
  let literalCount = 0;
  let distanceCount = 0;
  let runLengthCount = 0;
  if (tokens.count >= WORTH_CODES) {
    fitLengths(tokens.literals, LITERALS, MAX_BITS, literalLengths);
    fitLengths(tokens.distances, DISTANCES, MAX_BITS, distanceLengths);
    dynamic =
      3 +
      extra +
      measure(tokens.literals, literalLengths, LITERALS) +
      measure(tokens.distances, distanceLengths, DISTANCES);
    literalCount = LITERALS;
    while (literalLengths[literalCount - 1] === 0) literalCount--;
    distanceCount = DISTANCES;
    while (distanceLengths[distanceCount - 1] === 0) distanceCount--;
    assignCodes(literalLengths, literalCount, literalCodes);
    assignCodes(distanceLengths, distanceCount, distanceCodes);
    literalLengths.set(distanceLengths, literalCount);
    dynamic += codeRuns(literalCount + distanceCount);
    fitLengths(runFrequencies, CODE_LENGTHS, MAX_CODE_LENGTH_BITS, runLengths);
    runLengthCount = CODE_LENGTHS;
    while (runLengths[CODE_LENGTH_ORDER[runLengthCount - 1] as number] === 0) runLengthCount--;
    dynamic += 14 + 3 * runLengthCount + measure(runFrequencies, runLengths, CODE_LENGTHS);
  }
  const size = end - start;
  const stored = 8 * size + (7 + 3 + 32) * Math.ceil(size / MOST_STORED);
  const best = Math.min(fixed, dynamic, stored);
  reserveBytes((best >> 3) + 8);
  if (best === stored) {
    writeStored(bytes, start, end);
  } else if (best === fixed) {
    writeBits(0b010, 3);
    writeTokens(fixedLiterals, fixedDistances);
  } else {
    assignCodes(runLengths, CODE_LENGTHS, runCodes);
    writeBits(0b100, 3);
    writeBits(literalCount - 257, 5);
    writeBits(distanceCount - 1, 5);
    writeBits(runLengthCount - 4, 4);
    for (let at = 0; at < runLengthCount; at++)
      writeBits(runLengths[CODE_LENGTH_ORDER[at] as number] as number, 3);
    for (let at = 0; at < runCount; at++) {
      const run = runs[at] as number;
      const symbol = run & 0xff;
      const code = runCodes[symbol] as number;
      writeBits(code & 0xffff, code >>> 16);
      if (symbol >= 16) writeBits(run >> 8, symbol === 16 ? 2 : symbol === 17 ? 3 : 7);
    }
    writeTokens(literalCodes, distanceCodes);
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
  const { list, count, literals, distances } = tokens;
  literals.fill(0);
  distances.fill(0);
  literals[END_OF_BLOCK] = 1;
  for (let at = 0; at < count; at++) {
    const token = list[at] as number;
    if (token < 256) {
      literals[token] = (literals[token] as number) + 1;
    } else {
      const length = FIRST_LENGTH + (LENGTH_SYMBOL[token & 255] as number);
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

/** How many bits symbols of these frequencies take in codes of these lengths. */
function measure(frequencies: Uint16Array, lengths: Uint8Array, size: number): number {
  let total = 0;
  for (let at = 0; at < size; at++) total += (frequencies[at] as number) * (lengths[at] as number);
  return total;
}

function sum(frequencies: Uint16Array): number {
  let total = 0;
  for (let at = 0; at < frequencies.length; at++) total += frequencies[at] as number;
  return total;
}

/**
 * Codes the first `count` code lengths as runs (§3.2.7: 16 repeats the last length 3 to 6 times, 17 and 18 stand for 3 to
 * 10 and 11 to 138 zeros), counts the symbols, and returns how many extra bits the runs take.
 */
function codeRuns(count: number): number {
  runCount = 0;
  runFrequencies.fill(0);
  let extra = 0;
  let at = 0;
  while (at < count) {
    const length = literalLengths[at] as number;
    let end = at + 1;
    while (end < count && literalLengths[end] === length) end++;
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
  runFrequencies[symbol] = (runFrequencies[symbol] as number) + 1;
  return length;
}

/** Writes all tokens and the end of the block. */
function writeTokens(literals: Uint32Array, distances: Uint32Array): void {
  const { list, count } = tokens;
  const bytes = bits.bytes;
  let { at, hold, held } = bits;
  for (let index = 0; index < count; index++) {
    const token = list[index] as number;
    if (token < 256) {
      const code = literals[token] as number;
      hold |= (code & 0xffff) << held;
      held += code >>> 16;
    } else {
      const lengthSymbol = LENGTH_SYMBOL[token & 255] as number;
      let code = literals[FIRST_LENGTH + lengthSymbol] as number;
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
        hold |= ((token & 255) + 3 - (LENGTH_BASE[lengthSymbol] as number)) << held;
        held += LENGTH_EXTRA[lengthSymbol] as number;
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
      hold |= (distance - (DISTANCE_BASE[symbol] as number)) << held;
      held += DISTANCE_EXTRA[symbol] as number;
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
