import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ConnectionOptions, resolveConnectionOptions } from "../../src/connection/options.ts";

test("the defaults are those of the documentation", () => {
  const { clock: _, ...settings } = resolveConnectionOptions({});
  assert.deepEqual(settings, {
    maxSize: 1024 * 1024,
    queueBytes: 1024 * 1024,
    queueMessages: 4096,
    writeLimit: { high: 64 * 1024, low: 16 * 1024, max: 16 * 1024 * 1024 },
    text: "string",
    pingInterval: 20_000,
    pingTimeout: 20_000,
    closeTimeout: 10_000,
    openTimeout: 10_000,
    rateLimit: null,
    budget: null,
  });
});

test("undefined is the default, null switches off", () => {
  const names = ["maxSize", "pingInterval", "pingTimeout", "closeTimeout", "openTimeout"] as const;
  const standard = resolveConnectionOptions({});
  for (const name of names) {
    const given = { [name]: undefined } as unknown as ConnectionOptions;
    assert.equal(resolveConnectionOptions(given)[name], standard[name]);
    assert.equal(resolveConnectionOptions({ [name]: null })[name], null);
    assert.equal(resolveConnectionOptions({ [name]: 0 })[name], 0);
  }
  const off = resolveConnectionOptions({ maxQueue: null, writeLimit: null });
  assert.equal(off.queueBytes, Number.POSITIVE_INFINITY);
  assert.equal(off.queueMessages, Number.POSITIVE_INFINITY);
  assert.deepEqual(Object.values(off.writeLimit), Array(3).fill(Number.POSITIVE_INFINITY));
});

test("of maxQueue one may be given, or one switched off", () => {
  const { queueBytes, queueMessages } = resolveConnectionOptions({ maxQueue: { messages: 5 } });
  assert.deepEqual([queueBytes, queueMessages], [1024 * 1024, 5]);
  const off = resolveConnectionOptions({ maxQueue: { bytes: null } });
  assert.deepEqual([off.queueBytes, off.queueMessages], [Number.POSITIVE_INFINITY, 4096]);
});

describe("of writeLimit one may be given; the others fit", () => {
  const rows: [NonNullable<ConnectionOptions["writeLimit"]>, [number, number, number]][] = [
    [{}, [65_536, 16_384, 16_777_216]],
    [{ high: 100 }, [100, 100, 16_777_216]],
    [{ high: 100_000_000 }, [100_000_000, 16_384, 100_000_000]],
    [{ max: 1000 }, [1000, 1000, 1000]],
    [{ low: 5 }, [65_536, 5, 16_777_216]],
    [{ high: 0 }, [0, 0, 16_777_216]],
    [{ high: null, max: null }, [Number.POSITIVE_INFINITY, 16_384, Number.POSITIVE_INFINITY]],
  ];
  for (const [writeLimit, [high, low, max]] of rows) {
    test(JSON.stringify(writeLimit), () => {
      assert.deepEqual(resolveConnectionOptions({ writeLimit }).writeLimit, { high, low, max });
    });
  }
});

describe("what is wrong is refused, by the option's name, its value and what is allowed", () => {
  const rows: [unknown, typeof TypeError | typeof RangeError, RegExp][] = [
    [{ maxSize: "1" }, TypeError, /^maxSize is "1": it must be a number$/],
    [{ maxSize: -1 }, RangeError, /^maxSize is -1: it must be from 0 to Infinity$/],
    [{ maxSize: Number.NaN }, RangeError, /^maxSize is NaN/],
    [{ maxSize: 5n }, TypeError, /^maxSize is 5/],
    [{ maxSize: Symbol("x") }, TypeError, /^maxSize is Symbol\(x\)/],
    [{ maxSize: Object.create(null) }, TypeError, /^maxSize is an object/],
    [{ maxQueue: 5 }, TypeError, /maxQueue/],
    [
      { maxQueue: { byte: 1 } },
      TypeError,
      /^maxQueue has no option "byte": it knows bytes, messages$/,
    ],
    [{ maxQueue: { bytes: "1" } }, TypeError, /^maxQueue\.bytes is "1"/],
    [{ maxQueue: { messages: -1 } }, RangeError, /^maxQueue\.messages is -1/],
    [{ writeLimit: 5 }, TypeError, /writeLimit/],
    [{ writeLimit: { hihg: 1 } }, TypeError, /^writeLimit has no option "hihg"/],
    [{ writeLimit: { high: {} } }, TypeError, /^writeLimit\.high is Object/],
    [
      { writeLimit: { high: 5, low: 6 } },
      RangeError,
      /^writeLimit is \{ high: 5, low: 6, max: 16777216 \}/,
    ],
    [{ writeLimit: { high: 5, max: 4 } }, RangeError, /nor high above max$/],
    [{ text: "json" }, TypeError, /^text is "json": it can be "string" or "bytes"$/],
    [{ text: null }, TypeError, /^text is null/],
    [{ pingInterval: "20s" }, TypeError, /^pingInterval is "20s"/],
    [{ pingTimeout: -1 }, RangeError, /^pingTimeout is -1/],
    [
      { closeTimeout: 2 ** 31 },
      RangeError,
      /^closeTimeout is 2147483648: it must be from 0 to 2147483647$/,
    ],
    [{ openTimeout: Number.POSITIVE_INFINITY }, RangeError, /^openTimeout is Infinity/],
  ];
  for (const [options, kind, message] of rows) {
    test(String(message), () => {
      assert.throws(
        () => resolveConnectionOptions(options as ConnectionOptions),
        (error: Error) => {
          assert.equal(error.constructor, kind);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});
