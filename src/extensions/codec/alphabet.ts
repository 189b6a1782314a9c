/** The alphabets of DEFLATE: what each symbol of a compressed block stands for (RFC 1951 §3.2.5 to §3.2.7). */

/** The symbol that ends a block. */
export const END_OF_BLOCK = 256;
/** The first symbol of a length. */
export const FIRST_LENGTH = 257;
/** Literals, the end of a block and lengths: symbols 0 to 285. */
export const LITERALS = 286;
/** Distances: symbols 0 to 29. */
export const DISTANCES = 30;
/** Code lengths, by which the codes of a dynamic block are told: symbols 0 to 18. */
export const CODE_LENGTHS = 19;
/** Codes of literals and distances have at most this many bits. */
export const MAX_BITS = 15;
/** Codes of code lengths have at most this many bits. */
export const MAX_CODE_LENGTH_BITS = 7;
/** The shortest match. */
const MIN_LENGTH = 3;
/** The longest match. */
export const MAX_LENGTH = 258;

/** The order in which the lengths of the code length codes are sent (§3.2.7). */
export const CODE_LENGTH_ORDER: Uint8Array = Uint8Array.of(
  ...[16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15],
);

/** How many extra bits follow each length symbol, less 257. */
export const LENGTH_EXTRA: Uint8Array = new Uint8Array(29);
/** The shortest length that each length symbol, less 257, stands for. */
export const LENGTH_BASE: Uint16Array = new Uint16Array(29);
/** How many extra bits follow each distance symbol. */
export const DISTANCE_EXTRA: Uint8Array = new Uint8Array(DISTANCES);
/** The shortest distance that each distance symbol stands for. */
export const DISTANCE_BASE: Uint16Array = new Uint16Array(DISTANCES);

/** The length symbol, less 257, of each length less 3. */
export const LENGTH_SYMBOL: Uint8Array = new Uint8Array(256);
const NEAR = new Uint8Array(256);
const FAR = new Uint8Array(256);

for (let symbol = 0, length = 0; symbol < 28; symbol++) {
  const extra = symbol < 8 ? 0 : (symbol >> 2) - 1;
  LENGTH_EXTRA[symbol] = extra;
  LENGTH_BASE[symbol] = length + MIN_LENGTH;
  LENGTH_SYMBOL.fill(symbol, length, length + (1 << extra));
  length += 1 << extra;
}
// The longest length has a symbol of its own, though the one before it could say it too.
LENGTH_BASE[28] = MAX_LENGTH;
LENGTH_SYMBOL[MAX_LENGTH - MIN_LENGTH] = 28;

for (let symbol = 0, distance = 0; symbol < DISTANCES; symbol++) {
  const extra = symbol < 4 ? 0 : (symbol >> 1) - 1;
  DISTANCE_EXTRA[symbol] = extra;
  DISTANCE_BASE[symbol] = distance + 1;
  if (distance < 256) NEAR.fill(symbol, distance, distance + (1 << extra));
  if (distance + (1 << extra) > 256)
    FAR.fill(symbol, distance >> 7, (distance + (1 << extra)) >> 7);
  distance += 1 << extra;
}

/** The distance symbol of a distance less 1. */
export function distanceSymbol(distance: number): number {
  return (distance < 256 ? NEAR[distance] : FAR[distance >> 7]) as number;
}

/** The code lengths of literals and lengths in a fixed block (§3.2.6), of which two never occur. */
export const FIXED_LITERAL_LENGTHS: Uint8Array = new Uint8Array(288)
  .fill(8, 0, 144)
  .fill(9, 144, 256)
  .fill(7, 256, 280)
  .fill(8, 280, 288);
/** The code lengths of distances in a fixed block, of which two never occur. */
export const FIXED_DISTANCE_LENGTHS: Uint8Array = new Uint8Array(32).fill(5);
