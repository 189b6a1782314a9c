/** The adapters with the real frameworks, on real sockets. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { serve as serveHono } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { websockets as besideExpress } from "../../src/adapters/express.ts";
import { websockets as besideFastify } from "../../src/adapters/fastify.ts";
import { websockets as besideHono } from "../../src/adapters/hono.ts";
import { basicAuth } from "../../src/server/auth.ts";
import type { AttachOptions, ServerConnection } from "../../src/server/options.ts";
import { dialRaw, openRaw, request } from "../support/raw-peer.ts";

type Started = { readonly port: number; close(): Promise<unknown> };
type Start = (t: TestContext, options: AttachOptions<unknown>) => Promise<Started>;

const handler = async (connection: ServerConnection<unknown>): Promise<void> => {
  for await (const message of connection) await connection.send(message);
};

const FRAMEWORKS: readonly (readonly [name: string, start: Start])[] = [
  [
    "Express",
    async (t, options) => {
      const app = express();
      app.get("/plain", (_request, response) => void response.send("plain"));
      const http = app.listen(0, "127.0.0.1");
      t.after(() => http.close());
      await once(http, "listening");
      const server = besideExpress(http, { ...options, handler });
      const close = async (): Promise<void> => {
        await server.close({ deadline: 1000 });
        http.close();
        http.closeAllConnections();
      };
      return { port: (http.address() as AddressInfo).port, close };
    },
  ],
  [
    "Fastify",
    async (_t, options) => {
      const app = fastify();
      app.get("/plain", () => "plain");
      besideFastify(app, { ...options, handler, close: { deadline: 1000 } });
      await app.listen({ port: 0, host: "127.0.0.1" });
      return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
    },
  ],
  [
    "Hono",
    async (t, options) => {
      const app = new Hono().get("/plain", (context) => context.text("plain"));
      const http = serveHono({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
      t.after(() => void http.close());
      await once(http, "listening");
      const server = besideHono(http, { ...options, handler });
      const close = async (): Promise<void> => {
        await server.close({ deadline: 1000 });
        http.close();
      };
      return { port: (http.address() as AddressInfo).port, close };
    },
  ],
];

for (const [name, start] of FRAMEWORKS) {
  describe(name, () => {
    test("keeps its own requests, and WebSockets work beside them", async (t) => {
      const { port, close } = await start(t, { match: "/chat", logger: null });
      const peer = await openRaw(port, {}, "GET /chat HTTP/1.1");
      peer.write(peer.frame(1, "hello"));
      assert.deepEqual(await peer.frames(1), ["text hello"]);
      const plain = await fetch(`http://127.0.0.1:${port}/plain`);
      assert.equal(await plain.text(), "plain");
      const other = await dialRaw(port);
      other.write(request({}, "GET /other HTTP/1.1"));
      assert.equal((await other.head()).status, 404);
      other.socket.destroy();
      const closing = close();
      assert.match((await peer.framesToEnd()).at(-1) ?? "", /^close 1001/);
      peer.socket.destroy();
      await closing;
    });

    test("lets in only whom processRequest lets in", async (t) => {
      const check = basicAuth({ credentials: ["ann", "x"] });
      const { port, close } = await start(t, { processRequest: check, logger: null });
      const stranger = await dialRaw(port);
      stranger.write(request());
      assert.equal((await stranger.head()).status, 401);
      stranger.socket.destroy();
      const peer = await openRaw(port, { Authorization: `Basic ${btoa("ann:x")}` });
      peer.write(peer.frame(1, "hello"));
      assert.deepEqual(await peer.frames(1), ["text hello"]);
      peer.socket.destroy();
      await close();
    });

    test("refuses an option that nobody knows", async (t) => {
      await assert.rejects(
        start(t, { matches: "/chat" } as AttachOptions<unknown>),
        /no option "matches"/,
      );
    });
  });
}

test("Express itself is no server, and the error says what is wanted", () => {
  assert.throws(
    () => besideExpress(express() as never, { handler }),
    /what app\.listen\(\) returns/,
  );
});

test("Hono's middleware decides who comes in, when it is given the application", async () => {
  const app = new Hono();
  app.use("/chat", async (context, next) => {
    if (context.req.header("X-Key") !== "k") return context.text("go away", 403);
    await next();
  });
  app.get("/chat", (context) => context.text("come in"));
  const http = serveHono({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;
  const server = besideHono(http, { application: app, handler, logger: null });
  for (const [path, key, status, body] of [
    ["/chat", "k", 101, ""],
    ["/chat", "x", 403, "go away"],
    ["/none", "k", 404, "404 Not Found"],
  ] as const) {
    const peer = await dialRaw(port);
    peer.write(request({ "X-Key": key }, `GET ${path} HTTP/1.1`));
    const head = await peer.head();
    assert.equal(head.status, status);
    assert.equal(head.body, body);
    peer.socket.destroy();
  }
  assert.throws(
    () => besideHono(http, { application: {} as never, handler }),
    /application must be/,
  );
  await server.close({ deadline: 0 });
  http.close();
});
