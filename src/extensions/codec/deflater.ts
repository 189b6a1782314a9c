/**
 * Compression of messages (RFC 1951, RFC 7692 §7.2.1): one for each connection that sends compressed messages.
 *
 * What it keeps between messages is the window and where in it to look, as far as they have been used; without context
 * takeover nothing at all. Scratch is shared by the whole process.
 */
import type { MessageDeflater } from "../codec.ts";
import { alignBits, bits, reserveBytes, resetBits, writeBits } from "./bit-writer.ts";
import { writeBlock } from "./block-writer.ts";
import { type Effort, Matcher, MIN_MATCH } from "./matcher.ts";
import { ROOM, Scratch, StoredWindow, type Tenant } from "./window.ts";

/** From the fastest to the smallest. */
const EFFORTS: readonly Effort[] = [
  { chain: 1, lazy: 1, nice: 16 },
  { chain: 2, lazy: 1, nice: 32 },
  { chain: 4, lazy: 1, nice: 32 },
  { chain: 4, lazy: 8, nice: 32 },
  { chain: 8, lazy: 16, nice: 64 },
  { chain: 16, lazy: 16, nice: 128 },
  { chain: 32, lazy: 32, nice: 128 },
  { chain: 64, lazy: 64, nice: 258 },
  { chain: 256, lazy: 258, nice: 258 },
];

/** The smallest matcher reaches 2^9 bytes back. */
const LEAST_REACH = 9;

/** What is to be compressed, behind what went before. */
const plain = new Scratch();

/** For compression without context takeover: one matcher of each size, for all. */
const shared: (Matcher | undefined)[] = [];

/** Compresses what one connection sends. */
export class Deflater implements MessageDeflater, Tenant {
  readonly #bits: number;
  readonly #takeover: boolean;
  readonly #effort: Effort;
  readonly #stored: StoredWindow = new StoredWindow();
  #matcher: Matcher | null = null;
  /** The position in the stream, modulo 2^16, of the first byte of the scratch. */
  #origin = 1;
  /** Whether a message has begun and not ended. */
  #inside = false;
  /** How many of the last bytes the matcher has not been told of; the last three never could be. */
  #untold = 0;

  /**
   * @param windowBits No distance is larger than 2^windowBits bytes; 8 to 15.
   * @param takeover Whether the window is kept from one message to the next.
   * @param level From 1, the fastest, to 9, the smallest.
   */
  constructor(windowBits: number, takeover: boolean, level: number) {
    this.#bits = windowBits;
    this.#takeover = takeover;
    this.#effort = EFFORTS[level - 1] ?? (EFFORTS[0] as Effort);
  }

  /** Bytes of memory that it keeps for itself. */
  get memory(): number {
    return this.#stored.memory + (this.#matcher?.memory ?? 0);
  }

  /**
   * Compresses `payload`, the next piece of a message, the last one if `fin`.
   *
   * @param must Whether a result is wanted even if it is not smaller than the payload.
   * @returns The compressed piece, in memory that the next call of any Deflater overwrites; or null, and then it is as if
   * it had not been called.
   */
  deflate(payload: Uint8Array, fin: boolean, must: boolean): Uint8Array | null {
    this.#enter();
    resetBits();
    for (let from = 0; from < payload.length; from += ROOM) {
      const size = Math.min(payload.length - from, ROOM);
      const start = this.#append(payload, from, size);
      this.#compress(start);
      // The first segment decides: afterwards there is no way back.
      if (from === 0 && !must && bits.at >= size - 1) {
        plain.at = start;
        if (!this.#takeover && !this.#inside) this.#forget();
        return null;
      }
    }
    // RFC 7692 §7.2.1: an empty stored block, of which 00 00 ff ff is left out at the end of a message.
    reserveBytes(8);
    writeBits(0b000, 3);
    alignBits();
    if (!fin) {
      writeBits(0, 16);
      writeBits(0xffff, 16);
    }
    this.#inside = !fin;
    if (fin && !this.#takeover) this.#forget();
    return bits.bytes.subarray(0, bits.at);
  }

  /** Adds to the window what was compressed by somebody else, after the last message. */
  remember(bytes: Uint8Array): void {
    if (!this.#takeover) return;
    this.#enter();
    const size = Math.min(bytes.length, 1 << this.#bits);
    const start = this.#append(bytes, bytes.length - size, size);
    if (size < bytes.length) plain.low = start;
    this.#untold += size;
  }

  /** A copy of the window, or null while it is empty: what a message to come may refer to. */
  recall(): Uint8Array | null {
    if (!this.#takeover) return null;
    this.#enter();
    const size = plain.filled(1 << this.#bits);
    return size === 0 ? null : plain.bytes.slice(plain.at - size, plain.at);
  }

  /** Releases its memory. */
  close(): void {
    this.#forget();
    this.#matcher = null;
  }

  /** Another claims the scratch: keeps what is needed to go on. */
  leave(): void {
    const size = this.#stored.store(plain, 1 << this.#bits);
    this.#origin = (this.#origin + plain.at - size) & 0xffff;
  }

  /** Claims the scratch, and brings back what it kept. */
  #enter(): void {
    if (plain.claim(this)) this.#stored.restore(plain);
  }

  #forget(): void {
    plain.release(this);
    this.#stored.clear();
    this.#origin = 1;
  }

  /** Puts `payload[from, from + size)` into the scratch, and returns where. */
  #append(payload: Uint8Array, from: number, size: number): number {
    this.#origin = (this.#origin + plain.slide(1 << this.#bits, size)) & 0xffff;
    const start = plain.at;
    plain.bytes.set(size === payload.length ? payload : payload.subarray(from, from + size), start);
    plain.at = start + size;
    return start;
  }

  /** Compresses what was appended at `start`. */
  #compress(start: number): void {
    const matcher = this.#prepare(start);
    const { bytes, view, low, at: end } = plain;
    for (let at = start; at < end; ) {
      const to = matcher.match(bytes, view, at, end, low, this.#origin, this.#effort);
      writeBlock(bytes, at, to);
      at = to;
    }
  }

  /** A matcher of the right size, which knows all that lies before `start`. */
  #prepare(start: number): Matcher {
    const { view, low, at: end } = plain;
    let reach = Math.min(LEAST_REACH, this.#bits);
    while (reach < this.#bits && 1 << reach < end - low) reach++;
    let known = start - MIN_MATCH + 1 - this.#untold;
    this.#untold = 0;
    let matcher = this.#matcher;
    if (!this.#takeover) {
      matcher = shared[reach] ??= new Matcher(reach);
      matcher.clear();
      known = low;
    } else if (matcher === null || matcher.reach < 1 << reach) {
      matcher = new Matcher(reach);
      this.#matcher = matcher;
      known = low;
    }
    // The last bytes before `start` could not be noted till now: there were not four of them.
    matcher.note(view, Math.max(known, low), Math.min(start, end - MIN_MATCH + 1), this.#origin);
    return matcher;
  }
}
