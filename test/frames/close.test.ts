import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { checkClose, fitReason, parseClose, serialiseClose } from "../../src/frames/close.ts";
import {
  checkCloseCode,
  explainCloseCode,
  isCloseCode,
  isNormalClosure,
} from "../../src/frames/close-code.ts";
import { InvalidUtf8, ProtocolError } from "../../src/frames/errors.ts";
import { concat, hex, toHex, utf8 } from "./bytes.ts";
import { UTF8_CASES } from "./utf8-cases.ts";

/** RFC 6455 §7.4, IANA's registry: [first, last, whether a Close frame may hold it]. */
const RANGES: readonly (readonly [first: number, last: number, allowed: boolean])[] = [
  [0, 999, false],
  [1000, 1003, true],
  [1004, 1006, false],
  [1007, 1014, true],
  [1015, 2999, false],
  [3000, 4999, true],
  [5000, 65_535, false],
];

function payload(code: number, reason: Uint8Array = new Uint8Array(0)): Uint8Array {
  return concat(Uint8Array.of(code >> 8, code & 0xff), reason);
}

describe("close codes", () => {
  for (const [first, last, allowed] of RANGES) {
    test(`§7.4: ${first} to ${last} ${allowed ? "may" : "may not"} be on the wire, either way`, () => {
      for (let code = first; code <= last; code += 1) {
        assert.equal(isCloseCode(code), allowed, `code ${code}`);
        const bytes = payload(code);
        if (allowed) {
          checkCloseCode(code);
          assert.deepEqual(parseClose(bytes, 0, 2), { code, reason: "" });
          assert.deepEqual(serialiseClose({ code, reason: "" }), bytes);
          continue;
        }
        assert.throws(() => checkCloseCode(code), {
          name: "RangeError",
          message: `close code ${code} can't be sent: allowed are 1000 to 1003, 1007 to 1014 and 3000 to 4999`,
        });
        assert.throws(() => parseClose(bytes, 0, 2), {
          name: "ProtocolError",
          message: "invalid status code",
          closeCode: 1002,
          rule: "RFC 6455 §7.4",
        });
      }
    });
  }

  test("what is no integer is no code", () => {
    for (const code of [1000.5, 3000.5, Number.NaN, -1000, Number.POSITIVE_INFINITY, 66_536]) {
      assert.equal(isCloseCode(code), false);
      assert.throws(() => checkCloseCode(code), RangeError);
    }
  });

  test("1000, 1001 and no code are normal closures", () => {
    const normal = [1000, 1001, 1005];
    for (let code = 999; code < 1020; code += 1) {
      assert.equal(isNormalClosure(code), normal.includes(code));
    }
  });

  for (const [code, words] of [
    [1000, "OK"],
    [1001, "going away"],
    [1002, "protocol error"],
    [1003, "unsupported data"],
    [1004, "unknown"],
    [1005, "no status received [internal]"],
    [1006, "abnormal closure [internal]"],
    [1007, "invalid frame payload data"],
    [1008, "policy violation"],
    [1009, "message too big"],
    [1010, "mandatory extension"],
    [1011, "internal error"],
    [1012, "service restart"],
    [1013, "try again later"],
    [1014, "bad gateway"],
    [1015, "TLS handshake failure [internal]"],
    [1016, "unknown"],
    [2999, "unknown"],
    [3000, "registered"],
    [3999, "registered"],
    [4000, "private use"],
    [4999, "private use"],
    [5000, "unknown"],
  ] as const) {
    test(`${code} means: ${words}`, () => assert.equal(explainCloseCode(code), words));
  }
});

describe("parseClose", () => {
  test("§7.1.5: an empty payload is 1005, without a reason", () => {
    assert.deepEqual(parseClose(hex("ffff"), 1, 1), { code: 1005, reason: "" });
  });

  test("§5.5.1: one byte is too short for a code", () => {
    assert.throws(() => parseClose(hex("03"), 0, 1), {
      message: "close frame too short",
      closeCode: 1002,
      rule: "RFC 6455 §5.5.1",
    });
  });

  test("reads a reason, and no byte outside of the payload", () => {
    const bytes = concat(hex("ff"), payload(4321, utf8("grüße 👋")), hex("ff"));
    assert.deepEqual(parseClose(bytes, 1, bytes.length - 1), { code: 4321, reason: "grüße 👋" });
  });

  test("reads the longest reason, 123 bytes", () => {
    const bytes = payload(1000, new Uint8Array(123).fill(0x61));
    assert.equal(parseClose(bytes, 0, 125).reason, "a".repeat(123));
  });

  for (const [id, valid, digits] of UTF8_CASES) {
    test(`§8.1: ${valid ? "takes" : "refuses with 1007"} the reason of case ${id}`, () => {
      const bytes = payload(1000, hex(digits));
      if (valid) {
        const reason = new TextDecoder("utf-8", { ignoreBOM: true }).decode(hex(digits));
        assert.deepEqual(parseClose(bytes, 0, bytes.length), { code: 1000, reason });
      } else {
        assert.throws(
          () => parseClose(bytes, 0, bytes.length),
          (error) => error instanceof InvalidUtf8 && error.closeCode === 1007,
        );
      }
    });
  }

  test("a bad code goes before a bad reason", () => {
    assert.throws(() => parseClose(hex("03edff"), 0, 3), { message: "invalid status code" });
  });
});

describe("serialiseClose and checkClose", () => {
  test("1005 is an empty payload, whatever the reason", () => {
    assert.equal(serialiseClose({ code: 1005, reason: "" }).length, 0);
  });

  test("writes code and reason", () => {
    assert.equal(toHex(serialiseClose({ code: 1001, reason: "é" })), "03e9c3a9");
  });

  test("§5.5: refuses a reason of more than 123 bytes, counted in UTF-8", () => {
    assert.equal(serialiseClose({ code: 1000, reason: "a".repeat(123) }).length, 125);
    for (const [reason, length] of [
      ["a".repeat(124), 124],
      ["é".repeat(62), 124],
      ["\ud800".repeat(42), 126],
    ] as const) {
      const error = {
        name: "RangeError",
        message: `reason is ${length} bytes long: a Close frame holds at most 123 bytes of it`,
      };
      assert.throws(() => checkClose(1000, reason), error);
      assert.throws(() => serialiseClose({ code: 1000, reason }), error);
    }
  });

  test("what is written is read again", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 1007, max: 1014 }), fc.integer({ min: 3000, max: 4999 })),
        fc.string({ unit: "binary", maxLength: 30 }),
        (code, reason) => {
          const bytes = serialiseClose({ code, reason });
          assert.deepEqual(parseClose(bytes, 0, bytes.length), { code, reason });
        },
      ),
    );
  });

  test("any payload is a Close or a ProtocolError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 125 }), (bytes) => {
        try {
          const close = parseClose(bytes, 0, bytes.length);
          assert.deepEqual(serialiseClose(close), bytes);
        } catch (error) {
          assert.ok(error instanceof ProtocolError);
          assert.ok(error.closeCode === 1002 || error.closeCode === 1007);
        }
      }),
    );
  });
});

describe("fitReason", () => {
  test("leaves what fits as it is", () => {
    for (const reason of ["", "bye", "a".repeat(123), "é".repeat(61)]) {
      assert.equal(fitReason(reason), reason);
    }
  });

  test("cuts the rest between characters, and shows that it did", () => {
    assert.equal(fitReason("a".repeat(124)), `${"a".repeat(120)}…`);
    assert.equal(fitReason("é".repeat(62)), `${"é".repeat(60)}…`);
    assert.equal(fitReason("👋".repeat(40)), `${"👋".repeat(30)}…`);
  });

  test("gives what a Close frame can hold, whatever comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (reason) => {
        checkClose(1002, fitReason(reason));
      }),
    );
  });
});
