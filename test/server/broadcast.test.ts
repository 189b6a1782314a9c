import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../src/client/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { ConnectionClosedError } from "../../src/connection/errors.ts";
import { broadcast } from "../../src/server/broadcast.ts";
import { openRaw } from "../support/raw-peer.ts";
import { start } from "../support/server.ts";

const SIZE = 50_000;
const quiet = { logger: null, proxy: null } as const;

/** Messages that tell their number. */
function numbered(number: number): string {
  return `${number} `.padEnd(SIZE, "x");
}

function numberOf(message: unknown): number {
  return Number.parseInt(String(message), 10);
}

/** A server with a client that reads, and a peer that does not. */
async function open(t: TestContext, options: object = {}) {
  const { server, port, url } = await start(
    t,
    async (connection) => {
      await connection.closed;
    },
    { writeLimit: { max: 500_000 }, closeTimeout: 1000, ...options },
  );
  const peer = await openRaw(port);
  while (server.connections.size < 1) await sleep(1);
  const [slow] = server.connections as Set<Connection<undefined>>;
  peer.socket.pause();
  const reader = await connect(url, quiet);
  const got: number[] = [];
  const reading = reader.consume((data) => void got.push(numberOf(data)));
  return { server, peer, slow: slow!, reader, got, reading, url };
}

/** Broadcasts until the peer that does not read has been slow for a while. */
async function flood(
  server: { broadcast: (message: string, options: { slow: "close" | "skip" | "wait" }) => object },
  slow: "close" | "skip" | "wait",
  count = 150,
): Promise<{ sent: number; skipped: number; closed: number }> {
  const total = { sent: 0, skipped: 0, closed: 0 };
  for (let number = 0; number < count; number += 1) {
    const one = server.broadcast(numbered(number), { slow }) as typeof total;
    total.sent += one.sent;
    total.skipped += one.skipped;
    total.closed += one.closed;
    await sleep(1);
  }
  return total;
}

const ALL = Array.from({ length: 150 }, (_, number) => number);

describe("broadcast() to a peer that does not read", () => {
  test("by default closes its connection once, with 1013, and others get everything", async (t) => {
    const { server, slow, got, reader } = await open(t);
    const { closed, sent, skipped } = await flood(server, "close");
    assert.equal(closed, 1);
    assert.equal(sent + skipped + closed, 300);
    assert.equal((await slow.closed).sent?.code, 1013);
    while (got.length < 150) await sleep(5);
    assert.deepEqual(got, ALL);
    await reader.close();
  });

  test('with slow: "skip" leaves it out, and takes it in again when it reads', async (t) => {
    const { server, slow, got, peer, reader } = await open(t);
    const { closed, skipped } = await flood(server, "skip");
    assert.equal(closed, 0);
    assert.ok(skipped > 10);
    assert.equal(slow.state, "open");
    peer.socket.resume();
    while (slow.bufferedAmount > 0) await sleep(5);
    assert.deepEqual(server.broadcast("again", { slow: "skip" }), {
      sent: 2,
      skipped: 0,
      closed: 0,
    });
    while (got.length < 151) await sleep(5);
    await reader.close();
  });

  test('with slow: "wait" sends it everything in order, among other messages, when it reads', async (t) => {
    const { server, slow, url, reader } = await open(t);
    const late = await connect(url, { ...quiet, maxQueue: { bytes: 1000 }, maxSize: null });
    while (server.connections.size < 3) await sleep(1);
    const connection = [...server.connections].at(-1)!;
    // More than the system takes for a peer that does not read, by far.
    const { sent, skipped, closed } = await flood(server, "wait", 300);
    assert.deepEqual([sent, skipped, closed], [900, 0, 0]);
    assert.ok(connection.bufferedAmount > 1_000_000);
    const last = connection.send(numbered(300));
    server.broadcast(numbered(301), { slow: "wait" });
    for (let number = 0; number <= 301; number += 1) {
      assert.equal(numberOf(await late.recv()), number);
    }
    await last;
    assert.equal(connection.bufferedAmount, 0);
    await Promise.all([late.close(), reader.close()]);
    slow.abort();
  });

  test('with slow: "wait" what waits is sent before a Close, and closing takes no longer than it may', async (t) => {
    const { server, url, slow, reader } = await open(t);
    const late = await connect(url, { ...quiet, maxQueue: { bytes: 1000 }, maxSize: null });
    while (server.connections.size < 3) await sleep(1);
    const connection = [...server.connections].at(-1)!;
    await flood(server, "wait");
    const closing = [connection.close(1000), slow.close(1000)] as const;
    const got: number[] = [];
    for await (const message of late) got.push(numberOf(message));
    assert.deepEqual(got, ALL);
    assert.equal((await closing[0]).clean, true);
    // The peer that still does not read.
    assert.equal((await closing[1]).clean, false);
    await reader.close();
  });

  test('with slow: "wait" is bounded by memoryBudget', async (t) => {
    const { server, slow, reader } = await open(t, { memoryBudget: 3_000_000 });
    await flood(server, "wait", 200);
    assert.equal((await slow.closed).sent?.code ?? 1013, 1013);
    await assert.rejects(slow.send("x"), ConnectionClosedError);
    await reader.close();
  });
});

describe("broadcast()", () => {
  test("refuses options that are wrong, and sends nothing", async (t) => {
    const { server, reader, got } = await open(t);
    for (const [options, says] of [
      [{ slow: "drop" }, /^slow is "drop": it can be "close", "skip" or "wait"$/],
      [{ as: "json" }, /^as is "json"/],
      [{ compress: 1 }, /^compress is 1/],
      [{ sloww: "skip" }, /^broadcast has no option "sloww"/],
      [null, /options of broadcast are null/],
    ] as const) {
      assert.throws(() => broadcast(server.connections, "x", options as never), {
        name: "TypeError",
        message: says,
      });
    }
    assert.throws(() => server.broadcast("x", { filter: 5 } as never), /^TypeError: filter is 5/);
    assert.throws(() => server.broadcast(5 as never), TypeError);
    for (const connections of [5, null, {}, undefined]) {
      assert.throws(() => broadcast(connections as never, "x"), /^TypeError: connections is/);
    }
    assert.deepEqual(got, []);
    const closed = once(reader.signal, "abort");
    await reader.close();
    await closed;
  });
});

describe("a broadcast to connections that compress", () => {
  test("is read by all of them, whatever they have agreed on, and among other messages", async (t) => {
    const { server, url } = await start(
      t,
      async (connection) => {
        await connection.closed;
      },
      { compression: { threshold: 20 } },
    );
    const agreed = [
      {},
      { compression: { contextTakeover: false } },
      { compression: { windowBits: 9 } },
      { compression: { windowBits: 15, threshold: 0 } },
      { compression: null },
    ];
    const clients = await Promise.all(agreed.map((more) => connect(url, { ...quiet, ...more })));
    const got = clients.map((): string[] => []);
    const reading = clients.map((client, index) =>
      client.consume((data) => void got[index]?.push(String(data))),
    );
    const sent: string[] = [];
    const text = (number: number) =>
      `{"number":${number},"words":"${"as before ".repeat(number)}"}`;
    for (let number = 0; number < 40; number += 1) {
      sent.push(text(number));
      if (number % 3 === 0) {
        for (const connection of server.connections) await connection.send(text(number));
      } else {
        server.broadcast(text(number), number % 5 === 0 ? { compress: number % 2 === 0 } : {});
      }
    }
    for (const connection of server.connections) void connection.close();
    await Promise.all(reading);
    for (const texts of got) assert.deepEqual(texts, sent);
  });
});
