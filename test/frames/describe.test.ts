import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { describeClose, describeFrame } from "../../src/frames/describe.ts";
import { quote } from "../../src/frames/quote.ts";

const [CONT, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10] as const;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** An opcode, a payload, whether it is the last fragment, and the line, as Python's websockets writes it. */
const CASES: readonly (readonly [number, Uint8Array, boolean, string])[] = [
  [TEXT, utf8(""), true, "TEXT '' [0 bytes]"],
  [PING, utf8(""), true, "PING '' [0 bytes]"],
  [CLOSE, utf8(""), true, "CLOSE '' [0 bytes]"],
  [CONT, utf8(""), false, "CONT '' [0 bytes, continued]"],
  [TEXT, utf8("a"), true, "TEXT 'a' [1 byte]"],
  [TEXT, utf8("hello"), false, "TEXT 'hello' [5 bytes, continued]"],
  [CONT, utf8("hello"), true, "CONT 'hello' [text, 5 bytes]"],
  [BINARY, utf8("hello"), true, "BINARY 'hello' [text, 5 bytes]"],
  [BINARY, bytes("00 ff"), true, "BINARY 00 ff [2 bytes]"],
  [TEXT, bytes("00"), true, "TEXT 00 [binary, 1 byte]"],
  [PONG, bytes("00 01"), true, "PONG 00 01 [binary, 2 bytes]"],
  [PING, utf8("ping"), true, "PING 'ping' [text, 4 bytes]"],
  // What is shown with a short escape is text, what needs \x is binary; so is a literal backslash-x.
  [TEXT, utf8("a\n\r\tb"), true, "TEXT 'a\\n\\r\\tb' [5 bytes]"],
  [TEXT, utf8("\u001b"), true, "TEXT 1b [binary, 1 byte]"],
  [TEXT, utf8("\u00a0"), true, "TEXT c2 a0 [binary, 2 bytes]"],
  [TEXT, utf8("\u00ad"), true, "TEXT c2 ad [binary, 2 bytes]"],
  [TEXT, utf8("\\x"), true, "TEXT 5c 78 [binary, 2 bytes]"],
  [TEXT, utf8("\\y"), true, "TEXT '\\\\y' [2 bytes]"],
  [TEXT, utf8("\u200b\u202e\u{e0001}"), true, "TEXT '\\u200b\\u202e\\U000e0001' [10 bytes]"],
  [TEXT, utf8("it's"), true, `TEXT "it's" [4 bytes]`],
  [TEXT, utf8(`it's "x"`), true, `TEXT 'it\\'s "x"' [8 bytes]`],
  [TEXT, utf8("\ufeffé☕😀"), true, "TEXT '\\ufeffé☕😀' [12 bytes]"],
  // A sequence may be cut where another fragment is.
  [TEXT, bytes("6162f0"), false, "TEXT 'ab\ufffd' [3 bytes, continued]"],
  [TEXT, bytes("6162f0"), true, "TEXT 61 62 f0 [binary, 3 bytes]"],
  [TEXT, bytes("e298"), false, "TEXT '\ufffd' [2 bytes, continued]"],
  [TEXT, bytes("80"), false, "TEXT '\ufffd' [1 byte, continued]"],
  [TEXT, bytes("8080"), false, "TEXT 80 80 [binary, 2 bytes, continued]"],
  [CONT, bytes("9f98806162"), false, "CONT '\ufffd\ufffd\ufffdab' [text, 5 bytes, continued]"],
  [CONT, bytes("a9"), true, "CONT '\ufffd' [text, 1 byte]"],
  [CONT, bytes("80808080"), true, "CONT 80 80 80 80 [binary, 4 bytes]"],
  [CONT, bytes("a9636166c3"), false, "CONT '\ufffdcaf\ufffd' [text, 5 bytes, continued]"],
  [CONT, bytes("c328"), false, "CONT c3 28 [binary, 2 bytes, continued]"],
  [TEXT, bytes("61eda0"), false, "TEXT 61 ed a0 [binary, 3 bytes, continued]"],
  [TEXT, bytes("61f480"), false, "TEXT 'a\ufffd' [3 bytes, continued]"],
  [TEXT, bytes("61f490"), false, "TEXT 61 f4 90 [binary, 3 bytes, continued]"],
  [TEXT, bytes("61e080"), false, "TEXT 61 e0 80 [binary, 3 bytes, continued]"],
  [TEXT, bytes("61f080"), false, "TEXT 61 f0 80 [binary, 3 bytes, continued]"],
  // Close frames.
  [CLOSE, bytes("03e8"), true, "CLOSE 1000 (OK) [2 bytes]"],
  [CLOSE, bytes("03e9 427965"), true, "CLOSE 1001 (going away) Bye [5 bytes]"],
  [CLOSE, bytes("0bb8"), true, "CLOSE 3000 (registered) [2 bytes]"],
  [CLOSE, bytes("0fa0"), true, "CLOSE 4000 (private use) [2 bytes]"],
  [CLOSE, bytes("03e8 0a"), true, "CLOSE 1000 (OK) \n [3 bytes]"],
  [CLOSE, bytes("03"), true, "CLOSE 03 [binary, 1 byte]"],
  [CLOSE, bytes("03ed"), true, "CLOSE 03 ed [binary, 2 bytes]"],
  [CLOSE, bytes("4142"), true, "CLOSE 'AB' [2 bytes]"],
  [CLOSE, bytes("03e8 ff"), true, "CLOSE 03 e8 ff [binary, 3 bytes]"],
  // Long payloads.
  [TEXT, utf8("x".repeat(73)), true, `TEXT '${"x".repeat(73)}' [73 bytes]`],
  [TEXT, utf8("x".repeat(74)), true, `TEXT '${"x".repeat(47)}...${"x".repeat(23)}' [74 bytes]`],
  [TEXT, utf8("😀".repeat(73)), true, `TEXT '${"😀".repeat(73)}' [292 bytes]`],
  [TEXT, utf8("😀".repeat(74)), true, `TEXT '${"😀".repeat(47)}...${"😀".repeat(23)}' [296 bytes]`],
  [BINARY, new Uint8Array(25), true, `BINARY ${Array(25).fill("00").join(" ")} [25 bytes]`],
  [
    BINARY,
    Uint8Array.from({ length: 26 }, (_, at) => at),
    true,
    "BINARY 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f ... 12 13 14 15 16 17 18 19 [26 bytes]",
  ],
];

describe("describeFrame", () => {
  for (const [opcode, payload, fin, line] of CASES) {
    test(`writes ${JSON.stringify(line)}`, () => {
      assert.equal(describeFrame(opcode, payload, fin), line);
      assert.equal(describeFrame(opcode, Buffer.from(payload), fin), line);
    });
  }

  test("looks at the beginning and the end of a large payload alone", () => {
    const payload = new Uint8Array(10_000).fill(0x78);
    payload[5000] = 0xff;
    const line = `TEXT '${"x".repeat(47)}...${"x".repeat(23)}' [10000 bytes]`;
    assert.equal(describeFrame(TEXT, payload, true), line);
    for (const at of [0, 198, 9900, 9999]) {
      const odd = payload.slice();
      odd[at] = 0xff;
      assert.match(describeFrame(TEXT, odd, true), /^TEXT (?:78|ff) .* \[binary, 10000 bytes\]$/);
    }
  });

  test("shows text however the places cut its sequences where it stops looking", () => {
    for (let shift = 0; shift < 4; shift += 1) {
      const text = "x".repeat(shift) + "😀".repeat(200);
      const line = describeFrame(TEXT, utf8(text), true);
      assert.equal(
        line,
        `TEXT '${[...text].slice(0, 47).join("")}...${"😀".repeat(23)}' [${800 + shift} bytes]`,
      );
    }
  });

  test("shows at most as much as it is told to", () => {
    const payload = utf8("0123456789");
    assert.equal(describeFrame(TEXT, payload, true, 9), "TEXT '012...9' [10 bytes]");
    assert.equal(
      describeFrame(
        BINARY,
        payload.map(() => 0),
        true,
        9,
      ),
      "BINARY 00 0...00 [10 bytes]",
    );
    assert.equal(describeFrame(TEXT, payload, true, 600), "TEXT '0123456789' [10 bytes]");
  });

  test("treats a Close frame's reason, which is a peer's text, as it is told to", () => {
    const line = describeFrame(CLOSE, bytes("03e8 0a1b"), true, 75, (reason) => quote(reason));
    assert.equal(line, "CLOSE 1000 (OK) '\\n\\x1b' [4 bytes]");
  });

  test("names an opcode that is reserved by its number", () => {
    assert.equal(describeFrame(3, utf8("a"), true), "3 'a' [text, 1 byte]");
  });

  test("writes one bounded line without a control character, whatever the bytes", () => {
    const opcodes = fc.constantFrom(CONT, TEXT, BINARY, PING, PONG);
    const payloads = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.string({ unit: "binary", maxLength: 200 }).map(utf8),
    );
    fc.assert(
      fc.property(opcodes, payloads, fc.boolean(), (opcode, payload, fin) => {
        const line = describeFrame(opcode, payload, fin);
        assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        assert.ok([...line].length <= 75 + "BINARY  [binary, 400 bytes, continued]".length);
      }),
    );
  });

  test("shows each text that has no odd character in quotes, whole if it fits", () => {
    const texts = fc.stringMatching(/^[a-zé☕😀 ]{1,70}$/u);
    fc.assert(
      fc.property(texts, (text) => {
        const payload = utf8(text);
        const length = payload.length === 1 ? "1 byte" : `${payload.length} bytes`;
        assert.equal(describeFrame(TEXT, payload, true), `TEXT '${text}' [${length}]`);
      }),
    );
  });
});

describe("describeClose", () => {
  const CLOSES: readonly (readonly [number, string, string])[] = [
    [1000, "", "1000 (OK)"],
    [1001, "bye", "1001 (going away) bye"],
    [1005, "", "1005 (no status received [internal])"],
    [1006, "a\nb", "1006 (abnormal closure [internal]) a\nb"],
    [1016, "bye", "1016 (unknown) bye"],
    [0, "", "0 (unknown)"],
  ];
  for (const [code, reason, expected] of CLOSES) {
    test(`writes ${JSON.stringify(expected)}`, () => {
      assert.equal(describeClose(code, reason), expected);
    });
  }
});
