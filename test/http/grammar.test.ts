import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { InvalidHeaderFormat } from "../../src/http/errors.ts";
import { HeaderScanner, isToken, parseTokens, tokenEnd } from "../../src/http/grammar.ts";

/** RFC 9110 §5.6.2, written the other way. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

describe("isToken()", () => {
  test("knows for each character whether it may stand in a token", () => {
    for (let code = 0; code < 0x200; code += 1) {
      const character = String.fromCharCode(code);
      assert.equal(isToken(character), TOKEN.test(character), `U+${code.toString(16)}`);
    }
  });

  test("wants every character of a text to be one, and at least one", () => {
    assert.ok(isToken("Sec-WebSocket-Key"));
    for (const text of ["", "a b", " a", "a ", "a,b", "a\n", "\u0100a", "a\u{1f600}"])
      assert.ok(!isToken(text));
  });
});

describe("tokenEnd()", () => {
  test("says where a token ends", () => {
    assert.equal(tokenEnd("ab: c", 0), 2);
    assert.equal(tokenEnd("ab: c", 2), 2);
    assert.equal(tokenEnd("ab: c", 4), 5);
    assert.equal(tokenEnd("ab", 2), 2);
  });
});

describe("parseTokens()", () => {
  const good: [values: string[], tokens: string[]][] = [
    [[], []],
    [["Upgrade"], ["Upgrade"]],
    [["keep-alive, Upgrade"], ["keep-alive", "Upgrade"]],
    [["a,b ,\tc\t,d"], ["a", "b", "c", "d"]],
    [[",, a ,, b , ,"], ["a", "b"]],
    [[" a "], ["a"]],
    [
      ["a, b", "c"],
      ["a", "b", "c"],
    ],
  ];
  for (const [values, tokens] of good) {
    test(`reads ${JSON.stringify(values)}`, () =>
      assert.deepEqual(parseTokens("N", values), tokens));
  }

  const bad: [value: string, problem: string][] = [
    ["???", "expected token at 0 in ???"],
    ["", "expected token at 0 in "],
    [" , ", "expected token at 3 in  , "],
    ["a b", "expected comma at 2 in a b"],
    ["a;b", "expected comma at 1 in a;b"],
    ["a, (", "expected token at 3 in a, ("],
    ['"a"', 'expected token at 0 in "a"'],
    ["a\xa0", "expected comma at 1 in a\xa0"],
  ];
  for (const [value, problem] of bad) {
    test(`refuses ${JSON.stringify(value)}`, () => {
      assert.throws(() => parseTokens("Connection", ["fine", value]), {
        name: "InvalidHeaderFormat",
        message: `invalid Connection header: ${problem}`,
      });
    });
  }

  test("reads back what was joined", () => {
    const token = fc.string({ unit: fc.constantFrom(..."aZ09!~-|"), minLength: 1 });
    const comma = fc.constantFrom(",", ", ", " ,\t", ", ,,");
    fc.assert(
      fc.property(fc.array(token, { minLength: 1 }), comma, (tokens, between) => {
        assert.deepEqual(parseTokens("N", [tokens.join(between)]), tokens);
      }),
    );
  });
});

describe("HeaderScanner.quotedString()", () => {
  const good: [text: string, value: string][] = [
    ['""', ""],
    ['"a b"', "a b"],
    ['"a\\"b\\\\"', 'a"b\\'],
    ['"\\a\\b"', "ab"],
    ['"a\tb\xff"', "a\tb\xff"],
    ['"a", "b"', "a"],
  ];
  for (const [text, value] of good) {
    test(`reads ${text}`, () => {
      const scanner = new HeaderScanner("N", text);
      assert.ok(scanner.atQuote);
      assert.equal(scanner.quotedString(), value);
    });
  }

  for (const text of ["", "a", '"', '"a', '"a\\"', '"a\\', '"a\0"', '"\\\n"', '"\x7f"']) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => new HeaderScanner("N", text).quotedString(), {
        name: "InvalidHeaderFormat",
        message: `invalid N header: expected quoted string at 0 in ${text}`,
      });
    });
  }

  test("reads back whatever was quoted", () => {
    const text = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(text, (value) => {
        const scanner = new HeaderScanner("N", `"${value.replace(/["\\]/g, "\\$&")}"`);
        assert.equal(scanner.quotedString(), value);
        assert.ok(scanner.ended);
      }),
    );
  });
});

test("Scanners throw nothing but InvalidHeaderFormat", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      for (const scan of [
        () => parseTokens("N", [text]),
        () => new HeaderScanner("N", text).quotedString(),
      ]) {
        try {
          scan();
        } catch (error) {
          assert.ok(error instanceof InvalidHeaderFormat);
        }
      }
    }),
  );
});
