import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { InvalidUtf8 } from "../../src/frames/errors.ts";
import { explainInvalidUtf8, Utf8Checker } from "../../src/frames/utf8.ts";
import { concat, cutAt, everyCut, hex, utf8 } from "./bytes.ts";
import { UTF8_CASES } from "./utf8-cases.ts";

/** What a checker says of `pieces`: null when they are UTF-8. */
function check(pieces: readonly Uint8Array[]): InvalidUtf8 | null {
  const checker = new Utf8Checker();
  try {
    for (const piece of pieces) checker.check(piece, 0, piece.length);
    checker.finish();
    return null;
  } catch (error) {
    assert.ok(error instanceof InvalidUtf8);
    return error;
  }
}

function isValid(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** In ASCII long enough that the native check has its turn. */
const LONG = utf8("x".repeat(50));

describe("Utf8Checker, the cases of Autobahn", () => {
  for (const [id, valid, digits] of UTF8_CASES) {
    test(`${id}: ${digits.slice(0, 32)} is ${valid ? "" : "not "}UTF-8, whole and cut at every byte`, () => {
      const bytes = hex(digits);
      assert.equal(isValid(bytes), valid, "the platform disagrees with the table");
      for (const pieces of everyCut(bytes)) assert.equal(check(pieces) === null, valid);
    });

    test(`${id} after and before a long text`, () => {
      const bytes = hex(digits);
      for (const pieces of everyCut(concat(LONG, bytes, LONG))) {
        const alone = check([concat(bytes, LONG)]);
        const found = check(pieces);
        assert.equal(found?.position, alone === null ? undefined : alone.position + LONG.length);
        assert.equal(found?.message.replace(/\d+$/, ""), alone?.message.replace(/\d+$/, ""));
      }
    });
  }
});

/** RFC 3629 §4: what each fault is called, and where it is. The first byte alone that cannot stand there tells it. */
const FAULTS: readonly (readonly [digits: string, message: string, found: number])[] = [
  // [bytes, what is said, after how many bytes it is known]
  ["80", "invalid start byte at position 0", 1],
  ["6162bf", "invalid start byte at position 2", 3],
  ["c0", "invalid start byte at position 0", 1],
  ["c1bf", "invalid start byte at position 0", 1],
  ["f5808080", "invalid start byte at position 0", 1],
  ["ff", "invalid start byte at position 0", 1],
  ["c220", "invalid continuation byte at position 0", 2],
  ["61c3a9c320", "invalid continuation byte at position 3", 5],
  ["e09fbf", "invalid continuation byte at position 0", 2],
  ["eda080", "invalid continuation byte at position 0", 2],
  ["e28220", "invalid continuation byte at position 0", 3],
  ["f08fbfbf", "invalid continuation byte at position 0", 2],
  ["f4908080", "invalid continuation byte at position 0", 2],
  ["f0908020", "invalid continuation byte at position 0", 4],
  ["f09f98f0", "invalid continuation byte at position 0", 4],
  ["6161c3", "unexpected end of data at position 2", Number.POSITIVE_INFINITY],
  ["e282", "unexpected end of data at position 0", Number.POSITIVE_INFINITY],
  ["61f09f98", "unexpected end of data at position 1", Number.POSITIVE_INFINITY],
];

describe("Utf8Checker, faults", () => {
  for (const [digits, message, known] of FAULTS) {
    test(`${digits}: ${message}`, () => {
      const bytes = hex(digits);
      for (const pieces of everyCut(bytes)) {
        const found = check(pieces);
        assert.equal(found?.message, message);
        assert.equal(found.closeCode, 1007);
        assert.equal(found.rule, "RFC 6455 §8.1");
      }
      const explained = explainInvalidUtf8(
        concat(LONG, bytes, LONG),
        LONG.length,
        LONG.length + bytes.length,
      );
      assert.equal(explained.message, message);
    });

    test(`${digits}: found as soon as it can be`, () => {
      const checker = new Utf8Checker();
      let count = 0;
      assert.throws(() => {
        for (const byte of hex(digits)) {
          count += 1;
          checker.check(Uint8Array.of(byte), 0, 1);
        }
        count = Number.POSITIVE_INFINITY;
        checker.finish();
      }, InvalidUtf8);
      assert.equal(count, known);
    });
  }

  test("a fault is found in a piece that ends within the next character", () => {
    const found = check([concat(LONG, hex("c220"), LONG, hex("e282"))]);
    assert.equal(found?.message, "invalid continuation byte at position 50");
  });
});

describe("Utf8Checker", () => {
  test("takes the empty text, and empty pieces", () => {
    assert.equal(check([]), null);
    assert.equal(check([new Uint8Array(0), utf8("é"), new Uint8Array(0)]), null);
  });

  test("looks at no byte outside of the piece", () => {
    const checker = new Utf8Checker();
    const bytes = hex("ff c3a9 ff");
    checker.check(bytes, 1, 3);
    checker.finish();
  });

  test("checks one text after the other once it is reset, also after a fault", () => {
    const checker = new Utf8Checker();
    assert.throws(() => checker.check(hex("6162f490"), 0, 4), InvalidUtf8);
    checker.reset();
    checker.check(hex("f48fbfbf"), 0, 4);
    checker.finish();
    checker.reset();
    assert.throws(() => checker.check(hex("e0 9f"), 0, 2), /at position 0$/);
  });

  test("takes every character of Unicode, at every place in a piece", () => {
    const points: number[] = [];
    for (let point = 0; point <= 0x10ffff; point += point < 0x3000 ? 1 : 97) points.push(point);
    const text = String.fromCodePoint(
      ...points.filter((point) => point < 0xd800 || point > 0xdfff),
    );
    const bytes = utf8(text);
    for (const size of [31, 32, 33, 34, 35, 97, 1000, bytes.length]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      assert.equal(check(pieces), null);
    }
  });

  test("agrees with the platform on any bytes, cut anywhere, and always says the same of them", () => {
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0x20, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4),
    );
    const piece = fc.oneof(
      fc.array(byte, { maxLength: 6 }).map((bytes) => Uint8Array.from(bytes)),
      fc.string({ unit: "binary", maxLength: 60 }).map(utf8),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 4 }), fc.array(fc.nat(200)), (pieces, places) => {
        const bytes = concat(...pieces);
        const whole = check([bytes]);
        assert.equal(whole === null, isValid(bytes));
        const cut = check(cutAt(bytes, places));
        assert.equal(cut?.message, whole?.message);
        if (whole !== null) {
          assert.equal(explainInvalidUtf8(bytes, 0, bytes.length).message, whole.message);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
