import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { InvalidMessage } from "../../src/http/errors.ts";
import {
  type HeadLimits,
  HeadParser,
  type RequestHead,
  type ResponseHead,
} from "../../src/http/head.ts";
import { everyCut, latin1 } from "./chunks.ts";

type Kind = "request" | "response";

/** What a parser made of some chunks, in a form that can be compared. */
type Outcome =
  | { readonly head: RequestHead | ResponseHead; readonly rest: string }
  | { readonly error: string; readonly message: string; readonly cause: string | null }
  | "more";

/**
 * Pushes each chunk in a buffer that is overwritten afterwards, as owners do that read into the same memory again. Bytes
 * that the parser does not get, because it had its head, count as rest.
 */
function parse(kind: Kind, chunks: readonly Uint8Array[], limits?: HeadLimits): Outcome {
  const parser = new HeadParser(kind, limits);
  for (const [index, chunk] of chunks.entries()) {
    const buffer = chunk.slice();
    try {
      const head = parser.push(buffer);
      if (head !== null) {
        const rest = [parser.rest, ...chunks.slice(index + 1)];
        return { head, rest: rest.map((part) => Buffer.from(part).toString("latin1")).join("") };
      }
    } catch (error) {
      assert.ok(error instanceof Error);
      const cause = error.cause instanceof Error ? error.cause.message : null;
      return { error: error.name, message: error.message, cause };
    }
    buffer.fill(0x21);
  }
  return "more";
}

/** The outcome for `text`, after a check that no cut changes it. */
function parseText(kind: Kind, text: string, limits?: HeadLimits): Outcome {
  const bytes = latin1(text);
  const whole = parse(kind, [bytes], limits);
  for (const chunks of everyCut(bytes)) {
    const cut = parse(kind, chunks, limits);
    assert.deepEqual(cut, whole, `cut as ${chunks.map((chunk) => chunk.length).join()}`);
  }
  return whole;
}

const request = (
  method: string,
  target: string,
  version: string,
  ...rawHeaders: [string, string][]
): RequestHead => ({ method, target, version, rawHeaders });

const response = (
  version: string,
  status: number,
  statusText: string,
  ...rawHeaders: [string, string][]
): ResponseHead => ({ version, status, statusText, rawHeaders });

const HANDSHAKE =
  "GET /chat?room=1 HTTP/1.1\r\nHost: example.com:8765\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\nSec-WebSocket-Version: 13\r\n\r\n";

describe("HeadParser of requests accepts", () => {
  const cases: [name: string, text: string, head: RequestHead, rest?: string][] = [
    [
      "a handshake",
      HANDSHAKE,
      request(
        "GET",
        "/chat?room=1",
        "1.1",
        ["Host", "example.com:8765"],
        ["Upgrade", "websocket"],
        ["Connection", "Upgrade"],
        ["Sec-WebSocket-Key", "AAECAwQFBgcICQoLDA0ODw=="],
        ["Sec-WebSocket-Version", "13"],
      ),
    ],
    ["no headers", "GET / HTTP/1.1\r\n\r\n", request("GET", "/", "1.1")],
    ["HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", request("GET", "/", "1.0")],
    ["a version of the future", "GET / HTTP/9.9\r\n\r\n", request("GET", "/", "9.9")],
    ["any method", "M-SEARCH * HTTP/1.1\r\n\r\n", request("M-SEARCH", "*", "1.1")],
    ["a lower-case method", "get / HTTP/1.1\r\n\r\n", request("get", "/", "1.1")],
    [
      "an absolute target",
      "GET http://h:1/a?b HTTP/1.1\r\n\r\n",
      request("GET", "http://h:1/a?b", "1.1"),
    ],
    [
      "an absolute target without a path",
      "GET HTTPS://[::1]?b HTTP/1.1\r\n\r\n",
      request("GET", "HTTPS://[::1]?b", "1.1"),
    ],
    ["CONNECT", "CONNECT h:443 HTTP/1.1\r\n\r\n", request("CONNECT", "h:443", "1.1")],
    [
      "a target with all that browsers leave unescaped",
      "GET //a/%zz'()*+,;=:@[]\\^`{|}<>\" HTTP/1.1\r\n\r\n",
      request("GET", "//a/%zz'()*+,;=:@[]\\^`{|}<>\"", "1.1"),
    ],
    ["one empty line before", "\r\nGET / HTTP/1.1\r\n\r\n", request("GET", "/", "1.1")],
    [
      "bytes after it",
      "GET / HTTP/1.1\r\n\r\n\r\n\0\xff",
      request("GET", "/", "1.1"),
      "\r\n\0\xff",
    ],
    ["an empty value", "GET / HTTP/1.1\r\nA:\r\n\r\n", request("GET", "/", "1.1", ["A", ""])],
    ["a blank value", "GET / HTTP/1.1\r\nA: \t \r\n\r\n", request("GET", "/", "1.1", ["A", ""])],
    [
      "white space round a value",
      "GET / HTTP/1.1\r\nA: \t b \tc\t \r\n\r\n",
      request("GET", "/", "1.1", ["A", "b \tc"]),
    ],
    [
      "a value in ISO 8859-1, the ends of which are not white space here",
      "GET / HTTP/1.1\r\nA: \xa0\xe9\x85\r\n\r\n",
      request("GET", "/", "1.1", ["A", "\xa0\xe9\x85"]),
    ],
    [
      "colons in a value",
      "GET / HTTP/1.1\r\nA::b:\r\n\r\n",
      request("GET", "/", "1.1", ["A", ":b:"]),
    ],
    [
      "the same name again, and names as they were written",
      "GET / HTTP/1.1\r\ncookie: a\r\nCOOKIE: b\r\n__proto__: c\r\n\r\n",
      request("GET", "/", "1.1", ["cookie", "a"], ["COOKIE", "b"], ["__proto__", "c"]),
    ],
    [
      "every token character in a name",
      "GET / HTTP/1.1\r\n!#$%&'*+-.^_`|~09AZaz: b\r\n\r\n",
      request("GET", "/", "1.1", ["!#$%&'*+-.^_`|~09AZaz", "b"]),
    ],
  ];
  for (const [name, text, head, rest = ""] of cases) {
    test(name, () => assert.deepEqual(parseText("request", text), { head, rest }));
  }
});

describe("HeadParser of responses accepts", () => {
  const cases: [name: string, text: string, head: ResponseHead, rest?: string][] = [
    [
      "a handshake with a frame behind it",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x00",
      response("1.1", 101, "Switching Protocols", ["Upgrade", "websocket"]),
      "\x81\x00",
    ],
    ["an empty reason phrase", "HTTP/1.1 200 \r\n\r\n", response("1.1", 200, "")],
    ["no reason phrase", "HTTP/1.1 200\r\n\r\n", response("1.1", 200, "")],
    [
      "a reason phrase in ISO 8859-1",
      "HTTP/1.0 404 a\t\xe9\r\n\r\n",
      response("1.0", 404, "a\t\xe9"),
    ],
    ["a status of no class", "HTTP/1.1 999 ?\r\n\r\n", response("1.1", 999, "?")],
  ];
  for (const [name, text, head, rest = ""] of cases) {
    test(name, () => assert.deepEqual(parseText("response", text), { head, rest }));
  }
});

describe("HeadParser refuses", () => {
  const TLS = "TLS handshake where plain HTTP is expected";
  const line = (text: string): string => `invalid HTTP request line: ${text}`;
  const status = (text: string): string => `invalid HTTP status line: ${text}`;
  const header = (text: string): string => `GET / HTTP/1.1\r\nHost: h\r\n${text}\r\n\r\n`;
  const BARE_LF = "line ends with LF instead of CR LF";

  const requests: [name: string, text: string, cause: string][] = [
    ["a TLS handshake", "\x16\x03\x01\x02\x00", TLS],
    ["a space first", " garbage", "HTTP request line starts with byte 0x20"],
    ["a NUL first", "\0", "HTTP request line starts with byte 0x00"],
    ["a bare LF first", "\n", "HTTP request line starts with byte 0x0a"],
    ["a byte above ASCII first", "\xff", "HTTP request line starts with byte 0xff"],
    ["two empty lines", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", line("")],
    ["one word", "HELLO\r\n", line("HELLO")],
    ["two words", "GET /\r\n", line("GET /")],
    ["four words", "GET / HTTP/1.1 x\r\n", line("GET / HTTP/1.1 x")],
    ["a space at the end", "GET / HTTP/1.1 \r\n", line("GET / HTTP/1.1 ")],
    ["two spaces", "GET  / HTTP/1.1\r\n", line("GET  / HTTP/1.1")],
    ["a TAB for a space", "GET\t/ HTTP/1.1\r\n", line("GET\t/ HTTP/1.1")],
    ["an empty target", "GET  HTTP/1.1\r\n", line("GET  HTTP/1.1")],
    ["no method", "/ HTTP/1.1\r\n", "HTTP request line starts with byte 0x2f"],
    ["a method that is no token", "G(T / HTTP/1.1\r\n", line("G(T / HTTP/1.1")],
    ["a lower-case version", "GET / http/1.1\r\n", line("GET / http/1.1")],
    ["a short version", "GET / HTTP/1\r\n", line("GET / HTTP/1")],
    ["a long version", "GET / HTTP/1.10\r\n", line("GET / HTTP/1.10")],
    ["a version of other digits", "GET / HTTP/1.\xb2\r\n", line("GET / HTTP/1.\xb2")],
    ["another protocol", "GET / RTSP/1.1\r\n", line("GET / RTSP/1.1")],
    ["a target without a slash", "GET a HTTP/1.1\r\n", line("GET a HTTP/1.1")],
    ["a target with a fragment", "GET /a#b HTTP/1.1\r\n", line("GET /a#b HTTP/1.1")],
    ["a target above ASCII", "GET /\xe9 HTTP/1.1\r\n", line("GET /\xe9 HTTP/1.1")],
    ["a target with DEL", "GET /\x7f HTTP/1.1\r\n", line("GET /\x7f HTTP/1.1")],
    ["a target of another scheme", "GET ws://h/ HTTP/1.1\r\n", line("GET ws://h/ HTTP/1.1")],
    [
      "an absolute target without a host",
      "GET http:///a HTTP/1.1\r\n",
      line("GET http:///a HTTP/1.1"),
    ],
    [
      "an absolute target with a user",
      "GET http://a@h/ HTTP/1.1\r\n",
      line("GET http://a@h/ HTTP/1.1"),
    ],
    ["CONNECT to a path", "CONNECT / HTTP/1.1\r\n", line("CONNECT / HTTP/1.1")],
    ["a bare CR in the request line", "GET /\r HTTP/1.1\r\n", line("GET /\r HTTP/1.1")],
    ["a bare LF after the request line", "GET / HTTP/1.1\n", BARE_LF],
    ["a query in an error only as …", "GET /?secret\r\n", line("GET /?…")],
    ["a long line in an error only in part", `${"A".repeat(99)}\r\n`, line(`${"A".repeat(80)}…`)],

    ["no colon", header("abc"), "HTTP header line without a colon"],
    ["no name", header(": a"), "invalid HTTP header name: :"],
    ["a space before the colon", header("A : b"), "invalid HTTP header name: A "],
    ["a name that is no token", header("A(b): c"), "invalid HTTP header name: A("],
    ["a name above ASCII", header("A\xe9: c"), "invalid HTTP header name: A\xe9"],
    ["a NUL in a name", header("A\0: c"), "invalid HTTP header name: A\0"],
    ["a folded line", header(" secret"), "folded HTTP header line"],
    ["a line folded by TAB", header("A: b\r\n\tsecret"), "folded HTTP header line"],
    ["a bare LF after a header", header("A: b\nB: c"), BARE_LF],
    ["a bare LF for the end", "GET / HTTP/1.1\r\nA: b\r\n\n", BARE_LF],
    ...["\0", "\x01", "\b", "\v", "\f", "\r", "\x1b", "\x1f", "\x7f"].map(
      (character): [string, string, string] => [
        `${JSON.stringify(character)} in a value`,
        header(`Cookie:  secret${character}a`),
        "invalid HTTP header value of Cookie: control character at 6",
      ],
    ),
    [
      "a CR at the end of a value",
      header("A: b\r"),
      "invalid HTTP header value of A: control character at 1",
    ],
  ];
  const responses: [name: string, text: string, cause: string][] = [
    ["a TLS record", "\x16\x03\x01", TLS],
    ["another protocol", "SSH-2.0-x\r\n", "HTTP status line starts with byte 0x53"],
    [
      "an empty line first",
      "\r\nHTTP/1.1 200 OK\r\n\r\n",
      "HTTP status line starts with byte 0x0d",
    ],
    ["a version alone", "HTTP/1.1\r\n", status("HTTP/1.1")],
    ["a lower-case version", "HTTp/1.1 200 OK\r\n", status("HTTp/1.1 200 OK")],
    ["a short version", "HTTP/2 200 OK\r\n", status("HTTP/2 200 OK")],
    ["two digits", "HTTP/1.1 20 OK\r\n", status("HTTP/1.1 20 OK")],
    ["four digits", "HTTP/1.1 2000 OK\r\n", status("HTTP/1.1 2000 OK")],
    ["a status below 100", "HTTP/1.1 099 OK\r\n", status("HTTP/1.1 099 OK")],
    ["a signed status", "HTTP/1.1 +10 OK\r\n", status("HTTP/1.1 +10 OK")],
    ["two spaces", "HTTP/1.1  200 OK\r\n", status("HTTP/1.1  200 OK")],
    ["a control character in the reason", "HTTP/1.1 200 \x1b\r\n", status("HTTP/1.1 200 \x1b")],
    ["a bare LF", "HTTP/1.1 200 OK\n\n", BARE_LF],
  ];
  for (const [kind, cases] of Object.entries({ request: requests, response: responses })) {
    for (const [name, text, cause] of cases) {
      test(`${name} (${kind})`, () => {
        const message = `did not receive a valid HTTP ${kind}`;
        assert.deepEqual(parseText(kind as Kind, text), {
          error: "InvalidMessage",
          message,
          cause,
        });
      });
    }
  }
});

describe("HeadParser holds its limits", () => {
  const limits = { line: 32, headers: 3 };
  const fields = (count: number): string => "A: b\r\n".repeat(count);
  const cases: [name: string, kind: Kind, text: string, error: string | null, message?: string][] =
    [
      ["a request line of the limit", "request", `GET /${"a".repeat(16)} HTTP/1.1\r\n\r\n`, null],
      [
        "a request line above the limit",
        "request",
        `GET /${"a".repeat(17)} HTTP/1.1\r\n\r\n`,
        "RequestLineTooLong",
        "request line too long; expected no more than 32 bytes",
      ],
      ["a request line without end", "request", "A".repeat(33), "RequestLineTooLong"],
      ["a status line of the limit", "response", `HTTP/1.1 200 ${"a".repeat(17)}\r\n\r\n`, null],
      [
        "a status line above the limit",
        "response",
        `HTTP/1.1 200 ${"a".repeat(18)}\r\n\r\n`,
        "StatusLineTooLong",
        "status line too long; expected no more than 32 bytes",
      ],
      [
        "a header line of the limit",
        "request",
        `GET / HTTP/1.1\r\nA:${"b".repeat(28)}\r\n\r\n`,
        null,
      ],
      [
        "a header line above the limit",
        "request",
        `GET / HTTP/1.1\r\nA:${"b".repeat(29)}\r\n\r\n`,
        "HeaderLineTooLong",
        "header line too long; expected no more than 32 bytes",
      ],
      [
        "a header line without end",
        "response",
        `HTTP/1.1 200 OK\r\n${"b".repeat(33)}`,
        "HeaderLineTooLong",
      ],
      ["as many headers as the limit", "request", `GET / HTTP/1.1\r\n${fields(3)}\r\n`, null],
      [
        "one header more than the limit",
        "request",
        `GET / HTTP/1.1\r\n${fields(4)}\r\n`,
        "TooManyHeaders",
        "expected no more than 3 headers",
      ],
    ];
  for (const [name, kind, text, error, message] of cases) {
    test(name, () => {
      const outcome = parseText(kind, text, limits);
      assert.ok(outcome !== "more");
      if (error === null) return assert.ok("head" in outcome);
      assert.ok("error" in outcome);
      assert.equal(outcome.error, error);
      if (message !== undefined) assert.equal(outcome.message, message);
    });
  }

  test("of 8 192 bytes a line and 128 headers by default", () => {
    const head = (line: number, count: number): Outcome => {
      const text = `GET / HTTP/1.1\r\nB: ${"c".repeat(line - 5)}\r\n${fields(count - 1)}\r\n`;
      return parse("request", [latin1(text)]);
    };
    assert.ok("head" in (head(8192, 128) as object));
    assert.deepEqual((head(8193, 128) as { error: string }).error, "HeaderLineTooLong");
    assert.deepEqual((head(8192, 129) as { error: string }).error, "TooManyHeaders");
  });
});

describe("HeadParser", () => {
  test("wants more until the empty line has come", () => {
    for (let length = 0; length < HANDSHAKE.length; length += 1) {
      assert.equal(parse("request", [latin1(HANDSHAKE.slice(0, length))]), "more");
    }
  });

  test("says whether any byte came", () => {
    const parser = new HeadParser("request");
    assert.equal(parser.started, false);
    assert.equal(parser.push(new Uint8Array(0)), null);
    assert.equal(parser.started, false);
    parser.push(latin1("G"));
    assert.equal(parser.started, true);
  });

  test("says that bytes came also when it refuses them", () => {
    const parser = new HeadParser("request");
    assert.throws(() => parser.push(latin1("\x16")), InvalidMessage);
    assert.equal(parser.started, true);
  });

  test("gives the rest as a view of the last chunk", () => {
    const chunk = latin1(`${HANDSHAKE}rest`);
    const parser = new HeadParser("request");
    assert.ok(parser.push(chunk));
    assert.equal(parser.rest.buffer, chunk.buffer);
    assert.deepEqual(parser.rest, latin1("rest"));
  });

  /** Heads, and heads with a few bytes changed. */
  const nearlyHeads = fc
    .tuple(
      fc.constantFrom(
        HANDSHAKE,
        "HTTP/1.1 101 \r\nA: b\r\n\r\nxy",
        "GET / HTTP/1.1\r\n A: b\r\n\r\n",
      ),
      fc.array(
        fc.tuple(fc.nat(), fc.constantFrom("", "\r", "\n", "\r\n", ":", " ", "\0", "a", "\xe9")),
        {
          maxLength: 3,
        },
      ),
    )
    .map(([text, changes]) => {
      for (const [place, replacement] of changes) {
        const at = place % text.length;
        text = text.slice(0, at) + replacement + text.slice(at + (place % 2));
      }
      return text;
    });

  test("makes the same of bytes however they are cut", () => {
    fc.assert(
      fc.property(
        nearlyHeads,
        fc.array(fc.integer({ min: 1, max: 40 })),
        fc.constantFrom<Kind>("request", "response"),
        (text, sizes, kind) => {
          const bytes = latin1(text);
          const chunks: Uint8Array[] = [];
          let at = 0;
          for (const size of sizes) {
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          chunks.push(bytes.subarray(at));
          const limits = { line: 40, headers: 4 };
          assert.deepEqual(parse(kind, chunks, limits), parse(kind, [bytes], limits));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("throws nothing but its own errors, whatever the bytes", () => {
    const OWN =
      /^(?:InvalidMessage|RequestLineTooLong|StatusLineTooLong|HeaderLineTooLong|TooManyHeaders)$/;
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 200 }), nearlyHeads.map(latin1)),
        fc.constantFrom<Kind>("request", "response"),
        (bytes, kind) => {
          const outcome = parse(kind, [bytes]);
          if (outcome !== "more" && "error" in outcome) assert.match(outcome.error, OWN);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
