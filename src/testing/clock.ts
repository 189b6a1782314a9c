/** A clock that moves when a test says so. */
import { setImmediate } from "node:timers";
import type { Clock, Timer } from "../connection/clock.ts";

interface Due {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** How many turns of the event loop what is sent needs to get there, be answered, and the answer back. */
const TURNS = 8;

/** Time stands still until `elapse` or `advance` is called. All times are milliseconds. */
export class ManualClock implements Clock {
  readonly #begin: number;
  readonly #timers = new Set<Due>();
  #time = 0;
  #order = 0;

  /** @param begin The time of day at the beginning, as Date.now gives it. Default: in November 2023. */
  constructor(begin: number = 1_700_000_000_000) {
    this.#begin = begin;
  }

  /** The time of day. */
  date(): number {
    return this.#begin + this.#time;
  }

  /** The time since the clock was made. */
  now(): number {
    return this.#time;
  }

  /** Calls `callback` when the clock has moved on by `delay`. */
  after(delay: number, callback: () => void): Timer {
    const due = { at: this.#time + delay, order: this.#order, callback };
    this.#order += 1;
    this.#timers.add(due);
    return { cancel: () => void this.#timers.delete(due) };
  }

  /** Calls `callback` when others have had their turn, in real time. */
  nextTurn(callback: () => void): void {
    setImmediate(callback);
  }

  /** How many timers run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves on by `delay` at once: timers fire in their order, each at its time, and nothing else happens between. */
  advance(delay: number): void {
    const end = this.#time + delay;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) this.#fire(next);
    this.#time = end;
  }

  /**
   * Moves on by `delay`, and lets happen what each timer gives rise to before the next one fires: a ping gets its pong. Only
   * the time of this clock is spent.
   */
  async elapse(delay: number): Promise<void> {
    const end = this.#time + delay;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#fire(next);
      await settle();
    }
    this.#time = end;
  }

  #fire(due: Due): void {
    this.#timers.delete(due);
    this.#time = due.at;
    due.callback();
  }

  #next(end: number): Due | undefined {
    let next: Due | undefined;
    for (const due of this.#timers) {
      if (due.at > end) continue;
      if (next === undefined || due.at < next.at || (due.at === next.at && due.order < next.order))
        next = due;
    }
    return next;
  }
}

/** Lets happen what can happen now: messages on their way arrive, promises settle. No time passes on a ManualClock. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
