/** The promises of docs/topics/reliability.md: what of the outside world fails, and what stays whole. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect as dial } from "node:net";
import { describe, type TestContext, test } from "node:test";
import {
  backoff,
  type Closure,
  ConnectionClosedError,
  connect,
  KeepaliveTimeout,
  reconnect,
} from "../../src/index.ts";
import { Authority } from "../support/certificates.ts";
import { openRaw } from "../support/raw-peer.ts";
import { echo, start } from "../support/server.ts";
import { startClient, startServer } from "./processes.ts";
import { makeLink, makeSilentProxy } from "./silence.ts";

const quiet = { logger: null, proxy: null } as const;
const impatient = { pingInterval: 100, pingTimeout: 100, closeTimeout: 100 } as const;

/** An echo server whose connections' reports are at hand. */
async function watched(t: TestContext, options: Parameters<typeof start>[2] = {}) {
  const closures: Closure[] = [];
  const started = await start(
    t,
    (connection) => {
      void connection.closed.then((closure) => closures.push(closure));
      return echo(connection as never);
    },
    options,
  );
  return { ...started, closures };
}

async function until(look: () => boolean): Promise<void> {
  while (!look()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A connection is opened, and echoes. */
async function expectService(where: number | string, options = {}): Promise<void> {
  const url = typeof where === "number" ? `ws://127.0.0.1:${where}/` : where;
  const connection = await connect(url, { ...quiet, ...options });
  await connection.send("are you there?");
  assert.equal(await connection.recv(), "are you there?");
  await connection.close();
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe("a process that is killed", () => {
  test("a client killed with -9 ends its connection, and no other", async (t) => {
    const { port, server, closures } = await watched(t);
    const other = await connect(`ws://127.0.0.1:${port}/`, quiet);
    const child = await startClient(t, port);
    assert.equal(server.connections.size, 2);
    child.kill("SIGKILL");
    await until(() => server.connections.size === 1);
    assert.deepEqual(
      closures.map(({ code, clean, cause }) => [code, clean, cause !== undefined]),
      [[1006, false, true]],
    );
    await other.send("still here");
    assert.equal(await other.recv(), "still here");
    await other.close();
  });

  test("a server killed with -9 is an error for its clients, and reconnect() finds its successor", async (t) => {
    const first = await startServer(t);
    const url = `ws://127.0.0.1:${first.port}/`;
    const connection = await connect(url, quiet);
    let ended = 0;
    let echoed = "";
    const followed = reconnect(
      url,
      async (client) => {
        if (ended === 0) {
          await client.closed;
          ended += 1;
          await client.recv();
        }
        await client.send("again");
        echoed = String(await client.recv());
      },
      {
        ...quiet,
        minUptime: 0,
        reconnectDelays: () => backoff({ initialDelay: 10, maxDelay: 50 }),
      },
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    first.child.kill("SIGKILL");
    await assert.rejects(connection.recv(), ConnectionClosedError);
    assert.equal((await connection.closed).code, 1006);
    await startServer(t, [`port=${first.port}`]);
    await followed;
    assert.equal(echoed, "again");
  });
});

test("a storm of resets leaves nothing behind, and hurts nobody", async (t) => {
  const { port, server } = await watched(t);
  const good = await connect(`ws://127.0.0.1:${port}/`, quiet);
  const sockets = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  const before = sockets();
  for (let wave = 0; wave < 10; wave += 1) {
    const peers = await Promise.all(Array.from({ length: 20 }, () => openRaw(port)));
    for (const peer of peers) {
      peer.write(peer.frame(2, Buffer.alloc(5000)));
      peer.socket.resetAndDestroy();
    }
  }
  await until(() => server.connections.size === 1 && sockets() <= before);
  await good.send("calm");
  assert.equal(await good.recv(), "calm");
  await good.close();
});

describe("a peer that is gone without a word", () => {
  test("is found by the server's keepalive, though its system says nothing", async (t) => {
    const link = makeLink(t);
    const { port, server, closures } = await watched(t, {
      ...impatient,
      ...(link === null ? {} : { host: link.near }),
    });
    if (link === null) {
      const proxy = await makeSilentProxy(t, port);
      await startClient(t, proxy.port);
      proxy.cut();
    } else {
      await startClient(t, port, { host: link.near, before: link.before });
      link.cut();
    }
    assert.equal(server.connections.size, 1);
    await until(() => server.connections.size === 0);
    assert.match(String(closures[0]?.cause), /no answer to a keepalive ping within 100 ms/);
  });

  test("is found by the client's keepalive", async (t) => {
    const { port } = await watched(t);
    const proxy = await makeSilentProxy(t, port);
    const connection = await connect(`ws://127.0.0.1:${proxy.port}/`, { ...quiet, ...impatient });
    proxy.cut();
    await assert.rejects(connection.recv(), KeepaliveTimeout);
  });
});

describe("a log that cannot be written", () => {
  test("a full disk under a FileHandler costs the log and nothing else", async (t) => {
    const { port, stderr } = await startServer(t, ["file=/dev/full", "level=DEBUG"]);
    for (let count = 0; count < 3; count += 1) await expectService(port);
    // It is said once.
    assert.equal(stderr().match(/ENOSPC: no space left on device/g)?.length, 1, stderr());
  });

  test("a broken pipe on standard error costs the log and nothing else", async (t) => {
    const { port, child } = await startServer(t, ["level=DEBUG"]);
    await expectService(port);
    child.stderr?.destroy();
    for (let count = 0; count < 3; count += 1) await expectService(port);
    assert.equal(child.exitCode, null);
  });
});

describe("time", () => {
  test("an event loop blocked for longer than pingTimeout cuts no peer that answers", async (t) => {
    const { port, server, log } = await watched(t, { ...impatient, pingTimeout: 1000 });
    // Its pings are answered by another process, while this one stands still.
    await startClient(t, port);
    const [connection] = server.connections;
    assert.ok(connection !== undefined);
    const pings = (): number =>
      log.texts("debug").filter((text) => text.includes("sent keepalive ping")).length;
    for (let count = 0; count < 2; count += 1) {
      const before = pings();
      await until(() => pings() > before || connection.state !== "open");
      assert.equal(connection.state, "open");
      block(2200);
    }
    await connection.ping();
    assert.equal(connection.state, "open");
    assert.ok(log.texts("warn").some((text) => /^event loop was blocked for/.test(text)));
  });

  test("a clock that jumps by a day, forth or back, ends no connection and no wait too early", async (t) => {
    const { port, server, closures } = await watched(t, { ...impatient, pingTimeout: 5000 });
    const connection = await connect(`ws://127.0.0.1:${port}/`, { ...quiet, ...impatient });
    const { now } = Date;
    t.after(() => {
      Date.now = now;
    });
    for (const day of [86_400_000, -86_400_000]) {
      Date.now = () => now() + day;
      await connection.ping();
      await new Promise((resolve) => setTimeout(resolve, 250));
      await connection.send(`day ${day}`);
      assert.equal(await connection.recv(), `day ${day}`);
    }
    assert.equal(server.connections.size, 1);
    const closure = await connection.close();
    await until(() => closures.length === 1);
    for (const { duration } of [closure, ...closures]) {
      assert.ok(duration >= 400 && duration < 60_000, `${duration}`);
    }
  });
});

/** Lets a process have no more than so many descriptors, from now on: what loads its sources needs more at first. */
function limitDescriptors(pid: number, most: number): boolean {
  const words = ["--pid", String(pid), `--nofile=${most}:${most}`];
  return spawnSync("prlimit", words).status === 0;
}

test("a server out of descriptors turns away who comes, and serves again when some are free", async (t) => {
  const { port, child } = await startServer(t);
  if (!limitDescriptors(child.pid ?? 0, 64)) {
    // Linux only: elsewhere a running process cannot be told.
    t.skip("there is no prlimit");
    return;
  }
  const witness = await openRaw(port);
  const sockets = Array.from({ length: 120 }, () => {
    const socket = dial({ port, host: "127.0.0.1" });
    socket.on("error", () => {});
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, "connect").catch(() => null)));
  await until(() => readdirSync(`/proc/${child.pid}/fd`).length >= 60);
  witness.write(witness.frame(1, "still here"));
  assert.deepEqual(await witness.frames(1), ["text still here"]);
  for (const socket of sockets) socket.destroy();
  // Until the server has read that they are gone, who comes is still turned away.
  await until(() => readdirSync(`/proc/${child.pid}/fd`).length < 55);
  await expectService(port);
  assert.equal(child.exitCode, null);
  witness.socket.destroy();
});

test("a peer that drips its TLS handshake is cut at openTimeout, while others are served", async (t) => {
  const authority = new Authority();
  const tls = authority.issue("localhost", ["127.0.0.1"]);
  const { port } = await watched(t, { tls, openTimeout: 500 });
  const socket = dial({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  // A record of TLS that announces 512 octets, of which one comes now and then.
  socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
  const drip = setInterval(() => void (socket.writable && socket.write("\0")), 20);
  t.after(() => clearInterval(drip));
  const gone = once(socket, "close");
  await expectService(`wss://127.0.0.1:${port}/`, { tls: { ca: authority.cert } });
  assert.equal(socket.destroyed, false);
  await gone;
});

describe("a proxy that cuts idle connections", () => {
  /** Cuts whatever is silent for 300 ms. */
  async function strict(t: TestContext, port: number): Promise<string> {
    const { createServer } = await import("node:net");
    const proxy = createServer((client) => {
      const there = dial({ port, host: "127.0.0.1" });
      for (const socket of [client, there]) socket.on("error", () => {});
      client.pipe(there).pipe(client);
      client.on("close", () => there.destroy());
      there.on("close", () => client.destroy());
      client.setTimeout(300, () => client.destroy());
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    t.after(() => proxy.close());
    const address = proxy.address();
    return `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
  }

  test("does not cut those whose keepalive is shorter", async (t) => {
    const { port } = await watched(t);
    const url = await strict(t, port);
    const connection = await connect(url, { ...quiet, pingInterval: 50, pingTimeout: 5000 });
    await new Promise((resolve) => setTimeout(resolve, 700));
    await connection.send("awake");
    assert.equal(await connection.recv(), "awake");
    assert.equal((await connection.close()).clean, true);
  });

  test("ends the others with 1006 and a cause, on both sides", async (t) => {
    const { port, closures } = await watched(t);
    const connection = await connect(await strict(t, port), quiet);
    const closure = await connection.closed;
    await until(() => closures.length === 1);
    for (const { code, cause } of [closure, ...closures]) {
      assert.equal(code, 1006);
      assert.ok(cause instanceof Error);
    }
  });
});
