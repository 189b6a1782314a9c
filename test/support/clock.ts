/** A clock that moves, and gives turns, when a test says so. */
import { ManualClock } from "../../src/testing/clock.ts";

export class TestClock extends ManualClock {
  /** Callbacks that wait for others to have their turn. */
  readonly turns: (() => void)[] = [];

  override nextTurn(callback: () => void): void {
    this.turns.push(callback);
  }

  /** Gives those their turn who wait for it, but not those who ask for another meanwhile. */
  turn(): void {
    for (const callback of this.turns.splice(0)) callback();
  }
}
