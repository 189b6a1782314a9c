import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  HeaderLineTooLong,
  InvalidHandshake,
  InvalidHeaderValue,
  InvalidMessage,
  InvalidOrigin,
  NegotiationError,
  RequestLineTooLong,
  SecurityError,
  StatusLineTooLong,
  TooManyHeaders,
} from "../../src/http/errors.ts";
import type { RequestHead } from "../../src/http/head.ts";
import type { RawHeaders } from "../../src/http/headers.ts";
import { InvalidState } from "../../src/protocol/errors.ts";
import {
  acceptRequest,
  checkMessage,
  checkUpgrade,
  chooseSubprotocol,
  readRequest,
  refusalBody,
  refusalHeaders,
  refuse,
  type ServerOpening,
  statusLine,
} from "../../src/protocol/server.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

const VALID: RawHeaders = [
  ["Host", "example.com"],
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Key", KEY],
  ["Sec-WebSocket-Version", "13"],
];

/** Headers by name: a value, several lines, or null to leave it out. */
type Changes = Readonly<Record<string, string | readonly string[] | null>>;

/** A valid request with other headers, method or version. */
function request(changes: Changes = {}, line: Partial<RequestHead> = {}): RequestHead {
  const rawHeaders: [string, string][] = [];
  for (const [name, value] of VALID) {
    if (!(name in changes)) rawHeaders.push([name, value]);
  }
  for (const [name, values] of Object.entries(changes)) {
    if (values === null) continue;
    for (const value of typeof values === "string" ? [values] : values)
      rawHeaders.push([name, value]);
  }
  return { method: "GET", target: "/chat", version: "1.1", rawHeaders, ...line };
}

/** What a request comes to: the opening, or the error. */
function judge(head: RequestHead): ServerOpening {
  checkMessage(head);
  return readRequest(head);
}

function failureOf(head: RequestHead): InvalidHandshake {
  try {
    judge(head);
  } catch (error) {
    assert.ok(error instanceof InvalidHandshake);
    return error;
  }
  return assert.fail("the request is taken");
}

describe("a request is taken", () => {
  const rows: readonly (readonly [name: string, changes: Changes, line?: Partial<RequestHead>])[] =
    [
      ["as RFC 6455 §1.2 shows it", {}],
      ["§4.2.1: with Upgrade in any case", { Upgrade: "WebSocket" }],
      ["§4.2.1: with Connection in any case", { Connection: "upgrade" }],
      ["§4.2.1: with more in Connection", { Connection: "keep-alive, Upgrade" }],
      ["§4.2.1: with Connection in several lines", { Connection: ["keep-alive", "UPGRADE"] }],
      [
        "RFC 9110 §5.1: with names in any case",
        { "SEC-WEBSOCKET-KEY": KEY, "Sec-WebSocket-Key": null },
      ],
      ["with Content-Length: 0", { "Content-Length": "0" }],
      ["with a port in Host", { Host: "example.com:8080" }],
      ["with an IPv6 Host", { Host: "[::1]:80" }],
      ["with any target", {}, { target: "/?token=%20" }],
    ];
  for (const [name, changes, line] of rows) {
    test(name, () => {
      const opening = judge(request(changes, line));
      assert.deepEqual(opening, { key: KEY, origin: null, subprotocols: [], extensions: [] });
    });
  }

  test("with what it asks for", () => {
    const opening = judge(
      request({
        Origin: "https://example.com",
        "Sec-WebSocket-Protocol": ["chat, superchat", "third"],
        "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits, other; a=1",
      }),
    );
    assert.equal(opening.origin, "https://example.com");
    assert.deepEqual(opening.subprotocols, ["chat", "superchat", "third"]);
    assert.deepEqual(opening.extensions, [
      { name: "permessage-deflate", parameters: [["client_max_window_bits", null]] },
      { name: "other", parameters: [["a", "1"]] },
    ]);
  });
});

interface Refused {
  readonly name: string;
  readonly changes?: Changes;
  readonly line?: Partial<RequestHead>;
  readonly status: number;
  readonly error: string;
  readonly body: string;
  readonly headers?: RawHeaders;
  /** The message of the cause. */
  readonly cause?: string;
}

const NO_UPGRADE =
  "this is a WebSocket server, and the request does not ask for an upgrade; connect with a WebSocket client, not with a browser's address bar";
const INVALID = "did not receive a valid HTTP request";

const REFUSED: readonly Refused[] = [
  // RFC 9112 §3.2, §6
  {
    name: "no Host",
    changes: { Host: null },
    status: 400,
    error: INVALID,
    body: INVALID,
    cause: "missing Host header",
  },
  {
    name: "two Hosts",
    changes: { Host: ["a.example", "a.example"] },
    status: 400,
    error: INVALID,
    body: INVALID,
    cause: "invalid Host header: multiple values",
  },
  {
    name: "a Host that is none",
    changes: { Host: "user@example.com" },
    status: 400,
    error: INVALID,
    body: INVALID,
    cause: "invalid Host header: user@example.com",
  },
  {
    name: "an empty Host",
    changes: { Host: "" },
    status: 400,
    error: INVALID,
    body: INVALID,
    cause: "empty Host header",
  },
  {
    name: "a transfer coding",
    changes: { "Transfer-Encoding": "chunked" },
    status: 400,
    error: INVALID,
    body: INVALID,
    cause: "transfer codings aren't supported",
  },
  {
    name: "a body",
    changes: { "Content-Length": "5" },
    status: 400,
    error: INVALID,
    body: INVALID,
    cause: "unsupported request body",
  },
  {
    name: "two lengths of a body of which one is 0",
    changes: { "Content-Length": ["0", "5"] },
    status: 400,
    error: INVALID,
    body: INVALID,
    cause: "unsupported request body",
  },
  {
    name: "a length that is no plain 0",
    changes: { "Content-Length": "+0" },
    status: 400,
    error: INVALID,
    body: INVALID,
    cause: "unsupported request body",
  },
  // §4.2.1 (1)
  {
    name: "POST",
    line: { method: "POST" },
    status: 405,
    error: "unsupported HTTP method: POST",
    body: "the method must be GET",
    headers: [["Allow", "GET"]],
  },
  {
    name: "get, since methods are case-sensitive",
    line: { method: "get" },
    status: 405,
    error: "unsupported HTTP method: get",
    body: "the method must be GET",
    headers: [["Allow", "GET"]],
  },
  {
    name: "the target *, which is for OPTIONS",
    line: { target: "*" },
    status: 400,
    error: INVALID,
    body: INVALID,
    cause: "the target of GET is *",
  },
  {
    name: "HTTP/1.0",
    changes: { Host: null },
    line: { version: "1.0" },
    status: 505,
    error: "unsupported HTTP version: HTTP/1.0",
    body: "the version must be HTTP/1.1",
  },
  {
    name: "HTTP/2.0",
    line: { version: "2.0" },
    status: 505,
    error: "unsupported HTTP version: HTTP/2.0",
    body: "the version must be HTTP/1.1",
  },
  // §4.2.1 (3)
  {
    name: "no Upgrade",
    changes: { Upgrade: null },
    status: 426,
    error: "missing Upgrade header",
    body: NO_UPGRADE,
    headers: [["Upgrade", "websocket"]],
  },
  {
    name: "another Upgrade",
    changes: { Upgrade: "h2c" },
    status: 426,
    error: "invalid Upgrade header: h2c",
    body: NO_UPGRADE,
    headers: [["Upgrade", "websocket"]],
  },
  {
    name: "several Upgrades",
    changes: { Upgrade: ["websocket", "h2c"] },
    status: 426,
    error: "invalid Upgrade header: websocket, h2c",
    body: NO_UPGRADE,
    headers: [["Upgrade", "websocket"]],
  },
  // §4.2.1 (4)
  {
    name: "no Connection",
    changes: { Connection: null },
    status: 426,
    error: "missing Connection header",
    body: NO_UPGRADE,
    headers: [["Upgrade", "websocket"]],
  },
  {
    name: "a Connection without upgrade",
    changes: { Connection: "keep-alive, upgraded" },
    status: 426,
    error: "invalid Connection header: keep-alive, upgraded",
    body: NO_UPGRADE,
    headers: [["Upgrade", "websocket"]],
  },
  {
    name: "a Connection that is no list of tokens",
    changes: { Connection: '"Upgrade"' },
    status: 400,
    error: 'invalid Connection header: expected token at 0 in "Upgrade"',
    body: "invalid Connection header",
  },
  // §4.2.1 (5)
  {
    name: "no Sec-WebSocket-Key",
    changes: { "Sec-WebSocket-Key": null },
    status: 400,
    error: "missing Sec-WebSocket-Key header",
    body: "missing Sec-WebSocket-Key header",
  },
  {
    name: "an empty key",
    changes: { "Sec-WebSocket-Key": "" },
    status: 400,
    error: "empty Sec-WebSocket-Key header",
    body: "empty Sec-WebSocket-Key header",
  },
  {
    name: "a key of 15 bytes",
    changes: { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j" },
    status: 400,
    error: "invalid Sec-WebSocket-Key header: dGhlIHNhbXBsZSBub25j",
    body: "invalid Sec-WebSocket-Key header",
  },
  {
    name: "a key that is no base64",
    changes: { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZ!==" },
    status: 400,
    error: "invalid Sec-WebSocket-Key header: dGhlIHNhbXBsZSBub25jZ!==",
    body: "invalid Sec-WebSocket-Key header",
  },
  {
    name: "two keys",
    changes: { "Sec-WebSocket-Key": [KEY, KEY] },
    status: 400,
    error: "invalid Sec-WebSocket-Key header: multiple values",
    body: "invalid Sec-WebSocket-Key header",
  },
  // §4.2.1 (6), §4.4
  {
    name: "no Sec-WebSocket-Version",
    changes: { "Sec-WebSocket-Version": null },
    status: 400,
    error: "missing Sec-WebSocket-Version header",
    body: "missing Sec-WebSocket-Version header",
  },
  ...["8", "12", "14", "013", "13.0", "13, 8", "255", "x", ""].map((version) => ({
    name: `version ${JSON.stringify(version)}`,
    changes: { "Sec-WebSocket-Version": version },
    status: 426,
    error:
      version === ""
        ? "empty Sec-WebSocket-Version header"
        : `invalid Sec-WebSocket-Version header: ${version}`,
    body: "the version must be 13",
    headers: [
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", "13"],
    ] as const,
  })),
  {
    name: "two versions",
    changes: { "Sec-WebSocket-Version": ["13", "8"] },
    status: 400,
    error: "invalid Sec-WebSocket-Version header: multiple values",
    body: "invalid Sec-WebSocket-Version header",
  },
  {
    name: "two Origins",
    changes: { Origin: ["https://a.example", "https://b.example"] },
    status: 400,
    error: "invalid Origin header: multiple values",
    body: "invalid Origin header",
  },
  // §9.1, §11.3.4
  {
    name: "extensions that are none",
    changes: { "Sec-WebSocket-Extensions": "permessage-deflate;" },
    status: 400,
    error: "invalid Sec-WebSocket-Extensions header: expected token at 19 in permessage-deflate;",
    body: "invalid Sec-WebSocket-Extensions header",
  },
  {
    name: "subprotocols that are none",
    changes: { "Sec-WebSocket-Protocol": "chat, a/b" },
    status: 400,
    error: "invalid Sec-WebSocket-Protocol header: expected comma at 7 in chat, a/b",
    body: "invalid Sec-WebSocket-Protocol header",
  },
  {
    name: "a subprotocol twice",
    changes: { "Sec-WebSocket-Protocol": ["chat", "chat"] },
    status: 400,
    error: "invalid Sec-WebSocket-Protocol header: duplicate subprotocol chat",
    body: "invalid Sec-WebSocket-Protocol header",
  },
];

describe("a request is turned down", () => {
  for (const { name, changes, line, status, error, body, headers = [], cause } of REFUSED) {
    test(`for ${name}: ${status}`, () => {
      const failure = failureOf(request(changes, line));
      assert.equal(failure.message, error);
      if (cause !== undefined) assert.equal((failure.cause as Error).message, cause);
      const refused = refuse(failure);
      assert.equal(refused.status, status);
      assert.equal(refused.text, body);
      assert.deepEqual(refused.headers, headers);
      assert.notEqual(refused.fault, "");
    });
  }

  test("in the order in which it is read: what is no HTTP first, then method, version, upgrade, key", () => {
    const changes: Record<string, string | null> = {};
    const line: { -readonly [name in keyof RequestHead]?: RequestHead[name] } = {};
    const said: string[] = [];
    const worsen = [
      () => Object.assign(changes, { "Sec-WebSocket-Version": "8" }),
      () => Object.assign(changes, { "Sec-WebSocket-Key": "x" }),
      () => Object.assign(changes, { Upgrade: null }),
      () => Object.assign(changes, { Connection: null }),
      () => Object.assign(line, { version: "1.0" }),
      () => Object.assign(line, { method: "PUT" }),
      () => Object.assign(changes, { "Content-Length": "1" }),
    ];
    for (const worse of worsen) {
      worse();
      said.push(String(refuse(failureOf(request(changes, line))).status));
    }
    assert.deepEqual(said, ["426", "400", "426", "426", "505", "405", "400"]);
  });
});

describe("refuse", () => {
  for (const [error, status, fault] of [
    [new RequestLineTooLong(8192), 414, "request line too long"],
    [new HeaderLineTooLong(8192), 431, "header fields too large"],
    [new TooManyHeaders(128), 431, "header fields too large"],
    [new InvalidMessage("request"), 400, "no valid HTTP request"],
    [new InvalidOrigin("https://evil.example"), 403, "invalid origin"],
    [new InvalidOrigin(null), 403, "invalid origin"],
    [new NegotiationError("missing subprotocol"), 400, "invalid handshake"],
    [new Error("the application's"), 500, ""],
    [new InvalidState("open"), 500, ""],
    [new StatusLineTooLong(8192), 500, ""],
    [new SecurityError("some other"), 500, ""],
    ["no error at all", 500, ""],
  ] as const) {
    test(`answers ${error instanceof Error ? `${error.name}: ${error.message}` : error} by ${status}`, () => {
      const refused = refuse(error);
      assert.equal(refused.status, status);
      assert.equal(refused.fault, fault);
    });
  }

  test("never repeats what the peer sent", () => {
    const evil = "<script>";
    for (const error of [
      new InvalidHeaderValue("Sec-WebSocket-Key", evil),
      new InvalidHeaderValue("Sec-WebSocket-Version", evil),
      new InvalidOrigin(evil),
      new InvalidMessage("request", { cause: new Error(evil) }),
      failureOf(request({}, { method: "X-SCRIPT" })),
      failureOf(request({ Upgrade: "script" })),
      new Error(evil),
    ]) {
      const refused = refuse(error);
      const all = refusalBody(refused) + JSON.stringify(refused.headers);
      assert.ok(!all.toLowerCase().includes("script"), all);
    }
  });

  test("gives a body and headers to be sent", () => {
    const refused = refuse(failureOf(request({ "Sec-WebSocket-Version": "8" })));
    const body = refusalBody(refused);
    assert.equal(body, "Failed to open a WebSocket connection: the version must be 13.\n");
    assert.deepEqual(refusalHeaders(refused, body.length, "today", "me/1"), [
      ["Date", "today"],
      ["Connection", "close"],
      ["Content-Length", String(body.length)],
      ["Content-Type", "text/plain; charset=utf-8"],
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", "13"],
      ["Server", "me/1"],
    ]);
    assert.ok(!refusalHeaders(refused, 1, "today", null).some(([name]) => name === "Server"));
  });
});

describe("acceptRequest", () => {
  const opening = judge(request({ "Sec-WebSocket-Protocol": "chat" }));

  test("§1.3, §4.2.2: makes the headers of the 101", () => {
    const plain = { subprotocol: null, extensions: null, headers: [], server: null, date: "today" };
    assert.deepEqual(acceptRequest(opening, plain), [
      ["Date", "today"],
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
    ]);
  });

  test("adds what was agreed on, further headers, Server", () => {
    const raw = acceptRequest(opening, {
      subprotocol: "chat",
      extensions: "permessage-deflate",
      headers: [["Set-Cookie", "a=b"]],
      server: "me/1",
      date: "today",
    });
    assert.deepEqual(raw.slice(4), [
      ["Sec-WebSocket-Extensions", "permessage-deflate"],
      ["Sec-WebSocket-Protocol", "chat"],
      ["Set-Cookie", "a=b"],
      ["Server", "me/1"],
    ]);
  });
});

describe("chooseSubprotocol", () => {
  for (const [ours, offered, chosen] of [
    [[], [], null],
    [[], ["chat"], null],
    [["chat"], ["chat"], "chat"],
    [["b", "a"], ["a", "b"], "b"],
    [["x", "a"], ["c", "a"], "a"],
  ] as const) {
    test(`of ours [${ours}] and theirs [${offered}]: ${chosen}`, () => {
      assert.equal(chooseSubprotocol(ours, offered), chosen);
    });
  }

  test("turns down a client that offers none, or none of ours", () => {
    assert.throws(() => chooseSubprotocol(["a"], []), {
      name: "NegotiationError",
      message: "missing subprotocol",
    });
    assert.throws(() => chooseSubprotocol(["a", "b"], ["A", "c"]), {
      name: "NegotiationError",
      message: "invalid subprotocol; expected one of a, b",
    });
  });
});

describe("checkUpgrade", () => {
  test("Connection is told before Upgrade", () => {
    assert.throws(() => checkUpgrade([]), { message: "missing Connection header" });
  });
});

describe("statusLine", () => {
  test("has the reason phrase of RFC 9110, another, or none", () => {
    assert.equal(statusLine(101), "HTTP/1.1 101 Switching Protocols");
    assert.equal(statusLine(431), "HTTP/1.1 431 Request Header Fields Too Large");
    assert.equal(statusLine(299), "HTTP/1.1 299 ");
    assert.equal(statusLine(200, "Fine"), "HTTP/1.1 200 Fine");
  });
});
