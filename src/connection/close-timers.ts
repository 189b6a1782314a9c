/** How long closing may take: until the reader lets our Close frame go, and from then on until the stream has ended. */
import type { Clock, Timer } from "./clock.ts";

export class CloseTimers {
  readonly #clock: Clock;
  /** In milliseconds; null: for ever. */
  readonly #timeout: number | null;
  #answer: Timer | null = null;
  #close: Timer | null = null;

  constructor(clock: Clock, timeout: number | null) {
    this.#clock = clock;
    this.#timeout = timeout;
  }

  /** A Close frame is owed, and waits for the reader: after the time, `onTimeout` is called. */
  boundAnswer(onTimeout: () => void): void {
    if (this.#timeout !== null) this.#answer = this.#clock.after(this.#timeout, onTimeout);
  }

  /** Closing has begun: after the time, `onTimeout` is called, however often this is. */
  boundClose(onTimeout: () => void): void {
    this.#answer?.cancel();
    this.#answer = null;
    if (this.#timeout !== null) this.#close ??= this.#clock.after(this.#timeout, onTimeout);
  }

  cancel(): void {
    this.#answer?.cancel();
    this.#answer = null;
    this.#close?.cancel();
    this.#close = null;
  }
}
