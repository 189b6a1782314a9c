import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Histogram } from "../../src/cli/histogram.ts";

const latency = fc.double({ min: 0.001, max: 1_000_000, noNaN: true });

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

describe("a histogram", () => {
  test("has percentiles that are at most 2 % above the exact ones, and never above the greatest", () => {
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1 }),
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        (values, hundredths) => {
          const sorted = values.toSorted((one, other) => one - other);
          const exact = sorted[Math.max(1, Math.ceil((hundredths / 100) * sorted.length)) - 1]!;
          const told = histogramOf(values).percentile(hundredths);
          assert.ok(told >= exact * 0.999_999 && told <= exact * 1.020_001, `${told} for ${exact}`);
          assert.ok(told <= sorted.at(-1)!);
        },
      ),
    );
  });

  test("has rows that join, begin and end where the values do, and hold them all", () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1 }), (values) => {
        const rows = histogramOf(values).rows();
        assert.equal(
          rows.reduce((sum, { count }) => sum + count, 0),
          values.length,
        );
        assert.ok(rows[0]!.count > 0 && rows.at(-1)!.count > 0);
        for (const [index, { from, to }] of rows.entries()) {
          assert.ok(from < to);
          assert.equal(rows[index + 1]?.from ?? to, to);
        }
        assert.ok(Math.max(...values) <= rows.at(-1)!.to);
      }),
    );
  });

  test("draws rows that end at 1, 2, 5, 10 …", () => {
    assert.deepEqual(histogramOf([0.3, 0.3, 1.5, 9]).rows(), [
      { from: 0.2, to: 0.5, count: 2 },
      { from: 0.5, to: 1, count: 0 },
      { from: 1, to: 2, count: 1 },
      { from: 2, to: 5, count: 0 },
      { from: 5, to: 10, count: 1 },
    ]);
  });

  test("is all noughts when it is empty", () => {
    const { count, least, mean, most } = new Histogram();
    assert.deepEqual({ count, least, mean, most }, { count: 0, least: 0, mean: 0, most: 0 });
    assert.equal(new Histogram().percentile(50), 0);
    assert.deepEqual(new Histogram().rows(), []);
  });

  test("tells least, mean and most exactly", () => {
    const { least, mean, most } = histogramOf([4, 1, 7]);
    assert.deepEqual({ least, mean, most }, { least: 1, mean: 4, most: 7 });
  });
});
