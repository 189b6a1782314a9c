/** Time, as connections see it. Tests hand in another. All times are milliseconds. */

export interface Clock {
  /** The time of day, as Date.now gives it. */
  date(): number;
  /** A time that never jumps or goes back, with fractions. */
  now(): number;
  /** Calls `callback` once, after `delay`. It keeps the process alive only if it `holds` it. */
  after(delay: number, callback: () => void, holds?: boolean): Timer;
  /** Calls `callback` when others have had their turn. */
  nextTurn(callback: () => void): void;
}

export interface Timer {
  cancel(): void;
}

class SystemTimer implements Timer {
  readonly #handle: ReturnType<typeof setTimeout>;

  constructor(delay: number, callback: () => void, holds: boolean) {
    this.#handle = setTimeout(callback, delay);
    // Sockets keep the process alive, timers do not. Browsers' handles are numbers.
    if (!holds && typeof this.#handle === "object") this.#handle.unref();
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}

/** The platform's clock. */
export const SYSTEM_CLOCK: Clock = {
  date: Date.now,
  now: () => performance.now(),
  after: (delay, callback, holds = false) => new SystemTimer(delay, callback, holds),
  nextTurn:
    typeof setImmediate === "function"
      ? (callback) => void setImmediate(callback)
      : (callback) => void setTimeout(callback, 0),
};
