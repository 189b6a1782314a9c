/** How much a peer may send: a bucket that fills as time passes, and that each message empties a little. */
import type { Clock } from "./clock.ts";

/** How many messages, or bytes of messages, a peer may send in a time; as many at once when it has been silent so long. */
export interface RateLimit {
  readonly messages?: number | null;
  readonly bytes?: number | null;
  /** In milliseconds. Default 1 000. */
  readonly per?: number;
}

/** The same, checked and filled in; Infinity: no limit. */
export interface RateSettings {
  readonly messages: number;
  readonly bytes: number;
  readonly per: number;
}

const UNLIMITED = Number.POSITIVE_INFINITY;

/** What one connection may still send. */
export class RateMeter {
  readonly #settings: RateSettings;
  readonly #clock: Clock;
  #messages: number;
  #bytes: number;
  #at: number;

  constructor(settings: RateSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#messages = settings.messages;
    this.#bytes = settings.bytes;
    this.#at = clock.now();
  }

  /** A message of `size` bytes has come, or a piece of one that is not the last. @returns Why it is too much, or null. */
  take(size: number, isWhole = true): string | null {
    const { messages, bytes, per } = this.#settings;
    const now = this.#clock.now();
    const part = (now - this.#at) / per;
    this.#at = now;
    this.#messages = refill(this.#messages, messages, part) - (isWhole ? 1 : 0);
    this.#bytes = refill(this.#bytes, bytes, part) - size;
    if (this.#messages < 0) return `more than ${messages} messages in ${per} ms`;
    // A message that is larger than the bucket may come when it is full: `maxSize` limits messages.
    if (this.#bytes < Math.min(0, bytes - size)) return `more than ${bytes} bytes in ${per} ms`;
    return null;
  }
}

function refill(left: number, most: number, part: number): number {
  return most === UNLIMITED ? most : Math.min(most, left + most * part);
}
