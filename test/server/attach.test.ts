import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { connect } from "../../src/client/connect.ts";
import type { InvalidStatus } from "../../src/http/invalid-status.ts";
import { attach } from "../../src/server/attach.ts";
import { Authority } from "../support/certificates.ts";
import { settle } from "../support/connection.ts";
import { dialRaw, openRaw, request } from "../support/raw-peer.ts";
import { echo, Log } from "../support/server.ts";

const quiet = { logger: null, compression: null };

interface Beside {
  readonly http: HttpServer;
  readonly port: number;
  readonly url: string;
}

async function listen(t: TestContext, http: HttpServer): Promise<Beside> {
  const sockets = new Set<Socket>();
  http.on("connection", (socket: Socket) => sockets.add(socket));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => http.close(resolve));
  });
  const { port } = http.address() as AddressInfo;
  return { http, port, url: `ws://127.0.0.1:${port}` };
}

async function fetchText(port: number, path: string): Promise<{ status: number; body: string }> {
  const asking = get({ port, path, host: "127.0.0.1", agent: false });
  const [response] = (await once(asking, "response")) as [import("node:http").IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}

describe("attach()", () => {
  test("takes WebSockets beside plain requests, which stay the server's own", async (t) => {
    const { http, port, url } = await listen(
      t,
      createServer((_, response) => response.end("plain")),
    );
    const server = attach(http, echo as never, quiet);
    t.after(() => server.close({ deadline: 0 }));
    assert.deepEqual(server.addresses, [{ address: "127.0.0.1", port, family: "IPv4" }]);
    const client = await connect(url, quiet);
    await client.send("hello");
    assert.equal(await client.recv(), "hello");
    assert.deepEqual(await fetchText(port, "/"), { status: 200, body: "plain" });
    await client.close();
  });

  test("answers plain requests with 426 where nobody listens for them, as soon as they come", async (t) => {
    const { http, port } = await listen(t, createServer());
    const server = attach(http, echo as never, quiet);
    t.after(() => server.close({ deadline: 0 }));
    const { status, body } = await fetchText(port, "/");
    assert.equal(status, 426);
    assert.match(body, /This is a WebSocket server|this is a WebSocket server/);
    http.on("request", (_, response) => response.end("mine"));
    assert.deepEqual(await fetchText(port, "/"), { status: 200, body: "mine" });
  });

  test("several times, by match: each has its own, and what nobody matches gets 404", async (t) => {
    const { http, url } = await listen(t, createServer());
    const servers = ["a", "b"].map((name) =>
      attach(http, (connection) => connection.send(name), {
        ...quiet,
        match: `/${name}`,
      }),
    );
    t.after(() => Promise.all(servers.map((server) => server.close({ deadline: 0 }))));
    for (const name of ["a", "b"]) {
      const client = await connect(`${url}/${name}`, quiet);
      assert.equal(await client.recv(), name);
      await client.closed;
    }
    await assert.rejects(
      connect(`${url}/c`, quiet),
      (error: InvalidStatus) => error.response.status === 404,
    );
    // When one has gone, its requests are nobody's.
    await servers[0]?.close();
    await assert.rejects(
      connect(`${url}/a`, quiet),
      (error: InvalidStatus) => error.response.status === 404,
    );
    const client = await connect(`${url}/b`, quiet);
    assert.equal(await client.recv(), "b");
    await client.closed;
  });

  test("several times without match: the first has all, and only the first", async (t) => {
    const { http, url } = await listen(t, createServer());
    const servers = ["a", "b"].map((name) =>
      attach(http, (connection) => connection.send(name), quiet),
    );
    t.after(() => Promise.all(servers.map((server) => server.close({ deadline: 0 }))));
    const client = await connect(url, quiet);
    assert.equal(await client.recv(), "a");
    await client.closed;
    assert.equal((await client.closed).code, 1000);
  });

  test("leaves to other listeners what does not match", async (t) => {
    const { http, port, url } = await listen(t, createServer());
    const server = attach(http, echo as never, { ...quiet, match: "/ours" });
    t.after(() => server.close({ deadline: 0 }));
    http.on("upgrade", (message, socket) => {
      if (message.url === "/theirs") socket.end("HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n");
    });
    const client = await connect(`${url}/ours`, quiet);
    await client.close();
    const other = await dialRaw(port);
    other.write(request({}, "GET /theirs HTTP/1.1"));
    assert.equal((await other.head()).status, 418);
  });

  test("whose match throws answers with 500, and the process lives", async (t) => {
    const { http, port } = await listen(t, createServer());
    const log = new Log();
    const match = (): boolean => {
      throw new Error("planted");
    };
    const server = attach(http, echo as never, { logger: log, match });
    t.after(() => server.close({ deadline: 0 }));
    http.on("upgrade", () => {});
    const peer = await dialRaw(port);
    peer.write(request());
    assert.equal((await peer.head()).status, 500);
    assert.deepEqual(log.texts("error"), ["opening handshake failed"]);
  });

  test("judges by our rules what node:http lets through", async (t) => {
    const { http, port } = await listen(t, createServer({ requireHostHeader: false }));
    const server = attach(http, () => assert.fail(), quiet);
    t.after(() => server.close({ deadline: 0 }));
    for (const [text, status] of [
      [request({ "Sec-WebSocket-Key": null }), 400],
      [request({ "Sec-WebSocket-Version": "13.0" }), 426],
      [request({ Host: null }), 400],
      [request({ Host: ["127.0.0.1", "127.0.0.1"] }), 400],
      [request({ "Content-Length": "5" }), 400],
      [request({ "Transfer-Encoding": "xchunked" }), 400],
      [request({}, "GET / HTTP/1.0"), 505],
      [request({}, "POST / HTTP/1.1"), 405],
      [request({}, "GET * HTTP/1.1"), 400],
      [request({ Upgrade: "h2c" }), 426],
      [request({ Origin: "https://evil.example" }), 403],
      [request({ Host: "evil.example" }), 403],
    ] as const) {
      const peer = await dialRaw(port);
      peer.write(text);
      assert.equal((await peer.head()).status, status, text);
      assert.equal(await peer.end(), "end");
      peer.socket.end();
    }
  });

  test("loses no message in the same packet as the request", async (t) => {
    const { http, port } = await listen(t, createServer());
    const server = attach(
      http,
      async (connection) => {
        await settle();
        for await (const message of connection) await connection.send(message);
      },
      quiet,
    );
    t.after(() => server.close({ deadline: 0 }));
    const peer = await dialRaw(port);
    peer.write(request(), peer.frame(1, "one"), peer.frame(1, "two"));
    assert.equal((await peer.head()).status, 101);
    assert.deepEqual(await peer.frames(2), ["text one", "text two"]);
  });

  test("asks processRequest of requests for WebSockets only", async (t) => {
    const { http, port } = await listen(
      t,
      createServer((_, response) => response.end("plain")),
    );
    const paths: string[] = [];
    const server = attach(http, {
      ...quiet,
      processRequest: ({ path }) => {
        paths.push(path);
        return path === "/no" ? new Response("no", { status: 401 }) : { data: path };
      },
      handler: async (connection) => {
        await connection.send(connection.data);
      },
    });
    t.after(() => server.close({ deadline: 0 }));
    await fetchText(port, "/plain");
    const no = await dialRaw(port);
    no.write(request({}, "GET /no HTTP/1.1"));
    assert.deepEqual([(await no.head()).status], [401]);
    const yes = await openRaw(port, {}, "GET /yes HTTP/1.1");
    assert.equal((await yes.frames(1))[0], "text /yes");
    assert.deepEqual(paths, ["/no", "/yes"]);
  });

  test("of a server that does not listen yet takes them when it does", async (t) => {
    const http = createServer();
    const server = attach(http, echo as never, { logger: null });
    t.after(() => server.close({ deadline: 0 }));
    assert.deepEqual(server.addresses, []);
    const { url, port } = await listen(t, http);
    assert.deepEqual(server.addresses, [{ address: "127.0.0.1", port, family: "IPv4" }]);
    const client = await connect(url, quiet);
    await client.send("x");
    assert.equal(await client.recv(), "x");
    await client.close();
  });

  test("closing it closes the WebSockets, and leaves the server, without a listener of ours", async (t) => {
    const { http, port, url } = await listen(
      t,
      createServer((_, response) => response.end("plain")),
    );
    const before = ["upgrade", "request"].map((event) => http.listenerCount(event));
    const server = attach(http, echo as never, quiet);
    const client = await connect(url, quiet);
    await server.close();
    assert.equal((await client.closed).code, 1001);
    assert.deepEqual(
      ["upgrade", "request"].map((event) => http.listenerCount(event)),
      before,
    );
    assert.deepEqual(await fetchText(port, "/"), { status: 200, body: "plain" });
    // And it can be attached again.
    const again = attach(http, echo as never, quiet);
    await (await connect(url, quiet)).close();
    await again.close();
  });

  test("logs nothing of itself but its connections", async (t) => {
    const { http, port, url } = await listen(
      t,
      createServer((_, response) => response.end("plain")),
    );
    const log = new Log();
    const server = attach(http, echo as never, { logger: log, compression: null });
    await fetchText(port, "/");
    await (await connect(url, quiet)).close();
    await server.close();
    // Who hears of a connection's end first is left to the network.
    assert.deepEqual(log.texts("info").toSorted(), [
      "connection closed",
      "connection open",
      "server closed",
      "server closing",
    ]);
  });

  test("on https: wss", async (t) => {
    const authority = new Authority();
    const { cert, key } = authority.issue("server", ["localhost", "127.0.0.1"]);
    const http = createHttpsServer({ cert, key });
    const { port } = await listen(t, http as unknown as HttpServer);
    const server = attach(http, echo as never, quiet);
    t.after(() => server.close({ deadline: 0 }));
    const client = await connect(`wss://localhost:${port}/`, {
      ...quiet,
      tls: { ca: authority.cert },
    });
    await client.send("secret");
    assert.equal(await client.recv(), "secret");
    const [connection] = server.connections;
    assert.equal(connection?.request.url.protocol, "https:");
    assert.equal((await client.close()).clean, true);
  });

  test("refuses what is no server, and options that are wrong, at once", () => {
    const http = createServer();
    for (const wrong of [undefined, null, 5, {}]) {
      assert.throws(
        () => attach(wrong as never, () => {}),
        /^TypeError: attach takes a server of node:http/,
      );
    }
    assert.throws(() => attach(http, 5 as never), /^TypeError: the handler is 5/);
    assert.throws(
      () => attach(http, () => {}, { port: 5 } as never),
      /^TypeError: attach has no option "port"/,
    );
    assert.equal(http.listenerCount("upgrade"), 0);
  });
});
