import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { median, medians, spread, timesBetter } from "../../bench/statistics.ts";

describe("median()", () => {
  const cases: readonly (readonly [readonly number[], number])[] = [
    [[], Number.NaN],
    [[3], 3],
    [[4, 1], 2.5],
    [[9, 1, 5], 5],
    [[1, 100, 2, 3], 2.5],
  ];
  for (const [numbers, expected] of cases) {
    test(`of [${numbers.join(", ")}] is ${expected}`, () => {
      assert.equal(median(numbers), expected);
    });
  }

  test("has as many above it as below, and leaves what it is given as it was", () => {
    const numbers = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });
    fc.assert(
      fc.property(numbers, (given) => {
        const before = [...given];
        const middle = median(given);
        assert.deepEqual(given, before);
        assert.ok(given.filter((one) => one < middle).length <= given.length / 2);
        assert.ok(given.filter((one) => one > middle).length <= given.length / 2);
      }),
    );
  });
});

test("medians() takes each figure by itself, and leaves out what no sample has", () => {
  const samples = [
    { cpuPerMessage: 3, p50: 10 },
    { cpuPerMessage: 1, p50: 30 },
    { cpuPerMessage: 2 },
  ];
  assert.deepEqual(medians(samples), { cpuPerMessage: 2, p50: 20 });
  assert.deepEqual(medians([]), {});
});

describe("timesBetter()", () => {
  test("is above 1 for whoever needs less than the base", () => {
    assert.equal(timesBetter(5, 20), 4);
    assert.equal(timesBetter(20, 5), 0.25);
    assert.equal(timesBetter(5, 5), 1);
  });

  test("is not there where there is nothing to divide", () => {
    for (const [figure, base] of [
      [undefined, 1],
      [1, undefined],
      [0, 1],
      [1, 0],
      [-3, 1],
    ] as const) {
      assert.equal(timesBetter(figure, base), undefined);
    }
  });
});

test("spread() is the largest over the smallest, of two at least", () => {
  assert.equal(spread([2, 8, 4]), 4);
  assert.equal(spread([2]), undefined);
  assert.equal(spread([0, 2]), undefined);
});
