import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { InvalidHeader } from "../../src/http/errors.ts";
import { HeadParser } from "../../src/http/head.ts";
import {
  checkHeader,
  headerValues,
  type RawHeaders,
  serialiseHead,
  singleHeader,
  toHeaders,
} from "../../src/http/headers.ts";
import { latin1 } from "./chunks.ts";

const RAW: RawHeaders = [
  ["Host", "a"],
  ["COOKIE", "b=1"],
  ["X-Empty", ""],
  ["cookie", "c=2"],
  ["Hos", "t"],
];

describe("headerValues()", () => {
  test("gives all values of a name in order, in whatever case it is written", () => {
    assert.deepEqual(headerValues(RAW, "Cookie"), ["b=1", "c=2"]);
    assert.deepEqual(headerValues(RAW, "HOST"), ["a"]);
    assert.deepEqual(headerValues(RAW, "X-Empty"), [""]);
  });

  test("gives nothing for a name that is not there", () => {
    for (const name of ["X", "", "Hosts", "constructor"])
      assert.deepEqual(headerValues(RAW, name), []);
  });
});

describe("singleHeader()", () => {
  test("gives the value of the one field", () => {
    assert.equal(singleHeader(RAW, "host"), "a");
    assert.equal(singleHeader(RAW, "Host", { required: true }), "a");
    assert.equal(singleHeader(RAW, "X-Empty", { required: true }), "");
  });

  test("gives null for a field that is not there and need not be", () => {
    assert.equal(singleHeader(RAW, "Origin"), null);
    assert.equal(singleHeader(RAW, "Origin", { required: false }), null);
  });

  test("throws InvalidHeader for a required field that is not there", () => {
    assert.throws(() => singleHeader(RAW, "Sec-WebSocket-Version", { required: true }), {
      name: "InvalidHeader",
      message: "missing Sec-WebSocket-Version header",
    });
  });

  test("throws InvalidHeader for a field that is there twice", () => {
    for (const options of [undefined, { required: true }, { required: false }]) {
      assert.throws(
        () => singleHeader(RAW, "Cookie", options),
        (error) => {
          assert.ok(error instanceof InvalidHeader);
          assert.equal(error.message, "invalid Cookie header: multiple values");
          return true;
        },
      );
    }
  });
});

describe("checkHeader()", () => {
  const good: [name: string, value: string][] = [
    ["A", "b"],
    ["x-_.~!", ""],
    ["A", "a\tb c"],
    ["A", " a "],
    ["A", "\x20\x7e\x80\xff"],
  ];
  for (const [name, value] of good) {
    test(`passes ${JSON.stringify([name, value])}`, () => checkHeader(name, value));
  }

  const bad: [name: unknown, value: unknown, message: RegExp][] = [
    ["", "b", /^invalid header name "": a token is expected$/],
    ["A b", "c", /^invalid header name "A b"/],
    ["A:", "c", /^invalid header name "A:"/],
    ["A\r\nB", "c", /^invalid header name "A\\r\\nB"/],
    ["\xe9", "c", /^invalid header name/],
    ["A\u0100", "c", /^invalid header name/],
    [undefined, "c", /^invalid header name undefined/],
    ["A", undefined, /^invalid value of header A: a string is expected, not undefined$/],
    ["A", 1, /^invalid value of header A: a string is expected, not number$/],
    ["A", "secret\r\nB: c", /^invalid value of header A: U\+000D at 6; allowed are TAB and/],
    ["A", "\n", /U\+000A at 0/],
    ["A", "b\0", /U\+0000 at 1/],
    ["A", "b\x1b[31m", /U\+001B at 1/],
    ["A", "b\x7f", /U\+007F at 1/],
    ["A", "b\u0100", /U\+0100 at 1/],
    ["A", "\u{1f600}", /U\+D83D at 0/],
    // Its low byte is LF: truncated to ISO 8859-1 it would end the line.
    ["A", "b\u560ac", /U\+560A at 1/],
  ];
  for (const [name, value, message] of bad) {
    test(`refuses ${JSON.stringify([name, value])}`, () => {
      assert.throws(
        () => checkHeader(name as string, value as string),
        (error) => {
          assert.ok(error instanceof TypeError);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /secret/);
          return true;
        },
      );
    });
  }
});

describe("toHeaders()", () => {
  test("gives WHATWG Headers, which join values", () => {
    const headers = toHeaders([...RAW, ["X-A", "1"], ["x-a", "\xe9"]]);
    assert.ok(headers instanceof Headers);
    assert.equal(headers.get("HOST"), "a");
    assert.equal(headers.get("cookie"), "b=1; c=2");
    assert.equal(headers.get("X-A"), "1, \xe9");
    assert.equal(headers.get("x-empty"), "");
    assert.equal(headers.get("origin"), null);
  });

  test("leaves out what is no field", () => {
    const headers = toHeaders([
      [":path", "/"],
      ["A", "b\r\nc"],
      ["", "d"],
      ["E", "f"],
    ]);
    assert.deepEqual([...headers], [["e", "f"]]);
  });

  test("never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string({ unit: "binary" }))), (raw) => {
        toHeaders(raw);
      }),
    );
  });
});

describe("serialiseHead()", () => {
  test("writes the first line, the fields and an empty line", () => {
    assert.deepEqual(
      serialiseHead("GET / HTTP/1.1", [
        ["Host", "a"],
        ["B", ""],
      ]),
      latin1("GET / HTTP/1.1\r\nHost: a\r\nB: \r\n\r\n"),
    );
    assert.deepEqual(serialiseHead("HTTP/1.1 200 OK", []), latin1("HTTP/1.1 200 OK\r\n\r\n"));
  });

  test("writes ISO 8859-1", () => {
    assert.deepEqual(serialiseHead("A", [["B", "\xe9"]]), latin1("A\r\nB: \xe9\r\n\r\n"));
  });

  test("is undone by HeadParser for whatever checkHeader passes", () => {
    const name = fc.string({ unit: fc.constantFrom(..."Aa0!#$%&'*+-.^_`|~"), minLength: 1 });
    const value = fc
      .string({
        unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
      })
      .map((text) => text.replaceAll("\x7f", "\t").replace(/^[ \t]+|[ \t]+$/g, ""));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (raw) => {
        for (const [key, text] of raw) checkHeader(key, text);
        const head = new HeadParser("request").push(serialiseHead("GET / HTTP/1.1", raw));
        assert.deepEqual(head?.rawHeaders, raw);
      }),
    );
  });
});
