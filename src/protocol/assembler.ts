/**
 * Fragments to messages (RFC 6455 §5.4): one growing piece of memory for each message that does not lie whole in a chunk.
 *
 * Memory is taken as bytes arrive, never by a declared length, and small fragments are joined at once, so that a limit
 * on the message's size is a limit on memory too.
 */
import type { DecodeSink } from "../extensions/extension.ts";
import { PayloadTooBig } from "../frames/errors.ts";
import { Utf8Checker } from "../frames/utf8.ts";

/** No message gets more than this before bytes of it have arrived. */
const FIRST_ROOM = 64 * 1024;

/**
 * After the first bytes, memory is taken for so many times as many as have come. A message of 1 MiB that comes in chunks of
 * 64 KiB is then filled in place: 0.7 of the processor time that doubling takes, which allocates twice as much.
 */
const TRUST = 16;

export class Assembler implements DecodeSink {
  /** TEXT or BINARY. */
  readonly opcode: number;
  /** The reserved bits of the first frame: they tell whether the message is compressed (RFC 7692 §6). */
  readonly rsv: number;
  /** Whether it is gathered undecoded, to be decoded elsewhere. */
  isLarge = false;
  /** Whether it is handed over piece by piece, as it arrives. */
  isStreamed = false;
  /** Frames of the message that have begun. */
  frames = 1;
  /** What has come of the message and was not let go: the first `length` bytes are taken. */
  bytes: Uint8Array = NOTHING;
  length = 0;
  /** Bytes of the message that were let go, before those. */
  gone = 0;
  /** How many of `bytes` have been handed over in pieces. */
  #handed = 0;
  /** Checks a text as it arrives. */
  readonly #checker: Utf8Checker | null;
  /** The most bytes that the message may have. */
  readonly limit: number;

  /** @param isText Whether what is appended must be UTF-8. */
  constructor(
    opcode: number,
    rsv: number,
    isText: boolean,
    limit: number = Number.POSITIVE_INFINITY,
  ) {
    this.opcode = opcode;
    this.rsv = rsv;
    this.limit = limit;
    this.#checker = isText ? new Utf8Checker() : null;
  }

  /**
   * Takes `source[start, end)`, unmasked.
   *
   * @param more How many bytes of the same frame are still to come.
   * @throws InvalidUtf8 when the message is a text and cannot go on so.
   */
  append(source: Uint8Array, start: number, end: number, more: number): void {
    this.#checker?.check(source, start, end);
    const size = end - start;
    if (this.bytes.length - this.length < size) this.#grow(size, more);
    this.bytes.set(size === source.length ? source : source.subarray(start, end), this.length);
    this.length += size;
  }

  /** How many bytes of it have come; as a sink of an extension. */
  get size(): number {
    return this.gone + this.length;
  }

  /** What has come and was not handed over yet: of a text, as far as its characters are whole. The memory is the caller's. */
  takePiece(): Uint8Array {
    const end = this.length - (this.#checker?.unfinished ?? 0);
    const piece = this.bytes.slice(this.#handed, end);
    this.#handed = end;
    return piece;
  }

  /** Lets go of what was handed over in pieces. */
  release(): void {
    this.bytes = this.bytes.slice(this.#handed, this.length);
    this.length = this.bytes.length;
    this.gone += this.#handed;
    this.#handed = 0;
  }

  /**
   * Takes what an extension has decoded.
   *
   * @throws PayloadTooBig when the message grows larger than it may be. @throws InvalidUtf8 as `append` does.
   */
  write(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.size + (end - start) > this.limit) throw new PayloadTooBig(null, this.limit);
    // Nobody knows how much is to come: as much again as there is, so that large messages are not moved at each piece.
    this.append(bytes, start, end, Math.min(this.length, this.limit - this.size - (end - start)));
    return true;
  }

  /**
   * Ends the message.
   *
   * @throws InvalidUtf8 when it is a text that ends inside a character.
   */
  finish(): void {
    this.#checker?.finish();
  }

  #grow(size: number, more: number): void {
    const wanted = this.length + size;
    const declared = wanted + more;
    const twice = this.bytes.length * 2;
    // What the frame has declared, if that is no more than a message may have at first, or not much more than has come: then
    // it is filled in place.
    const room = Math.max(wanted, Math.min(declared, Math.max(FIRST_ROOM, wanted * TRUST)));
    // What small fragments declare is no measure of their message: the memory is doubled, else each would move it.
    const grown = new Uint8Array(this.frames > 1 ? Math.max(room, twice) : room);
    grown.set(this.length === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

const NOTHING = new Uint8Array(0);
