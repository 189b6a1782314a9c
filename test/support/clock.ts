/** A clock that moves when a test says so. */
import type { Clock, Timer } from "../../src/connection/clock.ts";

interface Due {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

export class TestClock implements Clock {
  /** Callbacks that wait for others to have their turn. */
  readonly turns: (() => void)[] = [];
  readonly #timers = new Set<Due>();
  #time = 0;
  #order = 0;

  date(): number {
    return 1_700_000_000_000 + this.#time;
  }

  now(): number {
    return this.#time;
  }

  after(delay: number, callback: () => void): Timer {
    const due = { at: this.#time + delay, order: this.#order, callback };
    this.#order += 1;
    this.#timers.add(due);
    return { cancel: () => void this.#timers.delete(due) };
  }

  nextTurn(callback: () => void): void {
    this.turns.push(callback);
  }

  /** How many timers run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves on by `delay` milliseconds; timers fire in their order, each at its time. */
  advance(delay: number): void {
    const end = this.#time + delay;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#time = next.at;
      next.callback();
    }
    this.#time = end;
  }

  /** Gives those their turn who wait for it, but not those who ask for another meanwhile. */
  turn(): void {
    for (const callback of this.turns.splice(0)) callback();
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
