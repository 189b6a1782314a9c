/** The opening by extended CONNECT, judged and made without I/O (RFC 8441). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import {
  HeaderLineTooLong,
  InvalidHandshake,
  InvalidHeader,
  InvalidHeaderFormat,
  InvalidHeaderValue,
  InvalidMessage,
  InvalidMethod,
  InvalidOrigin,
  InvalidUpgrade,
  NegotiationError,
  RequestLineTooLong,
  TooManyHeaders,
} from "../../src/http/errors.ts";
import type { RequestHead, ResponseHead } from "../../src/http/head.ts";
import { headerValues, type RawHeaders } from "../../src/http/headers.ts";
import { parseUri } from "../../src/http/uri.ts";
import type { Wanted } from "../../src/protocol/client.ts";
import {
  acceptHttp2Request,
  checkHttp2Message,
  isHttp2Acceptance,
  makeHttp2Request,
  readAuthority,
  readHttp2Request,
  readHttp2Response,
  refuseHttp2,
  toHttp2Headers,
} from "../../src/protocol/http2.ts";
import type { Wishes } from "../../src/protocol/server.ts";

const VALID: RawHeaders = [
  [":method", "CONNECT"],
  [":protocol", "websocket"],
  [":scheme", "https"],
  [":path", "/chat?room=1"],
  [":authority", "server.example.com"],
  ["sec-websocket-version", "13"],
];

/** Fields by name: a value, several fields, or null to leave it out. */
type Changes = Readonly<Record<string, string | readonly string[] | null>>;

/** A valid request with other fields. */
function request(changes: Changes = {}): RequestHead {
  const rawHeaders: [string, string][] = [];
  for (const [name, value] of VALID) if (!(name in changes)) rawHeaders.push([name, value]);
  for (const [name, values] of Object.entries(changes)) {
    if (values === null) continue;
    for (const value of [values].flat()) rawHeaders.push([name, value]);
  }
  const method = headerValues(rawHeaders, ":method")[0] ?? "";
  const target = headerValues(rawHeaders, ":path")[0] ?? "";
  return { method, target, version: "2", rawHeaders };
}

/** What a request comes to. */
function judge(head: RequestHead): Wishes {
  checkHttp2Message(head);
  return readHttp2Request(head);
}

describe("a request", () => {
  test("is read: what it asks for stands in the fields of RFC 6455", () => {
    const head = request({
      origin: "https://www.example.com",
      "sec-websocket-protocol": ["chat, superchat", "other"],
      "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
    });
    assert.deepEqual(judge(head), {
      origin: "https://www.example.com",
      subprotocols: ["chat", "superchat", "other"],
      extensions: [{ name: "permessage-deflate", parameters: [["client_max_window_bits", null]] }],
    });
  });

  test("needs no more than its pseudo-header fields and the version", () => {
    assert.deepEqual(judge(request()), { origin: null, subprotocols: [], extensions: [] });
  });

  test("may be plain behind a proxy that took the TLS off", () => {
    assert.ok(judge(request({ ":scheme": "http" })));
  });

  test("may name its host twice, if it is the same", () => {
    assert.ok(judge(request({ host: "Server.Example.com" })));
  });

  test("has its Sec-WebSocket-Key ignored, as RFC 8441 §5 says", () => {
    assert.ok(judge(request({ "sec-websocket-key": "no key at all" })));
  });

  const long = "x".repeat(8200);
  const cases: readonly {
    readonly name: string;
    readonly changes: Changes;
    readonly error: new (...rest: never[]) => InvalidHandshake;
    readonly status: number;
    readonly says?: RegExp;
  }[] = [
    // What asks for something else.
    {
      name: "a page, as a browser asks for it",
      changes: { ":method": "GET", ":protocol": null },
      error: InvalidUpgrade,
      status: 426,
      says: /does not ask for an upgrade/,
    },
    {
      name: "the head of a page",
      changes: { ":method": "HEAD", ":protocol": null },
      error: InvalidUpgrade,
      status: 426,
    },
    {
      name: "POST",
      changes: { ":method": "POST", ":protocol": null },
      error: InvalidMethod,
      status: 405,
      says: /the method must be CONNECT/,
    },
    {
      name: "GET with :protocol",
      changes: { ":method": "GET" },
      error: InvalidMethod,
      status: 405,
    },
    {
      name: "a tunnel through a proxy",
      changes: { ":protocol": null, ":scheme": null, ":path": null },
      error: InvalidHeader,
      status: 400,
      says: /missing :protocol/,
    },
    {
      name: "another protocol",
      changes: { ":protocol": "connect-udp" },
      error: InvalidUpgrade,
      status: 501,
    },
    {
      name: "the protocol in capitals, which is another",
      changes: { ":protocol": "WebSocket" },
      error: InvalidUpgrade,
      status: 501,
    },
    // Pseudo-header fields.
    { name: "no :scheme", changes: { ":scheme": null }, error: InvalidHeader, status: 400 },
    {
      name: "another :scheme",
      changes: { ":scheme": "ftp" },
      error: InvalidHeaderValue,
      status: 400,
    },
    { name: "no :path", changes: { ":path": null }, error: InvalidHeader, status: 400 },
    { name: "an empty :path", changes: { ":path": "" }, error: InvalidHeaderValue, status: 400 },
    {
      name: "a :path that is *",
      changes: { ":path": "*" },
      error: InvalidHeaderValue,
      status: 400,
    },
    {
      name: "a :path with a fragment",
      changes: { ":path": "/#a" },
      error: InvalidHeaderValue,
      status: 400,
    },
    {
      name: "a :path with a space",
      changes: { ":path": "/a b" },
      error: InvalidHeaderValue,
      status: 400,
    },
    { name: "no :authority", changes: { ":authority": null }, error: InvalidMessage, status: 400 },
    {
      name: "Host in place of :authority",
      changes: { ":authority": null, host: "a.example" },
      error: InvalidHeader,
      status: 400,
    },
    {
      name: "an :authority that is no host",
      changes: { ":authority": "user@host" },
      error: InvalidMessage,
      status: 400,
    },
    {
      name: "a Host that is no host, and nothing else",
      changes: { ":authority": null, host: "a b" },
      error: InvalidMessage,
      status: 400,
    },
    {
      name: "a Host that is another",
      changes: { host: "evil.example" },
      error: InvalidMessage,
      status: 400,
    },
    {
      name: "two :protocol",
      changes: { ":protocol": ["websocket", "websocket"] },
      error: InvalidMessage,
      status: 400,
    },
    {
      name: "two :path",
      changes: { ":path": ["/chat?room=1", "/admin"] },
      error: InvalidMessage,
      status: 400,
    },
    // Fields of HTTP/1.1, and bodies.
    {
      name: "Connection",
      changes: { connection: "Upgrade" },
      error: InvalidMessage,
      status: 400,
    },
    { name: "Upgrade", changes: { upgrade: "websocket" }, error: InvalidMessage, status: 400 },
    {
      name: "Transfer-Encoding",
      changes: { "transfer-encoding": "chunked" },
      error: InvalidMessage,
      status: 400,
    },
    {
      name: "Content-Length",
      changes: { "content-length": "5" },
      error: InvalidMessage,
      status: 400,
    },
    // What RFC 6455 §4.2.1 wants.
    {
      name: "no version",
      changes: { "sec-websocket-version": null },
      error: InvalidHeader,
      status: 400,
      says: /missing Sec-WebSocket-Version/,
    },
    {
      name: "another version",
      changes: { "sec-websocket-version": "8" },
      error: InvalidHeaderValue,
      status: 426,
      says: /version must be 13/,
    },
    {
      name: "two versions",
      changes: { "sec-websocket-version": ["13", "13"] },
      error: InvalidHeader,
      status: 400,
    },
    {
      name: "a broken offer",
      changes: { "sec-websocket-extensions": "a b" },
      error: InvalidHeaderFormat,
      status: 400,
    },
    {
      name: "two origins",
      changes: { origin: ["https://a.example", "https://b.example"] },
      error: InvalidHeader,
      status: 400,
    },
    // Limits.
    {
      name: "a long :path",
      changes: { ":path": `/${long}` },
      error: RequestLineTooLong,
      status: 414,
    },
    { name: "a long field", changes: { cookie: long }, error: HeaderLineTooLong, status: 431 },
    {
      name: "many fields",
      changes: { cookie: Array.from({ length: 128 }, () => "a") },
      error: TooManyHeaders,
      status: 431,
    },
  ];

  for (const { name, changes, error, status, says } of cases) {
    test(`is refused with ${status}: ${name}`, () => {
      assert.throws(
        () => judge(request(changes)),
        (thrown: InvalidHandshake) => {
          assert.equal(thrown.constructor, error, String(thrown));
          const refused = refuseHttp2(thrown);
          assert.equal(refused.status, status);
          if (says !== undefined) assert.match(refused.text, says);
          // RFC 9113 §8.2.2: nothing of HTTP/1.1 in the answer.
          for (const [field] of refused.headers) {
            assert.equal(field, field.toLowerCase());
            assert.ok(!["connection", "upgrade"].includes(field));
          }
          return true;
        },
      );
    });
  }

  test("of another version is told which one we speak", () => {
    const refused = refuseHttp2(new InvalidHeaderValue("Sec-WebSocket-Version", "8"));
    assert.deepEqual(refused.headers, [["sec-websocket-version", "13"]]);
  });

  test("of another method is told which one is allowed", () => {
    assert.deepEqual(refuseHttp2(new InvalidMethod("PUT")).headers, [["allow", "CONNECT"]]);
  });

  test("of a strange origin is refused as over HTTP/1.1", () => {
    assert.equal(refuseHttp2(new InvalidOrigin("https://evil.example")).status, 403);
  });

  test("whatever it holds is read or refused with an InvalidHandshake", () => {
    const name = fc.oneof(
      fc.constantFrom(...VALID.map(([field]) => field), "host", "origin", "connection", "upgrade"),
      fc.constantFrom("sec-websocket-extensions", "sec-websocket-protocol", "content-length"),
      fc.string({ maxLength: 5 }),
    );
    const value = fc.oneof(
      fc.constantFrom("CONNECT", "websocket", "https", "/", "a.example", "13", "GET", ""),
      fc.string({ maxLength: 8 }),
    );
    const changes = fc.dictionary(
      name,
      fc.oneof(value, fc.array(value, { maxLength: 2 }), fc.constant(null)),
      { maxKeys: 4 },
    );
    fc.assert(
      fc.property(changes, (given) => {
        try {
          judge(request(given));
        } catch (error) {
          assert.ok(error instanceof InvalidHandshake, String(error));
          assert.ok(refuseHttp2(error).status >= 400);
        }
      }),
    );
  });
});

describe("readAuthority()", () => {
  const cases: readonly [string, Changes, string | null][] = [
    [":authority", {}, "server.example.com"],
    ["Host where there is no :authority", { ":authority": null, host: "h.example" }, "h.example"],
    [":authority before Host", { host: "h.example" }, "server.example.com"],
    ["nothing", { ":authority": null }, null],
  ];
  for (const [name, changes, expected] of cases) {
    test(`reads ${name}`, () => assert.equal(readAuthority(request(changes).rawHeaders), expected));
  }
});

describe("the answer that accepts", () => {
  test("says what was agreed on, and nothing of HTTP/1.1", () => {
    const headers = acceptHttp2Request({
      subprotocol: "chat",
      extensions: "permessage-deflate",
      headers: [
        ["X-Own", "1"],
        ["Connection", "keep-alive"],
      ],
      server: "clearsocket",
      date: "Sun, 22 Nov 2026 05:34:50 GMT",
    });
    assert.deepEqual(headers, [
      ["date", "Sun, 22 Nov 2026 05:34:50 GMT"],
      ["sec-websocket-extensions", "permessage-deflate"],
      ["sec-websocket-protocol", "chat"],
      ["x-own", "1"],
      ["server", "clearsocket"],
    ]);
  });
});

describe("toHttp2Headers()", () => {
  test("lowers names and drops what speaks of a connection", () => {
    const raw: RawHeaders = [
      ["Content-Type", "text/plain"],
      ["Connection", "close"],
      ["Keep-Alive", "timeout=5"],
      ["Upgrade", "websocket"],
      ["Transfer-Encoding", "chunked"],
      ["Proxy-Connection", "close"],
      ["HTTP2-Settings", "AA"],
    ];
    assert.deepEqual(toHttp2Headers(raw), [["content-type", "text/plain"]]);
  });
});

function wanted(url: string, changes: Partial<Wanted> = {}): Wanted {
  return {
    uri: parseUri(url),
    origin: null,
    subprotocols: [],
    extensions: null,
    headers: [],
    userAgent: null,
    ...changes,
  };
}

describe("our request", () => {
  test("has the pseudo-header fields first, and the fields of RFC 6455 without key and Upgrade", () => {
    const fields = makeHttp2Request(
      wanted("wss://user:secret@server.example.com/chat?room=1", {
        origin: "https://www.example.com",
        subprotocols: ["chat"],
        extensions: "permessage-deflate",
        headers: [["X-Own", "1"]],
        userAgent: "agent",
      }),
    );
    assert.deepEqual(fields, [
      [":method", "CONNECT"],
      [":protocol", "websocket"],
      [":scheme", "https"],
      [":path", "/chat?room=1"],
      [":authority", "server.example.com"],
      ["authorization", "Basic dXNlcjpzZWNyZXQ="],
      ["origin", "https://www.example.com"],
      ["sec-websocket-version", "13"],
      ["sec-websocket-extensions", "permessage-deflate"],
      ["sec-websocket-protocol", "chat"],
      ["x-own", "1"],
      ["user-agent", "agent"],
    ]);
  });

  test("is http for ws, and names a port that is not the default", () => {
    const fields = makeHttp2Request(wanted("ws://[::1]:8080"));
    assert.deepEqual(headerValues(fields, ":scheme"), ["http"]);
    assert.deepEqual(headerValues(fields, ":authority"), ["[::1]:8080"]);
    assert.deepEqual(headerValues(fields, ":path"), ["/"]);
  });

  test("is one that we take ourselves", () => {
    const rawHeaders = makeHttp2Request(wanted("wss://a.example/", { subprotocols: ["a", "b"] }));
    const wishes = judge({ method: "CONNECT", target: "/", version: "2", rawHeaders });
    assert.deepEqual(wishes.subprotocols, ["a", "b"]);
  });

  for (const name of ["Host", "Upgrade", "Sec-WebSocket-Version", "TE", "Keep-Alive", ":path"]) {
    test(`can't be given ${name}`, () => {
      const headers: RawHeaders = [[name, "x"]];
      assert.throws(() => makeHttp2Request(wanted("wss://a.example/", { headers })), TypeError);
    });
  }
});

describe("an answer", () => {
  const answer = (status: number, rawHeaders: RawHeaders = []): ResponseHead => ({
    version: "2",
    status,
    statusText: "",
    rawHeaders,
  });
  const opening = { subprotocols: ["chat"], extensions: "permessage-deflate" };

  const statuses: readonly [number, boolean][] = [
    [100, false],
    [101, false],
    [199, false],
    [200, true],
    [204, true],
    [299, true],
    [300, false],
    [403, false],
    [501, false],
  ];
  for (const [status, accepts] of statuses) {
    test(`of ${status} ${accepts ? "accepts" : "does not accept"}`, () => {
      assert.equal(isHttp2Acceptance(answer(status)), accepts);
    });
  }

  test("says what was agreed on", () => {
    const head = answer(200, [
      ["sec-websocket-protocol", "chat"],
      ["sec-websocket-extensions", "permessage-deflate"],
    ]);
    assert.deepEqual(readHttp2Response(head, opening), {
      subprotocol: "chat",
      extensions: [{ name: "permessage-deflate", parameters: [] }],
    });
  });

  test("needs nothing: no key is answered for", () => {
    assert.deepEqual(readHttp2Response(answer(200), opening), {
      subprotocol: null,
      extensions: [],
    });
  });

  const wrong: readonly [string, RawHeaders, Partial<Wanted>][] = [
    ["a subprotocol that was not offered", [["sec-websocket-protocol", "other"]], {}],
    [
      "a subprotocol where none was offered",
      [["sec-websocket-protocol", "chat"]],
      { subprotocols: [] },
    ],
    [
      "an extension where none was offered",
      [["sec-websocket-extensions", "x"]],
      { extensions: null },
    ],
  ];
  for (const [name, headers, changes] of wrong) {
    test(`fails with ${name}`, () => {
      assert.throws(
        () => readHttp2Response(answer(200, headers), { ...opening, ...changes }),
        NegotiationError,
      );
    });
  }
});
