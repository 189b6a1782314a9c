import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { quote as quoteFrame } from "../../src/frames/quote.ts";
import { ascii, Float, quote, repr, str, Tuple, typeName } from "../../src/logging/repr.ts";

class Point {
  x = 1;
}

const circle: unknown[] = [1];
circle.push(circle);
const loop: Record<string, unknown> = {};
loop.self = loop;

/** A value and what Python 3.13 prints for it, or for what stands for it there. */
const CASES: readonly (readonly [unknown, string])[] = [
  ["it is", "'it is'"],
  ["it's", `"it's"`],
  [`both ' and "`, `'both \\' and "'`],
  ["a\n\r\t\\", "'a\\n\\r\\t\\\\'"],
  ["\u0000\u001b\u007f\u00a0\u00ad", "'\\x00\\x1b\\x7f\\xa0\\xad'"],
  ["\u200b\u2028\ue000\ufeff", "'\\u200b\\u2028\\ue000\\ufeff'"],
  ["é☕😀", "'é☕😀'"],
  ["\ud800", "'\\ud800'"],
  ["\u{e0001}", "'\\U000e0001'"],
  [null, "None"],
  [true, "True"],
  [false, "False"],
  [5, "5"],
  [-5, "-5"],
  [1.5, "1.5"],
  [0.1 + 0.2, "0.30000000000000004"],
  [1e-7, "1e-07"],
  [0.0001, "0.0001"],
  [Number.NaN, "nan"],
  [Number.POSITIVE_INFINITY, "inf"],
  [Number.NEGATIVE_INFINITY, "-inf"],
  [12345678901234567890n, "12345678901234567890"],
  [new Float(1), "1.0"],
  [new Float(1e16), "1e+16"],
  [new Float(123456789), "123456789.0"],
  [new Float(-0), "-0.0"],
  [[1, "a", null], "[1, 'a', None]"],
  [[], "[]"],
  [{ a: 1, "b c": [true] }, "{'a': 1, 'b c': [True]}"],
  [{}, "{}"],
  [new Map<unknown, unknown>([[1, "x"]]), "{1: 'x'}"],
  [new Set([1, 2]), "{1, 2}"],
  [new Set(), "set()"],
  [new Tuple([]), "()"],
  [new Tuple(["one"]), "('one',)"],
  [new Tuple([1, 2]), "(1, 2)"],
  [new Uint8Array([0, 65, 39, 255, 10]), `b"\\x00A'\\xff\\n"`],
  [circle, "[1, [...]]"],
  [loop, "{'self': {...}}"],
  [new Date(0), "1970-01-01T00:00:00.000Z"],
  [new Date(Number.NaN), "Invalid Date"],
  [new URL("ws://host/"), "ws://host/"],
  [new Point(), "<Point object>"],
  [new TypeError("boom\nFAKE"), "TypeError: boom\\nFAKE"],
  [Point.prototype.toString, "<function toString>"],
  [undefined, "undefined"],
  [Symbol("s"), "Symbol(s)"],
];

describe("repr", () => {
  for (const [value, expected] of CASES) {
    test(`prints ${expected}`, () => {
      assert.equal(repr(value), expected);
    });
  }

  test("ends with three dots after a thousand members, and below sixteen levels", () => {
    assert.ok(repr(Array.from({ length: 1001 }, () => 0)).endsWith(", 0, ...]"));
    let deep: unknown = "end";
    for (let level = 0; level < 100; level += 1) deep = [deep];
    assert.equal(repr(deep), `${"[".repeat(16)}[...]${"]".repeat(16)}`);
  });

  test("prints whole numbers beyond 2 ** 53 with all their digits", () => {
    assert.equal(repr(1e21), "1000000000000000000000");
    assert.equal(repr(-(2 ** 70)), "-1180591620717411303424");
  });
});

describe("str and ascii", () => {
  test("str leaves a string as it stands and prints all else as repr does", () => {
    assert.equal(str("a\nb"), "a\nb");
    assert.equal(str(["a"]), "['a']");
    assert.equal(str(true), "True");
  });

  test("ascii escapes all that is not ASCII", () => {
    assert.equal(ascii("é☕😀"), "'\\xe9\\u2615\\U0001f600'");
  });
});

describe("quote", () => {
  test("is the same as that of the frames, for any text", () => {
    const anyText = fc
      .array(fc.oneof(fc.integer({ min: 0, max: 0x2fff }), fc.integer({ min: 0, max: 0x10ffff })))
      .map((codes) => String.fromCodePoint(...codes));
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(quote(text), quoteFrame(text));
      }),
    );
  });
});

describe("typeName", () => {
  const TYPES: readonly (readonly [unknown, string])[] = [
    ["", "str"],
    [1, "int"],
    [1n, "int"],
    [1.5, "float"],
    [new Float(1), "float"],
    [true, "bool"],
    [null, "NoneType"],
    [[], "list"],
    [{}, "dict"],
    [new Map(), "dict"],
    [new Set(), "set"],
    [new Tuple([]), "tuple"],
    [new Uint8Array(), "bytes"],
    [undefined, "undefined"],
    [new Point(), "Point"],
    [Object.create(null), "dict"],
  ];
  for (const [value, expected] of TYPES) {
    test(`calls ${repr(value)} ${expected}`, () => {
      assert.equal(typeName(value), expected);
    });
  }
});
