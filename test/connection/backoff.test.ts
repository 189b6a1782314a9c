/** Delays between attempts: as Python's, with jitter on each, and changed by options and the environment. */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import fc from "fast-check";
import { type BackoffOptions, backoff } from "../../src/connection/backoff.ts";

const VARIABLES = ["INITIAL_DELAY", "MIN_DELAY", "MAX_DELAY", "FACTOR"] as const;
const nameOf = (variable: string): string => `WEBSOCKETS_BACKOFF_${variable}`;

function take(count: number, options: BackoffOptions): number[] {
  const delays: number[] = [];
  for (const delay of backoff(options)) {
    delays.push(delay);
    if (delays.length === count) break;
  }
  return delays;
}

/** What delays are drawn from: nearly the greatest that chance can give. */
const bounds = (count: number, options: BackoffOptions = {}): number[] =>
  take(count, { ...options, random: () => 1 }).map((delay) => Math.round(delay));

afterEach(() => {
  for (const variable of VARIABLES) delete process.env[nameOf(variable)];
});

describe("backoff()", () => {
  test("draws from 5 s, then from 3.1 s and 1.618 times as much each time, up to 90 s, as in Python", () => {
    assert.deepEqual(
      bounds(11),
      [5000, 3100, 5016, 8116, 13_131, 21_246, 34_376, 55_620, 89_994, 90_000, 90_000],
    );
  });

  test("stays at the longest delay for good", () => {
    assert.deepEqual(new Set(bounds(2000).slice(9)), new Set([90_000]));
  });

  test("draws each delay anew, evenly from zero", () => {
    const draws = [0, 0.25, 0.5, 0.999, 0];
    const delays = take(5, { random: () => draws.shift() ?? 0 });
    assert.deepEqual(delays.map(Math.round), [0, 775, 2508, 8107, 0]);
  });

  test("asks Math.random by default, so that two clients do not come in step", () => {
    assert.notDeepEqual(take(8, {}), take(8, {}));
  });

  test("takes each option", () => {
    const options = { initialDelay: 10, minDelay: 1, maxDelay: 50, factor: 3 };
    assert.deepEqual(bounds(7, options), [10, 1, 3, 9, 27, 50, 50]);
  });

  test("caps also the first delays", () => {
    assert.deepEqual(bounds(3, { maxDelay: 100 }), [100, 100, 100]);
  });

  test("keeps every delay from zero to its bound, whatever the options", () => {
    const delay = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(
        delay,
        delay,
        delay,
        fc.double({ min: 1, max: 10, noNaN: true }),
        (a, b, c, f) => {
          const options = { initialDelay: a, minDelay: b, maxDelay: c, factor: f };
          const most = take(40, { ...options, random: () => 1 });
          for (const [at, drawn] of take(40, options).entries()) {
            assert.ok(drawn >= 0 && drawn <= (most[at] ?? -1) && drawn <= c);
          }
        },
      ),
    );
  });

  const wrong: readonly (readonly [options: object, expected: RegExp, type: typeof Error])[] = [
    [{ initialDelay: -1 }, /^initialDelay is -1: it must be from 0 to 2147483647$/, RangeError],
    [{ minDelay: Number.NaN }, /^minDelay is NaN/, RangeError],
    [{ maxDelay: 2 ** 31 }, /^maxDelay is 2147483648/, RangeError],
    [{ maxDelay: "90" }, /^maxDelay is "90": it must be a number$/, TypeError],
    [{ factor: 0.5 }, /^factor is 0.5: it must be from 1/, RangeError],
    [{ random: 4 }, /^random is 4: it must be a function$/, TypeError],
    [{ min: 1 }, /^backoff has no option "min"/, TypeError],
  ];
  for (const [options, message, type] of wrong) {
    test(`throws at once for ${JSON.stringify(options)}`, () => {
      assert.throws(() => backoff(options), { name: type.name, message });
    });
  }
});

describe("the environment", () => {
  test("gives the defaults, in seconds as in Python, read at each call", () => {
    process.env[nameOf("INITIAL_DELAY")] = "0.5";
    process.env[nameOf("MIN_DELAY")] = " 1 ";
    process.env[nameOf("FACTOR")] = "2";
    process.env[nameOf("MAX_DELAY")] = "3";
    assert.deepEqual(bounds(5), [500, 1000, 2000, 3000, 3000]);
    process.env[nameOf("INITIAL_DELAY")] = "";
    assert.deepEqual(bounds(2), [3000, 1000]);
  });

  test("yields to options", () => {
    for (const variable of VARIABLES) process.env[nameOf(variable)] = "nonsense";
    const options = { initialDelay: 10, minDelay: 1, maxDelay: 50, factor: 3 };
    assert.deepEqual(bounds(3, options), [10, 1, 3]);
  });

  for (const variable of VARIABLES) {
    for (const text of ["ten", "-1", "1e300"]) {
      test(`is refused when ${nameOf(variable)} is ${text}, by its name`, () => {
        process.env[nameOf(variable)] = text;
        assert.throws(() => backoff(), {
          name: "RangeError",
          message: new RegExp(`^${nameOf(variable)} is "${text}": it must be a number from `),
        });
      });
    }
  }
});
