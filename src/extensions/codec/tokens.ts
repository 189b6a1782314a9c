/**
 * What LZ77 makes of a block, before it is written: literals and matches, and how often each symbol occurs.
 *
 * One scratch for the whole process: a block is found and written within one synchronous call.
 */
import { DISTANCES, LITERALS } from "./alphabet.ts";

/** A block ends when it has so many tokens. */
export const TOKENS_A_BLOCK = 16384;

export const tokens: {
  /** A literal is its byte; a match is its distance times 256 plus its length less 3. */
  readonly list: Int32Array;
  /** How many tokens there are. */
  count: number;
  /** How often each symbol of literals, lengths and the end of the block occurs, by `countSymbols`. */
  readonly literals: Uint16Array;
  /** How often each symbol of distances occurs, by `countSymbols`. */
  readonly distances: Uint16Array;
} = {
  list: new Int32Array(TOKENS_A_BLOCK + 2),
  count: 0,
  literals: new Uint16Array(LITERALS),
  distances: new Uint16Array(DISTANCES),
};
