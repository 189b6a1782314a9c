import assert from "node:assert/strict";
import { getEventListeners, once } from "node:events";
import { connect as connectTcp } from "node:net";
import { describe, test } from "node:test";
import { connect } from "../../src/client/connect.ts";
import type { ConnectOptions } from "../../src/client/options.ts";
import { TimeoutError } from "../../src/connection/deadline.ts";
import {
  InvalidHandshake,
  InvalidHeader,
  InvalidMessage,
  InvalidUpgrade,
  InvalidURI,
  NegotiationError,
  SecurityError,
} from "../../src/http/errors.ts";
import { InvalidStatus } from "../../src/http/invalid-status.ts";
import { settle } from "../support/connection.ts";
import { acceptance, acceptFor, acceptRaw, serveRaw } from "../support/raw-peer.ts";
import { Log, start } from "../support/server.ts";

const quiet = { logger: null, compression: null, proxy: null };

describe("the request of connect()", () => {
  async function sent(path = "/", options: ConnectOptions = {}, credentials = "") {
    await using server = await acceptRaw(() => "");
    const url = `ws://${credentials}127.0.0.1:${server.port}${path}`;
    const heads: string[] = [];
    const connection = await connect(url, { ...quiet, ...options });
    for (const [name, value] of connection.request.rawHeaders) heads.push(`${name}: ${value}`);
    connection.abort();
    return { path: connection.request.path, heads, port: server.port, connection };
  }

  test("is that of RFC 6455 §4.1, and what the server gets is what the connection tells", async () => {
    let got = "";
    await using server = await serveRaw(async (peer) => {
      await peer.until(() => peer.received.includes("\r\n\r\n"));
      got = peer.received.toString();
      const { headers } = await peer.head();
      peer.write(acceptance(headers.get("Sec-WebSocket-Key") ?? ""));
    });
    const connection = await connect(`ws://127.0.0.1:${server.port}/chat?a=b c`, quiet);
    const lines = got.split("\r\n");
    assert.equal(lines[0], "GET /chat?a=b%20c HTTP/1.1");
    const own = connection.request.rawHeaders.map(([name, value]) => `${name}: ${value}`);
    assert.deepEqual(lines.slice(1, -2), own);
    assert.match(
      lines.slice(1).join("\n"),
      /^Host: 127\.0\.0\.1:\d+\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Key: [A-Za-z0-9+/]{22}==\nSec-WebSocket-Version: 13\nUser-Agent: clearsocket\/\d+\.\d+\n\n$/,
    );
    connection.abort();
  });

  test("has what the options say", async () => {
    const { heads } = await sent("/", {
      origin: "https://a.example",
      headers: { "X-A": "1", Cookie: "a=b" },
      userAgentHeader: "mine",
    });
    assert.ok(heads.includes("Origin: https://a.example"));
    assert.ok(heads.includes("X-A: 1"));
    assert.ok(heads.includes("Cookie: a=b"));
    assert.ok(heads.includes("User-Agent: mine"));
    const none = await sent("/", { userAgentHeader: null });
    assert.ok(!none.heads.some((head) => head.startsWith("User-Agent")));
  });

  test("names us as WEBSOCKETS_USER_AGENT says, unless the option says otherwise", async (t) => {
    t.after(() => delete process.env.WEBSOCKETS_USER_AGENT);
    process.env.WEBSOCKETS_USER_AGENT = "bot/2";
    assert.ok((await sent("/")).heads.includes("User-Agent: bot/2"));
    const own = await sent("/", { userAgentHeader: "mine" });
    assert.ok(own.heads.includes("User-Agent: mine"));
    process.env.WEBSOCKETS_USER_AGENT = " ";
    assert.ok((await sent("/")).heads.some((head) => head.startsWith("User-Agent: clearsocket/")));
  });

  test("takes headers in every form", async () => {
    for (const headers of [
      { "X-A": "1" },
      new Headers({ "X-A": "1" }),
      [["X-A", "1"]],
      new Map([["X-A", "1"]]),
    ]) {
      const { heads } = await sent("/", { headers: headers as never });
      assert.ok(
        heads.some((head) => head.toLowerCase() === "x-a: 1"),
        String(headers),
      );
    }
  });

  test("has the credentials of the address, and not in the path", async () => {
    const { heads, path } = await sent("/x", {}, "user:p%40ss@");
    assert.ok(
      heads.includes(`Authorization: Basic ${Buffer.from("user:p@ss").toString("base64")}`),
    );
    assert.equal(path, "/x");
  });

  test("has another key each time", async () => {
    const keys = new Set<string>();
    for (let turn = 0; turn < 5; turn += 1) {
      const { heads } = await sent();
      keys.add(heads.find((head) => head.startsWith("Sec-WebSocket-Key")) ?? "");
    }
    assert.equal(keys.size, 5);
  });
});

describe("connect() succeeds", () => {
  test("and the connection tells what was agreed on", async (t) => {
    const { url } = await start(t, undefined, { subprotocols: ["b", "a"] });
    const connection = await connect(url, { ...quiet, subprotocols: ["a", "b"] });
    assert.equal(connection.subprotocol, "b");
    assert.equal(connection.state, "open");
    assert.equal(connection.response.status, 101);
    assert.equal(connection.response.headers.get("Upgrade"), "websocket");
    assert.equal(connection.data, undefined);
    await connection.close();
  });

  test("with the answer split at every byte, and loses no message behind it", async () => {
    // Written in two pieces, cut at each place.
    let cut = 1;
    await using server = await serveRaw(async (peer) => {
      const { headers } = await peer.head();
      const key = headers.get("Sec-WebSocket-Key") ?? "";
      const answer = Buffer.concat([
        Buffer.from(acceptance(key)),
        peer.frame(1, "first"),
        peer.frame(1, "second"),
      ]);
      peer.write(answer.subarray(0, cut));
      await settle();
      peer.write(answer.subarray(cut));
    });
    const whole = acceptance("x".repeat(24)).length + 15;
    for (; cut < whole; cut += 11) {
      const connection = await connect(`ws://127.0.0.1:${server.port}/`, quiet);
      await settle();
      assert.equal(await connection.recv(), "first");
      assert.equal(await connection.recv(), "second");
      connection.abort();
    }
  });

  test("with messages and a Close in the same packet as the answer: all are there for who comes later", async () => {
    await using server = await acceptRaw((peer) =>
      Buffer.concat([
        peer.frame(1, "one"),
        peer.frame(2, "two"),
        peer.frame(8, Buffer.from([3, 232])),
      ]),
    );
    const connection = await connect(`ws://127.0.0.1:${server.port}/`, quiet);
    for (let turn = 0; turn < 5; turn += 1) await settle();
    const got: unknown[] = [];
    setTimeout(() => server.peers[0]?.socket.end(), 1);
    for await (const message of connection) got.push(Buffer.from(message as string).toString());
    assert.deepEqual(got, ["one", "two"]);
    assert.equal((await connection.closed).code, 1000);
  });

  test("with messages, and the end of the stream, in the same packet as the answer", async () => {
    await using server = await acceptRaw(
      (peer) => peer.frame(1, "one"),
      (peer) => peer.socket.end(),
    );
    const connection = await connect(`ws://127.0.0.1:${server.port}/`, quiet);
    assert.equal((await connection.closed).code, 1006);
    assert.equal(await connection.recv(), "one");
  });

  test("after interim answers", async () => {
    await using server = await serveRaw(async (peer) => {
      const { headers } = await peer.head();
      peer.write(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
        acceptance(headers.get("Sec-WebSocket-Key") ?? ""),
        peer.frame(1, "first"),
      );
    });
    const connection = await connect(`ws://127.0.0.1:${server.port}/`, quiet);
    assert.equal(await connection.recv(), "first");
    connection.abort();
  });

  test("by a host name, and by a URL object", async (t) => {
    const { port } = await start(t, undefined, { host: undefined } as never);
    for (const url of [
      `ws://localhost:${port}/`,
      new URL(`ws://127.0.0.1:${port}/`),
      `http://127.0.0.1:${port}`,
    ]) {
      await (await connect(url, quiet)).close();
    }
  });

  test("over IPv6", async (t) => {
    let started: Awaited<ReturnType<typeof start>>;
    try {
      started = await start(t, undefined, { host: "::1" });
    } catch {
      // This machine has none.
      return;
    }
    const { port } = started.server.addresses[0] as { port: number };
    const connection = await connect(`ws://[::1]:${port}/`, quiet);
    assert.equal(connection.request.headers.get("Host"), `[::1]:${port}`);
    await connection.close();
  });

  test("on a socket that is given", async (t) => {
    const { port } = await start(t);
    for (const connected of [true, false]) {
      const socket = connectTcp({ port, host: "127.0.0.1" });
      if (connected) await once(socket, "connect");
      const connection = await connect("ws://any.example/", {
        ...quiet,
        socket,
        headers: {},
        origin: null,
      }).catch((error: InvalidStatus) => error);
      // The server is on loopback: names of others are refused. What matters is that the socket was used.
      assert.ok(connection instanceof InvalidStatus);
      assert.equal(connection.response.status, 403);
    }
  });
});

describe("connect() fails", () => {
  const ADDRESSES: readonly (readonly [unknown, RegExp])[] = [
    ["", /isn't a valid URI/],
    ["what is none", /has no scheme/],
    ["localhost:80", /scheme isn't ws or wss/],
    ["ftp://a/", /scheme isn't ws or wss/],
    ["ws://", /isn't a valid URI/],
    ["ws://a:99999/", /isn't a valid URI/],
    ["ws://a/#x", /fragment identifier is meaningless/],
    ["ws://user:secret@a b/", /\*\*\*/],
  ];
  for (const [url, message] of ADDRESSES) {
    test(`for the address ${url}`, async () => {
      await assert.rejects(connect(url as string, quiet), (error: Error) => {
        assert.ok(error instanceof InvalidURI, String(error));
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    });
  }

  test("for what is no address", async () => {
    for (const url of [undefined, null, 5, {}]) {
      await assert.rejects(connect(url as never, quiet), TypeError);
    }
  });

  const OPTIONS: readonly (readonly [unknown, RegExp])[] = [
    [null, /^the options of connect are null/],
    [5, /^the options of connect are 5/],
    [{ orign: "x" }, /^connect has no option "orign"/],
    [{ origin: 5 }, /^origin is 5/],
    [{ headers: 5 }, /^headers is 5/],
    [{ headers: { "X-A": 5 } }, /header X-A/],
    [{ headers: { "X A": "5" } }, /header name "X A"/],
    [{ headers: { "X-A": "a\r\nX-B: b" } }, /header X-A/],
    [{ headers: { Host: "a" } }, /headers can't have Host/],
    [{ headers: { "sec-websocket-key": "a" } }, /headers can't have sec-websocket-key/],
    [{ headers: ["a"] }, /^headers has "a"/],
    [{ origin: "a\r\nb" }, /header Origin/],
    [{ userAgentHeader: "a\nb" }, /header User-Agent/],
    [{ userAgentHeader: 5 }, /userAgentHeader is 5/],
    [{ subprotocols: "chat" }, /subprotocols "chat"/],
    [{ subprotocols: ["a", "a"] }, /twice/],
    [{ tls: true }, /^tls is true/],
    [{ socketPath: 5 }, /^socketPath is 5/],
    [{ socket: 5 }, /^socket is 5/],
    [{ signal: 5 }, /^signal is 5/],
    [{ logger: 5 }, /^logger/],
    [{ compression: true }, /^compression is true/],
    [{ maxSize: "1" }, /^maxSize is "1"/],
  ];
  for (const [options, message] of OPTIONS) {
    test(`for the options ${JSON.stringify(options)}, before it connects`, async () => {
      await using server = await serveRaw(() => assert.fail("it connects"));
      const given =
        typeof options === "object" && options !== null ? { logger: null, ...options } : options;
      await assert.rejects(
        connect(`ws://127.0.0.1:${server.port}/`, given as never),
        (error: Error) => {
          assert.equal(error.constructor, TypeError);
          assert.match(error.message, message);
          return true;
        },
      );
      assert.equal(server.peers.length, 0);
    });
  }

  test("when nobody listens: with the system's code, and a sentence that names the place", async () => {
    await assert.rejects(connect("ws://127.0.0.1:1/", quiet), (error: NodeJS.ErrnoException) => {
      assert.equal(error.code, "ECONNREFUSED");
      assert.equal(error.message, "can't connect to 127.0.0.1:1: nobody listens there");
      assert.equal((error.cause as NodeJS.ErrnoException).code, "ECONNREFUSED");
      return true;
    });
    await assert.rejects(connect("ws://localhost:1/", quiet), { code: "ECONNREFUSED" });
    await assert.rejects(connect("ws://x/", { ...quiet, socketPath: "/no/such/socket" }), {
      code: "ENOENT",
      message: "can't connect to /no/such/socket: there is no such socket",
    });
  });

  test("when the server does not speak TLS", async (t) => {
    const { url } = await start(t);
    await assert.rejects(connect(url.replace("ws:", "wss:"), quiet), {
      message: /^can't connect to 127\.0\.0\.1:\d+: it does not speak TLS$/,
    });
  });

  test("when the host is not known", async () => {
    await assert.rejects(
      connect("ws://no.such.host.invalid/", quiet),
      (error: NodeJS.ErrnoException) => {
        assert.match(error.message, /^can't connect to no\.such\.host\.invalid:80: /);
        assert.match(String(error.code), /^(ENOTFOUND|EAI_AGAIN)$/);
        return true;
      },
    );
  });

  test("on a socket that is given and closed", async (t) => {
    const { port } = await start(t);
    const socket = connectTcp({ port, host: "127.0.0.1" });
    await once(socket, "connect");
    socket.destroy();
    await assert.rejects(
      connect("ws://127.0.0.1/", { ...quiet, socket }),
      /the socket that was given is closed/,
    );
  });

  type Answer = (key: string) => string | Uint8Array;
  const wrong =
    (change: (text: string) => string): Answer =>
    (key) =>
      change(acceptance(key));
  const ANSWERS: readonly (readonly [string, Answer, new (...given: never[]) => Error, RegExp])[] =
    [
      ["nothing", () => "", InvalidMessage, /did not receive a valid HTTP response/],
      ["half a head", () => "HTTP/1.1 101 Swi", InvalidMessage, /valid HTTP response/],
      ["what is no HTTP", () => "hello\r\n\r\n", InvalidMessage, /valid HTTP response/],
      [
        "a TLS alert",
        () => Buffer.from([0x15, 3, 1, 0, 2, 2, 70]),
        InvalidMessage,
        /valid HTTP response/,
      ],
      [
        "a status line that is too long",
        () => `HTTP/1.1 101 ${"x".repeat(9000)}`,
        SecurityError,
        /status line too long/,
      ],
      [
        "a header that is too long",
        () => `HTTP/1.1 101 X\r\nA: ${"x".repeat(9000)}\r\n`,
        SecurityError,
        /header line too long/,
      ],
      [
        "too many headers",
        () => `HTTP/1.1 101 X\r\n${"A: b\r\n".repeat(200)}\r\n`,
        SecurityError,
        /no more than 128 headers/,
      ],
      [
        "no Upgrade",
        wrong((text) => text.replace("Upgrade: websocket\r\n", "")),
        InvalidUpgrade,
        /missing Upgrade header/,
      ],
      [
        "another Upgrade",
        wrong((text) => text.replace("Upgrade: websocket", "Upgrade: h2c")),
        InvalidUpgrade,
        /Upgrade/,
      ],
      [
        "no Connection",
        wrong((text) => text.replace("Connection: Upgrade\r\n", "")),
        InvalidUpgrade,
        /missing Connection header/,
      ],
      [
        "no Accept",
        wrong((text) => text.replace(/Sec-WebSocket-Accept.*\r\n/, "")),
        InvalidHeader,
        /missing Sec-WebSocket-Accept header/,
      ],
      [
        "another's Accept",
        () => acceptance("dGhlIHNhbXBsZSBub25jZQ=="),
        InvalidHeader,
        /invalid Sec-WebSocket-Accept header/,
      ],
      [
        "Accept twice",
        (key) => acceptance(key, `Sec-WebSocket-Accept: ${acceptFor(key)}`),
        InvalidHeader,
        /multiple values/,
      ],
      [
        "a subprotocol that was not offered",
        (key) => acceptance(key, "Sec-WebSocket-Protocol: chat"),
        NegotiationError,
        /no subprotocols supported/,
      ],
      [
        "an extension that was not offered",
        (key) => acceptance(key, "Sec-WebSocket-Extensions: permessage-deflate"),
        NegotiationError,
        /no extensions supported/,
      ],
      [
        "a body with the 101",
        (key) => acceptance(key, "Content-Length: 5"),
        InvalidMessage,
        /valid HTTP response/,
      ],
      [
        "a transfer coding with the 101",
        (key) => acceptance(key, "Transfer-Encoding: chunked"),
        InvalidMessage,
        /valid HTTP response/,
      ],
      [
        "interim answers for ever",
        () => "HTTP/1.1 100 Continue\r\n\r\n".repeat(100),
        SecurityError,
        /no more than 16 interim/,
      ],
      ["HTTP/1.0", (key) => acceptance(key).replace("HTTP/1.1", "HTTP/1.0"), InvalidHandshake, /./],
    ];
  for (const [name, answer, kind, message] of ANSWERS) {
    test(`when the server answers with ${name}, and the socket is gone`, async () => {
      await using server = await serveRaw(async (peer) => {
        const { headers } = await peer.head();
        peer.write(answer(headers.get("Sec-WebSocket-Key") ?? ""));
        if (/^(nothing|half)/.test(name)) peer.socket.end();
      });
      const log = new Log();
      await assert.rejects(
        connect(`ws://127.0.0.1:${server.port}/`, { ...quiet, logger: log }),
        (error: Error) => {
          assert.ok(error instanceof InvalidHandshake);
          assert.ok(error instanceof kind, `${error.name}: ${error.message}`);
          assert.match(error.message, message);
          if (error.name === "InvalidMessage") assert.ok(error.cause instanceof Error);
          return true;
        },
      );
      await server.peers[0]?.end();
      const closed = log.texts().filter((text) => text === "= connection is CLOSED");
      assert.equal(closed.length, 1);
      assert.equal(log.texts("info").length + log.texts("error").length, 0);
    });
  }

  test("when the server resets, with that as the cause", async () => {
    await using server = await serveRaw(async (peer) => {
      await peer.head();
      peer.socket.resetAndDestroy();
    });
    await assert.rejects(connect(`ws://127.0.0.1:${server.port}/`, quiet), (error: Error) => {
      assert.ok(error instanceof InvalidMessage);
      assert.equal((error.cause as NodeJS.ErrnoException).code, "ECONNRESET");
      return true;
    });
  });

  for (const [name, options] of [
    ["openTimeout", { openTimeout: 50 }],
    ["a signal", {}],
  ] as const) {
    const answers: { readonly [name: string]: string | readonly string[] } = {
      "never answers": "",
      "answers half": "HTTP/1.1 101 Swi",
      "answers drop by drop": [
        ..."HTTP/1.1 101 Switching Protocols\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
      ],
      "sends interim answers, slowly": Array(16).fill("HTTP/1.1 100 Continue\r\n\r\n"),
    };
    for (const [what, answer] of Object.entries(answers)) {
      test(`after ${name}, when the server ${what}`, async () => {
        await using server = await serveRaw(async (peer) => {
          await peer.head();
          for (const piece of [answer].flat()) {
            peer.write(piece);
            await new Promise((resolve) => setTimeout(resolve, 10));
            if (peer.ended !== null) return;
          }
        });
        const reason = new Error("no time");
        const aborter = new AbortController();
        if (name === "a signal") setTimeout(() => aborter.abort(reason), 30);
        const { signal } = aborter;
        await assert.rejects(
          connect(`ws://127.0.0.1:${server.port}/`, { ...quiet, ...options, signal }),
          (error: Error) => {
            if (name === "a signal") return error === reason;
            assert.ok(error instanceof TimeoutError);
            assert.equal(error.message, "timed out during opening handshake");
            assert.equal(error.name, "TimeoutError");
            return true;
          },
        );
        await server.peers[0]?.end();
      });
    }
  }

  test("at once with a signal that has aborted, and does not connect", async () => {
    await using server = await serveRaw(() => assert.fail("it connects"));
    const reason = new Error("no time");
    const signal = AbortSignal.abort(reason);
    await assert.rejects(
      connect(`ws://127.0.0.1:${server.port}/`, { ...quiet, signal }),
      (error) => error === reason,
    );
  });

  test("with one signal for many of them, without a warning or a listener left", async () => {
    await using server = await serveRaw(() => {});
    const aborter = new AbortController();
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    try {
      const all = Array.from({ length: 15 }, () =>
        connect(`ws://127.0.0.1:${server.port}/`, { ...quiet, signal: aborter.signal }),
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(getEventListeners(aborter.signal, "abort").length, 1);
      aborter.abort();
      const ends = await Promise.allSettled(all);
      assert.ok(ends.every(({ status }) => status === "rejected"));
    } finally {
      process.off("warning", onWarning);
    }
    assert.deepEqual(warnings, []);
    assert.equal(getEventListeners(aborter.signal, "abort").length, 0);
  });

  test("but a signal that aborts later does not touch the connection", async (t) => {
    const { url } = await start(t);
    const aborter = new AbortController();
    const connection = await connect(url, { ...quiet, signal: aborter.signal });
    aborter.abort();
    await connection.send("x");
    assert.equal(await connection.recv(), "x");
    await connection.close();
  });
});

describe("connect() that is turned down", () => {
  const BODIES: readonly (readonly [string, readonly string[], string, boolean])[] = [
    ["no body", ["HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"], "", false],
    [
      "a body of a length",
      ["HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\n\r\nhello and more"],
      "hello",
      false,
    ],
    ["a body until the end", ["HTTP/1.1 401 Unauthorized\r\n\r\nhel", "lo"], "hello", true],
    [
      "a chunked body, kept alive",
      [
        "HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n",
        "2;x=y\r\nlo\r\n0\r\nX: y\r\n\r\n",
      ],
      "hello",
      false,
    ],
    ["204", ["HTTP/1.1 204 No Content\r\n\r\n"], "", false],
    [
      "a body that ends too early",
      ["HTTP/1.1 401 Unauthorized\r\nContent-Length: 10\r\n\r\nhello"],
      "hello",
      true,
    ],
    [
      "a length that is none",
      ["HTTP/1.1 401 Unauthorized\r\nContent-Length: x\r\n\r\nhello"],
      "hello",
      true,
    ],
  ];
  for (const [name, pieces, body, ends] of BODIES) {
    test(`with ${name} tells the status, the headers and the body`, async () => {
      await using server = await serveRaw(async (peer) => {
        await peer.head();
        for (const piece of pieces) {
          peer.write(piece);
          await settle();
        }
        if (ends) peer.socket.end();
      });
      const log = new Log();
      await assert.rejects(
        connect(`ws://127.0.0.1:${server.port}/`, { ...quiet, logger: log }),
        (error: Error) => {
          assert.ok(error instanceof InvalidStatus);
          assert.equal(error.response.status, Number(pieces[0]?.slice(9, 12)));
          assert.equal(Buffer.from(error.response.body).toString(), body);
          assert.equal(
            error.message,
            `server rejected WebSocket connection: HTTP ${error.response.status}`,
          );
          return true;
        },
      );
      assert.equal(log.texts().includes(`< [body] (${body.length} bytes)`), body !== "");
      await server.peers[0]?.end();
    });
  }

  test("with a body that never ends tells its beginning", async () => {
    await using server = await serveRaw(async (peer) => {
      await peer.head();
      peer.write("HTTP/1.1 403 Forbidden\r\n\r\n");
      while (peer.ended === null && peer.socket.writable) {
        peer.write("x".repeat(10_000));
        await settle();
      }
    });
    await assert.rejects(
      connect(`ws://127.0.0.1:${server.port}/`, quiet),
      (error: InvalidStatus) => {
        assert.equal(error.response.status, 403);
        assert.equal(error.response.body.length, 64 * 1024);
        return true;
      },
    );
  });

  test("with a body that is slow tells the status after openTimeout, and what has come", async () => {
    await using server = await serveRaw(async (peer) => {
      await peer.head();
      peer.write("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100\r\n\r\nwait");
    });
    await assert.rejects(
      connect(`ws://127.0.0.1:${server.port}/`, { ...quiet, openTimeout: 50 }),
      (error: InvalidStatus) => {
        assert.equal(error.response.status, 503);
        assert.equal(Buffer.from(error.response.body).toString(), "wait");
        return true;
      },
    );
  });

  test("by a server that is not ours, such as node:http, is told at once", async (t) => {
    const { createServer } = await import("node:http");
    const http = createServer((_, response) => {
      response.writeHead(404);
      response.write("not");
      response.end(" here");
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    t.after(() => http.close());
    const { port } = http.address() as { port: number };
    await assert.rejects(connect(`ws://127.0.0.1:${port}/`, quiet), (error: InvalidStatus) => {
      assert.equal(error.response.status, 404);
      assert.equal(Buffer.from(error.response.body).toString(), "not here");
      return true;
    });
  });
});
