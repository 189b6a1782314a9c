import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bound, escapeError, escapeLines, escapeText } from "../../src/logging/escape.ts";
import { faultOf, HOSTILE_TEXTS } from "./hostile-text.ts";

/** Strings of any code units: ASCII, controls, bidirectional controls, halves of pairs and whole ones. */
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xff }),
      fc.integer({ min: 0x2020, max: 0x2070 }),
      fc.integer({ min: 0xd7f0, max: 0xe010 }),
      fc.integer({ min: 0, max: 0xffff }),
    ),
  )
  .map((units) => String.fromCharCode(...units));

describe("escapeText", () => {
  const CASES: readonly (readonly [string, string])[] = [
    ["plain", "plain"],
    ["é 日本 😀", "é 日本 😀"],
    ["C:\\new\\table", "C:\\new\\table"],
    ["a\nb", "a\\nb"],
    ["a\r\nb", "a\\r\\nb"],
    ["a\tb", "a\\tb"],
    ["\u001b[31m", "\\x1b[31m"],
    ["\u0000\u007f\u0085\u009b", "\\x00\\x7f\\x85\\x9b"],
    ["\u2028\u2029", "\\u2028\\u2029"],
    ["\u202a\u202b\u202c\u202d\u202e", "\\u202a\\u202b\\u202c\\u202d\\u202e"],
    ["\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069"],
    ["\ud800x\udfff", "\\ud800x\\udfff"],
    ["\udc00\ud800", "\\udc00\\ud800"],
    ["", ""],
  ];
  for (const [text, expected] of CASES) {
    test(`writes ${JSON.stringify(text)} as ${expected}`, () => {
      assert.equal(escapeText(text), expected);
    });
  }

  test("lets no control character through, whatever it is given", () => {
    fc.assert(fc.property(anyText, (text) => faultOf(`x${escapeText(text)}`) === null));
  });

  test("changes nothing when it is applied again", () => {
    fc.assert(fc.property(anyText, (text) => escapeText(escapeText(text)) === escapeText(text)));
  });

  test("leaves well-formed text without controls as it is", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "\\", "é", "\u00a0", "日", "😀", "\u200d") }),
        (text) => escapeText(text) === text,
      ),
    );
  });
});

describe("escapeLines", () => {
  test("keeps a stack as it is", () => {
    const { stack } = new Error("boom");
    assert.equal(escapeLines(stack!), stack);
  });

  test("moves a forged line away from column 0", () => {
    assert.equal(
      escapeLines("Error: bye\nFAKE LINE\n    at f (x.js:1:1)"),
      "Error: bye\n    FAKE LINE\n    at f (x.js:1:1)",
    );
  });

  test("takes CR LF for one end of line and escapes a bare CR", () => {
    assert.equal(escapeLines("a\r\nb\rc"), "a\n    b\\rc");
  });

  test("keeps empty lines empty and moves a line in that begins with a tab", () => {
    assert.equal(escapeLines("a\n\n\tb\n"), "a\n\n    \\tb\n");
  });

  for (const text of HOSTILE_TEXTS) {
    test(`makes ${JSON.stringify(text)} harmless in a stack`, () => {
      assert.equal(faultOf(escapeLines(`Error: ${text}\n    at f`)), null);
    });
  }

  test("lets at most the first line begin at column 0, and nothing raw through", () => {
    fc.assert(fc.property(anyText, (text) => faultOf(escapeLines(`x${text}`)) === null));
  });

  test("changes nothing when it is applied again", () => {
    fc.assert(fc.property(anyText, (text) => escapeLines(escapeLines(text)) === escapeLines(text)));
  });
});

describe("bound", () => {
  const CASES: readonly (readonly [string, number, string])[] = [
    ["abc", 3, "abc"],
    ["abcd", 3, "abc…"],
    ["", 0, ""],
    ["a", 0, "…"],
    ["ab😀", 3, "ab…"],
    ["ab😀c", 4, "ab😀…"],
  ];
  for (const [text, max, expected] of CASES) {
    test(`cuts ${JSON.stringify(text)} at ${max} to ${JSON.stringify(expected)}`, () => {
      assert.equal(bound(text, max), expected);
    });
  }
});

describe("escapeError", () => {
  test("returns a harmless error itself", () => {
    const error = new RangeError("boom", { cause: new TypeError("inner") });
    assert.equal(escapeError(error), error);
  });

  for (const text of HOSTILE_TEXTS) {
    test(`makes an error harmless that says ${JSON.stringify(text)}`, () => {
      const error = escapeError(new TypeError(text)) as Error;
      assert.ok(error instanceof TypeError);
      assert.equal(faultOf(error.stack!), null);
      assert.equal(faultOf(`x${error.message}`), null);
    });
  }

  test("copies own fields and reaches causes and aggregated errors", () => {
    const cause = Object.assign(new Error("in\u001bner"), { code: "E_INNER" });
    const error = new AggregateError([new Error("o\rne"), new Error("two")], "many", { cause });
    const escaped = escapeError(error) as AggregateError;
    assert.notEqual(escaped, error);
    assert.equal((escaped.cause as Error).message, "in\\x1bner");
    assert.equal((escaped.cause as { code: string }).code, "E_INNER");
    assert.equal(escaped.errors[0].message, "o\\rne");
    assert.equal(escaped.errors[1], error.errors[1]);
    assert.equal(cause.message, "in\u001bner", "the error itself is not touched");
  });

  test("survives a chain that bites its own tail", () => {
    const error = new Error("a\nb");
    error.cause = error;
    assert.ok(escapeError(error) instanceof Error);
  });

  test("escapes a string that was thrown, and leaves other values", () => {
    assert.equal(escapeError("a\nb"), "a\\nb");
    assert.equal(escapeError(7), 7);
    assert.equal(escapeError(undefined), undefined);
  });
});
