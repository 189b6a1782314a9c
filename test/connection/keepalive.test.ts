import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TimeoutError } from "../../src/connection/deadline.ts";
import { ConnectionClosedError, KeepaliveTimeout } from "../../src/connection/errors.ts";
import { open, SIDES, settle, stateOf, type TestPeer } from "../support/connection.ts";
import { readFrames } from "../support/frames.ts";

const options = { pingInterval: 20_000, pingTimeout: 10_000 };

async function pings(peer: TestPeer): Promise<number> {
  await settle();
  return readFrames(peer.transport.written).frames.filter(({ opcode }) => opcode === 9).length;
}

for (const side of SIDES) {
  describe(`keepalive on a ${side}`, () => {
    test("pings after the interval, with four random bytes", async () => {
      const peer = open({ side, options });
      peer.clock.advance(19_999);
      assert.equal(await pings(peer), 0);
      peer.clock.advance(1);
      assert.equal(await pings(peer), 1);
      const [ping] = readFrames(peer.transport.written).frames;
      assert.equal(ping?.payload.length, 4);
      assert.equal(peer.events.of("keepalive.ping").length, 1);
    });

    test("measures the latency by the pong, and pings again an interval after the last ping", async () => {
      const peer = open({ side, options });
      peer.clock.advance(20_000);
      peer.clock.advance(300);
      await peer.pong();
      assert.equal(peer.connection.latency, 300);
      assert.equal(peer.events.of("keepalive.pong")[0]?.latency, 300);
      peer.clock.advance(19_699);
      assert.equal(await pings(peer), 1);
      peer.clock.advance(1);
      assert.equal(await pings(peer), 2);
      peer.clock.advance(7);
      await peer.pong();
      assert.equal(peer.connection.latency, 7);
    });

    test("gives a silent peer up with 1011 after the timeout, and says so to all who wait", async () => {
      const peer = open({ side, options });
      const recv = assert.rejects(peer.connection.recv(), (error: KeepaliveTimeout) => {
        assert.ok(error instanceof KeepaliveTimeout);
        assert.ok(error instanceof ConnectionClosedError);
        assert.equal(
          error.message,
          "sent 1011 (internal error) keepalive ping timeout; no close frame received",
        );
        assert.ok(error.cause instanceof TimeoutError);
        return true;
      });
      peer.clock.advance(20_000);
      peer.clock.advance(9_999);
      assert.equal(peer.connection.state, "open");
      peer.clock.advance(1);
      assert.equal(peer.connection.state, "closing");
      assert.equal((await peer.got()).at(-1), "close 1011 keepalive ping timeout");
      assert.equal(peer.events.of("keepalive.timeout").length, 1);
      assert.equal(peer.events.of("connection.failing").length, 0);
      await assert.rejects(peer.connection.send("x"), KeepaliveTimeout);
      peer.clock.advance(10_000);
      await recv;
      const closure = await peer.connection.closed;
      assert.equal(closure.code, 1006);
      assert.equal(closure.clean, false);
      assert.ok(closure.cause instanceof TimeoutError);
      assert.equal(peer.clock.pending, 0);
    });

    for (const [what, life] of [
      ["a message", (peer: TestPeer) => peer.text("x")],
      ["a byte of a frame", (peer: TestPeer) => peer.text("x").subarray(0, 1)],
      ["a ping", (peer: TestPeer) => peer.frame(9)],
      ["another's pong", (peer: TestPeer) => peer.frame(10, "other")],
    ] as const) {
      test(`takes ${what} for life, and pings again instead`, async () => {
        const peer = open({ side, options });
        peer.clock.advance(20_000);
        peer.clock.advance(9_000);
        peer.send(life(peer));
        peer.clock.advance(1_000);
        assert.equal(peer.connection.state, "open");
        assert.equal(await pings(peer), 2);
        // The silence after it counts.
        peer.clock.advance(10_000);
        assert.equal(peer.connection.state, "closing");
      });
    }

    test("does not blame the peer for silence while we do not read", async () => {
      const peer = open({ side, options: { ...options, maxQueue: { messages: 1 } } });
      peer.send(peer.text("one"), peer.text("two"));
      await settle();
      assert.ok(peer.transport.paused);
      peer.clock.advance(100_000);
      assert.equal(peer.connection.state, "open");
      await peer.connection.recv();
      await peer.connection.recv();
      assert.equal(peer.transport.paused, false);
      // What it has sent meanwhile has not been looked at yet: it gets another ping.
      peer.clock.advance(10_000);
      assert.equal(peer.connection.state, "open");
      peer.clock.advance(10_000);
      assert.equal(peer.connection.state, "closing");
    });

    test("with pingTimeout: null it pings for ever and gives nobody up", async () => {
      const peer = open({ side, options: { ...options, pingTimeout: null } });
      peer.clock.advance(200_000);
      assert.equal(await pings(peer), 10);
      assert.equal(peer.connection.state, "open");
      peer.clock.advance(5);
      await peer.pong();
      assert.equal(peer.connection.latency, 5);
      assert.equal(peer.events.of("keepalive.pong").length, 0);
    });

    test("with pingInterval: null it never pings, and no timer runs", async () => {
      const peer = open({ side, options: { pingInterval: null } });
      assert.equal(peer.clock.pending, 0);
      peer.clock.advance(1_000_000);
      assert.equal(await pings(peer), 0);
      assert.equal(peer.connection.state, "open");
    });

    test("ends with the closing handshake: a pong that comes during it starts nothing", async () => {
      const peer = open({ side, options: { ...options, closeTimeout: null } });
      peer.clock.advance(20_000);
      void peer.connection.close();
      await peer.pong();
      peer.clock.advance(1_000_000);
      assert.equal(await pings(peer), 1);
      assert.equal(peer.clock.pending, 0);
      await peer.finish();
      await assert.rejects(peer.connection.recv(), (error) => !(error instanceof KeepaliveTimeout));
    });

    test("never begins on a connection that was closed or cut before it began", async () => {
      for (const end of ["close", "abort"] as const) {
        const peer = open({ side, options, unstarted: true });
        void peer.connection[end]();
        peer.connection.start(new Uint8Array(0));
        if (end === "close") await peer.finish();
        await peer.connection.closed;
        assert.equal(peer.clock.pending, 0);
      }
    });
  });
}

describe("ping()", () => {
  test("resolves with the latency when its pong comes", async () => {
    const peer = open();
    const ping = peer.connection.ping("hello");
    assert.deepEqual(await peer.got(), ["ping hello"]);
    peer.clock.advance(42);
    peer.send(peer.frame(10, "other"), peer.frame(10, "hell"));
    assert.equal(await stateOf(ping), "pending");
    peer.send(peer.frame(10, "hello"));
    assert.equal(await ping, 42);
    assert.equal(peer.connection.latency, 42);
  });

  test("a pong answers all pings before it, and none after", async () => {
    const peer = open();
    const one = peer.connection.ping("one");
    peer.clock.advance(10);
    const two = peer.connection.ping(Buffer.from("two"));
    const three = peer.connection.ping("three");
    peer.clock.advance(5);
    peer.send(peer.frame(10, "two"));
    assert.deepEqual(await Promise.all([one, two]), [15, 5]);
    assert.equal(await stateOf(three), "pending");
    // It is over: an old pong means nothing.
    peer.send(peer.frame(10, "one"));
    assert.equal(peer.connection.latency, 5);
  });

  test("many at a time have payloads of their own, of four bytes", async () => {
    const peer = open();
    for (let n = 0; n < 100; n += 1) void peer.connection.ping();
    await settle();
    const payloads = readFrames(peer.transport.written).frames.map(({ payload }) => payload);
    assert.ok(payloads.every(({ length }) => length === 4));
    assert.equal(new Set(payloads.map((payload) => payload.toString("hex"))).size, 100);
  });

  test("refuses a payload that waits already, one of more than 125 bytes, and what is none", async () => {
    const peer = open();
    const first = peer.connection.ping("");
    await assert.rejects(peer.connection.ping(""), /^ConcurrencyError: a ping with the same data/);
    await assert.rejects(peer.connection.ping("x".repeat(126)), RangeError);
    await assert.rejects(peer.connection.ping("ä".repeat(63)), RangeError);
    await assert.rejects(peer.connection.ping({} as never), TypeError);
    assert.equal(await stateOf(first), "pending");
    assert.deepEqual(await peer.got(), ["ping"]);
  });

  test("rejects when the connection closes first, with what has closed it", async () => {
    const peer = open();
    const ping = peer.connection.ping();
    const refused = assert.rejects(ping, /^ConnectionClosedOK: received 1000/);
    await peer.finish();
    await refused;
  });
});

test("pings of the peer are answered with the same payload, split anywhere", async () => {
  const bytes = open().frame(9, "payload");
  for (let at = 1; at < bytes.length; at += 1) {
    const peer = open();
    peer.send(bytes.subarray(0, at));
    peer.send(bytes.subarray(at));
    assert.deepEqual(await peer.got(), ["pong payload"]);
  }
});

test("pong() refuses more than 125 bytes on an open connection", () => {
  assert.throws(() => open().connection.pong("x".repeat(126)), RangeError);
});
