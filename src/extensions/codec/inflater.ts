/**
 * Decompression of messages (RFC 1951, RFC 7692 §7.2.2): one for each connection that receives compressed messages.
 *
 * Pieces may be cut anywhere. What it keeps between messages is the window, as far as it has been used; between the
 * pieces of one message also what it needs to go on. Scratch and tables are shared by the whole process.
 */
import { badData, type MessageInflater, tooBig } from "../codec.ts";
import type { DecodeSink } from "../extension.ts";
import { fillBits, giveBack, openSource, overrun, source, takeBits } from "./bit-reader.ts";
import { BAD, BlockCodes, INCOMPLETE, READ, readBlockHeader } from "./block-header.ts";
import { BAD_SYMBOL, BLOCK_ENDED, INPUT_ENDED, readSymbols } from "./block-reader.ts";
import { DecodeTable, FIXED_DISTANCES, FIXED_LITERALS } from "./decode-table.ts";
import { FULL, Scratch, StoredWindow, type Tenant } from "./window.ts";

/** A piece is decoded in slices of so many bytes. */
const SLICE = 65536;
/** RFC 7692 §7.2.2: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message." */
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);

const NOTHING = new Uint8Array(0);

/** Where in a sequence of blocks it stands. */
const HEADER = 0;
const STORED = 1;
const FIXED = 2;
const DYNAMIC = 3;

/** What is decompressed, behind what went before. */
const decoded = new Scratch();
/** The codes of the dynamic block that the tenant of `decoded` is in. */
const codes = new BlockCodes();
const literalTable = DecodeTable.forLiterals();
const distanceTable = DecodeTable.forDistances();

/** Decompresses what one connection receives. */
export class Inflater implements MessageInflater, Tenant {
  readonly #window: number;
  readonly #takeover: boolean;
  readonly #stored: StoredWindow = new StoredWindow();
  #mode = HEADER;
  /** Whether the block is marked as the last of its sequence. */
  #final = false;
  /** Bytes of a stored block that are still to come. */
  #left = 0;
  /** The codes of a dynamic block, while another has the tables. */
  #codes: BlockCodes | null = null;
  /** Bits and bytes that have come and could not be used yet. */
  #hold = 0;
  #held = 0;
  #carry: Uint8Array = NOTHING;

  /**
   * @param windowBits The peer must not refer to what is more than 2^windowBits bytes back; 8 to 15.
   * @param takeover Whether the window is kept from one message to the next.
   */
  constructor(windowBits: number, takeover: boolean) {
    this.#window = 1 << windowBits;
    this.#takeover = takeover;
  }

  /** Bytes of memory that it keeps for itself. */
  get memory(): number {
    return this.#stored.memory + this.#carry.length + (this.#codes?.lengths.length ?? 0);
  }

  /**
   * Decompresses `piece[start, end)`, the next piece of a message, the last one if `fin`.
   *
   * @returns How far it came: less than `end` only if the sink asked for a pause.
   * @throws ProtocolError when the data is no sequence of blocks, refers to what is not in the window, or does not end
   * with its message; PayloadTooBig when more than `sink.limit` bytes come out. Nothing can be decompressed afterwards.
   */
  inflate(piece: Uint8Array, start: number, end: number, fin: boolean, sink: DecodeSink): number {
    this.#enter();
    let at = start;
    do {
      const size = Math.min(end - at, SLICE);
      const last = fin && at + size === end;
      const carried = this.#carry.length;
      openSource(carried + size + TAIL.length);
      if (carried > 0) source.bytes.set(this.#carry);
      source.bytes.set(size === piece.length ? piece : piece.subarray(at, at + size), carried);
      if (last) source.bytes.set(TAIL, carried + size);
      source.end = carried + size + (last ? TAIL.length : 0);
      source.hold = this.#hold;
      source.held = this.#held;
      const paused = this.#run(sink, carried + size);
      giveBack();
      if (last && !paused) {
        if (this.#mode !== HEADER || source.held > 0 || source.at < source.end)
          throw bad("it ends inside a block");
        this.#finish();
        return end;
      }
      this.#hold = source.hold;
      this.#held = source.held;
      // After a pause only what was carried stays here: the rest will be handed in again.
      const kept = paused ? carried : source.end;
      this.#carry = source.at < kept ? source.bytes.slice(source.at, kept) : NOTHING;
      if (paused) return at + Math.max(source.at - carried, 0);
      at += size;
    } while (at < end);
    return end;
  }

  /** Adds to the window what was decompressed by somebody else, after the last message. */
  remember(bytes: Uint8Array): void {
    if (!this.#takeover) return;
    this.#enter();
    const size = Math.min(bytes.length, this.#window);
    decoded.slide(this.#window, size);
    decoded.bytes.set(bytes.subarray(bytes.length - size), decoded.at);
    decoded.at += size;
  }

  /** A copy of the window, or null while it is empty: what a message to come may refer to. */
  recall(): Uint8Array | null {
    if (!this.#takeover) return null;
    this.#enter();
    const size = decoded.filled(this.#window);
    return size === 0 ? null : decoded.bytes.slice(decoded.at - size, decoded.at);
  }

  /** Releases its memory. */
  close(): void {
    decoded.release(this);
    this.#stored.clear();
    this.#carry = NOTHING;
    this.#codes = null;
  }

  /** Another claims the scratch: keeps what is needed to go on. */
  leave(): void {
    this.#stored.store(decoded, this.#window);
    if (this.#mode === DYNAMIC) this.#codes = codes.copy();
  }

  /** Claims the scratch, and brings back what it kept. */
  #enter(): void {
    if (!decoded.claim(this)) return;
    this.#stored.restore(decoded);
    if (this.#codes === null) return;
    codes.assign(this.#codes);
    this.#codes = null;
    buildTables();
  }

  /** Ends a message. */
  #finish(): void {
    this.#hold = 0;
    this.#held = 0;
    this.#carry = NOTHING;
    if (this.#takeover) return;
    decoded.release(this);
    this.#stored.clear();
  }

  /** Decodes what is in `source`, as far as it goes; true if the sink asked for a pause before `source.at` came to `end`. */
  #run(sink: DecodeSink, end: number): boolean {
    decoded.slide(this.#window, 0);
    let from = decoded.at;
    for (;;) {
      const room = sink.limit - sink.size;
      const more = this.#step(Math.min(FULL, from + room + 1));
      if (decoded.at - from > room) throw tooBig(sink.limit);
      if (more && decoded.at < FULL) continue;
      const goOn = decoded.at === from || sink.write(decoded.bytes, from, decoded.at);
      if (!more) return false;
      decoded.slide(this.#window, 0);
      from = decoded.at;
      if (!goOn && source.at - (source.held >> 3) < end) return true;
    }
  }

  /** Reads a header, or as much of a block as goes till `decoded.at` comes to `stop`; false when it needs more input. */
  #step(stop: number): boolean {
    if (this.#mode === HEADER) return this.#readHeader();
    if (this.#mode === STORED) return this.#copyStored(stop);
    const fixed = this.#mode === FIXED;
    const literals = (fixed ? FIXED_LITERALS : literalTable).entries;
    const distances = (fixed ? FIXED_DISTANCES : distanceTable).entries;
    const result = readSymbols(literals, distances, decoded, this.#window, stop);
    if (result === BAD_SYMBOL) throw bad("a symbol or a distance is not valid");
    if (result === BLOCK_ENDED) this.#endBlock();
    return result !== INPUT_ENDED;
  }

  /** Reads the header of a block (RFC 1951 §3.2.3); one that is not wholly there stays in the source. */
  #readHeader(): boolean {
    giveBack();
    const { at, hold, held } = source;
    if (at === source.end && held === 0) return false;
    fillBits();
    this.#final = takeBits(1) === 1;
    const read = this.#readType(takeBits(2));
    if (read === READ && !overrun()) return true;
    if (read !== INCOMPLETE && !overrun()) throw bad("the header of a block is not valid");
    source.at = at;
    source.hold = hold;
    source.held = held;
    this.#mode = HEADER;
    return false;
  }

  #readType(type: number): number {
    if (type === 0) return this.#readStored();
    if (type === 1) {
      this.#mode = FIXED;
      return READ;
    }
    if (type === 3) return BAD;
    const read = readBlockHeader(codes);
    if (read !== READ) return read;
    this.#mode = DYNAMIC;
    return buildTables() ? READ : BAD;
  }

  /** RFC 1951 §3.2.4: on to the next byte; the length, and its complement. */
  #readStored(): number {
    takeBits(source.held & 7);
    giveBack();
    if (source.end - source.at < 4) return INCOMPLETE;
    const size = source.view.getUint16(source.at, true);
    const complement = source.view.getUint16(source.at + 2, true);
    source.at += 4;
    this.#left = size;
    this.#mode = STORED;
    return (size ^ complement) === 0xffff ? READ : BAD;
  }

  #copyStored(stop: number): boolean {
    const size = Math.min(this.#left, source.end - source.at, Math.max(stop - decoded.at, 0));
    if (size > 0) {
      decoded.bytes.set(source.bytes.subarray(source.at, source.at + size), decoded.at);
      decoded.at += size;
      source.at += size;
      this.#left -= size;
    }
    if (this.#left > 0) return source.at < source.end;
    this.#endBlock();
    return true;
  }

  #endBlock(): void {
    this.#mode = HEADER;
    // RFC 7692 §7.2.3.4: what has BFINAL set ends at a byte, and others may follow. The window stays as it is.
    if (this.#final) takeBits(source.held & 7);
    this.#final = false;
  }
}

function buildTables(): boolean {
  const { lengths, literals, distances } = codes;
  return (
    literalTable.build(lengths, 0, literals) &&
    distanceTable.build(lengths, literals, literals + distances)
  );
}

function bad(problem: string): Error {
  return badData(new Error(problem));
}
