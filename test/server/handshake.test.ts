import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { acceptFor, dialRaw, KEY, openRaw, request } from "../support/raw-peer.ts";
import { echo, start } from "../support/server.ts";

type Changes = Parameters<typeof request>[0];

interface Refused {
  readonly name: string;
  readonly bytes: string | Uint8Array;
  readonly status: number;
  /** What the body says. */
  readonly says: RegExp;
  readonly headers?: { readonly [name: string]: string };
  /** What the log calls it. */
  readonly fault: string;
  readonly outcome?: RegExp;
}

const with_ = (changes: Changes, line?: string): string => request(changes, line);

const REFUSED: readonly Refused[] = [
  {
    name: "a plain GET",
    bytes: "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    status: 426,
    says: /does not ask for an upgrade/,
    headers: { Upgrade: "websocket" },
    fault: "invalid upgrade",
  },
  {
    name: "a GET of a browser, kept alive",
    bytes:
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\nAccept: text/html\r\n\r\n",
    status: 426,
    says: /WebSocket/,
    fault: "invalid upgrade",
  },
  {
    name: "an upgrade to something else",
    bytes: with_({ Upgrade: "h2c" }),
    status: 426,
    says: /upgrade/,
    fault: "invalid upgrade",
  },
  {
    name: "two upgrades",
    bytes: with_({ Upgrade: "websocket, h2c" }),
    status: 426,
    says: /upgrade/,
    fault: "invalid upgrade",
  },
  {
    name: "Connection without the token",
    bytes: with_({ Connection: "keep-alive, upgraded" }),
    status: 426,
    says: /upgrade/,
    fault: "invalid upgrade",
  },
  {
    name: "another method",
    bytes: with_({}, "POST / HTTP/1.1"),
    status: 405,
    says: /method must be GET/,
    headers: { Allow: "GET" },
    fault: "invalid method",
  },
  {
    name: "HEAD",
    bytes: with_({}, "HEAD / HTTP/1.1"),
    status: 405,
    says: /.*/,
    fault: "invalid method",
  },
  {
    name: "HTTP/1.0",
    bytes: with_({}, "GET / HTTP/1.0"),
    status: 505,
    says: /HTTP\/1\.1/,
    fault: "invalid protocol",
  },
  {
    name: "HTTP/1.0 without a Host",
    bytes: with_({ Host: null }, "GET / HTTP/1.0"),
    status: 505,
    says: /HTTP\/1\.1/,
    fault: "invalid protocol",
  },
  {
    name: "no key",
    bytes: with_({ "Sec-WebSocket-Key": null }),
    status: 400,
    says: /missing Sec-WebSocket-Key header/,
    fault: "invalid handshake",
  },
  {
    name: "two keys",
    bytes: with_({ "Sec-WebSocket-Key": [KEY, KEY] }),
    status: 400,
    says: /Sec-WebSocket-Key/,
    fault: "invalid handshake",
  },
  {
    name: "a key of 15 bytes",
    bytes: with_({ "Sec-WebSocket-Key": "MTIzNDU2Nzg5MDEyMzQ1" }),
    status: 400,
    says: /invalid Sec-WebSocket-Key header/,
    fault: "invalid handshake",
  },
  {
    name: "a key that is no base64",
    bytes: with_({ "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZ!==" }),
    status: 400,
    says: /invalid Sec-WebSocket-Key header/,
    fault: "invalid handshake",
  },
  {
    name: "an empty key",
    bytes: with_({ "Sec-WebSocket-Key": "" }),
    status: 400,
    says: /empty Sec-WebSocket-Key header/,
    fault: "invalid handshake",
  },
  {
    name: "no version",
    bytes: with_({ "Sec-WebSocket-Version": null }),
    status: 400,
    says: /missing Sec-WebSocket-Version header/,
    fault: "invalid handshake",
  },
  {
    name: "two versions",
    bytes: with_({ "Sec-WebSocket-Version": ["13", "13"] }),
    status: 400,
    says: /Sec-WebSocket-Version/,
    fault: "invalid handshake",
  },
  ...["12", "13.0", "0x0d", "013", "13abc", "13, 8"].map(
    (version): Refused => ({
      name: `version ${version}`,
      bytes: with_({ "Sec-WebSocket-Version": version }),
      status: 426,
      says: /the version must be 13/,
      headers: { "Sec-WebSocket-Version": "13", Upgrade: "websocket" },
      fault: "invalid handshake",
    }),
  ),
  {
    name: "subprotocols that are no tokens",
    bytes: with_({ "Sec-WebSocket-Protocol": "a b" }),
    status: 400,
    says: /Sec-WebSocket-Protocol/,
    fault: "invalid handshake",
  },
  {
    name: "a subprotocol twice",
    bytes: with_({ "Sec-WebSocket-Protocol": "a, a" }),
    status: 400,
    says: /Sec-WebSocket-Protocol/,
    fault: "invalid handshake",
  },
  {
    name: "extensions that do not obey the grammar",
    bytes: with_({ "Sec-WebSocket-Extensions": "a;;b" }),
    status: 400,
    says: /Sec-WebSocket-Extensions/,
    fault: "invalid handshake",
  },
  {
    name: "two Origins",
    bytes: with_({ Origin: ["http://127.0.0.1", "http://127.0.0.1"] }),
    status: 400,
    says: /Origin/,
    fault: "invalid handshake",
  },
  {
    name: "another's Origin",
    bytes: with_({ Origin: "https://evil.example" }),
    status: 403,
    says: /this Origin is not allowed/,
    fault: "invalid origin",
  },
  {
    name: "a body",
    bytes: `${with_({ "Content-Length": "5" })}hello`,
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "a body of an unknown length",
    bytes: with_({ "Content-Length": "x" }),
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "two lengths",
    bytes: with_({ "Content-Length": ["0", "5"] }),
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "a transfer coding",
    bytes: `${with_({ "Transfer-Encoding": "chunked" })}0\r\n\r\n`,
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "an unknown transfer coding",
    bytes: with_({ "Transfer-Encoding": "xchunked" }),
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "no Host",
    bytes: with_({ Host: null }),
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "two Hosts",
    bytes: with_({ Host: ["127.0.0.1", "127.0.0.1"] }),
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "a Host that is none",
    bytes: with_({ Host: "a b" }),
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "a Host with a path",
    bytes: with_({ Host: "127.0.0.1/x" }),
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "a line that ends with LF",
    bytes: "GET / HTTP/1.1\nHost: 127.0.0.1\n\n",
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "a folded line",
    bytes: with_({ "X-A": "a\r\n b" }),
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "a space before the colon",
    bytes: "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "a control character",
    bytes: with_({ "X-A": "a\0b" }),
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "what is no HTTP",
    bytes: "hello there\r\n\r\n",
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "a TLS handshake",
    bytes: Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]),
    status: 400,
    says: /valid HTTP request/,
    fault: "no valid HTTP request",
  },
  {
    name: "another version of HTTP",
    bytes: "GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
    status: 505,
    says: /.*/,
    fault: "invalid protocol",
  },
  {
    name: "a request line that is too long",
    bytes: `GET /${"x".repeat(8200)} HTTP/1.1\r\n`,
    status: 414,
    says: /request line too long/,
    fault: "request line too long",
    outcome: /^HTTP response sent \(414 URI Too Long\)$/,
  },
  {
    name: "a header that is too long",
    bytes: with_({ "X-A": "x".repeat(8200) }),
    status: 431,
    says: /header line too long/,
    fault: "header fields too large",
    outcome: /^HTTP response sent \(431 /,
  },
  {
    name: "a header that never ends",
    bytes: `GET / HTTP/1.1\r\nX: ${"x".repeat(9000)}`,
    status: 431,
    says: /header line too long/,
    fault: "header fields too large",
    outcome: /^HTTP response sent \(431 /,
  },
  {
    name: "too many headers",
    bytes: with_({ "X-A": Array(130).fill("x") as string[] }),
    status: 431,
    says: /no more than 128 headers/,
    fault: "header fields too large",
    outcome: /^HTTP response sent \(431 /,
  },
];

describe("a handshake that is refused at once, with its status, and the connection closed:", () => {
  for (const { name, bytes, status, says, headers = {}, fault, outcome } of REFUSED) {
    test(`${name}: ${status}`, async (t) => {
      const { port, log, server } = await start(t, () => assert.fail("the handler runs"));
      const peer = await dialRaw(port);
      peer.write(bytes);
      const head = await peer.head();
      assert.equal(head.status, status);
      assert.match(head.line, /^HTTP\/1\.1 \d{3} [A-Z]/);
      assert.match(head.body, says);
      assert.doesNotMatch(head.body, /evil|<|\\/);
      assert.equal(head.headers.get("Connection"), "close");
      assert.equal(head.headers.get("Content-Type"), "text/plain; charset=utf-8");
      assert.ok(Date.parse(head.headers.get("Date") ?? "") > 0);
      for (const [header, value] of Object.entries(headers)) {
        assert.equal(head.headers.get(header), value);
      }
      // The server ends first, and waits for us.
      assert.equal(await peer.end(), "end");
      assert.equal(peer.received.length, 0);
      peer.socket.end();
      await peer.gone();
      assert.ok(log.texts("debug").includes(`! ${fault}`), log.texts("debug").join("\n"));
      assert.match(
        log.texts("info").at(-1) ?? "",
        outcome ?? new RegExp(`^connection rejected \\(${status} `),
      );
      assert.deepEqual(log.texts("error"), []);
      assert.equal(server.connections.size, 0);
    });
  }
});

describe("a handshake that is accepted:", () => {
  const ACCEPTED: readonly (readonly [string, string])[] = [
    [
      "the one of RFC 6455 §1.3",
      with_({ Host: "127.0.0.1", Origin: "http://127.0.0.1" }, "GET /chat HTTP/1.1"),
    ],
    [
      "header names and tokens in any case",
      with_({
        Upgrade: null,
        Connection: null,
        upgrade: "WebSocket",
        CONNECTION: "keep-alive, UPGRADE",
      }),
    ],
    ["Connection in two lines", with_({ Connection: ["keep-alive", "Upgrade"] })],
    ["Content-Length: 0", with_({ "Content-Length": "0" })],
    ["an absolute target", with_({}, "GET http://127.0.0.1/x HTTP/1.1")],
    ["an empty line before it", `\r\n${with_({})}`],
    ["an unknown extension", with_({ "Sec-WebSocket-Extensions": "x-unknown; a=1" })],
    ["subprotocols that nobody asked for", with_({ "Sec-WebSocket-Protocol": "chat" })],
  ];
  for (const [name, bytes] of ACCEPTED) {
    test(name, async (t) => {
      const { port } = await start(t);
      const peer = await dialRaw(port);
      peer.write(bytes);
      const { status, headers, line } = await peer.head();
      assert.equal(status, 101);
      assert.equal(line, "HTTP/1.1 101 Switching Protocols");
      assert.equal(headers.get("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      assert.equal(headers.get("Sec-WebSocket-Accept"), acceptFor(KEY));
      assert.equal(headers.get("Upgrade"), "websocket");
      assert.equal(headers.get("Connection"), "Upgrade");
      assert.equal(headers.get("Sec-WebSocket-Protocol"), null);
      assert.equal(headers.get("Sec-WebSocket-Extensions"), null);
      assert.match(headers.get("Server") ?? "", /^clearsocket\/\d+\.\d+/);
      peer.write(peer.frame(1, "hello"));
      assert.deepEqual(await peer.frames(1), ["text hello"]);
    });
  }

  test("also split at every byte, with a message in the same packet as the last", async (t) => {
    const { port } = await start(t);
    const text = with_({}, "GET /chat HTTP/1.1");
    const whole = Buffer.concat([Buffer.from(text), (await openRaw(port)).frame(1, "hello")]);
    for (let at = 1; at < whole.length; at += 7) {
      const peer = await dialRaw(port);
      peer.write(whole.subarray(0, at));
      await new Promise((resolve) => setImmediate(resolve));
      peer.write(whole.subarray(at));
      assert.equal((await peer.head()).status, 101);
      assert.deepEqual(await peer.frames(1), ["text hello"]);
      peer.socket.destroy();
    }
  });
});

describe("the first message", () => {
  test("in the same packet as the request reaches a handler that awaits before it reads", async (t) => {
    const { port } = await start(t, async (connection) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      for await (const message of connection) await connection.send(`re: ${message}`);
    });
    const peer = await dialRaw(port);
    peer.write(request(), peer.frame(1, "one"), peer.frame(1, "two"), peer.frame(9, "!"));
    assert.equal((await peer.head()).status, 101);
    assert.deepEqual(await peer.frames(3), ["pong !", "text re: one", "text re: two"]);
  });

  for (const processRequest of [
    undefined,
    async () => new Promise<void>((resolve) => setTimeout(resolve, 20)),
  ]) {
    test(`in the same packet reaches a consumer, synchronously, ${processRequest === undefined ? "at once" : "after a slow processRequest"}`, async (t) => {
      const got: unknown[] = [];
      const { port } = await start<undefined>(
        t,
        async (connection) => {
          await connection.consume((message) => {
            got.push(message);
            connection.post(message);
          });
        },
        processRequest === undefined ? {} : { processRequest },
      );
      const peer = await dialRaw(port);
      peer.write(request(), peer.frame(1, "one"));
      peer.write(peer.frame(1, "two"));
      assert.equal((await peer.head()).status, 101);
      peer.write(peer.frame(1, "three"));
      assert.deepEqual(await peer.frames(3), ["text one", "text two", "text three"]);
      assert.deepEqual(got, ["one", "two", "three"]);
    });
  }

  test("and a Close, in the same packet as the request: the message is answered, and the Close", async (t) => {
    const { port } = await start(t);
    const peer = await dialRaw(port);
    peer.write(request(), peer.frame(1, "one"), peer.frame(8));
    peer.socket.end();
    await peer.head();
    assert.deepEqual(await peer.framesToEnd(), ["text one", "close"]);
  });

  test("a flood of messages behind the request does not undo backpressure", async (t) => {
    const { port, server } = await start(
      t,
      (connection) => connection.consume((message) => void connection.post(message)).then(() => {}),
      { writeLimit: { high: 1000, low: 10 }, maxSize: null },
    );
    const peer = await dialRaw(port);
    peer.socket.pause();
    const large = peer.frame(2, Buffer.alloc(1_000_000));
    peer.write(request(), ...Array(20).fill(large));
    while (server.connections.size === 0) await new Promise((resolve) => setImmediate(resolve));
    const [connection] = server.connections;
    // It must come to rest with less than two messages waiting, and not with twenty.
    let before = -1;
    while (connection!.bufferedAmount !== before || before === 0) {
      before = connection!.bufferedAmount;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.ok(connection!.bufferedAmount < 3_000_000, String(connection!.bufferedAmount));
    peer.socket.resume();
    await peer.until(() => peer.received.length >= 20_000_000);
    assert.equal(connection!.state, "open");
  });
});

describe("who says nothing", () => {
  test("and leaves gets no answer and no line above DEBUG: a port scan", async (t) => {
    const { port, log, server } = await start(t, echo as never);
    const peer = await dialRaw(port);
    peer.socket.end();
    assert.equal(await peer.end(), "end");
    assert.equal(peer.received.length, 0);
    await peer.gone();
    assert.deepEqual(log.texts("info").slice(1), []);
    await server.close();
  });

  test("in the midst of a request and leaves, or resets, is a line at DEBUG", async (t) => {
    for (const reset of [false, true]) {
      const { port, log, server } = await start(t, echo as never);
      const peer = await dialRaw(port);
      peer.write("GET / HTTP/1.1\r\nHo");
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (reset) peer.socket.resetAndDestroy();
      else peer.socket.end();
      while (!log.texts().includes("! connection lost during opening handshake")) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.deepEqual(log.texts("info").slice(1), []);
      peer.socket.destroy();
      await server.close();
    }
  });

  test("is cut after openTimeout, which bytes do not prolong", async (t) => {
    const { port, log } = await start(t, echo as never, { openTimeout: 100 });
    const silent = await dialRaw(port);
    const slow = await dialRaw(port);
    const dripping = setInterval(() => slow.write("x"), 10);
    slow.write("GET /");
    await Promise.all([silent.end(), slow.end()]);
    clearInterval(dripping);
    assert.equal(slow.received.length, 0);
    assert.equal(
      log.texts().filter((text) => text === "! timed out during opening handshake").length,
      2,
    );
    slow.socket.destroy();
    silent.socket.destroy();
  });

  test("is not cut with openTimeout: null, nor after it was answered", async (t) => {
    const { port } = await start(t, echo as never, { openTimeout: 30, closeTimeout: 10_000 });
    const peer = await openRaw(port);
    const refused = await dialRaw(port);
    refused.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    await refused.head();
    await new Promise((resolve) => setTimeout(resolve, 60));
    peer.write(peer.frame(1, "still here"));
    assert.deepEqual(await peer.frames(1), ["text still here"]);
    assert.equal(refused.closed, false);
  });

  test("after a refusal and does not leave is cut after closeTimeout, whatever it sends", async (t) => {
    const { port } = await start(t, echo as never, { closeTimeout: 50 });
    const peer = await dialRaw(port);
    peer.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    await peer.head();
    const flooding = setInterval(() => peer.socket.writable && peer.write(Buffer.alloc(10_000)), 5);
    await peer.gone();
    clearInterval(flooding);
  });
});
