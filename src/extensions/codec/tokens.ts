/**
 * What LZ77 makes of a block, before it is written: literals and matches.
 *
 * One scratch for the whole process: a block is found and written within one synchronous call.
 */
/** A block ends when it has so many tokens. */
export const TOKENS_A_BLOCK = 16384;

/** The tokens of the block under way. */
export const tokens: {
  /** A literal is its byte; a match is its distance times 256 plus its length less 3. */
  readonly list: Int32Array;
  /** How many tokens there are. */
  count: number;
} = {
  list: new Int32Array(TOKENS_A_BLOCK + 2),
  count: 0,
};
