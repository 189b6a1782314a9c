import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { InvalidHandshake } from "../../src/http/errors.ts";
import type { ResponseHead } from "../../src/http/head.ts";
import type { RawHeaders } from "../../src/http/headers.ts";
import { parseUri } from "../../src/http/uri.ts";
import { type ClientOpening, makeRequest, readResponse } from "../../src/protocol/client.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

function opening(
  changes: Partial<ClientOpening> = {},
  uri = "ws://example.com/chat",
): ClientOpening {
  return {
    uri: parseUri(uri),
    key: KEY,
    origin: null,
    subprotocols: [],
    extensions: null,
    headers: [],
    userAgent: null,
    ...changes,
  };
}

describe("makeRequest", () => {
  const OWN: RawHeaders = [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", KEY],
    ["Sec-WebSocket-Version", "13"],
  ];

  test("§4.1: makes the headers that every request has", () => {
    assert.deepEqual(makeRequest(opening()), [["Host", "example.com"], ...OWN]);
  });

  for (const [uri, host] of [
    ["ws://example.com:80/", "example.com"],
    ["wss://example.com:443/", "example.com"],
    ["ws://example.com:443/", "example.com:443"],
    ["ws://[::1]:8765/", "[::1]:8765"],
    ["ws://EXAMPLE.com/", "example.com"],
  ] as const) {
    test(`§4.1: names ${host} in Host for ${uri}`, () => {
      assert.deepEqual(makeRequest(opening({}, uri))[0], ["Host", host]);
    });
  }

  test("adds Authorization from the address, unless a header has it", () => {
    const uri = "ws://user:pass@example.com/";
    assert.deepEqual(makeRequest(opening({}, uri)), [
      ["Host", "example.com"],
      ["Authorization", "Basic dXNlcjpwYXNz"],
      ...OWN,
    ]);
    const headers: RawHeaders = [["AUTHORIZATION", "Bearer x"]];
    assert.deepEqual(makeRequest(opening({ headers }, uri)), [
      ["Host", "example.com"],
      ...OWN,
      ["AUTHORIZATION", "Bearer x"],
    ]);
  });

  test("adds Origin, extensions, subprotocols, further headers and User-Agent", () => {
    const raw = makeRequest(
      opening({
        origin: "https://example.com",
        extensions: "permessage-deflate",
        subprotocols: ["a", "b"],
        headers: [["Cookie", "c=d"]],
        userAgent: "me/1",
      }),
    );
    assert.deepEqual(raw, [
      ["Host", "example.com"],
      ["Origin", "https://example.com"],
      ...OWN,
      ["Sec-WebSocket-Extensions", "permessage-deflate"],
      ["Sec-WebSocket-Protocol", "a, b"],
      ["Cookie", "c=d"],
      ["User-Agent", "me/1"],
    ]);
  });

  test("a User-Agent among the headers takes the place of ours", () => {
    const raw = makeRequest(opening({ headers: [["user-agent", "they/2"]], userAgent: "me/1" }));
    assert.deepEqual(raw.at(-1), ["user-agent", "they/2"]);
    assert.equal(raw.length, 6);
  });

  for (const name of [
    "Host",
    "upgrade",
    "CONNECTION",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Protocol",
    "Content-Length",
    "Transfer-Encoding",
  ]) {
    test(`refuses the header ${name}, which the handshake sets itself`, () => {
      assert.throws(() => makeRequest(opening({ headers: [[name, "x"]] })), {
        name: "TypeError",
        message: `headers can't have ${name}: the opening handshake sets it`,
      });
    });
  }

  test("refuses what would forge a line of the request", () => {
    for (const changes of [
      { headers: [["X-A", "a\r\nX-B: b"]] as const },
      { headers: [["X A", "a"]] as const },
      { origin: "https://a\nHost: b" },
      { userAgent: "me\r\n\r\n" },
      { extensions: "x\0" },
      { subprotocols: ["a\r\nb"] },
      { subprotocols: ["a, b"] },
      { subprotocols: ["a", "a"] },
    ]) {
      assert.throws(() => makeRequest(opening(changes)), TypeError);
    }
  });
});

/** Headers by name: a value, several lines, or null to leave it out. */
type Changes = Readonly<Record<string, string | readonly string[] | null>>;

function response(changes: Changes = {}, line: Partial<ResponseHead> = {}): ResponseHead {
  const standard: Changes = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": ACCEPT,
  };
  const rawHeaders: [string, string][] = [];
  for (const [name, values] of Object.entries({ ...standard, ...changes })) {
    if (values === null) continue;
    for (const value of typeof values === "string" ? [values] : values)
      rawHeaders.push([name, value]);
  }
  return { version: "1.1", status: 101, statusText: "Switching Protocols", rawHeaders, ...line };
}

describe("readResponse takes", () => {
  test("§4.1: a plain 101", () => {
    assert.deepEqual(readResponse(response(), opening()), { subprotocol: null, extensions: [] });
  });

  test("any case in Upgrade and Connection, and more in Connection", () => {
    readResponse(
      response({ Upgrade: "WEBSOCKET", Connection: ["keep-alive", "upGRADE"] }),
      opening(),
    );
  });

  test("Content-Length: 0, as some servers send", () => {
    readResponse(response({ "Content-Length": "0" }), opening());
  });

  test("a subprotocol that was offered", () => {
    const { subprotocol } = readResponse(
      response({ "Sec-WebSocket-Protocol": "b" }),
      opening({ subprotocols: ["a", "b"] }),
    );
    assert.equal(subprotocol, "b");
  });

  test("no subprotocol though some were offered", () => {
    assert.equal(readResponse(response(), opening({ subprotocols: ["a"] })).subprotocol, null);
  });

  test("extensions when some were offered", () => {
    const { extensions } = readResponse(
      response({ "Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=12" }),
      opening({ extensions: "permessage-deflate" }),
    );
    assert.deepEqual(extensions, [
      { name: "permessage-deflate", parameters: [["server_max_window_bits", "12"]] },
    ]);
  });
});

describe("readResponse refuses", () => {
  const rows: readonly {
    readonly name: string;
    readonly changes?: Changes;
    readonly line?: Partial<ResponseHead>;
    readonly opening?: Partial<ClientOpening>;
    readonly error: string;
    readonly message: string;
  }[] = [
    {
      name: "HTTP/1.0",
      line: { version: "1.0" },
      error: "InvalidProtocol",
      message: "unsupported HTTP version: HTTP/1.0",
    },
    {
      name: "a transfer coding",
      changes: { "Transfer-Encoding": "chunked" },
      error: "InvalidMessage",
      message: "did not receive a valid HTTP response",
    },
    {
      name: "a body",
      changes: { "Content-Length": "12" },
      error: "InvalidMessage",
      message: "did not receive a valid HTTP response",
    },
    {
      name: "§4.1 (2): no Upgrade",
      changes: { Upgrade: null },
      error: "InvalidUpgrade",
      message: "missing Upgrade header",
    },
    {
      name: "§4.1 (2): another Upgrade",
      changes: { Upgrade: "h2c" },
      error: "InvalidUpgrade",
      message: "invalid Upgrade header: h2c",
    },
    {
      name: "§4.1 (3): no Connection",
      changes: { Connection: null },
      error: "InvalidUpgrade",
      message: "missing Connection header",
    },
    {
      name: "§4.1 (3): another Connection",
      changes: { Connection: "close" },
      error: "InvalidUpgrade",
      message: "invalid Connection header: close",
    },
    {
      name: "§4.1 (4): no Sec-WebSocket-Accept",
      changes: { "Sec-WebSocket-Accept": null },
      error: "InvalidHeader",
      message: "missing Sec-WebSocket-Accept header",
    },
    {
      name: "§4.1 (4): the accept of another key",
      changes: { "Sec-WebSocket-Accept": "9VJLQX9PhoL2sx4hvtfvuroaAmQ=" },
      error: "InvalidHeaderValue",
      message: "invalid Sec-WebSocket-Accept header: 9VJLQX9PhoL2sx4hvtfvuroaAmQ=",
    },
    {
      name: "§4.1 (4): the accept in another case",
      changes: { "Sec-WebSocket-Accept": ACCEPT.toLowerCase() },
      error: "InvalidHeaderValue",
      message: `invalid Sec-WebSocket-Accept header: ${ACCEPT.toLowerCase()}`,
    },
    {
      name: "two accepts",
      changes: { "Sec-WebSocket-Accept": [ACCEPT, ACCEPT] },
      error: "InvalidHeader",
      message: "invalid Sec-WebSocket-Accept header: multiple values",
    },
    {
      name: "§4.1 (5): an extension when none was offered",
      changes: { "Sec-WebSocket-Extensions": "permessage-deflate" },
      error: "NegotiationError",
      message: "no extensions supported",
    },
    {
      name: "extensions that are none",
      changes: { "Sec-WebSocket-Extensions": "a b" },
      error: "InvalidHeaderFormat",
      message: "invalid Sec-WebSocket-Extensions header: expected comma at 2 in a b",
    },
    {
      name: "§4.1 (6): a subprotocol when none was offered",
      changes: { "Sec-WebSocket-Protocol": "chat" },
      error: "NegotiationError",
      message: "no subprotocols supported",
    },
    {
      name: "§4.1 (6): another subprotocol",
      changes: { "Sec-WebSocket-Protocol": "other" },
      opening: { subprotocols: ["chat"] },
      error: "NegotiationError",
      message: "unsupported subprotocol: other",
    },
    {
      name: "§4.1 (6): a subprotocol in another case",
      changes: { "Sec-WebSocket-Protocol": "CHAT" },
      opening: { subprotocols: ["chat"] },
      error: "NegotiationError",
      message: "unsupported subprotocol: CHAT",
    },
    {
      name: "§11.3.4: two subprotocols",
      changes: { "Sec-WebSocket-Protocol": ["a", "b"] },
      opening: { subprotocols: ["a", "b"] },
      error: "InvalidHeader",
      message: "invalid Sec-WebSocket-Protocol header: multiple values: a, b",
    },
  ];
  for (const { name, changes, line, opening: given, error, message } of rows) {
    test(`${name}: ${error}`, () => {
      assert.throws(
        () => readResponse(response(changes, line), opening(given)),
        (thrown) => {
          assert.ok(thrown instanceof InvalidHandshake);
          assert.equal(thrown.name, error);
          assert.equal(thrown.message, message);
          return true;
        },
      );
    });
  }
});
