import assert from "node:assert/strict";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { describe, test } from "node:test";
import { run, start } from "../support/child.ts";

const SERVE = `
import { serve } from "#/src/index.ts";
const server = await serve(HANDLER, { port: 0, host: "127.0.0.1", logger: null });
const over = server.serveForever();
console.log(server.addresses[0].port);
await over;
console.log("closed", process.listenerCount("SIGTERM"), process.listenerCount("SIGINT"));
`;

/** Starts a server in a process of its own, with one client that this process drives. */
async function serving(handler: string) {
  const child = await start(SERVE.replace("HANDLER", handler));
  const [first] = await once(child.process.stdout as Readable, "data");
  return { ...child, port: Number(String(first)) };
}

describe("serveForever()", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`closes gracefully on ${signal}, and the process ends with 0`, async () => {
      const { process: child, outcome } = await serving("() => {}");
      child.kill(signal);
      const { code, stdout, stderr } = await outcome;
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
      assert.match(stdout, /closed 0 0\n$/);
    });
  }

  test("cuts what is left on a second signal", async () => {
    const { openRaw } = await import("../support/raw-peer.ts");
    const { process: child, outcome, port } = await serving("() => new Promise(() => {})");
    const peer = await openRaw(port);
    child.kill("SIGTERM");
    assert.deepEqual(await peer.frames(1), ["close 1001"]);
    child.kill("SIGTERM");
    const { code, stdout } = await outcome;
    assert.equal(code, 0);
    assert.match(stdout, /closed 0 0\n$/);
    await peer.end();
  });

  test("takes other signals, and ends when somebody else closes the server", async () => {
    const { code, stdout, stderr } = await run(`
      import { serve } from "#/src/index.ts";
      const server = await serve(() => {}, { port: 0, host: "127.0.0.1", logger: null });
      const over = server.serveForever({ signals: ["SIGUSR2"] });
      console.log(process.listenerCount("SIGUSR2"), process.listenerCount("SIGTERM"));
      process.kill(process.pid, "SIGUSR2");
      await over;
      await server.serveForever();
      console.log(process.listenerCount("SIGUSR2"), process.listenerCount("SIGTERM"));
      const other = await serve(() => {}, { port: 0, host: "127.0.0.1", logger: null });
      setImmediate(() => other.close());
      await other.serveForever();
    `);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "1 0\n0 0\n", stderr: "" });
  });
});

/** What a process may not be left with after thousands of connections. */
const MANY = `
import { setMaxListeners } from "node:events";
import { connect, serve } from "#/src/index.ts";

Error.stackTraceLimit = 0;
const quiet = { logger: null };
const server = await serve(
  { ...quiet, port: 0, host: "127.0.0.1", subprotocols: [], processRequest: (request) => { request.signal; },
    handler: async (connection) => {
      connection.signal;
      for await (const message of connection) await connection.send(message);
    } },
);
const { port } = server.addresses[0];
const url = "ws://127.0.0.1:" + port;
const aborter = new AbortController();
setMaxListeners(0, aborter.signal);
let aborts = 0;
const add = aborter.signal.addEventListener;
aborter.signal.addEventListener = function (...given) { aborts += 1; return add.apply(this, given); };
const remove = aborter.signal.removeEventListener;
aborter.signal.removeEventListener = function (...given) { aborts -= 1; return remove.apply(this, given); };

const ENDS = [
  async (c) => { await c.close(); },
  async (c) => { c.abort(); await c.closed; },
  async (c) => { await c.send("x".repeat(200)); await c.recv({ signal: aborter.signal }); await c.close(1000, "bye"); },
  async (c) => { c.ping(); c.recv(); c.send("x"); await c.close(); },
  async (c) => { const done = c.consume(() => {}); c.post("x"); void c.close(); await done; },
];
async function batch(size) {
  await Promise.all(Array.from({ length: size }, async (_, n) => {
    const connection = await connect(url, { ...quiet, signal: aborter.signal });
    connection.signal;
    await ENDS[n % ENDS.length](connection);
  }));
}
async function quietDown() {
  while (server.connections.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    gc();
  }
}
const resources = () => process.getActiveResourcesInfo().filter((name) => !/^(TTY|Pipe)/.test(name)).sort().join();

await batch(100);
for (let n = 0; n < 20; n += 1) await batch(20);
await quietDown();
const before = { resources: resources(), heap: process.memoryUsage().heapUsed, listeners: process.eventNames().length };
for (let n = 0; n < COUNT / 200; n += 1) await batch(200);
await quietDown();
const after = { resources: resources(), heap: process.memoryUsage().heapUsed, listeners: process.eventNames().length };
await server.close();
await new Promise((resolve) => setTimeout(resolve, 20));
console.log(JSON.stringify({ before, after, aborts, end: resources(), timeouts: process.getActiveResourcesInfo().includes("Timeout") }));
`;

test("10 000 connections, 5 000 of each side, leave no timer, no listener, no socket and no memory behind", async () => {
  const { code, stdout, stderr } = await run(MANY.replace("COUNT", "5_000"), "--expose-gc");
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const { before, after, aborts, end } = JSON.parse(stdout);
  assert.equal(after.resources, before.resources);
  assert.equal(after.listeners, before.listeners);
  assert.equal(aborts, 0, "listeners on the user's signal");
  assert.equal(end, "");
  // A connection that was kept would cost some kilobytes.
  const grown = (after.heap - before.heap) / 10_000;
  assert.ok(grown < 250, `${grown} bytes a connection`);
});

test("handshakes that fail, in every way, leave nothing behind", async () => {
  const { code, stdout, stderr } = await run(
    `
import { connect, serve } from "#/src/index.ts";
import { setMaxListeners } from "node:events";
import { createServer } from "node:net";
import { dialRaw, request } from "#/test/support/raw-peer.ts";
const server = await serve(() => {}, {
  port: 0, host: "127.0.0.1", logger: null, closeTimeout: 1000,
  processRequest: async (request) => {
    request.signal;
    if (request.path === "/wait") await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
    if (request.path === "/no") return new Response("no", { status: 401 });
  },
});
const { port } = server.addresses[0];
const never = createServer((socket) => socket.resume().on("error", () => {})).listen(0, "127.0.0.1");
await new Promise((resolve) => never.on("listening", resolve));
const resources = () => process.getActiveResourcesInfo().filter((name) => !/^(TTY|Pipe)/.test(name)).sort().join();
const before = resources();
const aborter = new AbortController();
setMaxListeners(0, aborter.signal);
const all = [];
for (let n = 0; n < 50; n += 1) {
  all.push(connect("ws://127.0.0.1:" + port + "/no", { logger: null }));
  all.push(connect("ws://127.0.0.1:1/", { logger: null }));
  all.push(connect("ws://127.0.0.1:" + never.address().port, { logger: null, openTimeout: 20 }));
  all.push(connect("ws://127.0.0.1:" + never.address().port, { logger: null, signal: aborter.signal }));
  all.push(connect("ws://127.0.0.1:" + port + "/wait", { logger: null, openTimeout: 50 }));
  all.push(connect("wss://127.0.0.1:" + port + "/", { logger: null }));
  all.push(connect("what is no address", { logger: null }));
  const raw = await dialRaw(port);
  raw.write(["x", "GET / HTTP/1.1\\r\\n", request({}, "GET /wait HTTP/1.1"), ""][n % 4]);
  setTimeout(() => n % 8 < 4 ? raw.socket.destroy() : raw.socket.resetAndDestroy(), 10);
}
aborter.abort();
const results = await Promise.allSettled(all);
console.log(results.filter(({ status }) => status === "fulfilled").length);
while (resources() !== before) await new Promise((resolve) => setImmediate(resolve));
never.close();
await server.close();
while (resources() !== "") await new Promise((resolve) => setImmediate(resolve));
console.log("quiet");
`,
  );
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "0\nquiet\n", stderr: "" });
});
