/**
 * Bytes on their way out: gathers the frames of a tick into one write, counts what waits, and lets senders wait.
 *
 * It is the `Output` of its session. What one read or one tick gives rise to leaves in one write (`flush`).
 */
import { deferTick } from "#platform";
import type { Output } from "../protocol/output.ts";
import { ARENA } from "./arena.ts";
import { type Deferred, defer, handled } from "./deferred.ts";
import type { Transport } from "./transport.ts";

/** When senders wait, and when a connection is given up, in bytes. */
export interface WriteLimit {
  /** `send` waits above it. */
  readonly high: number;
  /** … until no more than this waits. */
  readonly low: number;
  /** Above it the connection is closed with 1013. */
  readonly max: number;
}

/** Whom an outbox tells what it has done. */
export interface OutboxOwner {
  /** The stream's end has been handed to the transport. */
  onEndSent(): void;
  /** After more than `high` waited, no more than `low` does. */
  onRoom(): void;
  /** The system has not taken `size` bytes at once. */
  onHeld(size: number): void;
}

export class Outbox implements Output {
  bytes: Uint8Array = NOTHING;
  at = 0;

  readonly #transport: Transport;
  readonly #limit: WriteLimit;
  readonly #owner: OutboxOwner;
  /** Where the open region of `bytes` begins; meaningless while `bytes` is empty. */
  #start = 0;
  /** Whether `bytes` is memory of our own, for a frame that no slab holds. */
  #private = false;
  /** Such memory, from which the system has not taken everything yet. */
  #lent: Uint8Array | null = null;
  /** Whole pieces that go before the open region. */
  #pieces: Uint8Array[] | null = null;
  #pieceBytes = 0;
  /** Bytes handed to the transport so far. */
  written = 0;
  #corked = false;
  #scheduled = false;
  #ending = false;
  #closed = false;
  #waiting: Deferred<void> | null = null;
  /** Whether somebody has been told that there is no room. */
  #awaited = false;

  constructor(transport: Transport, limit: WriteLimit, owner: OutboxOwner) {
    this.#transport = transport;
    this.#limit = limit;
    this.#owner = owner;
  }

  /** Bytes that the system has not yet taken. */
  get bufferedAmount(): number {
    return this.#closed
      ? 0
      : this.#transport.bufferedAmount + this.#pieceBytes + (this.at - this.#start);
  }

  /** Whether more than `high` waits. Whoever is told so hears of `onRoom`. */
  get congested(): boolean {
    const congested = this.bufferedAmount > this.#limit.high;
    if (congested) this.#awaited = true;
    return congested;
  }

  /** Whether so much waits that the connection has to be given up before anything is added. */
  get overflows(): boolean {
    return this.bufferedAmount > this.#limit.max;
  }

  reserve(size: number): void {
    if (!this.#scheduled && !this.#corked) this.#schedule();
    if (this.bytes.length - this.at >= size) {
      // The usual case: room behind what this connection, and no other since, has written into the slab.
      if (this.bytes === ARENA.slab ? this.at === ARENA.at : this.#private) return;
    }
    this.#seal();
    this.#private = !ARENA.holds(size);
    if (!this.#private) {
      ARENA.open(size);
      this.bytes = ARENA.slab;
      this.#start = ARENA.at;
      this.at = ARENA.at;
    } else {
      this.bytes = ARENA.takeLarge(size);
      this.#start = 0;
      this.at = 0;
    }
  }

  commit(end: number): void {
    this.at = end;
    if (this.bytes === ARENA.slab) ARENA.at = end;
  }

  share(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#scheduled && !this.#corked) this.#schedule();
    // The frames of several broadcasts lie side by side: they leave in one write.
    if (this.bytes === bytes && this.at === start && !this.#private) {
      this.at = end;
      return;
    }
    this.#seal();
    this.#private = false;
    this.bytes = bytes;
    this.#start = start;
    this.at = end;
    ARENA.share(bytes);
  }

  end(): void {
    this.#ending = true;
    if (!this.#corked) this.#schedule();
  }

  /** Until `flush`, nothing leaves. */
  cork(): void {
    this.#corked = true;
  }

  /** Writes all that was gathered. */
  flush(): void {
    this.#corked = false;
    if (this.#closed) return;
    const pieces = this.#pieces;
    if (pieces !== null) {
      this.#pieces = null;
      this.#pieceBytes = 0;
      for (const piece of pieces) this.#write(piece);
    }
    if (this.at > this.#start) {
      const { bytes } = this;
      const region = bytes.subarray(this.#start, this.at);
      this.written += region.length;
      this.bytes = NOTHING;
      this.#start = 0;
      this.at = 0;
      if (this.#transport.write(region)) {
        if (this.#private) ARENA.giveLarge(bytes);
        else ARENA.close(bytes);
      } else {
        if (this.#private) this.#lent = bytes;
        else ARENA.abandon(bytes);
        this.#owner.onHeld(region.length);
      }
    }
    if (this.#ending) {
      this.#ending = false;
      this.#transport.end();
      this.#owner.onEndSent();
    }
    if (this.#awaited) this.onDrain();
  }

  /** Resolves when no more than `low` waits, or rejects with what `close` is given. Marked as handled. */
  drained(): Promise<void> {
    this.#waiting ??= defer<void>();
    return handled(this.#waiting.promise);
  }

  /** The transport has taken what it had. */
  onDrain(): void {
    if (this.#lent !== null && this.#transport.bufferedAmount === 0) {
      ARENA.giveLarge(this.#lent);
      this.#lent = null;
    }
    if (!this.#awaited || this.bufferedAmount > this.#limit.low) return;
    this.#awaited = false;
    this.#waiting?.resolve();
    this.#waiting = null;
    this.#owner.onRoom();
  }

  /** The transport is gone: what waits is dropped, who waits gets `reason()`. */
  close(reason: () => unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#seal();
    for (const piece of this.#pieces ?? []) this.#giveUp(piece);
    this.#pieces = null;
    this.#waiting?.reject(reason());
    this.#waiting = null;
  }

  /** Turns the open region into a piece, since the next frame goes elsewhere. */
  #seal(): void {
    if (this.at > this.#start) {
      this.#pieces ??= [];
      this.#pieces.push(this.bytes.subarray(this.#start, this.at));
      this.#pieceBytes += this.at - this.#start;
    } else if (this.bytes !== NOTHING) {
      ARENA.close(this.bytes);
    }
    this.bytes = NOTHING;
    this.#start = 0;
    this.at = 0;
  }

  #write(piece: Uint8Array): void {
    this.written += piece.length;
    if (this.#transport.write(piece)) {
      this.#giveUp(piece);
      return;
    }
    this.#owner.onHeld(piece.length);
    if (piece.buffer === ARENA.slab.buffer) ARENA.abandon(ARENA.slab);
  }

  #giveUp(piece: Uint8Array): void {
    if (piece.buffer === ARENA.slab.buffer) ARENA.close(ARENA.slab);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (scheduled.push(this) === 1) deferTick(flushScheduled);
  }

  /** The tick has ended. */
  static readonly flushScheduled = (outbox: Outbox): void => {
    outbox.#scheduled = false;
    if (!outbox.#corked) outbox.flush();
  };
}

/** Those that have something to send at the end of this tick. */
let scheduled: Outbox[] = [];

function flushScheduled(): void {
  const due = scheduled;
  scheduled = [];
  for (const outbox of due) Outbox.flushScheduled(outbox);
}

const NOTHING = new Uint8Array(0);
