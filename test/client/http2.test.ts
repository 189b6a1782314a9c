/** connect() with `http2`: sessions of its own and of the user's, answers of all kinds, and what goes wrong (RFC 8441). */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  type ClientHttp2Session,
  constants,
  createSecureServer,
  createServer,
  type Http2Server,
  connect as openHttp2,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import {
  type AddressInfo,
  createServer as createTcpServer,
  connect as dial,
  type Socket,
} from "node:net";
import { describe, type TestContext, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { connect } from "../../src/client/connect.ts";
import type { ClientConnection, ConnectOptions } from "../../src/client/options.ts";
import { StreamLost } from "../../src/connection/transport.ts";
import {
  InvalidMessage,
  InvalidURI,
  NegotiationError,
  SecurityError,
} from "../../src/http/errors.ts";
import { InvalidStatus } from "../../src/http/invalid-status.ts";
import { attach } from "../../src/server/attach.ts";
import { Authority } from "../support/certificates.ts";
import { run } from "../support/child.ts";
import { closePayload, frame, readFrames } from "../support/frames.ts";
import { endSession, openSession, socketOf } from "../support/http2-peer.ts";
import { echo, Log, start } from "../support/server.ts";

const authority = new Authority();
const tls = authority.issue("server", ["localhost", "127.0.0.1"]);
const trusting: ConnectOptions = { logger: null, http2: true, tls: { ca: authority.cert } };
const plainly: ConnectOptions = { logger: null, http2: true, compression: null };

const TEXT = 1;
const CLOSE = 8;

interface Scripted {
  readonly http: Http2Server;
  readonly port: number;
  readonly url: string;
  readonly sessions: ServerHttp2Session[];
}

/** A server of HTTP/2 without TLS that does what a test says with each stream. */
async function script(
  t: TestContext,
  onStream: (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void,
  enableConnectProtocol = true,
): Promise<Scripted> {
  const http = createServer({ settings: { enableConnectProtocol } });
  const sockets = new Set<Socket>();
  const sessions: ServerHttp2Session[] = [];
  http.on("connection", (socket: Socket) => sockets.add(socket));
  http.on("session", (session) => sessions.push(session));
  http.on("sessionError", () => {});
  http.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.on("error", () => {});
    onStream(stream, headers);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => http.close(resolve));
  });
  const { port } = http.address() as AddressInfo;
  return { http, port, url: `ws://127.0.0.1:${port}/`, sessions };
}

/** Accepts, and answers each Close with one. */
function accept(stream: ServerHttp2Stream, headers: Record<string, string> = {}): void {
  stream.respond({ ":status": 200, ...headers });
  let received = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const close = readFrames(received).frames.find(({ opcode }) => opcode === CLOSE);
    if (close !== undefined && stream.writable) stream.end(frame(CLOSE, close.payload));
  });
}

async function assertEcho(connection: ClientConnection): Promise<void> {
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 300_000]) {
    const message = "ä".repeat(size / 2);
    await connection.send(message);
    assert.equal(await connection.recv(), message);
  }
}

describe("connect() with http2: true", () => {
  test("has a session of its own, which ends with the connection", async (t) => {
    const { port, server } = await start(t, undefined, { tls, http2: true, compression: {} });
    const connection = await connect(`wss://localhost:${port}/chat?x=1`, {
      ...trusting,
      subprotocols: ["chat"],
    }).catch((error: unknown) => error);
    assert.ok(!(connection instanceof Error), String(connection));
    const client = connection as ClientConnection;
    await assertEcho(client);
    assert.ok((await client.ping()) >= 0);
    assert.deepEqual(
      [client.request.version, client.request.method, client.request.path, client.response.status],
      ["2", "CONNECT", "/chat?x=1", 200],
    );
    assert.match(
      client.response.headers.get("sec-websocket-extensions") ?? "",
      /^permessage-deflate/,
    );
    assert.equal((client.remoteAddress as { port: number }).port, port);
    const [other] = server.connections;
    assert.deepEqual(client.localAddress, other?.remoteAddress);
    const closure = await client.close(1000, "bye");
    assert.deepEqual([closure.code, closure.reason, closure.clean], [1000, "bye", true]);
    assert.equal(closure.cause, undefined);
    const seen = await other?.closed;
    assert.deepEqual([seen?.code, seen?.clean, seen?.cause], [1000, true, undefined]);
    // Nothing keeps the server from closing: the session has ended too.
    await server.close({ deadline: null });
  });

  test("goes without TLS where the server is known to speak HTTP/2", async (t) => {
    const http = createServer();
    const server = attach(http, echo as never, { logger: null, subprotocols: ["chat"] });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    t.after(() => new Promise((resolve) => http.close(resolve)));
    t.after(() => server.close({ deadline: 0 }));
    const { port } = http.address() as AddressInfo;
    const client = await connect(`ws://127.0.0.1:${port}/`, {
      ...plainly,
      compression: {},
      subprotocols: ["chat"],
    });
    assert.equal(client.subprotocol, "chat");
    await assertEcho(client);
    await client.close();
  });

  test("goes through a Unix socket or a socket that was given, as over HTTP/1.1", async (t) => {
    const { url, port } = await script(t, (stream) => accept(stream));
    const socket = dial(port, "127.0.0.1");
    await once(socket, "connect");
    const client = await connect(url, { ...plainly, socket });
    assert.equal((await client.close()).clean, true);
  });

  test("goes through a proxy, to a server with TLS", async (t) => {
    const { port } = await start(t, undefined, { tls, http2: true });
    const asked: string[] = [];
    const proxy = createTcpServer((socket) => {
      socket.once("data", (head) => {
        asked.push(String(head).split("\r\n")[0] ?? "");
        const beyond = dial(port, "127.0.0.1");
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(beyond).pipe(socket);
        for (const end of [socket, beyond]) end.on("error", () => {});
      });
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    t.after(() => proxy.close());
    const client = await connect(`wss://localhost:${port}/`, {
      ...trusting,
      proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    });
    assert.equal(client.request.version, "2");
    assert.deepEqual(asked, [`CONNECT localhost:${port} HTTP/1.1`]);
    await assertEcho(client);
    assert.equal((await client.close()).clean, true);
  });

  test("says all that RFC 8441 wants, and no more", async (t) => {
    let seen: readonly string[] = [];
    const { http, url, port } = await script(t, (stream) => accept(stream));
    http.on("stream", (...[, , , raw]: [unknown, unknown, unknown, readonly string[]]) => {
      seen = raw;
    });
    const client = await connect(`${url.replace("//", "//user:pass@")}chat?a=b`, {
      ...plainly,
      origin: "https://a.example",
      headers: { "X-Own": "1", Cookie: "a=b" },
      userAgentHeader: "agent",
    });
    await client.close();
    assert.deepEqual(seen, [
      ...[":method", "CONNECT", ":protocol", "websocket", ":scheme", "http"],
      ...[":path", "/chat?a=b", ":authority", `127.0.0.1:${port}`],
      ...["authorization", "Basic dXNlcjpwYXNz", "origin", "https://a.example"],
      ...["sec-websocket-version", "13", "x-own", "1", "cookie", "a=b", "user-agent", "agent"],
    ]);
  });

  test("fails where the server does not speak HTTP/2, by ALPN or without it", async (t) => {
    const { port } = await start(t, undefined, { tls });
    const attempt = connect(`wss://localhost:${port}/`, trusting);
    await assert.rejects(attempt, (error: Error) => {
      assert.ok(error instanceof NegotiationError);
      assert.match(error.message, /does not speak HTTP\/2/);
      return true;
    });
    const strict = createTlsServer({ ...tls, ALPNProtocols: ["http/1.1"] });
    strict.on("tlsClientError", () => {});
    strict.listen(0, "127.0.0.1");
    await once(strict, "listening");
    t.after(() => strict.close());
    const address = strict.address() as AddressInfo;
    await assert.rejects(connect(`wss://localhost:${address.port}/`, trusting), /can't connect to/);
  });

  test("fails where the server speaks HTTP/2, but takes no WebSockets over it", async (t) => {
    const { url, sessions } = await script(t, () => assert.fail("it must not even ask"), false);
    await assert.rejects(connect(url, plainly), /takes no WebSockets over HTTP\/2/);
    for (const session of sessions) if (!session.destroyed) await once(session, "close");
  });

  test("gives up after openTimeout, or when it is told to, wherever it waits", async (t) => {
    const silent = createTcpServer((socket) => socket.resume());
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    t.after(() => silent.close());
    const { url } = await script(t, () => {});
    const quiet = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    for (const where of [quiet, url]) {
      await assert.rejects(connect(where, { ...plainly, openTimeout: 50 }), /timed out/);
      const aborter = new AbortController();
      const reason = new Error("enough");
      setTimeout(() => aborter.abort(reason), 50);
      const attempt = connect(where, { ...plainly, signal: aborter.signal });
      await assert.rejects(attempt, (error) => error === reason);
    }
  });

  test("resets the stream of an attempt that it gives up", async (t) => {
    let reset: Promise<unknown> = Promise.resolve();
    const { url } = await script(t, (stream) => {
      reset = once(stream, "close").then(() => stream.rstCode);
    });
    await assert.rejects(connect(url, { ...plainly, openTimeout: 100 }), /timed out/);
    assert.equal(await reset, constants.NGHTTP2_CANCEL);
  });
});

describe("an answer over HTTP/2", () => {
  test("that refuses rejects as InvalidStatus, with its fields and its body", async (t) => {
    const { url } = await script(t, (stream) => {
      stream.respond({ ":status": 403, "x-own": "1" });
      stream.end("not you");
    });
    await assert.rejects(connect(url, plainly), (error: unknown) => {
      assert.ok(error instanceof InvalidStatus);
      assert.equal(error.response.status, 403);
      assert.equal(error.response.headers.get("x-own"), "1");
      assert.equal(Buffer.from(error.response.body).toString(), "not you");
      return true;
    });
  });

  test("that refuses may have no body, and end with its head", async (t) => {
    const { url } = await script(t, (stream) => {
      stream.respond({ ":status": 401 }, { endStream: true });
    });
    await assert.rejects(connect(url, plainly), (error: unknown) => {
      assert.ok(error instanceof InvalidStatus);
      assert.deepEqual([error.response.status, error.response.body.length], [401, 0]);
      return true;
    });
  });

  test("that refuses has its body read up to 64 KiB", async (t) => {
    const { url } = await script(t, (stream) => {
      stream.respond({ ":status": 500 });
      stream.write("x".repeat(1_000_000));
    });
    await assert.rejects(connect(url, plainly), (error: unknown) => {
      assert.ok(error instanceof InvalidStatus);
      assert.equal(error.response.body.length, 65_536);
      return true;
    });
  });

  test("may be announced by interim ones, but by no more than 16", async (t) => {
    const { url } = await script(t, (stream, headers) => {
      for (let n = 0; n < Number(headers["x-count"]); n += 1) {
        stream.additionalHeaders({ ":status": 103 });
      }
      accept(stream);
    });
    const few = await connect(url, { ...plainly, headers: { "X-Count": "16" } });
    await few.close();
    const many = connect(url, { ...plainly, headers: { "X-Count": "17" } });
    await assert.rejects(many, (error) => error instanceof SecurityError);
  });

  test("may be any of the 2xx", async (t) => {
    const { url } = await script(t, (stream) => {
      stream.respond({ ":status": 202 });
      stream.end(frame(CLOSE, closePayload(1000)));
    });
    const client = await connect(url, plainly);
    assert.equal((await client.closed).code, 1000);
  });

  test("may have frames right behind its head", async (t) => {
    const { url } = await script(t, (stream) => {
      accept(stream);
      for (let n = 0; n < 100; n += 1) stream.write(frame(TEXT, `message ${n}`));
    });
    for (let turn = 0; turn < 10; turn += 1) {
      const client = await connect(url, plainly);
      for (let n = 0; n < 100; n += 1) assert.equal(await client.recv(), `message ${n}`);
      await client.close();
    }
  });

  const wrong: readonly [string, Record<string, string>][] = [
    ["a subprotocol that was not offered", { "sec-websocket-protocol": "other" }],
    ["an extension that was not offered", { "sec-websocket-extensions": "permessage-deflate" }],
  ];
  for (const [name, headers] of wrong) {
    test(`fails with ${name}`, async (t) => {
      let reset: Promise<unknown> = Promise.resolve();
      const { url } = await script(t, (stream) => {
        accept(stream, headers);
        reset = once(stream, "close");
      });
      const attempt = connect(url, { ...plainly, subprotocols: ["chat"] });
      await assert.rejects(attempt, (error) => error instanceof NegotiationError);
      await reset;
    });
  }

  const lost: readonly [string, (stream: ServerHttp2Stream) => void, string | null][] = [
    ["a reset", (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM), "REFUSED_STREAM"],
    ["the loss of the session", (stream) => stream.session?.destroy(), null],
  ];
  for (const [name, lose, reset] of lost) {
    test(`that does not come because of ${name} rejects, and says so`, async (t) => {
      const { url } = await script(t, lose);
      await assert.rejects(connect(url, plainly), (error: unknown) => {
        assert.ok(error instanceof InvalidMessage, String(error));
        const { cause } = error;
        if (reset !== null) {
          assert.ok(cause instanceof StreamLost, String(cause));
          assert.equal(cause.reset, reset);
        }
        return true;
      });
    });
  }

  test("that redirects is followed, over HTTP/2 again", async (t) => {
    const { url } = await script(t, (stream, headers) => {
      if (headers[":path"] === "/there") {
        accept(stream);
        return;
      }
      stream.respond({ ":status": 307, location: "/there" }, { endStream: true });
    });
    const client = await connect(url, plainly);
    assert.equal(client.request.path, "/there");
    await client.close();
  });
});

describe("connect() with a session of the user's", () => {
  async function open(t: TestContext, port: number): Promise<ClientHttp2Session> {
    const session = await openSession({ port, ca: authority.cert });
    t.after(() => endSession(session));
    return session;
  }

  test("puts several connections on it, and leaves it open", async (t) => {
    const { port, server } = await start(t, undefined, { tls, http2: true });
    const session = await open(t, port);
    const url = `wss://localhost:${port}/`;
    const options = { logger: null, http2: session };
    const clients = await Promise.all(
      Array.from({ length: 20 }, (_, n) => connect(`${url}${n}`, options)),
    );
    const ports = [...server.connections].map(({ remoteAddress }) =>
      remoteAddress !== null && typeof remoteAddress === "object" ? remoteAddress.port : 0,
    );
    assert.equal(new Set(ports).size, 1);
    for (const [n, client] of clients.entries()) client.post(`message ${n}`);
    for (const [n, client] of clients.entries()) assert.equal(await client.recv(), `message ${n}`);
    for (const client of clients) assert.equal((await client.close()).clean, true);
    assert.equal(session.closed, false);
    const another = await connect(url, options);
    await assertEcho(another);
    await another.close();
  });

  test("need not wait until it is connected", async (t) => {
    const { port } = await start(t, undefined, { tls, http2: true });
    const session = openHttp2(`https://localhost:${port}`, { ca: authority.cert });
    t.after(() => session.destroy());
    const url = `wss://localhost:${port}/`;
    const options = { logger: null, http2: session };
    const clients = await Promise.all([connect(url, options), connect(url, options)]);
    for (const client of clients) await assertEcho(client);
    for (const client of clients) await client.close();
  });

  test("when it dies is 1006 on each of its connections, and ends no process", async (t) => {
    const { port } = await start(t, undefined, { tls, http2: true });
    const session = await open(t, port);
    session.removeAllListeners("error");
    const options = { logger: null, http2: session };
    const clients = await Promise.all(
      [1, 2, 3].map(() => connect(`wss://localhost:${port}/`, options)),
    );
    socketOf(session).destroy(new Error("the line is dead"));
    for (const client of clients) {
      const { code, clean, cause } = await client.closed;
      assert.deepEqual([code, clean], [1006, false]);
      assert.ok(cause instanceof StreamLost);
      assert.equal(cause.reset, null);
    }
    const late = connect(`wss://localhost:${port}/`, options);
    await assert.rejects(late, /the HTTP\/2 session is closed/);
  });

  test("lets others live when one of its connections is reset, or the server says GOAWAY", async (t) => {
    const streams: ServerHttp2Stream[] = [];
    const { port, url, sessions } = await script(t, (stream) => {
      streams.push(stream);
      accept(stream);
    });
    const session = await openSession({ port, ca: null });
    t.after(() => endSession(session));
    const options = { logger: null, http2: session, compression: null };
    const one = await connect(url, options);
    const two = await connect(url, options);
    streams[0]?.destroy(new Error("on purpose"));
    const { code, cause } = await one.closed;
    assert.equal(code, 1006);
    assert.equal((cause as StreamLost).reset, "INTERNAL_ERROR");
    sessions[0]?.goaway();
    streams[1]?.write(frame(TEXT, "alive"));
    assert.equal(await two.recv(), "alive");
    if (!session.closed) await once(session, "goaway");
    await assert.rejects(connect(url, options), /session is closed|can't connect/);
    assert.equal((await two.close()).clean, true);
  });

  test("is not gone back on: a redirect elsewhere is not followed", async (t) => {
    const { port, url } = await script(t, (stream) => {
      stream.respond({ ":status": 307, location: "ws://other.example/" }, { endStream: true });
    });
    const session = await openSession({ port, ca: null });
    t.after(() => endSession(session));
    const attempt = connect(url, { ...plainly, http2: session });
    await assert.rejects(attempt, /preexisting HTTP\/2 session/);
  });

  test("must have TLS for wss:", async (t) => {
    const { port } = await script(t, () => assert.fail("it must not even ask"));
    const session = await openSession({ port, ca: null });
    t.after(() => endSession(session));
    const attempt = connect(`wss://127.0.0.1:${port}/`, { logger: null, http2: session });
    await assert.rejects(attempt, (error) => error instanceof InvalidURI);
  });

  test("is checked, with what goes beside it", async (t) => {
    const { port } = await script(t, () => {});
    const session = await openSession({ port, ca: null });
    t.after(() => endSession(session));
    const cases: readonly [ConnectOptions, RegExp][] = [
      [{ http2: 1 as never }, /http2 is 1: it can be true, false, or a session/],
      [{ http2: {} as never }, /http2 is .*: it can be true, false, or a session/],
      [{ http2: null as never }, /http2 is null: it can be/],
      [
        { http2: session, socketPath: "/x" },
        /only one is allowed of an HTTP\/2 session and socketPath/,
      ],
      [{ http2: session, proxy: "http://p.example" }, /HTTP\/2 session and proxy/],
      [{ http2: true, headers: { Upgrade: "x" } }, /headers can't have Upgrade/],
      [{ http2: true, headers: { "Keep-Alive": "x" } }, /HTTP\/2 has no such field/],
    ];
    for (const [options, message] of cases) {
      await assert.rejects(connect("ws://127.0.0.1:1/", options), message);
    }
  });
});

describe("node:http2", () => {
  test("is not loaded by those who do not use it", async () => {
    const { stdout, stderr } = await run(`
      import { connect, serve } from "#/src/index.ts";
      const isLoaded = () => process.moduleLoadList.some((name) => name.endsWith("internal/http2/core"));
      const before = isLoaded();
      const server = await serve(() => {}, { port: 0, host: "127.0.0.1", logger: null });
      const url = "ws://127.0.0.1:" + server.addresses[0].port;
      await (await connect(url, { logger: null })).closed;
      const after = isLoaded();
      await connect(url, { logger: null, http2: true }).catch(() => {});
      console.log(before, after, isLoaded());
      await server.close();
    `);
    assert.equal(stdout, "false false true\n", stderr);
  });
});

describe("a connection over HTTP/2", () => {
  test("logs the lines of HTTP/2", async (t) => {
    const { url, port } = await script(t, (stream) => accept(stream, { "x-own": "1" }));
    const log = new Log();
    const client = await connect(`${url}?token=secret`, {
      ...plainly,
      logger: log,
      userAgentHeader: null,
    });
    await client.send("hello");
    await client.close();
    const lines = log.texts().filter((line) => !line.startsWith("< date"));
    assert.deepEqual(lines, [
      "= connection is CONNECTING",
      "> CONNECT /?token=*** HTTP/2",
      "> :protocol: websocket",
      "> :scheme: http",
      `> :authority: 127.0.0.1:${port}`,
      "> sec-websocket-version: 13",
      "< HTTP/2 200",
      "< x-own: 1",
      "= connection is OPEN",
      "> TEXT 'hello' [5 bytes]",
      "> CLOSE 1000 (OK) [2 bytes]",
      "= connection is CLOSING",
      "< CLOSE 1000 (OK) [2 bytes]",
      "> END_STREAM",
      "= connection is CLOSED",
      "x half-closing HTTP/2 stream",
    ]);
  });

  test("logs a reset, and an end, by their names", async (t) => {
    for (const [end, line] of [
      [
        (stream: ServerHttp2Stream) => stream.destroy(new Error("x")),
        "< RST_STREAM INTERNAL_ERROR",
      ],
      [(stream: ServerHttp2Stream) => stream.end(), "< END_STREAM"],
    ] as const) {
      const { url } = await script(t, (stream) => {
        stream.respond({ ":status": 200 });
        setImmediate(() => end(stream));
      });
      const log = new Log();
      const client = await connect(url, { ...plainly, logger: log });
      assert.equal((await client.closed).code, 1006);
      assert.ok(log.texts().includes(line), log.texts().join("\n"));
    }
  });

  test("aborts by RST_STREAM CANCEL", async (t) => {
    let reset: Promise<unknown> = Promise.resolve();
    const { url } = await script(t, (stream) => {
      accept(stream);
      reset = once(stream, "close").then(() => stream.rstCode);
    });
    const client = await connect(url, plainly);
    client.abort();
    assert.equal((await client.closed).code, 1006);
    assert.equal(await reset, constants.NGHTTP2_CANCEL);
  });

  test("waits with send() while the server does not read", async (t) => {
    let resume: () => void = () => {};
    const { url } = await script(t, (stream) => {
      stream.respond({ ":status": 200 });
      stream.pause();
      resume = () => stream.on("data", () => {}).resume();
    });
    const client = await connect(url, plainly);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 40; sent += 1) await client.send(new Uint8Array(100_000));
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(sent < 20, `${sent} of 40 messages were sent to a server that does not read`);
    assert.ok(client.bufferedAmount > 0);
    resume();
    await sending;
    client.abort();
  });

  test("stops the server while nobody reads, and goes on after", async (t) => {
    let waiting = 0;
    const { url } = await script(t, (stream) => {
      accept(stream);
      for (let n = 0; n < 100; n += 1) stream.write(frame(2, new Uint8Array(50_000)));
      setTimeout(() => {
        waiting = stream.writableLength;
      }, 100);
    });
    const client = await connect(url, { ...plainly, maxQueue: { bytes: 100_000, messages: 10 } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(waiting > 4_000_000, `only ${waiting} of 5 000 000 bytes were waiting`);
    for (let n = 0; n < 100; n += 1) assert.equal((await client.recv()).length, 50_000);
    await client.close();
  });

  test("is closed when the server dies, and ends its session", async (t) => {
    const secure = createSecureServer({ ...tls, settings: { enableConnectProtocol: true } });
    const sockets = new Set<Socket>();
    secure.on("secureConnection", (socket: Socket) => sockets.add(socket));
    secure.on("sessionError", () => {});
    secure.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {});
      accept(stream);
    });
    secure.listen(0, "127.0.0.1");
    await once(secure, "listening");
    t.after(() => secure.close());
    const { port } = secure.address() as AddressInfo;
    const client = await connect(`wss://localhost:${port}/`, trusting);
    for (const socket of sockets) socket.destroy();
    const { code, cause } = await client.closed;
    assert.equal(code, 1006);
    assert.ok(cause instanceof StreamLost);
  });
});
