/** serve() with `http2`: what comes over HTTP/2 by hand, and what our own client makes of it (RFC 8441). */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, constants } from "node:http2";
import { Agent, request as ask1 } from "node:https";
import { addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { connect } from "../../src/client/connect.ts";
import { StreamLost } from "../../src/connection/transport.ts";
import type { Handler, ServeOptions, ServerConnection } from "../../src/server/options.ts";
import { serve } from "../../src/server/serve.ts";
import { Authority } from "../support/certificates.ts";
import { closePayload } from "../support/frames.ts";
import {
  type Answer,
  ask,
  endSession,
  openSession,
  type Place,
  type StreamPeer,
} from "../support/http2-peer.ts";
import { echo, type Started, start } from "../support/server.ts";

const authority = new Authority();
const tls = authority.issue("server", ["localhost", "127.0.0.1"]);
const trusting = { logger: null, tls: { ca: authority.cert } };

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;

interface Peered<D> extends Started<D> {
  readonly place: Place;
  readonly session: ClientHttp2Session;
}

/** A server over HTTP/2, and a session to it. */
async function startHttp2<D = undefined>(
  t: TestContext,
  handler: Handler<D> = echo as Handler<D>,
  options: ServeOptions<D> = {},
): Promise<Peered<D>> {
  const started = await start<D>(t, handler, { tls, http2: true, ...options });
  const place = { port: started.port, ca: authority.cert };
  const session = await openSession(place);
  t.after(() => endSession(session));
  return { ...started, place, session };
}

/** A request that is refused: the answer, with its body. */
async function refused(
  session: ClientHttp2Session,
  changes: Parameters<typeof ask>[1],
  endStream = false,
): Promise<Answer> {
  const peer = ask(session, changes, endStream);
  const answer = await peer.whole();
  peer.stream.end();
  await peer.closed;
  return answer;
}

/** A server's next connection. */
function nextConnection(): { handler: Handler<never>; connection: Promise<ServerConnection> } {
  let resolve: (connection: ServerConnection) => void = () => {};
  const connection = new Promise<ServerConnection>((done) => {
    resolve = done;
  });
  return {
    connection,
    async handler(opened) {
      resolve(opened as never);
      for await (const message of opened) await opened.send(message);
    },
  };
}

describe("a server with http2", () => {
  test("takes both versions on one port, and says which", async (t) => {
    const { port, server } = await start(t, undefined, { tls, http2: true });
    const clients = [
      await connect(`wss://localhost:${port}/one`, trusting),
      await connect(`wss://localhost:${port}/two`, { ...trusting, http2: true }),
    ];
    for (const client of clients) {
      await client.send("hello");
      assert.equal(await client.recv(), "hello");
    }
    const requests = [...server.connections].map(({ request }) => request);
    assert.deepEqual(
      requests.map(({ version, method, path }) => [version, method, path]),
      [
        ["1.1", "GET", "/one"],
        ["2", "CONNECT", "/two"],
      ],
    );
    assert.equal(requests[1]?.url.href, `https://localhost:${port}/two`);
    assert.equal(requests[1]?.headers.get("sec-websocket-version"), "13");
    assert.deepEqual(requests[1]?.rawHeaders.slice(0, 2), [
      [":method", "CONNECT"],
      [":protocol", "websocket"],
    ]);
    assert.equal(requests[1]?.toRequest().method, "GET");
    for (const client of clients) assert.equal((await client.close()).clean, true);
  });

  test("still answers plain HTTP/1.1", async (t) => {
    const { port } = await start(t, undefined, { tls, http2: true });
    const agent = new Agent({ ca: authority.cert });
    const asking = ask1({ port, host: "127.0.0.1", agent }).end();
    const [response] = (await once(asking, "response")) as [import("node:http").IncomingMessage];
    assert.equal(response.statusCode, 426);
    assert.match(await text(response), /WebSocket server/);
    agent.destroy();
  });

  test("says nothing of HTTP/2 without the option", async (t) => {
    const { port } = await start(t, undefined, { tls });
    const socket = connectTls({ port, ca: authority.cert, ALPNProtocols: ["h2", "http/1.1"] });
    await once(socket, "secureConnect");
    assert.equal(socket.alpnProtocol, false);
    socket.destroy();
  });

  test("needs tls, and a boolean", async () => {
    await assert.rejects(serve(echo as never, { port: 0, http2: true }), /it needs the option tls/);
    const wrong = { port: 0, tls, http2: 1 as never };
    await assert.rejects(serve(echo as never, wrong), /http2 is 1: it can be true or false/);
  });
});

describe("an opening over HTTP/2", () => {
  test("is answered 200, without the fields of HTTP/1.1, and frames go both ways", async (t) => {
    const { session } = await startHttp2(t);
    const peer = ask(session);
    const { status, headers } = await peer.answer();
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(headers).sort(), [":status", "date", "server"]);
    peer.send(TEXT, "hello");
    peer.send(BINARY, new Uint8Array(70_000).fill(3));
    const [first, second] = await peer.frames(2);
    assert.deepEqual(
      [first?.opcode, first?.masked, String(first?.payload)],
      [TEXT, false, "hello"],
    );
    assert.equal(second?.payload.length, 70_000);
    peer.send(PING, "beat");
    assert.equal(String((await peer.frames(3))[2]?.payload), "beat");
    // §5 of RFC 8441: the closing handshake, then END_STREAM as a FIN, by the server first (RFC 6455 §7.1.1).
    peer.send(CLOSE, closePayload(1000));
    await peer.until(() => peer.ended);
    assert.equal((await peer.frames(4))[3]?.opcode, CLOSE);
    peer.stream.end();
    await peer.closed;
    assert.equal(peer.stream.rstCode, constants.NGHTTP2_NO_ERROR);
  });

  test("takes a frame whose bytes come one by one", async (t) => {
    const { session } = await startHttp2(t);
    const peer = ask(session);
    await peer.answer();
    const bytes = Buffer.from([0x81, 0x82, 1, 2, 3, 4, 0x68 ^ 1, 0x69 ^ 2]);
    for (const byte of bytes) {
      await new Promise<void>((resolve) => peer.stream.write(Buffer.from([byte]), () => resolve()));
    }
    assert.equal(String((await peer.frames(1))[0]?.payload), "hi");
  });

  test("takes frames that come before its answer", async (t) => {
    let admit: () => void = () => {};
    const admitted = new Promise<void>((resolve) => {
      admit = resolve;
    });
    const { session } = await startHttp2(t, undefined, { processRequest: () => admitted });
    const peer = ask(session);
    peer.send(TEXT, "early");
    peer.send(TEXT, "x".repeat(100_000));
    setImmediate(admit);
    const [first, second] = await peer.frames(2);
    assert.equal(String(first?.payload), "early");
    assert.equal(second?.payload.length, 100_000);
  });

  test("agrees on subprotocol and compression as over HTTP/1.1", async (t) => {
    const { session } = await startHttp2(t, undefined, {
      subprotocols: ["superchat", "chat"],
      compression: {},
    });
    const peer = ask(session, {
      "sec-websocket-protocol": "chat, superchat",
      "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
    });
    const { headers } = await peer.answer();
    assert.equal(headers["sec-websocket-protocol"], "superchat");
    assert.match(String(headers["sec-websocket-extensions"]), /^permessage-deflate/);
    peer.send(TEXT, "x".repeat(2000));
    const [frame] = await peer.frames(1);
    assert.ok((frame?.payload.length ?? 2000) < 200, "it was not compressed");
  });

  test("has what processRequest admits: data, a subprotocol, headers", async (t) => {
    const seen: unknown[] = [];
    const { session, place } = await startHttp2<number>(
      t,
      (connection) => {
        seen.push(connection.data, connection.subprotocol, connection.remoteAddress);
      },
      {
        processRequest: ({ headers, remoteAddress }) => {
          assert.ok(remoteAddress !== null);
          return {
            data: Number(headers.get("x-number")),
            subprotocol: "b",
            headers: [
              ["Set-Cookie", "a=1"],
              ["Set-Cookie", "b=2"],
              ["X-Own", "1"],
              ["X-Own", "2"],
            ],
          };
        },
      },
    );
    assert.ok(place.port > 0);
    const peer = ask(session, { "x-number": "42", "sec-websocket-protocol": "a, b" });
    const { status, headers } = await peer.answer();
    assert.equal(status, 200);
    assert.deepEqual(headers["set-cookie"], ["a=1", "b=2"]);
    assert.equal(headers["x-own"], "1, 2");
    assert.equal(headers["sec-websocket-protocol"], "b");
    await peer.until(() => peer.ended);
    assert.deepEqual(seen.slice(0, 2), [42, "b"]);
    assert.equal((seen[2] as { address: string }).address, "127.0.0.1");
  });

  const refusals: readonly {
    readonly name: string;
    readonly changes: Parameters<typeof ask>[1];
    readonly status: number;
    readonly options?: ServeOptions<undefined>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: RegExp;
  }[] = [
    {
      name: "another protocol",
      changes: { ":protocol": "connect-udp" },
      status: 501,
      body: /the :protocol must be websocket/,
    },
    {
      name: "a tunnel",
      changes: { ":protocol": null, ":scheme": null, ":path": null, ":authority": "a.example:443" },
      status: 403,
      options: {},
    },
    {
      name: "a tunnel to our own host",
      changes: { ":protocol": null, ":scheme": null, ":path": null },
      status: 400,
      body: /missing :protocol header/,
    },
    {
      name: "another version",
      changes: { "sec-websocket-version": "8" },
      status: 426,
      headers: { "sec-websocket-version": "13" },
    },
    { name: "no version", changes: { "sec-websocket-version": null }, status: 400 },
    { name: "a body that is announced", changes: { "content-length": "5" }, status: 400 },
    { name: "another scheme", changes: { ":scheme": "ftp" }, status: 400 },
    { name: "a broken offer", changes: { "sec-websocket-extensions": "a b" }, status: 400 },
    { name: "two hosts", changes: { host: "other.example" }, status: 400 },
    { name: "a long path", changes: { ":path": `/${"x".repeat(9000)}` }, status: 414 },
    { name: "a long field", changes: { cookie: "x".repeat(9000) }, status: 431 },
    {
      name: "a strange origin",
      changes: { origin: "https://evil.example" },
      status: 403,
      body: /this Origin is not allowed/,
    },
    {
      name: "a strange host, on a loopback address",
      changes: { ":authority": "evil.example" },
      status: 403,
      body: /this Host is not allowed/,
    },
    {
      name: "a host that the option hosts leaves out",
      changes: { ":authority": "b.example" },
      status: 403,
      options: { hosts: ["a.example"] },
    },
    { name: "another path than match", changes: {}, status: 404, options: { match: "/chat" } },
    {
      name: "no subprotocol of ours",
      changes: { "sec-websocket-protocol": "x" },
      status: 400,
      options: { subprotocols: ["chat"] },
    },
    {
      name: "a processRequest that throws",
      changes: {},
      status: 500,
      options: {
        processRequest: () => {
          throw new Error("on purpose");
        },
      },
    },
    {
      name: "a processRequest that answers",
      changes: {},
      status: 401,
      options: {
        processRequest: () =>
          new Response("who are you?", { status: 401, headers: { "WWW-Authenticate": "Basic" } }),
      },
      headers: { "www-authenticate": "Basic" },
      body: /^who are you\?$/,
    },
    { name: "a full server", changes: {}, status: 503, options: { maxConnections: 0 } },
  ];
  for (const {
    name,
    changes,
    status,
    options,
    headers = {},
    body = /^Failed to open/,
  } of refusals) {
    test(`is refused with ${status} for ${name}`, async (t) => {
      const { session, server } = await startHttp2(t, undefined, options);
      const answer = await refused(session, changes);
      assert.equal(answer.status, status, answer.body);
      assert.match(answer.body, body);
      assert.equal(answer.headers["content-length"], String(Buffer.byteLength(answer.body)));
      assert.equal(answer.headers.upgrade, undefined);
      assert.equal(answer.headers.connection, undefined);
      for (const [field, value] of Object.entries(headers)) {
        assert.equal(answer.headers[field], value);
      }
      assert.equal(server.connections.size, 0);
      // The session and other streams of it are none the worse.
      if (options === undefined) assert.equal((await ask(session).answer()).status, 200);
    });
  }

  test("is taken from the own origin, by the host of :authority", async (t) => {
    const { session } = await startHttp2(t);
    const peer = ask(session, { ":authority": "localhost", origin: "https://localhost" });
    assert.equal((await peer.answer()).status, 200);
  });

  test("without fields that HTTP/2 itself wants is reset, and nobody hears of it", async (t) => {
    const { session, log } = await startHttp2(t);
    const peer = ask(session, { ":authority": null, host: "127.0.0.1" });
    await peer.closed;
    assert.equal(peer.stream.rstCode, constants.NGHTTP2_PROTOCOL_ERROR);
    assert.ok(!log.texts().some((line) => line.includes("CONNECT")));
    assert.equal((await ask(session).answer()).status, 200);
  });
});

describe("a plain request over HTTP/2", () => {
  const plain = { ":protocol": null, "sec-websocket-version": null };

  test("of a browser gets 426, a page that says what this is", async (t) => {
    const { session, log } = await startHttp2(t);
    const answer = await refused(session, { ...plain, ":method": "GET" }, true);
    assert.equal(answer.status, 426);
    assert.match(answer.body, /this is a WebSocket server/);
    assert.equal(answer.headers["content-type"], "text/plain; charset=utf-8");
    assert.ok(log.texts().includes("connection rejected (426 Upgrade Required)"));
  });

  test("for the head alone gets no body", async (t) => {
    const { session } = await startHttp2(t);
    const answer = await refused(session, { ...plain, ":method": "HEAD" }, true);
    assert.deepEqual([answer.status, answer.body], [426, ""]);
  });

  test("with a body gets 405, and its body is dropped", async (t) => {
    const { session } = await startHttp2(t);
    const peer = ask(session, { ...plain, ":method": "POST" });
    peer.stream.write(new Uint8Array(1_000_000));
    peer.stream.end();
    const answer = await peer.whole();
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.allow, "CONNECT");
    await peer.closed;
  });

  test("whose body never ends is cut after closeTimeout", async (t) => {
    const { session } = await startHttp2(t, undefined, { closeTimeout: 50 });
    const peer = ask(session, { ...plain, ":method": "PUT" });
    peer.stream.write("and so on");
    assert.equal((await peer.whole()).status, 405);
    await peer.closed;
    assert.equal(peer.stream.rstCode, constants.NGHTTP2_CANCEL);
  });

  test("is answered by processRequest, also when that takes its time", async (t) => {
    const { session } = await startHttp2(t, undefined, {
      async processRequest({ method, path }) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return path === "/health" ? Response.json({ method }) : undefined;
      },
    });
    const answer = await refused(session, { ...plain, ":method": "GET", ":path": "/health" }, true);
    assert.deepEqual([answer.status, answer.body], [200, '{"method":"GET"}']);
    assert.equal(answer.headers["content-type"], "application/json");
  });
});

describe("the end of a stream", () => {
  test("by END_STREAM without a Close frame is 1006", async (t) => {
    const { handler, connection } = nextConnection();
    const { session, log } = await startHttp2(t, handler);
    const peer = ask(session);
    await peer.answer();
    peer.stream.end();
    const { code, clean } = await (await connection).closed;
    assert.deepEqual([code, clean], [1006, false]);
    const lines = log.texts("debug");
    assert.ok(lines.includes("< END_STREAM"));
    assert.ok(lines.includes("> END_STREAM"));
  });

  test("with the request is 1006 too", async (t) => {
    const { handler, connection } = nextConnection();
    const { session } = await startHttp2(t, handler);
    ask(session, {}, true);
    assert.equal((await (await connection).closed).code, 1006);
  });

  test("by a reset is 1006, with the reset as its cause, and in the log", async (t) => {
    const { handler, connection } = nextConnection();
    const { session, log } = await startHttp2(t, handler);
    const peer = ask(session);
    await peer.answer();
    peer.send(TEXT, "hello");
    await peer.frames(1);
    addAbortSignal(AbortSignal.abort(), peer.stream);
    const { code, cause } = await (await connection).closed;
    assert.equal(code, 1006);
    assert.ok(cause instanceof StreamLost);
    assert.equal(cause.reset, "CANCEL");
    const lines = log.texts("debug");
    assert.ok(lines.includes("< RST_STREAM CANCEL"));
    assert.ok(!lines.includes("< END_STREAM"));
    assert.ok(!lines.includes("> END_STREAM"));
  });

  test("by a reset after the closing handshake is as clean as any", async (t) => {
    const { handler, connection } = nextConnection();
    const { session, log } = await startHttp2(t, handler);
    const peer = ask(session);
    await peer.answer();
    peer.send(CLOSE, closePayload(1000, "done"));
    await peer.until(() => peer.ended);
    // As Firefox does; Node says nothing of END_STREAM here.
    addAbortSignal(AbortSignal.abort(), peer.stream);
    const closure = await (await connection).closed;
    assert.deepEqual([closure.code, closure.reason, closure.clean], [1000, "done", true]);
    assert.equal(closure.cause, undefined);
    assert.deepEqual(log.texts("error"), []);
  });

  test("with its session is 1006 for each of its connections, and for no other", async (t) => {
    const connections: ServerConnection[] = [];
    const { session, place, server } = await startHttp2(t, async (connection) => {
      connections.push(connection);
      for await (const message of connection) await connection.send(message);
    });
    const other = await openSession(place);
    t.after(() => endSession(other));
    const survivor = ask(other);
    await survivor.answer();
    const peers = [ask(session), ask(session), ask(session)];
    for (const peer of peers) await peer.answer();
    session.goaway(constants.NGHTTP2_INTERNAL_ERROR);
    for (const connection of connections.slice(1)) {
      const { code, cause } = await connection.closed;
      assert.equal(code, 1006);
      assert.ok(cause instanceof StreamLost);
    }
    assert.equal(server.connections.size, 1);
    survivor.send(TEXT, "alive");
    assert.equal(String((await survivor.frames(1))[0]?.payload), "alive");
  });

  test("is no end for other streams, nor is a GOAWAY without an error", async (t) => {
    const { session } = await startHttp2(t);
    const [one, two] = [ask(session), ask(session)];
    await Promise.all([one.answer(), two.answer()]);
    session.goaway();
    one.stream.close(constants.NGHTTP2_CANCEL);
    await one.closed;
    two.send(TEXT, "still here");
    assert.equal(String((await two.frames(1))[0]?.payload), "still here");
  });

  test("comes by RST_STREAM when we abort", async (t) => {
    const { handler, connection } = nextConnection();
    const { session, log } = await startHttp2(t, handler);
    const peer = ask(session);
    await peer.answer();
    (await connection).abort();
    await peer.closed;
    assert.equal(peer.stream.rstCode, constants.NGHTTP2_CANCEL);
    assert.equal(peer.ended, false);
    assert.ok(log.texts().includes("x aborting HTTP/2 stream"));
  });

  test("comes by a Close frame and END_STREAM when the peer breaks the protocol", async (t) => {
    const { session } = await startHttp2(t);
    const peer = ask(session);
    await peer.answer();
    // Not masked.
    peer.stream.write(Buffer.from([0x81, 0x02, 0x68, 0x69]));
    const [close] = await peer.frames(1);
    assert.equal(close?.opcode, CLOSE);
    assert.equal(close?.payload.readUInt16BE(), 1002);
    await peer.until(() => peer.ended);
    peer.stream.end();
    await peer.closed;
    assert.equal((await ask(session).answer()).status, 200);
  });

  test("during the opening handshake aborts the request's signal", async (t) => {
    let aborted: Promise<unknown> | null = null;
    const { session, log, server } = await startHttp2(t, undefined, {
      processRequest: ({ signal }) => {
        aborted = once(signal, "abort");
        return new Promise<never>(() => {});
      },
    });
    const peer = ask(session);
    while (aborted === null) await new Promise((resolve) => setImmediate(resolve));
    addAbortSignal(AbortSignal.abort(), peer.stream);
    await (aborted as Promise<unknown>);
    const lines = log.texts("debug");
    assert.ok(lines.includes("< RST_STREAM CANCEL"));
    assert.ok(lines.includes("! connection lost during opening handshake"));
    assert.equal(server.connections.size, 0);
  });
});

describe("the log over HTTP/2", () => {
  test("has the lines of HTTP/2 in place of those of HTTP/1.1", async (t) => {
    const { session, log } = await startHttp2(t);
    const peer = ask(session, { ":path": "/chat?token=secret", "x-own": "1" });
    await peer.answer();
    peer.send(TEXT, "hello");
    await peer.frames(1);
    peer.send(CLOSE, closePayload(1000));
    await peer.until(() => peer.ended);
    peer.stream.end();
    await peer.closed;
    while (!log.texts().includes("connection closed")) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const lines = log.texts().slice(1);
    const shown = lines.map((line) => line.replace(/(?<=date: |server: ).*/, "…"));
    assert.deepEqual(shown, [
      "= connection is CONNECTING",
      "< CONNECT /chat?token=*** HTTP/2",
      "< :protocol: websocket",
      "< :scheme: http",
      "< :authority: 127.0.0.1",
      "< sec-websocket-version: 13",
      "< x-own: 1",
      "> HTTP/2 200",
      "> date: …",
      "> server: …",
      "= connection is OPEN",
      "connection open",
      "< TEXT 'hello' [5 bytes]",
      "> TEXT 'hello' [5 bytes]",
      "< CLOSE 1000 (OK) [2 bytes]",
      "> CLOSE 1000 (OK) [2 bytes]",
      "= connection is CLOSING",
      "> END_STREAM",
      "x half-closing HTTP/2 stream",
      "= connection is CLOSED",
      "connection closed",
    ]);
  });

  test("shows what was refused, and how", async (t) => {
    const { session, log } = await startHttp2(t);
    await refused(session, { ":protocol": "webtransport" });
    const lines = log.texts();
    for (const line of [
      "< :protocol: webtransport",
      "! invalid upgrade",
      "> HTTP/2 501",
      "connection rejected (501 Not Implemented)",
      "> END_STREAM",
    ]) {
      assert.ok(lines.includes(line), `${line} is not among ${lines.join("\n")}`);
    }
  });
});

describe("limits over HTTP/2", () => {
  test("maxConnections counts streams", async (t) => {
    const { session } = await startHttp2(t, undefined, { maxConnections: 2 });
    const peers = [ask(session), ask(session)];
    for (const peer of peers) assert.equal((await peer.answer()).status, 200);
    assert.equal((await refused(session, {})).status, 503);
    peers[0]?.stream.close(constants.NGHTTP2_CANCEL);
    await peers[0]?.closed;
    let status = 503;
    while (status === 503) {
      const peer = ask(session);
      status = (await peer.answer()).status;
      if (status === 503) peer.stream.close();
    }
    assert.equal(status, 200);
  });

  test("maxHandshakes counts streams that wait for their answer", async (t) => {
    const { session } = await startHttp2(t, undefined, {
      maxHandshakes: 2,
      processRequest: () => new Promise<never>(() => {}),
    });
    const waiting = [ask(session), ask(session)];
    assert.equal((await refused(session, {})).status, 503);
    for (const peer of waiting) peer.stream.close();
  });

  test("maxHandshakes counts sessions that have had no stream", async (t) => {
    const { session, place } = await startHttp2(t, undefined, { maxHandshakes: 1 });
    const surplus = connectTls({ port: place.port, ca: authority.cert, ALPNProtocols: ["h2"] });
    surplus.on("error", () => {});
    surplus.resume();
    await once(surplus, "close");
    // The first one now has a stream, and so a second session may wait.
    assert.equal((await ask(session).answer()).status, 200);
    const second = await openSession(place);
    assert.equal((await ask(second).answer()).status, 200);
    await endSession(second);
  });

  test("openTimeout cuts a stream that is not answered", async (t) => {
    const { session, log } = await startHttp2(t, undefined, {
      openTimeout: 50,
      processRequest: () => new Promise<never>(() => {}),
    });
    const peer = ask(session);
    await peer.closed;
    assert.equal(peer.stream.rstCode, constants.NGHTTP2_CANCEL);
    assert.ok(log.texts().includes("! timed out during opening handshake"));
  });

  test("openTimeout ends a session that has no stream, but none that has one", async (t) => {
    const { session, place } = await startHttp2(t, undefined, { openTimeout: 200 });
    const peer = ask(session);
    await peer.answer();
    const idle = await openSession(place);
    await once(idle, "close");
    peer.send(TEXT, "here");
    assert.equal(String((await peer.frames(1))[0]?.payload), "here");
    peer.stream.close();
    await once(session, "close");
  });

  test("a session that says nothing at all, or what is not HTTP/2, is ended", async (t) => {
    const { place } = await startHttp2(t, undefined, { openTimeout: 200, closeTimeout: 50 });
    for (const say of ["", "GET / HTTP/1.1\r\n\r\n", "\0".repeat(100)]) {
      const socket: TLSSocket = connectTls({
        port: place.port,
        ca: authority.cert,
        ALPNProtocols: ["h2"],
      });
      socket.on("error", () => {});
      socket.resume();
      socket.write(say);
      await once(socket, "close");
    }
  });
});

describe("backpressure over HTTP/2", () => {
  test("does not fill a session for ever: what streams had to send when they were cut is forgotten", async (t) => {
    let opened = 0;
    const { session } = await startHttp2(t, async (connection) => {
      opened += 1;
      await connection.send(new Uint8Array(4_000_000));
    });
    for (let n = 1; n <= 5; n += 1) {
      const peer = ask(session);
      assert.equal((await peer.answer()).status, 200);
      peer.stream.pause();
      while (opened < n) await new Promise((resolve) => setImmediate(resolve));
      addAbortSignal(AbortSignal.abort(), peer.stream);
      await peer.closed;
    }
  });

  test("stops a peer whose messages nobody reads, and no other stream of the session", async (t) => {
    let read: () => void = () => {};
    const mayRead = new Promise<void>((resolve) => {
      read = resolve;
    });
    const sizes: number[] = [];
    const { session } = await startHttp2(
      t,
      async (connection) => {
        if (connection.request.path === "/slow") await mayRead;
        for await (const message of connection) {
          sizes.push(message.length);
          await connection.send(String(message.length));
        }
      },
      { maxQueue: { bytes: 10_000, messages: 10 }, maxSize: 10_000_000 },
    );
    const slow = ask(session, { ":path": "/slow" });
    const quick = ask(session);
    await Promise.all([slow.answer(), quick.answer()]);
    for (let n = 0; n < 40; n += 1) slow.send(BINARY, new Uint8Array(100_000));
    for (let n = 0; n < 20; n += 1) quick.send(BINARY, new Uint8Array(100_000));
    await quick.frames(20);
    // 4 MB were written; one window of 256 KiB, and what was on the way, is all that went.
    assert.ok(slow.stream.writableLength > 3_000_000, `${slow.stream.writableLength} are waiting`);
    read();
    await slow.frames(40);
    assert.equal(sizes.length, 60);
  });

  test("lets send() wait for a peer that does not read", async (t) => {
    const { handler, connection } = nextConnection();
    const { session } = await startHttp2(t, handler);
    const peer = ask(session);
    await peer.answer();
    peer.stream.pause();
    const opened = await connection;
    let sent = 0;
    const sending = (async () => {
      for (; sent < 40; sent += 1) await opened.send(new Uint8Array(50_000));
    })();
    // What was sent so far is at the peer, or waits.
    await new Promise((resolve) => session.ping(() => resolve(null)));
    assert.ok(opened.bufferedAmount > 0);
    assert.ok(sent < 20, `${sent} of 40 messages were sent to a peer that does not read`);
    peer.stream.resume();
    await sending;
    assert.equal((await peer.frames(40)).length, 40);
    assert.equal(opened.bufferedAmount, 0);
  });
});

describe("close() of a server with http2", () => {
  test("says GOAWAY, closes each stream with 1001, and waits for them", async (t) => {
    const { session, server } = await startHttp2(t);
    const peers = [ask(session), ask(session)];
    for (const peer of peers) await peer.answer();
    const goaway = once(session, "goaway");
    const closed = server.close();
    for (const peer of peers) {
      const [close] = await peer.frames(1);
      assert.equal(close?.payload.readUInt16BE(), 1001);
      peer.send(CLOSE, closePayload(1001));
      await peer.until(() => peer.ended);
      peer.stream.end();
    }
    assert.equal((await goaway)[0], constants.NGHTTP2_NO_ERROR);
    await closed;
    assert.equal(server.connections.size, 0);
  });

  test("answers 503 to who waits for an answer", async (t) => {
    const { session, server } = await startHttp2(t, undefined, {
      processRequest: () => new Promise<never>(() => {}),
    });
    const peer = ask(session);
    peer.send(TEXT, "early");
    await new Promise((resolve) => session.ping(() => resolve(null)));
    const closed = server.close();
    const answer = await peer.whole();
    assert.equal(answer.status, 503);
    assert.match(answer.body, /the server is closing/);
    peer.stream.end();
    await closed;
  });

  test("cuts what is left at its deadline: a stream that does not answer, a session that stays", async (t) => {
    const { session, server, place } = await startHttp2(t);
    const peer = ask(session);
    await peer.answer();
    const silent = connectTls({ port: place.port, ca: authority.cert, ALPNProtocols: ["h2"] });
    silent.allowHalfOpen = true;
    silent.on("error", () => {});
    silent.resume();
    await once(silent, "secureConnect");
    await server.close({ deadline: 50 });
    await peer.closed;
    silent.destroy();
  });
});

describe("several thousand messages over HTTP/2", () => {
  test("come back whole and in order, on several streams at once", async (t) => {
    const { session } = await startHttp2(t);
    const peers = Array.from({ length: 5 }, () => ask(session));
    await Promise.all(peers.map((peer: StreamPeer) => peer.answer()));
    for (let n = 0; n < 500; n += 1) {
      for (const [at, peer] of peers.entries()) peer.send(TEXT, `${at}:${n}:${"x".repeat(n)}`);
    }
    for (const [at, peer] of peers.entries()) {
      await peer.until(() => peer.received.length >= expectedSize(at, 500));
      const frames = await peer.frames(500);
      const expected = frames.map((_, n) => `${at}:${n}:${"x".repeat(n)}`);
      assert.deepEqual(
        frames.map(({ payload }) => String(payload)),
        expected,
      );
    }
  });
});

/** How many bytes `count` echoes take. */
function expectedSize(at: number, count: number): number {
  let size = 0;
  for (let n = 0; n < count; n += 1) {
    const length = `${at}:${n}:`.length + n;
    size += length + (length < 126 ? 2 : 4);
  }
  return size;
}
