import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatValue } from "../../src/logging/format-spec.ts";
import { Formatter, type FormatterOptions } from "../../src/logging/formatter.ts";
import { LogRecord } from "../../src/logging/record.ts";
import { Float } from "../../src/logging/repr.ts";

function makeRecord(): LogRecord {
  const record = new LogRecord("a.b", 20, "hello %s", ["you"]);
  return Object.assign(record, {
    created: 1_700_000_000.123,
    msecs: 123,
    ip: "1.2.3.4",
    place: { city: "Paris", "a b": 1, list: [10, 20], map: new Map([["k", "v"]]) },
    text: "é☕😀",
    number: 1234.5,
  });
}

function format(pattern: string, options: FormatterOptions = {}): string {
  return new Formatter(pattern, { utc: true, ...options }).format(makeRecord());
}

describe("the style %", () => {
  const CASES: readonly (readonly [string, string])[] = [
    ["%(message)s", "hello you"],
    ["%(levelname)-8s|%(name)6s|", "INFO    |   a.b|"],
    ["%(levelno)05d %(levelno)x", "00020 14"],
    ["%(asctime)s %(msecs)03d", "2023-11-14 22:13:20,123 123"],
    ["%(created).2f %(msecs)s", "1700000000.12 123.0"],
    ["%(msg)r %(args)s", "'hello %s' ('you',)"],
    ["%%(message)s %(message)s", "%(message)s hello you"],
    ["%(processName)s %(threadName)s %(taskName)s", "MainProcess MainThread None"],
    ["%(text).1s %(ip)s", "é 1.2.3.4"],
  ];
  for (const [pattern, expected] of CASES) {
    test(`writes ${pattern} as ${expected}`, () => {
      assert.equal(format(pattern), expected);
    });
  }

  for (const pattern of ["no field", "%(message)", "%s", "%(a b)s", "%%"]) {
    test(`refuses ${JSON.stringify(pattern)} at once, unless validate is false`, () => {
      const message = `Invalid format '${pattern}' for '%' style`;
      assert.throws(() => new Formatter(pattern), { name: "RangeError", message });
      new Formatter(pattern, { validate: false });
    });
  }

  test("says what is wrong with a part that validation does not see", () => {
    assert.throws(() => format("%(message)s %(name"), { message: "incomplete format key" });
    assert.throws(() => format("%(message)s %s"), {
      message: "not enough arguments for format string",
    });
    assert.throws(() => format("%(name)d"), {
      message: "%d format: a real number is required, not str",
    });
  });
});

describe("the style {", () => {
  const CASES: readonly (readonly [string, string])[] = [
    ["{message}", "hello you"],
    [
      "{asctime} {levelname:<6}|{levelname:>6}|{levelname:*^8}|",
      "2023-11-14 22:13:20,123 INFO  |  INFO|**INFO**|",
    ],
    ["{levelno:05d} {levelno:x} {levelno:+} {levelno:,}", "00020 14 +20 20"],
    ["{msecs:03.0f} {msecs} {created:.3f}", "123 123.0 1700000000.123"],
    ["{message!r} {text!a} {levelno!s:>4}", "'hello you' '\\xe9\\u2615\\U0001f600'   20"],
    ["{{literal}} {message}", "{literal} hello you"],
    ["{place.city} {place[a b]} {place[list][1]} {place[map][k]}", "Paris 1 20 v"],
    ["{text:😀^5}", "😀é☕😀😀"],
    ["{message:{levelno}}|", "hello you           |"],
    ["{number:,.2f}", "1,234.50"],
  ];
  for (const [pattern, expected] of CASES) {
    test(`writes ${pattern} as ${expected}`, () => {
      assert.equal(format(pattern, { style: "{", validate: false }), expected);
    });
  }

  const REFUSED: readonly (readonly [string, string])[] = [
    ["no field", "no fields"],
    ["{}", "no fields"],
    ["{message", "expected '}' before end of string"],
    ["}", "Single '}' encountered in format string"],
    ["{message} {", "Single '{' encountered in format string"],
    ["{message!}", "unmatched '{' in format spec"],
    ["{message!} ", "expected ':' after conversion specifier"],
    ["{message!x}", "invalid conversion: 'x'"],
    ["{message!rx}", "expected ':' after conversion specifier"],
    ["{message!", "end of string while looking for conversion specifier"],
    ["{message:>", "unmatched '{' in format spec"],
    ["{mess-age}", "invalid field name/expression: 'mess-age'"],
    ["{mess{age}}", "unexpected '{' in field name"],
    ["{message:q}", "bad specifier: 'q'"],
  ];
  for (const [pattern, reason] of REFUSED) {
    test(`refuses ${pattern}: ${reason}`, () => {
      assert.throws(() => new Formatter(pattern, { style: "{" }), {
        name: "RangeError",
        message: `invalid format: ${reason}`,
      });
    });
  }

  const FAULTS: readonly (readonly [string, string, string])[] = [
    ["{nope}", "RangeError", "Formatting field not found in record: 'nope'"],
    ["{place.nope}", "TypeError", "'dict' object has no attribute 'nope'"],
    ["{message.x}", "TypeError", "'str' object has no attribute 'x'"],
    ["{place[nope]}", "RangeError", "Formatting field not found in record: 'nope'"],
    ["{place[list][9]}", "RangeError", "list index out of range"],
    ["{place[list][k]}", "TypeError", "list indices must be integers or slices, not str"],
    ["{message[k]}", "TypeError", "string indices must be integers, not 'str'"],
    ["{levelno[0]}", "TypeError", "'int' object is not subscriptable"],
    ["{}{message}", "RangeError", "Replacement index 0 out of range for positional args tuple"],
  ];
  for (const [pattern, name, message] of FAULTS) {
    test(`throws ${name} for ${pattern}: ${message}`, () => {
      assert.throws(() => format(pattern, { style: "{" }), { name, message });
    });
  }
});

describe("the style $", () => {
  const CASES: readonly (readonly [string, string])[] = [
    ["$message", "hello you"],
    ["$" + "{levelname}: $message$$", "INFO: hello you$"],
    ["$asctime", "2023-11-14 22:13:20,123"],
    ["$" + "{asctime} $ip", "2023-11-14 22:13:20,123 1.2.3.4"],
  ];
  for (const [pattern, expected] of CASES) {
    test(`writes ${pattern} as ${expected}`, () => {
      assert.equal(format(pattern, { style: "$" }), expected);
    });
  }

  test("refuses a bare dollar and a format without a field", () => {
    assert.throws(() => new Formatter("$", { style: "$" }), {
      message: "invalid format: bare '$' not allowed",
    });
    assert.throws(() => new Formatter("$$ none", { style: "$" }), {
      message: "invalid format: no fields",
    });
  });

  test("says where a dollar is that names nothing", () => {
    assert.throws(() => format("$message\nx $ y", { style: "$", validate: false }), {
      name: "RangeError",
      message: "Invalid placeholder in string: line 2, col 3",
    });
  });
});

describe("formatValue", () => {
  /** A value, a spec, and what Python 3.13's format() makes of them. */
  const CASES: readonly (readonly [unknown, string, string])[] = [
    ["a", "", "a"],
    ["abc", ".2", "ab"],
    ["a", "05", "a0000"],
    [5, "05", "00005"],
    [-5, "05", "-0005"],
    [5, "=+5", "+   5"],
    [5, " ", " 5"],
    [255, "#x", "0xff"],
    [255, "#010b", "0b11111111"],
    [255, "X", "FF"],
    [65, "c", "A"],
    [1234567, ",", "1,234,567"],
    [1234567, "_", "1_234_567"],
    [65535, "_x", "ffff"],
    [0x123456, "_x", "12_3456"],
    [1234, "010,", "00,001,234"],
    [true, "d", "1"],
    [3, ".2f", "3.00"],
    [1.5, "", "1.5"],
    [new Float(1), "", "1.0"],
    [new Float(100), ".3", "1e+02"],
    [1.5, "+.0f", "+2"],
    [1e16, "g", "1e+16"],
    [0.25, ".0%", "25%"],
    [0.255, "%", "25.500000%"],
    [-0.001, "z.1f", "0.0"],
    [1234.5, ",.1f", "1,234.5"],
    [Number.POSITIVE_INFINITY, "F", "INF"],
    [1.5, "E", "1.500000E+00"],
    [2n ** 70n, "d", "1180591620717411303424"],
  ];
  for (const [value, spec, expected] of CASES) {
    test(`writes ${String(value)} by "${spec}" as ${JSON.stringify(expected)}`, () => {
      assert.equal(formatValue(value, spec), expected);
    });
  }

  const FAULTS: readonly (readonly [unknown, string, string])[] = [
    ["a", "d", "Unknown format code 'd' for object of type 'str'"],
    ["a", "=5", "'=' alignment not allowed in string format specifier"],
    ["a", "+", "Sign not allowed in string format specifier"],
    ["a", " ", "Space not allowed in string format specifier"],
    ["a", "#", "Alternate form (#) not allowed in string format specifier"],
    ["a", ",", "Cannot specify ',' with 's'."],
    [5, "s", "Unknown format code 's' for object of type 'int'"],
    [5, ".2", "Precision not allowed in integer format specifier"],
    [5, ",x", "Cannot specify ',' with 'x'."],
    [5, "+c", "Sign not allowed with integer format specifier 'c'"],
    [-1, "c", "%c arg not in range(0x110000)"],
    [1.5, "d", "Unknown format code 'd' for object of type 'float'"],
    [5, "5.x", "Invalid format specifier '5.x' for object of type 'int'"],
    [null, "5", "unsupported format string passed to NoneType.__format__"],
    [[], "5", "unsupported format string passed to list.__format__"],
  ];
  for (const [value, spec, message] of FAULTS) {
    test(`refuses ${JSON.stringify(value)} by "${spec}": ${message}`, () => {
      assert.throws(() => formatValue(value, spec), { message });
    });
  }
});
