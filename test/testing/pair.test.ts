import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ConnectionClosedError,
  ConnectionClosedOK,
  KeepaliveTimeout,
} from "../../src/connection/errors.ts";
import { connectionPair, ManualClock, settle } from "../../src/testing/index.ts";

describe("connectionPair()", () => {
  test("gives two open connections that talk to each other", async () => {
    await using pair = connectionPair();
    const { client, server } = pair;
    assert.deepEqual([client.state, server.state], ["open", "open"]);
    await client.send("ping");
    assert.equal(await server.recv(), "ping");
    await server.send(new Uint8Array([1, 2]));
    assert.deepEqual(await client.recv(), new Uint8Array([1, 2]));
    assert.ok((await client.ping()) >= 0);
  });

  test("closes both sides as over a socket, whichever begins", async () => {
    for (const begins of ["client", "server"] as const) {
      const { client, server } = connectionPair();
      const other = begins === "client" ? server : client;
      const first = begins === "client" ? client : server;
      const closure = await first.close(4000, "bye");
      assert.deepEqual([closure.code, closure.reason, closure.clean], [4000, "bye", true]);
      assert.equal((await other.closed).order, "received");
      assert.equal((await other.closed).code, 4000);
    }
  });

  test("tells the handler what it would know of a real request", async () => {
    await using pair = connectionPair({
      path: "/chat?room=1",
      headers: { Authorization: "Bearer x" },
      subprotocol: "chat.v1",
      data: { user: "ann" },
    });
    const { server } = pair;
    assert.equal(server.request.url.searchParams.get("room"), "1");
    assert.equal(server.request.headers.get("authorization"), "Bearer x");
    assert.equal(server.subprotocol, "chat.v1");
    const user: string = server.data.user;
    assert.equal(user, "ann");
    assert.deepEqual(pair.client.remoteAddress, pair.server.localAddress);
  });

  test("holds each side to its options", async () => {
    const { client, server } = connectionPair({ server: { maxSize: 10 } });
    await client.send("x".repeat(11));
    await assert.rejects(server.recv(), ConnectionClosedError);
    assert.equal((await client.closed).code, 1009);
    assert.throws(() => connectionPair({ server: { maxSize: -1 } }), RangeError);
    assert.throws(() => connectionPair({ sever: {} } as never), TypeError);
  });

  test("makes a sender wait for a reader who does not read", async () => {
    await using pair = connectionPair({ server: { maxQueue: { bytes: 1000 } } });
    const { client, server } = pair;
    const message = new Uint8Array(64 * 1024);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 20; sent += 1) await client.send(message);
    })();
    await settle();
    assert.ok(sent < 10, `${sent} were sent`);
    for (let read = 0; read < 20; read += 1) await server.recv();
    await sending;
    assert.equal(sent, 20);
  });

  test("cut() loses both connections, with the error as their cause", async () => {
    const pair = connectionPair();
    pair.cut();
    await assert.rejects(pair.server.recv(), ConnectionClosedError);
    const { code, cause } = await pair.client.closed;
    assert.equal(code, 1006);
    assert.equal((cause as NodeJS.ErrnoException).code, "ECONNRESET");
  });

  test("abort() on one side is 1006 on both", async () => {
    const { client, server } = connectionPair();
    client.abort();
    assert.equal((await client.closed).code, 1006);
    assert.equal((await server.closed).code, 1006);
  });

  test("what is held does not arrive until it is released", async () => {
    await using pair = connectionPair();
    pair.hold();
    await pair.client.send("late");
    await settle();
    const received = pair.server.recv();
    pair.release();
    assert.equal(await received, "late");
  });

  test("a message of some MiB goes through, in order with others", async () => {
    await using pair = connectionPair({ server: { maxSize: null } });
    const large = new Uint8Array(3 << 20).fill(7);
    void pair.client.send(large);
    void pair.client.send("after");
    assert.deepEqual(await pair.server.recv(), large);
    assert.equal(await pair.server.recv(), "after");
  });

  test("ends iterations quietly", async () => {
    const { client, server } = connectionPair();
    const got: unknown[] = [];
    const handling = (async () => {
      for await (const message of server) got.push(message);
    })();
    await client.send("one");
    await client.close();
    await handling;
    assert.deepEqual(got, ["one"]);
    await assert.rejects(server.recv(), ConnectionClosedOK);
  });
});

describe("a ManualClock", () => {
  test("lets keepalive go on for hours in no time", async () => {
    const clock = new ManualClock();
    const { client, server } = connectionPair({ clock });
    await clock.elapse(3_600_000);
    assert.deepEqual([client.state, server.state], ["open", "open"]);
    await client.close();
    assert.equal((await server.closed).duration, 3_600_000);
    assert.equal(clock.pending, 0);
  });

  test("lets a dead network be found", async () => {
    const clock = new ManualClock();
    const pair = connectionPair({
      clock,
      client: { closeTimeout: 1000 },
      server: { pingInterval: null },
    });
    const failed = assert.rejects(pair.client.recv(), KeepaliveTimeout);
    pair.hold();
    await clock.elapse(20_000 + 20_000 + 1000);
    await failed;
    pair.server.abort();
  });

  test("fires timers in their order, each at its time, and those that are cancelled never", async () => {
    for (const move of ["advance", "elapse"] as const) {
      const clock = new ManualClock(5000);
      const fired: [string, number][] = [];
      const fire = (name: string) => () => void fired.push([name, clock.now()]);
      clock.after(20, fire("late"));
      clock.after(10, () => {
        fire("early")();
        clock.after(5, fire("between"));
      });
      clock.after(20, fire("later"));
      clock.after(10, fire("never")).cancel();
      await clock[move](20);
      assert.deepEqual(fired, [
        ["early", 10],
        ["between", 15],
        ["late", 20],
        ["later", 20],
      ]);
      assert.equal(clock.date(), 5020);
      assert.equal(clock.pending, 0);
    }
  });
});
