import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TEXT } from "../../src/frames/opcode.ts";
import { deflateForServer, InvalidState, ServerProtocol } from "../../src/protocol/index.ts";
import { concat, everyCut, utf8 } from "../frames/bytes.ts";
import { ACCEPT, frameTo, http, newServer, REQUEST, sentText, told } from "./machines.ts";

const DATE = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

describe("a server accepts", () => {
  test("§1.3: the request of the RFC, cut anywhere", () => {
    for (const pieces of everyCut(http(...REQUEST))) {
      const server = newServer();
      for (const piece of pieces) server.receive(piece);
      assert.deepEqual(told(server), ["request /chat"]);
      assert.deepEqual(sentText(server), { text: "", end: false });
      assert.equal(server.request?.method, "GET");
      assert.equal(server.origin, null);
      assert.equal(server.accept(), true);
      assert.deepEqual(told(server), ["= open"]);
      assert.deepEqual(sentText(server), {
        text: `HTTP/1.1 101 Switching Protocols\r\n${DATE}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`,
        end: false,
      });
    }
  });

  test("with a subprotocol, an extension, headers and its name", () => {
    const server = new ServerProtocol({
      subprotocols: ["b", "a"],
      extensions: [deflateForServer()],
    });
    server.receive(
      http(
        ...REQUEST,
        "Sec-WebSocket-Protocol: a, b",
        "Sec-WebSocket-Extensions: permessage-deflate",
      ),
    );
    assert.deepEqual(server.offeredSubprotocols, ["a", "b"]);
    assert.ok(server.accept({ headers: [["Set-Cookie", "a=b"]] }));
    const { text } = sentText(server);
    for (const line of [
      "Sec-WebSocket-Protocol: b",
      "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12",
      "Set-Cookie: a=b",
    ]) {
      assert.ok(text.includes(`\r\n${line}`), line);
    }
    assert.match(text, /\r\nServer: clearsocket\/\d/);
    assert.match(text, /\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
    assert.equal(server.subprotocol, "b");
    assert.equal(server.extension?.name, "permessage-deflate");
  });

  test("with a subprotocol of its owner's choice, or none", () => {
    for (const [chosen, line] of [
      ["a", "\r\nSec-WebSocket-Protocol: a\r\n"],
      [null, null],
    ] as const) {
      const server = newServer({ subprotocols: ["b"] });
      server.receive(http(...REQUEST, "Sec-WebSocket-Protocol: a, b"));
      assert.ok(server.accept({ subprotocol: chosen }));
      assert.equal(server.subprotocol, chosen);
      const { text } = sentText(server);
      assert.equal(text.includes("Sec-WebSocket-Protocol"), line !== null);
      if (line !== null) assert.ok(text.includes(line));
    }
  });

  test("later, and receives then what came before, cut anywhere", () => {
    const frames = concat(frameTo("server", TEXT, "a"), frameTo("server", TEXT, "b"));
    for (const pieces of everyCut(concat(http(...REQUEST), frames))) {
      const server = newServer();
      for (const piece of pieces) server.receive(piece);
      assert.deepEqual(told(server), ["request /chat"]);
      server.accept();
      assert.deepEqual(told(server), ["= open", 'text "a"', 'text "b"']);
    }
  });

  test("nothing when nothing waits: InvalidState", () => {
    const server = newServer();
    const calls = [() => server.accept(), () => server.reject(404)];
    for (const call of calls) assert.throws(call, InvalidState);
    server.receive(http(...REQUEST));
    server.accept();
    for (const call of calls) assert.throws(call, { message: "connection is open" });
    const gone = newServer();
    gone.receive(http(...REQUEST));
    gone.receiveEof();
    assert.throws(() => gone.accept(), { message: "connection is closed" });
    const cut = newServer();
    cut.receive(http(...REQUEST));
    cut.abort();
    assert.throws(() => cut.accept(), { message: "connection is closed" });
  });

  test("refuses wrong options, and still waits", () => {
    const server = newServer();
    server.receive(http(...REQUEST, "Sec-WebSocket-Protocol: a"));
    for (const options of [
      { subprotocol: "b" },
      { headers: [["X-A", "a\r\nb"]] as const },
      { headers: [["Connection", "close"]] as const },
      { headers: [["Sec-WebSocket-Accept", "x"]] as const },
    ]) {
      assert.throws(() => server.accept(options), TypeError);
    }
    assert.throws(() => server.reject(404, "", [["Content-Length", "1"]]), TypeError);
    for (const status of [101, 199, 600, 404.5, Number.NaN]) {
      assert.throws(() => server.reject(status), RangeError);
    }
    assert.deepEqual(sentText(server), { text: "", end: false });
    assert.ok(server.accept({ subprotocol: "a" }));
  });

  test("refuses options that are none", () => {
    assert.throws(() => new ServerProtocol({ subprotocols: ["a b"] }), TypeError);
    assert.throws(() => new ServerProtocol({ serverHeader: "a\nb" }), TypeError);
  });
});

describe("a server turns down", () => {
  test("what its owner rejects, and drops what follows", () => {
    const server = newServer();
    server.receive(http(...REQUEST));
    server.receive(frameTo("server", TEXT, "dropped"));
    server.events();
    server.reject(401, "¿who?", [["WWW-Authenticate", "Basic"]]);
    assert.deepEqual(sentText(server), {
      text: `HTTP/1.1 401 Unauthorized\r\n${DATE}Connection: close\r\nContent-Length: 6\r\nContent-Type: text/plain; charset=utf-8\r\nWWW-Authenticate: Basic\r\n\r\n${String.fromCharCode(...utf8("¿who?"))}`,
      end: true,
    });
    server.receive(frameTo("server", TEXT, "dropped"));
    assert.deepEqual(told(server), []);
    assert.equal(server.failure, null);
    assert.ok(server.closeExpected);
    server.receiveEof();
    assert.deepEqual(told(server), ["eof", "= closed"]);
  });

  test("with a Content-Type of its owner's, and without a body where none belongs", () => {
    const server = newServer();
    server.receive(http(...REQUEST));
    server.reject(200, "{}", [["content-type", "application/json"]]);
    const { text } = sentText(server);
    assert.ok(text.includes("\r\ncontent-type: application/json\r\n"));
    assert.ok(!text.includes("text/plain"));
    const other = newServer();
    other.receive(http(...REQUEST));
    other.reject(204, "dropped");
    assert.equal(
      sentText(other).text,
      `HTTP/1.1 204 No Content\r\n${DATE}Connection: close\r\n\r\n`,
    );
  });

  const without = (name: string) => REQUEST.filter((line) => !line.startsWith(name));

  for (const [name, lines, status, failing, header] of [
    ["no HTTP", ["nonsense"], 400, "InvalidMessage: did not receive a valid HTTP request", ""],
    [
      "TLS",
      ["\x16\x03\x01\x02\0\x01"],
      400,
      "InvalidMessage: did not receive a valid HTTP request",
      "",
    ],
    [
      "two Hosts",
      [...REQUEST, "Host: b"],
      400,
      "InvalidMessage: did not receive a valid HTTP request",
      "",
    ],
    [
      "no key",
      without("Sec-WebSocket-Key"),
      400,
      "InvalidHeader: missing Sec-WebSocket-Key header",
      "",
    ],
    [
      "another origin",
      [...REQUEST, "Origin: https://evil.example"],
      403,
      "InvalidOrigin: invalid Origin header: https://evil.example",
      "",
    ],
    [
      "POST",
      ["POST / HTTP/1.1", ...REQUEST.slice(1)],
      405,
      "InvalidMethod: unsupported HTTP method: POST",
      "Allow: GET",
    ],
    [
      "a long request line",
      [`GET /${"x".repeat(8192)} HTTP/1.1`, ...REQUEST.slice(1)],
      414,
      "RequestLineTooLong: request line too long; expected no more than 8192 bytes",
      "",
    ],
    [
      "no upgrade",
      without("Upgrade"),
      426,
      "InvalidUpgrade: missing Upgrade header",
      "Upgrade: websocket",
    ],
    [
      "another version",
      REQUEST.map((line) => line.replace("Version: 13", "Version: 8")),
      426,
      "InvalidHeaderValue: invalid Sec-WebSocket-Version header: 8",
      "Sec-WebSocket-Version: 13",
    ],
    [
      "a long header",
      [...REQUEST, `X: ${"x".repeat(8192)}`],
      431,
      "HeaderLineTooLong: header line too long; expected no more than 8192 bytes",
      "",
    ],
    [
      "too many headers",
      [...REQUEST, ...Array.from({ length: 124 }, () => "X: x")],
      431,
      "TooManyHeaders: expected no more than 128 headers",
      "",
    ],
    [
      "HTTP/1.0",
      ["GET / HTTP/1.0", ...REQUEST.slice(1)],
      505,
      "InvalidProtocol: unsupported HTTP version: HTTP/1.0",
      "",
    ],
  ] as const) {
    test(`${name}: ${status}, and the end of the stream`, () => {
      const bytes = http(...lines);
      const cuts =
        bytes.length > 4000 ? [[bytes], [bytes.slice(0, 99), bytes.slice(99)]] : everyCut(bytes);
      for (const pieces of cuts) {
        const server = newServer({ origins: ["https://good.example", null] });
        for (const piece of pieces) server.receive(piece);
        server.receive(frameTo("server", TEXT, "dropped"));
        assert.deepEqual(told(server), [`failing ${failing}`]);
        const { text, end } = sentText(server);
        assert.ok(text.startsWith(`HTTP/1.1 ${status} `), text);
        assert.ok(text.includes(header));
        assert.ok(text.includes("\r\nConnection: close\r\n"));
        const [head = "", body = ""] = text.split("\r\n\r\n");
        assert.ok(head.includes(`Content-Length: ${body.length}`));
        assert.ok(body.startsWith("Failed to open a WebSocket connection: "));
        assert.ok(!text.includes("evil"));
        assert.ok(end);
        assert.equal(server.state, "connecting");
        assert.throws(() => server.accept(), InvalidState);
        server.receiveEof();
        assert.deepEqual(told(server), ["eof", "= closed"]);
      }
    });
  }

  test("who offers no subprotocol that it knows: 400", () => {
    for (const [lines, message] of [
      [[], "missing subprotocol"],
      [["Sec-WebSocket-Protocol: x"], "invalid subprotocol; expected one of a, b"],
    ] as const) {
      const server = newServer({ subprotocols: ["a", "b"] });
      server.receive(http(...REQUEST, ...lines));
      server.events();
      assert.equal(server.accept(), false);
      assert.deepEqual(told(server), [`failing NegotiationError: ${message}`]);
      const { text, end } = sentText(server);
      assert.ok(text.startsWith("HTTP/1.1 400 "));
      assert.ok(end);
    }
  });

  test("who sends too much before the answer", () => {
    const server = newServer();
    server.receive(http(...REQUEST));
    server.receive(new Uint8Array(65_536));
    assert.deepEqual(told(server), ["request /chat"]);
    server.receive(new Uint8Array(1));
    assert.deepEqual(told(server), [
      "failing InvalidMessage: did not receive a valid HTTP request",
    ]);
    assert.ok(sentText(server).text.startsWith("HTTP/1.1 400 "));
    assert.throws(() => server.accept(), InvalidState);
  });

  test("who ends the stream before the answer, or in the middle of the request", () => {
    for (const [bytes, events] of [
      [http(...REQUEST), ["request /chat"]],
      [utf8("GET / HT"), []],
      [new Uint8Array(0), []],
    ] as const) {
      const server = newServer();
      server.receive(bytes);
      server.receiveEof();
      server.receiveEof();
      assert.deepEqual(told(server), [
        ...events,
        "eof",
        "failing InvalidMessage: did not receive a valid HTTP request",
        "= closed",
      ]);
      assert.deepEqual(sentText(server), { text: "", end: true });
      assert.equal(server.closeCode, 1006);
    }
  });

  test("nobody for their origin, unless it is told to", () => {
    for (const [origins, lines, allowed] of [
      [undefined, ["Origin: https://any.example"], true],
      [null, [], true],
      [["https://a.example"], ["Origin: https://a.example"], true],
      [["https://a.example"], [], false],
      [["https://a.example", null], [], true],
      [[], ["Origin: https://a.example"], false],
    ] as const) {
      const server = newServer(origins === undefined ? {} : { origins });
      server.receive(http(...REQUEST, ...lines));
      assert.equal(told(server)[0] === "request /chat", allowed);
    }
  });
});
