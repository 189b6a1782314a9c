import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TEXT } from "../../src/frames/opcode.ts";
import {
  ClientProtocol,
  deflateForClient,
  headerValues,
  InvalidStatus,
  InvalidURI,
} from "../../src/protocol/index.ts";
import { concat, everyCut, utf8 } from "../frames/bytes.ts";
import { ACCEPT, frameTo, http, KEY, newClient, RESPONSE, sentText, told } from "./machines.ts";

function causeOf({ failure }: ClientProtocol): string {
  assert.ok(failure?.cause instanceof Error);
  return failure.cause.message;
}

describe("a client's request", () => {
  test("§4.1: waits in the output from the beginning", () => {
    const client = newClient();
    assert.equal(client.state, "connecting");
    const { text, end } = sentText(client);
    assert.equal(
      text,
      "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    assert.equal(end, false);
    assert.deepEqual(told(client), []);
    assert.equal(client.request.target, "/chat");
  });

  test("says what it is told to", () => {
    const client = new ClientProtocol("wss://me:pw@example.com/a?b=c%20d", {
      key: KEY,
      origin: "https://example.com",
      subprotocols: ["chat", "superchat"],
      headers: [["Cookie", "é"]],
      extensions: [deflateForClient()],
    });
    const { text } = sentText(client);
    for (const line of [
      "GET /a?b=c%20d HTTP/1.1",
      "Host: example.com",
      "Authorization: Basic bWU6cHc=",
      "Origin: https://example.com",
      "Sec-WebSocket-Protocol: chat, superchat",
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
      "Cookie: é",
    ]) {
      assert.ok(text.includes(`${line}\r\n`), line);
    }
    assert.match(text, /\r\nUser-Agent: clearsocket\/\d/);
  });

  test("§4.1: has a new key each time", () => {
    const keys = Array.from({ length: 50 }, () => {
      const { request } = new ClientProtocol("ws://localhost");
      return headerValues(request.rawHeaders, "Sec-WebSocket-Key")[0];
    });
    assert.equal(new Set(keys).size, 50);
  });

  test("is refused at once when it cannot be made", () => {
    assert.throws(() => new ClientProtocol("http//x"), InvalidURI);
    assert.throws(() => new ClientProtocol("ws://x/#fragment"), InvalidURI);
    assert.throws(() => newClient({ key: "short" }), {
      name: "TypeError",
      message: 'key is "short": 16 bytes in base64 are expected',
    });
    assert.throws(() => newClient({ subprotocols: ["a b"] }), TypeError);
    assert.throws(() => newClient({ headers: [["Upgrade", "x"]] }), TypeError);
  });
});

describe("a client's answer", () => {
  test("§4.1: opens it, and what follows in the same chunk is received, cut anywhere", () => {
    const bytes = concat(http(...RESPONSE), frameTo("client", TEXT, "early"));
    for (const pieces of everyCut(bytes)) {
      const client = newClient();
      for (const piece of pieces) client.receive(piece);
      assert.deepEqual(told(client), ["response 101", "= open", 'text "early"']);
      assert.equal(client.state, "open");
      assert.equal(client.response?.status, 101);
      assert.equal(client.response.headers.get("sec-websocket-accept"), ACCEPT);
      assert.equal(client.subprotocol, null);
      assert.ok(!client.closeExpected);
    }
  });

  test("names the subprotocol", () => {
    const client = newClient({ subprotocols: ["a", "b"] });
    client.receive(http(...RESPONSE, "Sec-WebSocket-Protocol: b"));
    assert.equal(client.subprotocol, "b");
  });

  test("RFC 9110 §15.2: may come after interim ones, up to sixteen", () => {
    const interim = http("HTTP/1.1 103 Early Hints", "Link: </a>");
    for (const pieces of everyCut(concat(interim, interim, http(...RESPONSE)))) {
      const client = newClient();
      for (const piece of pieces) client.receive(piece);
      assert.deepEqual(told(client), ["response 101", "= open"]);
    }
    const client = newClient();
    for (let count = 0; count < 16; count += 1) client.receive(interim);
    assert.equal(client.failure, null);
    client.receive(interim);
    assert.deepEqual(told(client), [
      "failing SecurityError: expected no more than 16 interim responses",
    ]);
  });

  for (const [name, lines, failing] of [
    [
      "a wrong accept",
      RESPONSE.map((line) => line.replace(ACCEPT, `x${ACCEPT.slice(1)}`)),
      `failing InvalidHeaderValue: invalid Sec-WebSocket-Accept header: x${ACCEPT.slice(1)}`,
    ],
    [
      "no Upgrade",
      RESPONSE.filter((line) => !line.startsWith("Upgrade")),
      "failing InvalidUpgrade: missing Upgrade header",
    ],
    [
      "an extension that was not offered",
      [...RESPONSE, "Sec-WebSocket-Extensions: permessage-deflate"],
      "failing NegotiationError: no extensions supported",
    ],
    [
      "another HTTP version",
      RESPONSE.map((line) => line.replace("HTTP/1.1", "HTTP/1.0")),
      "failing InvalidProtocol: unsupported HTTP version: HTTP/1.0",
    ],
  ] as const) {
    test(`§4.1: a 101 with ${name} fails it, and what follows is dropped`, () => {
      for (const pieces of everyCut(concat(http(...lines), frameTo("client", TEXT, "dropped")))) {
        const client = newClient();
        client.output();
        for (const piece of pieces) client.receive(piece);
        assert.deepEqual(told(client), ["response 101", failing]);
        assert.equal(client.state, "connecting");
        assert.ok(client.closeExpected);
        assert.deepEqual(sentText(client), { text: "", end: true });
        client.receiveEof();
        assert.deepEqual(told(client), ["eof", "= closed"]);
      }
    });
  }

  test("takes one extension at the most", () => {
    const other = {
      name: "other",
      rsv: 2,
      offer: () => [[]],
      accept: () => null,
      confirm: () => ({
        name: "other",
        parameters: "",
        rsv: 2,
        encode: () => null,
        decode: () => 0,
        close: () => {},
      }),
    };
    const client = newClient({ extensions: [deflateForClient(), other] });
    client.receive(http(...RESPONSE, "Sec-WebSocket-Extensions: permessage-deflate, other"));
    assert.deepEqual(told(client), [
      "response 101",
      "failing NegotiationError: more than one extension",
    ]);
  });

  test("that is no HTTP fails it", () => {
    for (const [text, message] of [
      ["SSH-2.0-x\r\n\r\n", "HTTP status line starts with byte 0x53"],
      ["HTTP/1.1 abc\r\n\r\n", "invalid HTTP status line: HTTP/1.1 abc"],
      ["HTTP/1.1 101 Switching Protocols\r\nbad\r\n\r\n", "HTTP header line without a colon"],
    ] as const) {
      for (const pieces of everyCut(utf8(text))) {
        const client = newClient();
        for (const piece of pieces) client.receive(piece);
        assert.deepEqual(told(client), [
          "failing InvalidMessage: did not receive a valid HTTP response",
        ]);
        assert.equal(causeOf(client), message);
      }
    }
  });
});

describe("a client that is turned down", () => {
  /** Hands in an answer in every cut, then the end of the stream unless the client is done. */
  function* refusals(bytes: Uint8Array, eof = false): Generator<ClientProtocol> {
    for (const pieces of everyCut(bytes)) {
      const client = newClient();
      client.output();
      for (const piece of pieces) client.receive(piece);
      assert.equal(client.failure === null, eof);
      if (eof) client.receiveEof();
      const { failure } = client;
      assert.ok(failure instanceof InvalidStatus);
      assert.equal(client.response, failure.response);
      assert.equal(sentText(client).end, true);
      yield client;
    }
  }

  test("has the response with its body, by Content-Length", () => {
    const bytes = concat(http("HTTP/1.1 403 Forbidden", "Content-Length: 4"), utf8("nope!"));
    for (const client of refusals(bytes)) {
      assert.deepEqual(told(client), [
        "response 403",
        "failing InvalidStatus: server rejected WebSocket connection: HTTP 403",
      ]);
      const body = new TextDecoder().decode(client.response?.body);
      assert.ok(body === "nope" || body === "nope!");
    }
  });

  test("has the response with its body, by the stream's end", () => {
    const bytes = concat(http("HTTP/1.1 200 OK", "Connection: close"), utf8("hello"));
    for (const client of refusals(bytes, true)) {
      assert.deepEqual(told(client), [
        "eof",
        "response 200",
        "failing InvalidStatus: server rejected WebSocket connection: HTTP 200",
        "= closed",
      ]);
      assert.deepEqual(client.response?.body, utf8("hello"));
    }
  });

  test("waits for no body where there is none", () => {
    for (const lines of [
      ["HTTP/1.1 204 No Content"],
      ["HTTP/1.1 304 Not Modified"],
      ["HTTP/1.1 401 Unauthorized", "Content-Length: 0"],
    ]) {
      for (const client of refusals(http(...lines))) assert.equal(client.response?.body.length, 0);
    }
  });

  test("reads 64 KiB of a body at the most", () => {
    const client = newClient();
    client.receive(http("HTTP/1.1 500 Internal Server Error", "Content-Length: 1000000"));
    client.receive(new Uint8Array(60_000));
    assert.deepEqual(told(client), []);
    client.receive(new Uint8Array(60_000));
    assert.ok(client.failure instanceof InvalidStatus);
    assert.equal(client.response?.body.length, 65_536);
  });

  test("by a connection that ends in the middle", () => {
    for (const bytes of [new Uint8Array(0), utf8("HTTP/1.1 1"), http("HTTP/1.1 100 Continue")]) {
      const client = newClient();
      client.receive(bytes);
      client.receiveEof();
      client.receiveEof();
      assert.deepEqual(told(client), [
        "eof",
        "failing InvalidMessage: did not receive a valid HTTP response",
        "= closed",
      ]);
      assert.equal(causeOf(client), "connection closed while reading the HTTP response");
      assert.equal(client.closeCode, 1006);
    }
  });
});
