/** attach() to an HTTP/2 server, beside its own listeners. */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  type ClientHttp2Session,
  constants,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Stream,
} from "node:http2";
import { get, request as requestSecurely } from "node:https";
import { type AddressInfo, connect as connectTcp, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { connect } from "../../src/client/connect.ts";
import { attach } from "../../src/server/attach.ts";
import type { AttachOptions } from "../../src/server/options.ts";
import type { Server } from "../../src/server/server.ts";
import { Authority } from "../support/certificates.ts";
import { type Answer, ask, endSession, openSession } from "../support/http2-peer.ts";
import { echo, Log } from "../support/server.ts";

const authority = new Authority();
const tls = authority.issue("server", ["localhost", "127.0.0.1"]);
const quiet = { logger: null, compression: null };
const TEXT = 1;

type AnyHttp2 = Http2Server | Http2SecureServer;

/** Listens; the port. */
async function listen(t: TestContext, http: AnyHttp2): Promise<number> {
  const sockets = new Set<Socket>();
  http.on("connection", (socket: Socket) => sockets.add(socket));
  http.on("sessionError", () => {});
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => http.close(resolve));
  });
  return (http.address() as AddressInfo).port;
}

function beside(
  t: TestContext,
  http: AnyHttp2,
  options: AttachOptions<undefined> = {},
  handler = echo,
): Server {
  const server = attach(http, handler as never, { ...quiet, ...options });
  t.after(() => server.close({ deadline: 0 }));
  return server;
}

async function session(
  t: TestContext,
  port: number,
  ca: string | null = null,
): Promise<ClientHttp2Session> {
  const opened = await openSession({ port, ca });
  t.after(() => endSession(opened));
  return opened;
}

async function fetch2(over: ClientHttp2Session, path = "/", method = "GET"): Promise<Answer> {
  const changes = { ":method": method, ":protocol": null, ":path": path };
  return await ask(over, changes, true).whole();
}

async function assertEcho(over: ClientHttp2Session, path = "/"): Promise<void> {
  const peer = ask(over, { ":path": path });
  assert.equal((await peer.answer()).status, 200);
  peer.send(TEXT, "hello");
  assert.equal(String((await peer.frames(1))[0]?.payload), "hello");
  peer.stream.close(constants.NGHTTP2_CANCEL);
  await peer.closed;
}

describe("attach() to an HTTP/2 server", () => {
  test("says that it takes WebSockets, and takes them, where nobody else listens", async (t) => {
    const http = createServer();
    const server = beside(t, http);
    const port = await listen(t, http);
    assert.deepEqual(server.addresses, [{ address: "127.0.0.1", port, family: "IPv4" }]);
    const over = await session(t, port);
    assert.equal(over.remoteSettings.enableConnectProtocol, true);
    await assertEcho(over);
  });

  // Node answers CONNECT with 405 itself once anybody has listened for 'request', unless somebody listens for 'connect'.
  const arrangements: readonly [string, (http: AnyHttp2) => void][] = [
    [
      "'stream'",
      (http) =>
        http.on("stream", (stream: ServerHttp2Stream, headers: Record<string, unknown>) => {
          if (headers[":method"] !== "CONNECT") {
            stream.respond({ ":status": 200 });
            stream.end("mine");
          }
        }),
    ],
    ["'request'", (http) => http.on("request", (_: unknown, response) => response.end("mine"))],
    [
      "'request' and 'connect'",
      (http) => {
        http.on("request", (_: unknown, response) => response.end("mine"));
        http.on("connect", () => {});
      },
    ],
  ];
  for (const [name, listenToo] of arrangements) {
    for (const order of ["before", "after"] as const) {
      test(`goes with listeners for ${name} that were added ${order} it`, async (t) => {
        const http = createServer();
        if (order === "before") listenToo(http);
        beside(t, http);
        if (order === "after") listenToo(http);
        const over = await session(t, await listen(t, http));
        await assertEcho(over);
        const plain = await fetch2(over);
        assert.deepEqual([plain.status, plain.body], [200, "mine"]);
        await assertEcho(over);
      });
    }
  }

  test("answers plain requests with 426 where nobody listens for them", async (t) => {
    const http = createServer();
    beside(t, http);
    const over = await session(t, await listen(t, http));
    const answer = await fetch2(over);
    assert.equal(answer.status, 426);
    assert.match(answer.body, /this is a WebSocket server/);
    assert.equal(answer.headers.upgrade, undefined);
  });

  test("by match: each of ours has its own, and what nobody matches gets 404", async (t) => {
    const http = createServer();
    for (const name of ["a", "b"]) {
      beside(t, http, { match: `/${name}` }, async (connection) => {
        await (connection as { send(text: string): Promise<void> }).send(name);
      });
    }
    const over = await session(t, await listen(t, http));
    for (const name of ["a", "b"]) {
      const peer = ask(over, { ":path": `/${name}` });
      assert.equal(String((await peer.frames(1))[0]?.payload), name);
      peer.stream.close();
    }
    const other = ask(over, { ":path": "/c" });
    assert.equal((await other.whole()).status, 404);
    other.stream.end();
  });

  test("leaves what does not match to others who listen for 'connect'", async (t) => {
    const http = createServer((_, response) => response.end("mine"));
    beside(t, http, { match: "/ours" });
    http.on("connect", (request, response) => {
      if (request.url === "/theirs") response.writeHead(403).end("theirs");
    });
    const over = await session(t, await listen(t, http));
    await assertEcho(over, "/ours");
    const theirs = await ask(over, { ":path": "/theirs" }).whole();
    assert.deepEqual([theirs.status, theirs.body], [403, "theirs"]);
  });

  test("leaves what does not match to others who listen for 'stream'", async (t) => {
    const http = createServer();
    beside(t, http, { match: "/ours" });
    http.on("stream", (stream: ServerHttp2Stream, headers) => {
      if (headers[":path"] !== "/theirs") return;
      stream.respond({ ":status": 418 });
      stream.end();
    });
    const over = await session(t, await listen(t, http));
    await assertEcho(over, "/ours");
    assert.equal((await ask(over, { ":path": "/theirs" }).answer()).status, 418);
  });

  test("leaves other protocols to others, and answers 501 where there are none", async (t) => {
    const http = createServer((_, response) => response.end("mine"));
    beside(t, http);
    const over = await session(t, await listen(t, http));
    assert.equal((await ask(over, { ":protocol": "webtransport" }).answer()).status, 501);
    http.on("connect", (request, response) => {
      if (request.headers[":protocol"] === "webtransport") response.writeHead(202).end();
    });
    assert.equal((await ask(over, { ":protocol": "webtransport" }).answer()).status, 202);
    await assertEcho(over);
  });

  test("answers the CONNECT of a proxy with 400 where nobody else listens for it", async (t) => {
    const http = createServer((_, response) => response.end("mine"));
    beside(t, http);
    const over = await session(t, await listen(t, http));
    const tunnel = { ":protocol": null, ":path": null, ":scheme": null };
    assert.equal((await ask(over, tunnel).answer()).status, 400);
  });

  test("leaves a stream alone that a listener before it has answered", async (t) => {
    const http = createServer();
    const log = new Log();
    http.on("stream", (stream: ServerHttp2Stream) => {
      stream.respond({ ":status": 200 });
      stream.end("everything is mine");
    });
    const server = beside(t, http, { logger: log });
    const over = await session(t, await listen(t, http));
    assert.equal((await ask(over).whole()).body, "everything is mine");
    assert.equal(server.connections.size, 0);
    assert.deepEqual(log.texts(), []);
  });

  test("is over when it is closed: other listeners stay, and the server listens on", async (t) => {
    const http = createServer();
    const server = beside(t, http);
    const over = await session(t, await listen(t, http));
    const peer = ask(over);
    await peer.answer();
    const closed = server.close();
    const [close] = await peer.frames(1);
    assert.equal(close?.payload.readUInt16BE(), 1001);
    peer.send(8, new Uint8Array([3, 233]));
    await peer.until(() => peer.ended);
    peer.stream.end();
    await closed;
    assert.equal(http.listenerCount("stream"), 0);
    assert.equal(http.listenerCount("connect"), 0);
    assert.equal(http.listenerCount("upgrade"), 0);
    assert.equal(over.closed, false);
    beside(t, http);
    await assertEcho(over);
  });

  test("keeps its limits and its options, as serve() does", async (t) => {
    const http = createServer();
    beside(t, http, { maxConnections: 1, origins: ["https://a.example"] });
    const over = await session(t, await listen(t, http));
    assert.equal((await ask(over).answer()).status, 403);
    const origin = { origin: "https://a.example" };
    assert.equal((await ask(over, origin).answer()).status, 200);
    assert.equal((await ask(over, origin).answer()).status, 503);
  });
});

describe("attach() to a secure HTTP/2 server", () => {
  test("with allowHTTP1 takes both versions, beside requests of both", async (t) => {
    const http = createSecureServer({ ...tls, allowHTTP1: true }, (request, response) => {
      response.end(`mine, over ${request.httpVersion}`);
    });
    beside(t, http);
    const port = await listen(t, http);
    const over = await session(t, port, authority.cert);
    await assertEcho(over);
    assert.equal((await fetch2(over)).body, "mine, over 2.0");
    for (const http2 of [false, true]) {
      const client = await connect(`wss://localhost:${port}/`, {
        ...quiet,
        http2,
        tls: { ca: authority.cert },
      });
      assert.equal(client.request.version, http2 ? "2" : "1.1");
      await client.send("hello");
      assert.equal(await client.recv(), "hello");
      assert.equal((await client.close()).clean, true);
    }
    const asking = get({ port, host: "127.0.0.1", ca: authority.cert, agent: false });
    const [response] = (await once(asking, "response")) as [import("node:http").IncomingMessage];
    assert.equal(await text(response), "mine, over 1.1");
  });

  test("with allowHTTP1 still cuts a CONNECT of HTTP/1.1 that nobody listens for", async (t) => {
    const http = createSecureServer({ ...tls, allowHTTP1: true });
    beside(t, http);
    const port = await listen(t, http);
    const tunnel = { port, host: "127.0.0.1", ca: authority.cert, agent: false };
    const asking = requestSecurely({ ...tunnel, method: "CONNECT", path: "a.example:80" }).end();
    const [error] = (await once(asking, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNRESET");
  });

  test("is encrypted, and says so", async (t) => {
    const http = createSecureServer(tls);
    const urls: string[] = [];
    beside(t, http, { match: ({ url }) => urls.push(url.href) > 0 });
    const port = await listen(t, http);
    const over = await session(t, port, authority.cert);
    await assertEcho(over, "/x");
    // Asked at the door, and again by the server.
    assert.deepEqual([...new Set(urls)], ["https://127.0.0.1/x"]);
  });

  test("lets a peer go that leaves during the TLS handshake or right after", async (t) => {
    const http = createSecureServer(tls);
    const server = beside(t, http);
    const port = await listen(t, http);
    const plain = connectTcp(port, "127.0.0.1");
    await once(plain, "connect");
    plain.destroy();
    const secure = connectTls({ port, ca: authority.cert, ALPNProtocols: ["h2"] });
    await once(secure, "secureConnect");
    secure.destroy();
    await assertEcho(await session(t, port, authority.cert));
    while (server.connections.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
