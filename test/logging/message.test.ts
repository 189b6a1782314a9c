import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { countArguments, formatMessage } from "../../src/logging/message.ts";

/** A template, its arguments, and what Python 3.13 makes of them. */
const CASES: readonly (readonly [string, readonly unknown[], string])[] = [
  ["%s", ["x"], "x"],
  ["%s", [""], ""],
  ["%s %s", ["a", 5], "a 5"],
  ["%s", [true], "True"],
  ["%s", [null], "None"],
  ["%s", [[1, "a"]], "[1, 'a']"],
  ["%s", ["%s"], "%s"],
  ["%5s|", ["é"], "    é|"],
  ["%5s|", ["😀"], "    😀|"],
  ["%-5s|", ["ab"], "ab   |"],
  ["%.2s", ["abc"], "ab"],
  ["%.1s", ["😀x"], "😀"],
  ["%d", [3.99], "3"],
  ["%d", [-3.99], "-3"],
  ["%05d", [-7], "-0007"],
  ["%+d", [7], "+7"],
  ["% d", [7], " 7"],
  ["%-05d|", [7], "7    |"],
  ["%.3d", [7], "007"],
  ["%d", [true], "1"],
  ["%i %u", [1, 2], "1 2"],
  ["%d", [2n ** 70n], "1180591620717411303424"],
  ["%x", [255], "ff"],
  ["%#x", [255], "0xff"],
  ["%#X", [255], "0XFF"],
  ["%#o", [8], "0o10"],
  ["%x", [-255], "-ff"],
  ["%#06x", [255], "0x00ff"],
  ["%e", [0.5], "5.000000e-01"],
  ["%E", [123456.789], "1.234568E+05"],
  ["%.1f", [0.25], "0.2"],
  ["%f", [1e22], "10000000000000000000000.000000"],
  ["%.3f", [-0.0005], "-0.001"],
  ["%g", [1e-5], "1e-05"],
  ["%#g", [1.5], "1.50000"],
  ["%G", [1e-10], "1E-10"],
  ["%F", [Number.POSITIVE_INFINITY], "INF"],
  ["%05f", [Number.POSITIVE_INFINITY], "00inf"],
  ["%f", [Number.NaN], "nan"],
  ["%c%c", ["é", 9749], "é☕"],
  ["%r", ["it's"], `"it's"`],
  ["%a", ["é☕"], "'\\xe9\\u2615'"],
  ["%*d|%-*d|", [5, 1, 5, 2], "    1|2    |"],
  ["%.*f", [2, 1.23456], "1.23"],
  ["%*d|", [-4, 1], "1   |"],
  ["%ld %hd %Ld", [1, 2, 3], "1 2 3"],
  ["100%% %s", ["x"], "100% x"],
  ["%(a)s-%(b)d", [{ a: "x", b: 2 }], "x-2"],
  ["%(a)s", [new Map([["a", 1]])], "1"],
  ["%((x))s", [{ "(x)": 1 }], "1"],
  ["%% %(a)5.1f", [{ a: 1 }], "%   1.0"],
  ["plain", [{ a: 1 }], "plain"],
  ["%s", [{ a: 1 }], "{'a': 1}"],
  ["%s", [{}], "{}"],
];

/** A template, its arguments, and what Python 3.13 has to say about them; types are named as they are here. */
const FAULTS: readonly (readonly [string, readonly unknown[], string, string])[] = [
  ["%s %s", ["a"], "TypeError", "not enough arguments for format string"],
  ["%5s %s", ["a"], "TypeError", "not enough arguments for format string"],
  ["%s", ["a", "b"], "TypeError", "not all arguments converted during string formatting"],
  ["none", ["a"], "TypeError", "not all arguments converted during string formatting"],
  ["%%", [1], "TypeError", "not all arguments converted during string formatting"],
  ["%d", ["a"], "TypeError", "%d format: a real number is required, not str"],
  ["%d", [null], "TypeError", "%d format: a real number is required, not NoneType"],
  ["%x", [1.5], "TypeError", "%x format: an integer is required, not float"],
  ["%f", ["a"], "TypeError", "must be real number, not str"],
  ["%c", ["ab"], "TypeError", "%c requires int or char"],
  ["%c", [0x110000], "RangeError", "%c arg not in range(0x110000)"],
  ["%*d", ["a", 1], "TypeError", "* wants int"],
  ["%d", [Number.NaN], "RangeError", "cannot convert float NaN to integer"],
  ["%d", [Number.POSITIVE_INFINITY], "RangeError", "cannot convert float infinity to integer"],
  ["%z", ["a"], "RangeError", "unsupported format character 'z' (0x7a) at index 1"],
  ["é%☕", ["a"], "RangeError", "unsupported format character '?' (0x2615) at index 2"],
  ["%5%", ["a"], "RangeError", "unsupported format character '%' (0x25) at index 2"],
  ["%", ["a"], "RangeError", "incomplete format"],
  ["%5", ["a"], "RangeError", "incomplete format"],
  ["%(k", [{ k: 1 }], "RangeError", "incomplete format key"],
  ["%(k)s", ["a"], "TypeError", "format requires a mapping"],
  ["%(nope)s", [{ a: 1 }], "ReferenceError", "'nope'"],
  ["%(toString)s", [{ a: 1 }], "ReferenceError", "'toString'"],
  ["%99999999999999999999d", [1], "RangeError", "width too big"],
  ["%.9999999999d", [1], "RangeError", "precision too big"],
  ["%2000000d", [1], "RangeError", "width too big"],
  ["%.2000000d", [1], "RangeError", "precision too big"],
  ["%.*f", [2 ** 31, 1], "RangeError", "Python int too large to convert to C int"],
];

describe("formatMessage", () => {
  for (const [template, args, expected] of CASES) {
    test(`makes ${JSON.stringify(expected)} of ${JSON.stringify(template)}`, () => {
      assert.equal(formatMessage(template, args), expected);
    });
  }

  for (const [template, args, name, message] of FAULTS) {
    test(`throws ${name} for ${JSON.stringify(template)}: ${message}`, () => {
      assert.throws(() => formatMessage(template, args), { name, message });
    });
  }

  test("without arguments gives back any text, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.equal(formatMessage(text, []), text);
      }),
    );
  });

  test("puts any text in for %s unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (one, two) => {
        assert.equal(formatMessage("<%s|%1s>", [one, two]), `<${one}|${two === "" ? " " : two}>`);
      }),
    );
  });
});

describe("countArguments", () => {
  const COUNTS: readonly (readonly [string, number])[] = [
    ["no place", 0],
    ["100%%", 0],
    ["%s: %d", 2],
    ["%*.*f", 3],
    ["%(name)s", 0],
    ["broken %", 0],
  ];
  for (const [template, count] of COUNTS) {
    test(`finds ${count} in ${JSON.stringify(template)}`, () => {
      assert.equal(countArguments(template), count);
    });
  }
});
