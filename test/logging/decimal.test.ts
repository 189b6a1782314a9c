import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { toExponential, toFixed, toGeneral } from "../../src/logging/decimal.ts";

describe("toFixed", () => {
  const CASES: readonly (readonly [number, number, string])[] = [
    [0.5, 0, "0"],
    [1.5, 0, "2"],
    [2.5, 0, "2"],
    [0.125, 2, "0.12"],
    [0.375, 2, "0.38"],
    [1.005, 2, "1.00"],
    [1e22, 1, "10000000000000000000000.0"],
    [5e-324, 3, "0.000"],
    [123.456, 0, "123"],
    [-2.25, 1, "2.2"],
  ];
  for (const [value, precision, expected] of CASES) {
    test(`writes ${value} with ${precision} digits as ${expected}, a tie to even`, () => {
      assert.equal(toFixed(value, { precision }), expected);
    });
  }

  test("agrees with Number.prototype.toFixed wherever the exact value is no tie", () => {
    const value = fc.double({ min: 0, max: 1e20, noNaN: true });
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 30 }), (number, precision) => {
        const ours = toFixed(number, { precision });
        const exact = toFixed(number, { precision: 1100 });
        const isTie = /^5?0*$/.test(exact.slice(exact.indexOf(".") + 1 + precision));
        if (!isTie) assert.equal(ours, number.toFixed(precision));
      }),
    );
  });

  test("writes infinity and no number as words, and refuses ten thousand digits", () => {
    assert.equal(toFixed(Number.POSITIVE_INFINITY, { precision: 2 }), "inf");
    assert.equal(toFixed(Number.NaN, { precision: 2 }), "nan");
    assert.throws(() => toFixed(1, { precision: 10_001 }), { name: "RangeError" });
  });
});

describe("toExponential", () => {
  const CASES: readonly (readonly [number, number, string])[] = [
    [0, 2, "0.00e+00"],
    [0.5, 6, "5.000000e-01"],
    [99.95, 2, "1.00e+02"],
    [2.5, 0, "2e+00"],
    [1e300, 3, "1.000e+300"],
    [5e-324, 2, "4.94e-324"],
    [1e-323, 3, "9.881e-324"],
  ];
  for (const [value, precision, expected] of CASES) {
    test(`writes ${value} with ${precision} digits as ${expected}`, () => {
      assert.equal(toExponential(value, { precision }), expected);
    });
  }

  test("reads back as the number when there are digits enough", () => {
    const value = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(value, (number) => {
        assert.equal(Number(toExponential(number, { precision: 16 })), number);
      }),
    );
  });
});

describe("toGeneral", () => {
  const CASES: readonly (readonly [number, number, string])[] = [
    [0.0001, 6, "0.0001"],
    [0.00001, 6, "1e-05"],
    [1e6, 6, "1e+06"],
    [123456, 6, "123456"],
    [100, 0, "1e+02"],
    [0, 6, "0"],
    [1.23456789, 3, "1.23"],
  ];
  for (const [value, precision, expected] of CASES) {
    test(`writes ${value} with ${precision} digits as ${expected}`, () => {
      assert.equal(toGeneral(value, { precision }), expected);
    });
  }

  test("keeps the noughts for #, and one digit behind the point where one is asked for", () => {
    assert.equal(toGeneral(1.5, { precision: 6, alternate: true }), "1.50000");
    assert.equal(toGeneral(1, { precision: 1, alternate: true }), "1.");
    assert.equal(toGeneral(1, { precision: 3, fraction: true }), "1.0");
    assert.equal(toGeneral(100, { precision: 3, fraction: true }), "1e+02");
  });
});
