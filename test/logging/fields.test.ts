import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { connectionId, plainError, plainFields, plainValue } from "../../src/logging/fields.ts";

describe("plainValue", () => {
  class Point {
    readonly x = 1;
    #hidden = 2;
    get hidden(): number {
      return this.#hidden;
    }
  }
  const CASES: readonly (readonly [string, unknown, unknown])[] = [
    ["a string", "x", "x"],
    ["a number", 1.5, 1.5],
    ["NaN", Number.NaN, null],
    ["infinity", Number.NEGATIVE_INFINITY, null],
    ["true", true, true],
    ["null", null, null],
    ["undefined", undefined, undefined],
    ["a bigint", 2n ** 70n, "1180591620717411303424"],
    ["a function", () => 1, undefined],
    ["a symbol", Symbol("x"), undefined],
    ["an error", new RangeError("no"), "RangeError: no"],
    ["an error without a message", new Error(), "Error"],
    ["bytes", new Uint8Array(3), "<3 bytes>"],
    ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["an address", new URL("ws://h/p"), "ws://h/p"],
    ["an array", [1, [2]], [1, [2]]],
    ["a set", new Set([1]), [1]],
    ["a map", new Map([["a", 1]]), [["a", 1]]],
    ["an object", { a: 1, b: undefined, c: { d: null } }, { a: 1, c: { d: null } }],
    ["an object of a class", new Point(), { x: 1 }],
    ["a deep object", { a: { b: { c: { d: { e: 1 } } } } }, { a: { b: { c: { d: "…" } } } }],
  ];
  for (const [name, value, expected] of CASES) {
    test(`makes ${name} plain`, () => {
      assert.deepEqual(plainValue(value), expected);
    });
  }

  test("shows 128 items of a long list, and of an endless one", () => {
    const endless = {
      *[Symbol.iterator]() {
        for (;;) yield 1;
      },
    };
    assert.equal((plainValue(endless) as unknown[]).length, 128);
    assert.equal((plainValue(Array(1000).fill(0)) as unknown[]).length, 128);
  });

  test("never throws, and always gives what JSON can hold", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), (value) => {
        const text = JSON.stringify(plainValue(value) ?? null);
        assert.equal(JSON.stringify(JSON.parse(text)), text);
      }),
    );
  });
});

describe("plainFields", () => {
  test("puts the type under the name event, and escapes strings, also as names", () => {
    assert.deepEqual(plainFields({ type: "x", path: "a\nb", inner: { "c\r": "d\u001b" } }), {
      event: "x",
      path: "a\\nb",
      inner: { "c\\r": "d\\x1b" },
    });
  });

  test("takes the id of the connection where the event has none", () => {
    assert.deepEqual(plainFields(undefined, { id: "one" }), { connection: "one" });
    assert.deepEqual(plainFields({ connection: "two" }, { id: "one" }), { connection: "two" });
    assert.deepEqual(plainFields(null, null), {});
    assert.deepEqual(plainFields("text", { id: 7 }), {});
  });
});

test("connectionId reads the id of what has one", () => {
  assert.equal(connectionId({ id: "x" }), "x");
  for (const value of [undefined, null, 7, {}, { id: 7 }])
    assert.equal(connectionId(value), undefined);
});

test("plainError shows name, message and stack, escaped", () => {
  const error = new TypeError("a\nb\u001b");
  const { name, message, stack } = plainError(error) as Record<string, string>;
  assert.equal(name, "TypeError");
  assert.equal(message, "a\n    b\\x1b");
  assert.ok(stack!.startsWith("TypeError: a\n    b\\x1b\n    at "));
  assert.equal(plainError("x\n"), "x\\n");
});
