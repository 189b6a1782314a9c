/** What a session hands over as it receives: counted, held against the peer's rate, and passed on. */
import { POLICY_VIOLATION } from "../frames/close-code.ts";
import type { SessionSink } from "../protocol/sink.ts";
import type { Delegate } from "./delegate.ts";
import type { Message } from "./message.ts";
import type { ConnectionSettings } from "./options.ts";
import { RateMeter } from "./rate-limit.ts";

/** A peer that goes on sending after its Close, or after ours for a fault, is cut off after so many bytes. */
const DROPPED_MOST = 16 * 1024 * 1024;

/** What an intake needs of its connection's driver. */
export interface IntakeOwner {
  fail(code: number, reason: string): void;
  /** A pong has come: `bytes[start, end)`. */
  onPong(bytes: Uint8Array, start: number, end: number): void;
}

export class Intake implements SessionSink {
  /** Whole messages, and bytes of messages, that have come. */
  messages = 0;
  bytes = 0;

  readonly #owner: IntakeOwner;
  readonly #delegate: Delegate;
  readonly #meter: RateMeter | null;
  #dropped = 0;

  constructor(owner: IntakeOwner, delegate: Delegate, { rateLimit, clock }: ConnectionSettings) {
    this.#owner = owner;
    this.#delegate = delegate;
    this.#meter = rateLimit === null ? null : new RateMeter(rateLimit, clock);
  }

  onText(text: string, size: number): void {
    this.messages += 1;
    this.bytes += size;
    if (this.#meter !== null && this.#isTooMuch(this.#meter, size)) return;
    this.#delegate.onText(text, size);
  }

  onData(isText: boolean, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.messages += 1;
    this.bytes += end - start;
    if (this.#meter !== null && this.#isTooMuch(this.#meter, end - start)) return;
    this.#delegate.onData(isText, bytes, start, end, owned);
  }

  onPiece(isText: boolean, piece: Message, size: number, fin: boolean): void {
    this.bytes += size;
    if (fin) this.messages += 1;
    if (this.#meter !== null && this.#isTooMuch(this.#meter, size, fin)) return;
    this.#delegate.onPiece(isText, piece, size, fin);
  }

  onPong(bytes: Uint8Array, start: number, end: number): void {
    this.#owner.onPong(bytes, start, end);
  }

  /** Bytes came that nobody looks at. @returns Whether there were too many of them by now. */
  drop(size: number): boolean {
    this.#dropped += size;
    return this.#dropped > DROPPED_MOST;
  }

  /** A peer that sends more than its rate is given up; the message that is too much is dropped. */
  #isTooMuch(meter: RateMeter, size: number, isWhole = true): boolean {
    const reason = meter.take(size, isWhole);
    if (reason !== null) this.#owner.fail(POLICY_VIOLATION, reason);
    return reason !== null;
  }
}
