/**
 * LZ77: finds in what was sent before what is to be sent now (RFC 1951 §4), by chains of equal hashes, with one step of
 * lazy evaluation.
 *
 * Every match is proven by its bytes, so the tables may hold stale or alien positions: that costs size, never truth.
 */
import { MAX_LENGTH } from "./alphabet.ts";
import { TOKENS_A_BLOCK, tokens } from "./tokens.ts";

/** Shorter matches cost about as much as their literals. */
export const MIN_MATCH = 4;
/** The same for this file: what a module exports or imports, the engine reads from memory each time. */
const LEAST = 4;
/** The shortest length that DEFLATE knows. */
const SHORTEST = 3;
/** After so many bytes in a row without a match, ever fewer positions are looked at. */
const PATIENCE = 7;
const MOST_SKIPPED = 32;

/** How hard to look. */
export interface Effort {
  /** How many candidates to compare at each position. */
  readonly chain: number;
  /** A match so long is taken without looking whether a longer one starts at the next byte. */
  readonly lazy: number;
  /** A match so long ends the search at its position. */
  readonly nice: number;
}

/** Where hashes of four bytes were seen: positions in the stream, modulo 2^16. */
export class Matcher {
  /** It finds what is at most so many bytes back. */
  readonly reach: number;
  /** The last position of each hash. */
  readonly #head: Uint16Array;
  /** For each position, modulo `reach`, the one before with the same hash. */
  readonly #before: Uint16Array;
  readonly #shift: number;

  /** @param bits It reaches 2^bits bytes back, and takes three bytes of memory for each. */
  constructor(bits: number) {
    this.reach = 1 << bits;
    this.#head = new Uint16Array(this.reach >> 1);
    this.#before = new Uint16Array(this.reach);
    this.#shift = 32 - (bits - 1);
  }

  /** Bytes of memory. */
  get memory(): number {
    return this.#head.byteLength + this.#before.byteLength;
  }

  /** Forgets everything. */
  clear(): void {
    this.#head.fill(0);
  }

  /**
   * Notes the positions [start, end), each of which has four bytes in `view`.
   *
   * @param origin The position of the first byte of `view` in the stream.
   */
  note(view: DataView, start: number, end: number, origin: number): void {
    const head = this.#head;
    const before = this.#before;
    const mask = before.length - 1;
    const shift = this.#shift;
    for (let at = start; at < end; at++) {
      const hash = Math.imul(view.getInt32(at, true), MULTIPLIER) >>> shift;
      before[(at + origin) & mask] = head[hash] as number;
      head[hash] = at + origin;
    }
  }

  /**
   * Puts tokens for `bytes[start, end)` into `tokens`, till these are full.
   *
   * @param view A view of the same memory as `bytes`.
   * @param low The first byte of `bytes` that may be referred to.
   * @param origin The position of `bytes[0]` in the stream.
   * @returns Where it stopped.
   */
  match(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    low: number,
    origin: number,
    effort: Effort,
  ): number {
    const { chain, lazy, nice } = effort;
    const head = this.#head;
    const before = this.#before;
    // "| 0" tells the engine that it need not reckon with fractions.
    const reach = before.length | 0;
    const mask = reach - 1;
    const shift = this.#shift;
    const list = tokens.list;
    const room = TOKENS_A_BLOCK;
    const longest = MAX_LENGTH;
    const hashable = end - LEAST;
    let count = 0;
    let at = start;
    let misses = 0;
    // Whether the byte before `at` waits for a decision; and the match that starts there, if any.
    let waiting = false;
    let waitingLength = 0;
    let waitingDistance = 0;
    while (at < end && count < room) {
      let length = waitingLength === 0 ? LEAST - 1 : waitingLength;
      let distance = 0;
      if (at <= hashable) {
        const word = view.getInt32(at, true);
        const hash = Math.imul(word, MULTIPLIER) >>> shift;
        const position = at + origin;
        let candidate = head[hash] as number;
        before[position & mask] = candidate;
        head[hash] = position;
        let most = end - at;
        if (most > longest) most = longest;
        if (waitingLength < lazy && length < most) {
          let farthest = at - low;
          if (farthest > reach) farthest = reach;
          let nearest = 0;
          for (let left = chain; left > 0; left--) {
            const back = (position - candidate) & 0xffff;
            // Chains lead backwards; one that does not has been overwritten.
            if (back <= nearest || back > farthest) break;
            nearest = back;
            const from = at - back;
            if (bytes[from + length] === bytes[at + length] && view.getInt32(from, true) === word) {
              let same = LEAST;
              while (
                same + 4 <= most &&
                view.getInt32(from + same, true) === view.getInt32(at + same, true)
              )
                same += 4;
              while (same < most && bytes[from + same] === bytes[at + same]) same++;
              if (same > length) {
                length = same;
                distance = back;
                if (same >= nice || same === most) break;
              }
            }
            candidate = before[candidate & mask] as number;
          }
        }
      }
      if (distance > 0) {
        // Better than what was waiting.
        if (waiting) list[count++] = bytes[at - 1] as number;
        waiting = true;
        waitingLength = length;
        waitingDistance = distance;
        misses = 0;
        at++;
      } else if (waitingLength > 0) {
        list[count++] = (waitingDistance << 8) | (waitingLength - SHORTEST);
        const next = at - 1 + waitingLength;
        for (let inner = at + 1; inner < next && inner <= hashable; inner++) {
          const hash = Math.imul(view.getInt32(inner, true), MULTIPLIER) >>> shift;
          before[(inner + origin) & mask] = head[hash] as number;
          head[hash] = inner + origin;
        }
        at = next;
        waiting = false;
        waitingLength = 0;
      } else {
        if (waiting) list[count++] = bytes[at - 1] as number;
        waiting = true;
        at++;
        let skip = misses++ >> PATIENCE;
        if (skip > 0) {
          if (skip > MOST_SKIPPED) skip = MOST_SKIPPED;
          for (; skip > 0 && at < end && count < room; skip--)
            list[count++] = bytes[at++ - 1] as number;
        }
      }
    }
    if (waiting) list[count++] = bytes[at - 1] as number;
    tokens.count = count;
    return at;
  }
}

/** Spreads four bytes over the upper bits: 2^32 over the golden ratio. */
const MULTIPLIER = 0x9e3779b1 | 0;
