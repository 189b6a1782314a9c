/** Connections on real sockets: what only a system that buffers, a peer that does not read, and an event loop can show. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "../../src/client/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { ConnectionClosedError } from "../../src/connection/errors.ts";
import { settle, stateOf } from "../support/connection.ts";
import { acceptRaw, openRaw } from "../support/raw-peer.ts";
import { start } from "../support/server.ts";

const quiet = { logger: null, compression: null, proxy: null };

/** A server's connection, and its client's raw socket. */
async function pair(t: Parameters<typeof start>[0], options: object = {}) {
  let opened: (connection: Connection<undefined>) => void = () => {};
  const opening = new Promise<Connection<undefined>>((resolve) => {
    opened = resolve;
  });
  const { port, server, log } = await start(
    t,
    async (connection) => {
      opened(connection);
      await connection.closed;
    },
    options,
  );
  const peer = await openRaw(port);
  return { peer, connection: await opening, server, log };
}

/** Sends until it has to wait; `waiting` is the promise of the last message. */
async function fill(
  connection: Connection<undefined>,
  size: number,
): Promise<{ waiting: Promise<void> }> {
  while (true) {
    const sending = connection.send(new Uint8Array(size));
    if ((await stateOf(sending)) === "pending") return { waiting: sending };
  }
}

describe("a peer that does not read", () => {
  test("makes send() wait above `high`; it goes on when the peer reads again, and nothing is lost", async (t) => {
    const { peer, connection } = await pair(t, { writeLimit: { high: 100_000, low: 10_000 } });
    peer.socket.pause();
    const { waiting } = await fill(connection, 50_000);
    assert.ok(connection.bufferedAmount > 100_000 && connection.bufferedAmount < 200_000);
    assert.equal(connection.post("behind"), false);
    assert.equal(await stateOf(waiting), "pending");
    peer.socket.resume();
    await waiting;
    assert.ok(connection.bufferedAmount <= 10_000);
    await connection.send("last");
    await peer.until(() => peer.received.subarray(-4).toString() === "last");
  });

  test("is given up above `max` with 1013, and cut after closeTimeout; others are not touched", async (t) => {
    const { peer, connection, server, log } = await pair(t, {
      writeLimit: { high: 100_000, low: 10_000, max: 300_000 },
      closeTimeout: 50,
    });
    peer.socket.pause();
    const { waiting: sending } = await fill(connection, 50_000);
    const waiting = assert.rejects(sending, ConnectionClosedError);
    while (connection.state === "open") {
      connection.post(new Uint8Array(50_000));
      await settle();
    }
    const closure = await connection.closed;
    await waiting;
    assert.equal(closure.sent?.code, 1013);
    assert.equal(closure.code, 1006);
    assert.ok(log.texts().includes("! failing connection: 1013 too much data waits to be sent"));
    assert.equal(server.connections.size, 0);
  });

  test("and is closed gets what was sent before, and the Close, when it reads again", async (t) => {
    const { peer, connection } = await pair(t, { writeLimit: null });
    peer.socket.pause();
    for (let n = 0; n < 100; n += 1) void connection.send(`${n}:${"x".repeat(50_000)}`);
    const closing = connection.close(1000, "done");
    await settle();
    peer.socket.resume();
    const frames = await peer.frames(101);
    assert.ok(frames.slice(0, 100).every((text, n) => text.startsWith(`text ${n}:`)));
    assert.equal(frames[100], "close 1000 done");
    peer.write(peer.frame(8, Buffer.from([3, 232])));
    await peer.end();
    peer.socket.end();
    assert.ok((await closing).clean);
  });

  test("and is cut loses what waits, and the one who waits hears of it", async (t) => {
    const { peer, connection } = await pair(t, { writeLimit: { high: 100_000, low: 10_000 } });
    peer.socket.pause();
    const { waiting: sending } = await fill(connection, 50_000);
    const waiting = assert.rejects(sending, ConnectionClosedError);
    connection.abort();
    await waiting;
    assert.equal(connection.bufferedAmount, 0);
  });

  test("makes an echo stop reading, by a consumer and by an iteration, so that memory stays bounded", async (t) => {
    for (const way of ["consume", "iteration"] as const) {
      let connection: Connection<undefined> | undefined;
      const { port } = await start(
        t,
        async (opened) => {
          connection = opened;
          if (way === "consume") await opened.consume((message) => void opened.post(message));
          else for await (const message of opened) await opened.send(message);
        },
        { writeLimit: { high: 50_000, low: 5_000 }, maxQueue: { bytes: 50_000 } },
      );
      const peer = await openRaw(port);
      peer.socket.pause();
      const message = peer.frame(2, Buffer.alloc(20_000));
      // The client writes until its own socket takes no more: the server has stopped reading.
      while (peer.socket.write(message) || peer.socket.writableLength < 4_000_000) {
        await new Promise((resolve) => setImmediate(resolve));
        if (peer.socket.writableLength > 100_000) break;
      }
      await settle();
      assert.ok((connection?.bufferedAmount ?? Number.NaN) < 300_000);
      assert.equal(connection?.state, "open");
      peer.socket.destroy();
      await connection?.closed;
    }
  });
});

describe("one connection's flood", () => {
  test("of tiny frames lets another connection be served in between", async (t) => {
    const order: string[] = [];
    const { port } = await start(t, async (connection) => {
      const name = connection.request.path.slice(1);
      await connection.consume(() => {
        order.push(name);
        if (name === "calm") connection.post("pong");
      });
    });
    const calm = await openRaw(port, {}, "GET /calm HTTP/1.1");
    const flood = await openRaw(port, {}, "GET /flood HTTP/1.1");
    const frames = Buffer.concat(Array.from({ length: 100_000 }, () => flood.frame(1)));
    flood.write(frames);
    calm.write(calm.frame(1, "ping"));
    assert.deepEqual(await calm.frames(1), ["text pong"]);
    const before = order.indexOf("calm");
    // Most of the flood was still to come when the other was served.
    while (order.length < 100_001) await settle();
    assert.ok(before < 90_000, String(before));
  });

  test("of pings gets a pong each, in order, while it reads", async (t) => {
    const { port } = await start(t);
    const peer = await openRaw(port);
    const names = Array.from({ length: 3000 }, (_, n) => String(n));
    peer.write(...names.map((name) => peer.frame(9, name)));
    assert.deepEqual(
      await peer.frames(3000),
      names.map((name) => `pong ${name}`),
    );
  });

  test("of violations closes each offender, and nobody else", async (t) => {
    const { url, port, log } = await start(t);
    const client = await connect(url, quiet);
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const peer = await openRaw(port);
        peer.write(n % 2 === 0 ? peer.frame(3) : Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]));
        assert.match((await peer.framesToEnd()).join(), /^close 1002 /);
        peer.socket.destroy();
      }),
    );
    await client.send("x");
    assert.equal(await client.recv(), "x");
    await client.close();
    assert.equal(
      log.texts("error").filter((text) => text !== "connection handler failed").length,
      0,
    );
  });
});

describe("the end of the stream", () => {
  test("by a server that never ends TCP after the Close is not waited for longer than closeTimeout", async () => {
    await using server = await acceptRaw(
      () => "",
      async (peer) => {
        await peer.frames(1);
        peer.write(peer.frame(8, Buffer.from([3, 232])));
      },
    );
    const connection = await connect(`ws://127.0.0.1:${server.port}/`, {
      ...quiet,
      closeTimeout: 50,
    });
    const closure = await connection.close();
    assert.equal(closure.clean, true);
    await server.peers[0]?.end();
  });

  test("by a client that floods after its Close does not keep the server", async (t) => {
    const { port, server } = await start(t, undefined, { closeTimeout: 50 });
    const peer = await openRaw(port);
    peer.write(peer.frame(8, Buffer.from([3, 232])));
    const flood = (): void => {
      if (peer.socket.writable && !peer.closed) peer.socket.write(Buffer.alloc(100_000), flood);
    };
    flood();
    await peer.gone();
    while (server.connections.size > 0) await settle();
  });

  test("with a reset, amid messages: what came before is readable, and the cause is told", async (t) => {
    const { peer, connection } = await pair(t);
    peer.write(peer.frame(1, "one"), peer.frame(1, "two"));
    assert.equal(await connection.recv(), "one");
    peer.socket.resetAndDestroy();
    const closure = await connection.closed;
    assert.equal(closure.code, 1006);
    assert.equal((closure.cause as NodeJS.ErrnoException).code, "ECONNRESET");
    assert.equal(await connection.recv(), "two");
    await assert.rejects(connection.recv(), (error: Error) => error.cause === closure.cause);
    assert.deepEqual(connection.remoteAddress !== null, true);
  });

  test("of a violator who is still sending: it gets the Close all the same, and no reset", async (t) => {
    const { port } = await start(t, undefined, { maxSize: 1000 });
    const peer = await openRaw(port);
    peer.write(peer.frame(2, Buffer.alloc(2_000_000)));
    assert.match((await peer.frames(1))[0] ?? "", /^close 1009 /);
    assert.equal(await peer.end(), "end");
  });
});

test("a thousand small messages each way arrive in order, through a client and a server of ours", async (t) => {
  const { url } = await start(t);
  const client = await connect(url, quiet);
  for (let n = 0; n < 1000; n += 1) client.post(String(n));
  for (let n = 0; n < 1000; n += 1) assert.equal(await client.recv(), String(n));
  const closure = await client.close();
  assert.deepEqual(
    [closure.messagesIn, closure.messagesOut, closure.bytesIn, closure.bytesOut],
    [1000, 1000, 2890, 2890],
  );
});

test("messages of many connections that are sent from one memory are not mixed up, when some peers do not read", async (t) => {
  const { port, server } = await start(t, async (connection) => {
    const name = connection.request.path.slice(1);
    for await (const message of connection) {
      for (let n = 0; n < 20; n += 1)
        connection.post(`${name}:${message}:${n}:${name.repeat(300)}`);
    }
  });
  const names = ["a", "b", "c", "d", "e", "f"];
  const peers = await Promise.all(names.map((name) => openRaw(port, {}, `GET /${name} HTTP/1.1`)));
  for (const at of [1, 4]) peers[at]?.socket.pause();
  for (let turn = 0; turn < 30; turn += 1) {
    for (const peer of peers) peer.write(peer.frame(1, String(turn)));
    await settle();
  }
  for (const peer of peers) peer.socket.resume();
  for (const [at, peer] of peers.entries()) {
    const name = names[at] ?? "";
    const frames = await peer.frames(600);
    const expected: string[] = [];
    for (let turn = 0; turn < 30; turn += 1) {
      for (let n = 0; n < 20; n += 1)
        expected.push(`text ${name}:${turn}:${n}:${name.repeat(300)}`);
    }
    assertSame(frames, expected);
  }
  assert.equal(server.connections.size, 6);
});

test("broadcasts between, to the same connections, are not mixed up either", async (t) => {
  const { port, server } = await start(t, async (connection) => {
    for await (const message of connection) connection.post(`own ${message}`);
  });
  const peers = await Promise.all(Array.from({ length: 5 }, () => openRaw(port)));
  peers[2]?.socket.pause();
  const expected: string[] = [];
  for (let turn = 0; turn < 100; turn += 1) {
    server.broadcast(`all ${turn} ${"x".repeat(turn * 100)}!`);
    for (const connection of server.connections) connection.post(`each ${turn}`);
    server.broadcast(`again ${turn}`);
    expected.push(
      `text all ${turn} ${"x".repeat(turn * 100)}!`,
      `text each ${turn}`,
      `text again ${turn}`,
    );
    if (turn % 10 === 0) await settle();
  }
  peers[2]?.socket.resume();
  for (const peer of peers) assertSame(await peer.frames(300), expected);
});

/** As deepEqual, with a difference that can be read. */
function assertSame(got: readonly string[], expected: readonly string[]): void {
  assert.equal(got.length, expected.length);
  const at = got.findIndex((text, index) => text !== expected[index]);
  assert.equal(at, -1, `message ${at} is ${got[at]?.slice(0, 100)}`);
}
