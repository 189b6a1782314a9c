import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { MemoryBudget } from "../../src/connection/memory-budget.ts";
import { TestClock } from "../support/clock.ts";

class Holder {
  held: number;
  gone = false;

  constructor(held: number) {
    this.held = held;
  }

  giveUp(): void {
    this.gone = true;
    this.held = 0;
  }
}

function setUp(limit: number, ...sizes: readonly number[]) {
  const clock = new TestClock();
  const budget = new MemoryBudget(limit, clock);
  const holders = sizes.map((held) => new Holder(held));
  let audits = 0;
  budget.holders = () => {
    audits += 1;
    return holders;
  };
  return { clock, budget, holders, audits: () => audits };
}

describe("a memory budget", () => {
  const cases: readonly (readonly [name: string, sizes: number[], gone: number[]])[] = [
    ["gives nobody up at the limit", [50, 30, 20], []],
    ["gives the largest up above it", [20, 60, 21], [1]],
    ["gives up as many as needed, the largest first", [90, 80, 100, 30], [0, 1, 2]],
    ["gives up one who holds all", [101], [0]],
  ];
  for (const [name, sizes, gone] of cases) {
    test(name, () => {
      const { clock, budget, holders } = setUp(100, ...sizes);
      budget.moved(101);
      clock.turn();
      assert.deepEqual(
        holders.flatMap((holder, at) => (holder.gone ? [at] : [])),
        gone,
      );
    });
  }

  test("asks nobody before as much has moved as is free, and not while somebody is at work", () => {
    const { clock, budget, audits } = setUp(100, 40);
    budget.moved(100);
    clock.turn();
    assert.equal(audits(), 0);
    budget.moved(1);
    budget.moved(1000);
    assert.equal(audits(), 0);
    clock.turn();
    assert.equal(audits(), 1);
    budget.moved(60);
    clock.turn();
    assert.equal(audits(), 1);
    budget.moved(1);
    clock.turn();
    assert.equal(audits(), 2);
  });

  test("is never exceeded by more than a sixteenth and what moved last, whatever moves", () => {
    const moves = fc.array(fc.tuple(fc.nat(4), fc.nat(40)), { maxLength: 200 });
    fc.assert(
      fc.property(moves, (list) => {
        const { clock, budget, holders } = setUp(160, 0, 0, 0, 0, 0);
        for (const [who, size] of list) {
          const holder = holders[who]!;
          holder.held += size;
          budget.moved(size);
          clock.turn();
          const total = holders.reduce((sum, { held }) => sum + held, 0);
          assert.ok(total <= 160 + 10 + 40, `${total}`);
        }
      }),
    );
  });
});
