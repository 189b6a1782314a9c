import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Address } from "../../src/http/address.ts";
import type { AttachOptions } from "../../src/server/options.ts";
import { PerAddress } from "../../src/server/per-address.ts";
import { serve } from "../../src/server/serve.ts";
import { settle } from "../support/connection.ts";
import { dialRaw, openRaw, type RawPeer, request } from "../support/raw-peer.ts";
import { echo, start } from "../support/server.ts";

const at = (address: string): Address => ({ address, port: 1, family: "IPv4" });

async function answerOf(port: number, headers: Parameters<typeof request>[0] = {}) {
  const peer = await dialRaw(port);
  peer.write(request(headers));
  return { ...(await peer.head()), peer };
}

describe("maxConnectionsPerAddress", () => {
  test("turns away with 503 whoever comes from an address that has as many, until one has gone", async (t) => {
    const { port, log, server } = await start(t, echo, { maxConnectionsPerAddress: 2 });
    const first = await openRaw(port);
    await openRaw(port);
    const third = await answerOf(port);
    assert.equal(third.status, 503);
    assert.match(third.body, /from this address/);
    assert.ok(log.texts("info").includes("connection rejected (503 Service Unavailable)"));
    const gone = [...server.connections][0]?.closed;
    first.socket.destroy();
    await gone;
    assert.equal((await answerOf(port)).status, 101);
  });

  test("counts clients, not the proxy through which they come", async (t) => {
    const { port } = await start(t, echo, { maxConnectionsPerAddress: 1, trustProxy: 1 });
    assert.equal((await answerOf(port, { "X-Forwarded-For": "1.1.1.1" })).status, 101);
    assert.equal((await answerOf(port, { "X-Forwarded-For": "2.2.2.2" })).status, 101);
    assert.equal((await answerOf(port, { "X-Forwarded-For": "9.9.9.9, 1.1.1.1" })).status, 503);
  });

  const cases: readonly (readonly [one: string, other: string, same: boolean])[] = [
    ["1.1.1.1", "1.1.1.1", true],
    ["1.1.1.1", "1.1.1.2", false],
    ["1.1.1.1", "::ffff:1.1.1.1", true],
    ["1.1.1.1", "::ffff:101:101", true],
    ["::ffff:1.1.1.1", "::ffff:1.1.1.2", false],
    ["2001:db8::1", "2001:db8:0:0:ffff::2", true],
    ["2001:db8::1", "2001:db8:0:1::1", false],
    ["2001:DB8:1:2:3:4:5:6", "2001:db8:1:2::", true],
    ["fe80::1%eth0", "fe80::2", true],
    ["::1", "::2", true],
  ];
  for (const [one, other, same] of cases) {
    test(`takes ${one} and ${other} for ${same ? "one place" : "two"}`, () => {
      const places = new PerAddress();
      const leave = places.add(at(one));
      assert.equal(places.count(at(other)), same ? 1 : 0);
      leave();
      assert.equal(places.count(at(one)), 0);
    });
  }

  test("does not count who has no address", () => {
    const places = new PerAddress();
    places.add(null)();
    places.add("/run/x.sock");
    assert.equal(places.count(null), 0);
    assert.equal(places.count("/run/x.sock"), 0);
  });
});

test("rateLimit closes with 1008 who sends more, and says so", async (t) => {
  const { port, server } = await start(t, echo, { rateLimit: { messages: 2, per: 3_600_000 } });
  const peer = await openRaw(port);
  const [connection] = server.connections;
  peer.write(peer.frame(1, "a"), peer.frame(1, "b"), peer.frame(1, "c"));
  assert.match((await peer.framesToEnd()).at(-1) ?? "", /^close 1008/);
  peer.socket.end();
  const { sent } = await connection!.closed;
  assert.deepEqual(sent, { code: 1008, reason: "more than 2 messages in 3600000 ms" });
});

describe("memoryBudget", () => {
  const fill = (peer: RawPeer, size: number): void =>
    peer.write(peer.frame(2, Buffer.alloc(size, 1)));

  test("closes with 1013 who holds most, and leaves the others alone", async (t) => {
    const waiting = new Promise<void>(() => {});
    const { port, server } = await start(t, () => waiting, { memoryBudget: 100_000 });
    const small = await openRaw(port);
    fill(small, 10_000);
    const large = await openRaw(port);
    fill(large, 60_000);
    const [first, second] = [...server.connections];
    fill(large, 60_000);
    assert.match((await large.framesToEnd()).at(-1) ?? "", /^close 1013/);
    large.socket.end();
    const closure = await second!.closed;
    assert.equal(closure.sent?.code, 1013);
    await assert.rejects(second!.recv(), { name: "ConnectionClosedError" });
    assert.equal(first!.state, "open");
    assert.equal(((await first!.recv()) as Uint8Array).length, 10_000);
  });

  test("counts what is not yet sent, and cuts who does not read", async (t) => {
    const { port, server } = await start(
      t,
      async (connection) => {
        await connection.recv();
        for (;;) await connection.send(new Uint8Array(1_000_000));
      },
      { memoryBudget: 4_000_000, writeLimit: { high: 64_000_000, max: 64_000_000 } },
    );
    const peer = await openRaw(port);
    const [connection] = server.connections;
    peer.socket.pause();
    peer.write(peer.frame(1, "go"));
    const closure = await connection!.closed;
    assert.equal(closure.sent?.code, 1013);
    assert.equal(connection!.bufferedAmount, 0);
  });

  test("counts messages that have not come whole", async (t) => {
    const { port, server } = await start(t, echo, { memoryBudget: 100_000 });
    const peer = await openRaw(port);
    peer.write(peer.frame(2, Buffer.alloc(150_000), { fin: false }));
    assert.match((await peer.framesToEnd()).at(-1) ?? "", /^close 1013/);
    peer.socket.destroy();
    await [...server.connections][0]?.closed;
  });
});

test("memoryBudget counts the requests that are coming in, and turns away with 503 who holds most", async (t) => {
  const { port } = await start(t, echo, { memoryBudget: 100_000 });
  const line = `X-A: ${"a".repeat(8000)}\r\n`;
  const [small, large] = [await dialRaw(port), await dialRaw(port)];
  const good = request();
  const begun = good.slice(0, good.indexOf("\r\n") + 2);
  small.write(begun, line);
  large.write(begun, ...Array.from({ length: 14 }, () => line));
  assert.equal((await large.head()).status, 503);
  large.socket.end();
  small.write(good.slice(begun.length));
  assert.equal((await small.head()).status, 101);
  small.socket.destroy();
});

test("of those who were turned away and stay, the longest are cut, above a thousand or maxHandshakes", async (t) => {
  const { port } = await start(t, echo, { maxHandshakes: 10, closeTimeout: null });
  const peers: RawPeer[] = [];
  for (let count = 0; count < 1020; count += 1) {
    const peer = await dialRaw(port);
    peers.push(peer);
    peer.write("GET / HTTP/1.0\r\n\r\n");
    if (count % 8 === 0) assert.equal((await peer.head()).status, 505);
  }
  for (const peer of peers.slice(-8)) await peer.end();
  // A socket that is gone answers what comes with a reset.
  while (peers.slice(0, 20).some(({ closed }) => !closed)) {
    for (const peer of peers) peer.write("x");
    await settle();
  }
  assert.equal(peers.filter(({ closed }) => !closed).length, 1000);
  for (const peer of peers) peer.socket.destroy();
});

describe("an option that is wrong is refused", () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ maxConnectionsPerAddress: -1 }, /maxConnectionsPerAddress is -1/],
    [{ maxConnectionsPerAddress: "2" }, /maxConnectionsPerAddress is "2"/],
    [{ memoryBudget: "1g" }, /memoryBudget is "1g"/],
    [{ memoryBudget: -5 }, /memoryBudget is -5/],
    [{ trustProxy: true }, /trustProxy is true/],
    [{ rateLimit: 5 }, /rateLimit/],
    [{ maxPerAddress: 5 }, /no option "maxPerAddress"/],
  ];
  for (const [options, says] of cases) {
    test(JSON.stringify(options), async () => {
      await assert.rejects(
        serve(() => {}, options as AttachOptions),
        says,
      );
    });
  }
});
