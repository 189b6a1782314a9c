/** Reads the symbols of one block (RFC 1951 §3.2.3): the inner loop of decompression. */
import { source } from "./bit-reader.ts";
import { BASE, DISTANCE_ROOT, END, KIND, LITERAL_ROOT, SECOND } from "./decode-table.ts";
import type { Scratch } from "./window.ts";

/** Why `readSymbols` stopped: the block has ended. */
export const BLOCK_ENDED = 0;
/** Why `readSymbols` stopped: the next symbol is not wholly there. */
export const INPUT_ENDED = 1;
/** Why `readSymbols` stopped: there is no room for more. */
const ROOM_ENDED = 2;
/** Why `readSymbols` stopped: the data is bad. */
export const BAD_SYMBOL = 3;

/** No code is longer: with so many bits at hand an entry is not due to bits beyond the end. */
const MAX_BITS = 15;
/** Copying by the engine pays from this length on. */
const LONG = 48;

/**
 * Decodes from `source` into `decoded` by the entries of two tables, till the block ends or something runs short. A symbol
 * that is not wholly there is left in the source.
 *
 * @param window The largest distance allowed.
 * @param stop Stops when `decoded.at` has come to it or passed it, by 257 bytes at most.
 */
export function readSymbols(
  literals: Int32Array,
  distances: Int32Array,
  decoded: Scratch,
  window: number,
  stop: number,
): number {
  const literalMask = (1 << LITERAL_ROOT) - 1;
  const distanceMask = (1 << DISTANCE_ROOT) - 1;
  const { view, end } = source;
  const { bytes, low } = decoded;
  let from = source.at;
  let hold = source.hold;
  let held = source.held;
  let at = decoded.at;
  let result = ROOM_ENDED;
  while (at < stop) {
    // To come back to, if the symbol turns out to be cut off.
    const symbolFrom = from;
    const symbolHold = hold;
    const symbolHeld = held;
    if (held < 16) {
      hold |= view.getUint16(from, true) << held;
      from += 2;
      held += 16;
    }
    let entry = literals[hold & literalMask] as number;
    if ((entry & SECOND) !== 0) {
      hold >>>= LITERAL_ROOT;
      held -= LITERAL_ROOT;
      entry = literals[(entry >> 16) + (hold & ((1 << ((entry >> 4) & 15)) - 1))] as number;
    }
    let taken = entry & 15;
    hold >>>= taken;
    held -= taken;
    let kind = entry & KIND;
    let length = 0;
    let distance = 0;
    if (kind === BASE) {
      if (held < 16) {
        hold |= view.getUint16(from, true) << held;
        from += 2;
        held += 16;
      }
      let extra = (entry >> 4) & 15;
      length = (entry >> 16) + (hold & ((1 << extra) - 1));
      hold >>>= extra;
      held -= extra;
      if (held < 16) {
        hold |= view.getUint16(from, true) << held;
        from += 2;
        held += 16;
      }
      entry = distances[hold & distanceMask] as number;
      if ((entry & SECOND) !== 0) {
        hold >>>= DISTANCE_ROOT;
        held -= DISTANCE_ROOT;
        entry = distances[(entry >> 16) + (hold & ((1 << ((entry >> 4) & 15)) - 1))] as number;
      }
      taken = entry & 15;
      hold >>>= taken;
      held -= taken;
      kind = entry & KIND;
      if (held < 16) {
        hold |= view.getUint16(from, true) << held;
        from += 2;
        held += 16;
      }
      extra = (entry >> 4) & 15;
      distance = (entry >> 16) + (hold & ((1 << extra) - 1));
      hold >>>= extra;
      held -= extra;
    }
    if (from > end && from - (held >> 3) > end) {
      from = symbolFrom;
      hold = symbolHold;
      held = symbolHeld;
      result = INPUT_ENDED;
      break;
    }
    if (kind === 0) {
      bytes[at++] = entry >> 16;
    } else if (kind === BASE) {
      if (distance > at - low || distance > window) {
        result = BAD_SYMBOL;
        break;
      }
      if (length < LONG) {
        const to = at + length;
        do bytes[at] = bytes[at - distance] as number;
        while (++at < to);
      } else {
        at = copyLong(bytes, at, distance, length);
      }
    } else if (kind === END) {
      result = BLOCK_ENDED;
      break;
    } else {
      // Of an incomplete code. Bits beyond the end may be to blame: then it is undecided.
      result = BAD_SYMBOL;
      if (((end - symbolFrom) << 3) + symbolHeld < 2 * MAX_BITS + 5) {
        result = INPUT_ENDED;
        from = symbolFrom;
        hold = symbolHold;
        held = symbolHeld;
      }
      break;
    }
  }
  source.at = from;
  source.hold = hold;
  source.held = held;
  decoded.at = at;
  return result;
}

/** Copies `length` bytes from `distance` before `at`, doubling what repeats. */
function copyLong(bytes: Uint8Array, at: number, distance: number, length: number): number {
  const from = at - distance;
  const end = at + length;
  let size = distance;
  let to = at;
  while (to + size < end) {
    bytes.copyWithin(to, from, from + size);
    to += size;
    size <<= 1;
  }
  bytes.copyWithin(to, from, from + end - to);
  return end;
}
