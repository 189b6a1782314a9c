/** The codes of a dynamic block, as its header tells them (RFC 1951 §3.2.7). */
import { CODE_LENGTH_ORDER, CODE_LENGTHS, DISTANCES, END_OF_BLOCK, LITERALS } from "./alphabet.ts";
import { fillBits, overrun, source, takeBits } from "./bit-reader.ts";
import { CODE_LENGTH_ROOT, DecodeTable } from "./decode-table.ts";

/** A header has been read. */
export const READ = 0;
/** A header is not wholly there. */
export const INCOMPLETE = 1;
/** A header is not valid. */
export const BAD = 2;

/** The code lengths of one dynamic block: `literals` of literals and lengths, then `distances` of distances. */
export class BlockCodes {
  readonly lengths: Uint8Array = new Uint8Array(LITERALS + DISTANCES);
  literals = 0;
  distances = 0;

  assign(other: BlockCodes): void {
    this.lengths.set(other.lengths);
    this.literals = other.literals;
    this.distances = other.distances;
  }

  copy(): BlockCodes {
    const copy = new BlockCodes();
    copy.assign(this);
    return copy;
  }
}

const codeLengthLengths = new Uint8Array(CODE_LENGTHS);
const codeLengths = DecodeTable.forCodeLengths();

/** Reads a header, after its first three bits, into `codes`. On INCOMPLETE the reader stands anywhere. */
export function readBlockHeader(codes: BlockCodes): number {
  fillBits();
  const literals = takeBits(5) + 257;
  const distances = takeBits(5) + 1;
  const count = takeBits(4) + 4;
  codeLengthLengths.fill(0);
  for (let at = 0; at < count; at++) {
    fillBits();
    codeLengthLengths[CODE_LENGTH_ORDER[at] as number] = takeBits(3);
  }
  if (overrun()) return INCOMPLETE;
  if (literals > LITERALS || distances > DISTANCES) return BAD;
  if (!codeLengths.build(codeLengthLengths, 0, CODE_LENGTHS) || !codeLengths.complete) return BAD;
  const { entries } = codeLengths;
  const { lengths } = codes;
  const total = literals + distances;
  for (let at = 0; at < total; ) {
    fillBits();
    const entry = entries[source.hold & ((1 << CODE_LENGTH_ROOT) - 1)] as number;
    takeBits(entry & 15);
    const symbol = entry >> 16;
    let repeat = 1;
    let value = symbol;
    if (symbol >= 16) {
      value = 0;
      if (symbol === 16) {
        if (at === 0) return overrun() ? INCOMPLETE : BAD;
        value = lengths[at - 1] as number;
        repeat = 3 + takeBits(2);
      } else {
        repeat = symbol === 17 ? 3 + takeBits(3) : 11 + takeBits(7);
      }
    }
    if (overrun()) return INCOMPLETE;
    if (at + repeat > total) return BAD;
    if (repeat === 1) lengths[at] = value;
    else lengths.fill(value, at, at + repeat);
    at += repeat;
  }
  if (lengths[END_OF_BLOCK] === 0) return BAD;
  codes.literals = literals;
  codes.distances = distances;
  return READ;
}
