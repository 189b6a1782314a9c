/**
 * What the connections of a server may hold in memory together.
 *
 * Nothing is counted for each message: each connection tells how many bytes have passed through its hands. The sum can
 * only be above the budget when at least as many have passed as were free at the last audit, so only then are all asked.
 */
import type { Clock } from "./clock.ts";

/** One connection. */
export interface Holder {
  /** Bytes that it holds. */
  readonly held: number;
  /** Ends it, and lets go of what it holds. */
  giveUp(reason: string): void;
}

/** Between two audits pass at least so many parts of the budget, which it can be exceeded by meanwhile. */
const PARTS = 16;

export class MemoryBudget {
  readonly #limit: number;
  readonly #clock: Clock;
  /** Whom to ask. */
  holders: () => Iterable<Holder> = () => [];
  /** How many bytes have to pass before the next audit. */
  #left: number;
  #scheduled = false;

  /** @param limit In bytes. */
  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
    this.#left = limit;
  }

  /** `bytes` have come in, or wait to go out. */
  moved(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0 || this.#scheduled) return;
    this.#scheduled = true;
    // Not now: whoever tells is in the midst of receiving or sending.
    this.#clock.nextTurn(() => this.#audit());
  }

  /** Asks all, and gives up the largest until what is left fits. */
  #audit(): void {
    this.#scheduled = false;
    let total = 0;
    const holders: { readonly holder: Holder; readonly held: number }[] = [];
    for (const holder of this.holders()) {
      const { held } = holder;
      if (held === 0) continue;
      total += held;
      holders.push({ holder, held });
    }
    if (total > this.#limit) {
      holders.sort((one, other) => other.held - one.held);
      for (const { holder, held } of holders) {
        if (total <= this.#limit) break;
        holder.giveUp("the server's memory budget is used up");
        total -= held;
      }
    }
    this.#left = Math.max(this.#limit - total, this.#limit / PARTS);
  }
}
