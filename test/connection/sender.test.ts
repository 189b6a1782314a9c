import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConnectionClosed, ConnectionClosedError } from "../../src/connection/errors.ts";
import { open, SIDES, settle, stateOf } from "../support/connection.ts";
import { describeFrames } from "../support/frames.ts";

for (const side of SIDES) {
  describe(`sending on a ${side}`, () => {
    test("a string is a text message, a Uint8Array a binary one, unless told otherwise", async () => {
      const peer = open({ side });
      const { connection } = peer;
      await connection.send("text");
      await connection.send(Buffer.from("bin"));
      await connection.send("text", { as: "binary" });
      await connection.send(Buffer.from("bin"), { as: "text" });
      await connection.send("");
      await connection.send(new Uint8Array(0));
      assert.deepEqual(await peer.got(), [
        "text text",
        "binary 62696e",
        "binary 74657874",
        "text bin",
        "text",
        "binary",
      ]);
    });

    test("messages of all sizes arrive as they were", async () => {
      const peer = open({ side });
      const sizes = [1, 124, 125, 126, 127, 65_535, 65_536, 65_537, 70_000, 300_000];
      for (const size of sizes) {
        await peer.connection.send("ä".repeat(size >> 1) + "x".repeat(size & 1));
        await peer.connection.send(new Uint8Array(size).fill(7));
      }
      const got = await peer.got();
      assert.equal(got.length, 2 * sizes.length);
      for (const [at, size] of sizes.entries()) {
        assert.equal(got[2 * at], `text ${"ä".repeat(size >> 1)}${"x".repeat(size & 1)}`);
        assert.equal(got[2 * at + 1], `binary ${"07".repeat(size)}`);
      }
    });

    test("what one tick sends leaves in one write", async () => {
      const peer = open({ side });
      for (let n = 0; n < 10; n += 1) void peer.connection.send(`message ${n}`);
      await settle();
      assert.equal(peer.transport.writes.length, 1);
      assert.equal((await peer.got()).length, 10);
    });

    test("the answers to what one read brought leave in one write, synchronously with it", () => {
      const peer = open({ side });
      void peer.connection.consume((message) => void peer.connection.post(message));
      peer.send(peer.text("one"), peer.frame(9, "ping"), peer.text("two"));
      assert.equal(peer.transport.writes.length, 1);
      assert.deepEqual(describeFrames(peer.transport.written), [
        "text one",
        "pong ping",
        "text two",
      ]);
    });

    test("the bytes are taken at once", async () => {
      const peer = open({ side });
      const bytes = Buffer.from("before");
      void peer.connection.send(bytes);
      bytes.fill("x");
      assert.deepEqual(await peer.got(), [`binary ${Buffer.from("before").toString("hex")}`]);
    });

    test("what was sent before close() goes before the Close", async () => {
      const peer = open({ side });
      void peer.connection.send("one");
      void peer.connection.send(new Uint8Array(100_000));
      void peer.connection.close();
      void assert.rejects(peer.connection.send("late"), ConnectionClosed);
      const got = await peer.got();
      assert.deepEqual(
        [got[0], got[1]?.length, got[2], got[3]],
        ["text one", 200_007, "close 1000", undefined],
      );
    });
  });
}

describe("backpressure", () => {
  const limits = { writeLimit: { high: 1000, low: 100, max: 5000 } };

  test("send() waits above `high` until no more than `low` waits", async () => {
    const peer = open({ options: limits });
    peer.transport.accepts = false;
    await peer.connection.send(new Uint8Array(500));
    const second = peer.connection.send(new Uint8Array(600));
    assert.equal(await stateOf(second), "pending");
    assert.ok(peer.connection.bufferedAmount > 1100);
    peer.transport.drain(101);
    assert.equal(await stateOf(second), "pending");
    peer.transport.drain(100);
    await second;
  });

  test("send() does not wait when the system takes it all", async () => {
    const peer = open({ options: limits });
    await peer.connection.send(new Uint8Array(4000));
    assert.equal(peer.connection.bufferedAmount, 0);
  });

  test("send() that waits rejects when the connection is lost", async () => {
    const peer = open({ options: limits });
    peer.transport.accepts = false;
    const waiting = peer.connection.send(new Uint8Array(2000));
    await settle();
    peer.transport.close(null);
    await assert.rejects(waiting, ConnectionClosedError);
    assert.equal(peer.connection.bufferedAmount, 0);
  });

  test("send() with a signal stops waiting; the message is sent all the same", async () => {
    const peer = open({ options: limits });
    peer.transport.accepts = false;
    const aborter = new AbortController();
    const waiting = peer.connection.send(new Uint8Array(2000), { signal: aborter.signal });
    const reason = new Error("no time");
    aborter.abort(reason);
    await assert.rejects(waiting, (error) => error === reason);
    assert.equal((await peer.got()).length, 1);
  });

  test("post() tells whether less than `high` waits, and sends in any case", async () => {
    const peer = open({ options: limits });
    peer.transport.accepts = false;
    assert.equal(peer.connection.post(new Uint8Array(500)), true);
    await settle();
    assert.equal(peer.connection.post(new Uint8Array(600)), false);
    await settle();
    assert.equal(peer.connection.post("x"), false);
    peer.transport.drain(0);
    assert.equal(peer.connection.post("x"), true);
    assert.equal((await peer.got()).length, 4);
  });

  for (const way of ["send", "post"] as const) {
    test(`${way}() above \`max\` gives the connection up with 1013`, async () => {
      const peer = open({ options: limits });
      peer.transport.accepts = false;
      void peer.connection.send(new Uint8Array(6000));
      await settle();
      assert.equal(peer.connection.state, "open", "one message may be larger than that");
      if (way === "post") assert.equal(peer.connection.post("more"), false);
      else await assert.rejects(peer.connection.send("more"), ConnectionClosedError);
      assert.equal(peer.connection.state, "closing");
      assert.equal((await peer.got()).at(-1), "close 1013 too much data waits to be sent");
      assert.equal(peer.events.of("connection.failing")[0]?.code, 1013);
      // It does not read: so it is cut.
      peer.clock.advance(10_000);
      const closure = await peer.connection.closed;
      assert.equal(closure.sent?.code, 1013);
      assert.equal(closure.messagesOut, 1, "what was refused was not sent");
    });
  }

  test("null switches all three limits off", async () => {
    const peer = open({ options: { writeLimit: null } });
    peer.transport.accepts = false;
    for (let n = 0; n < 20; n += 1) await peer.connection.send(new Uint8Array(1_000_000));
    assert.equal(peer.connection.state, "open");
    assert.equal(peer.connection.post("x"), true);
  });

  test("a peer that does not read gets one pong for its pings, the newest, when it reads again", async () => {
    const peer = open({ options: limits });
    peer.transport.accepts = false;
    void peer.connection.send(new Uint8Array(2000));
    await settle();
    for (let n = 0; n < 1000; n += 1) peer.send(peer.frame(9, String(n)));
    await settle();
    assert.equal((await peer.got()).length, 1);
    peer.transport.drain();
    assert.deepEqual((await peer.got()).slice(1), ["pong 999"]);
  });
});

describe("a message in fragments", () => {
  async function* chunks<T>(...items: T[]): AsyncGenerator<T> {
    for (const item of items) {
      await settle();
      yield item;
    }
  }

  test("goes out a frame for each item, and an empty last one, from iterables and async iterables", async () => {
    for (const source of [
      ["a", "b"],
      new Set(["a", "b"]),
      chunks("a", "b"),
      [Promise.resolve("a"), "b"] as string[],
    ]) {
      const peer = open();
      await peer.connection.send(source);
      assert.deepEqual(await peer.got(), ["text- a", "continuation- b", "continuation"]);
    }
  });

  test("is binary when its items are bytes, or when told so", async () => {
    const peer = open();
    await peer.connection.send([Buffer.from([1]), Buffer.from([2])]);
    await peer.connection.send(["a"], { as: "binary" });
    await peer.connection.send([Buffer.from("a")], { as: "text" });
    assert.deepEqual(
      (await peer.got()).filter((text) => !text.startsWith("continuation")),
      ["binary- 01", "binary- 61", "text- a"],
    );
  });

  test("without any is an empty message", async () => {
    const peer = open();
    await peer.connection.send([]);
    await peer.connection.send([], { as: "binary" });
    await peer.connection.send(chunks());
    assert.deepEqual(await peer.got(), ["text", "binary", "text"]);
    assert.equal(peer.connection.state, "open");
  });

  test("keeps characters whole that are cut in two by the end of a string", async () => {
    const peer = open();
    await peer.connection.send(["a\ud83d", "\ude00b\ud83d", "", "\ude00"]);
    await peer.connection.send(["a\ud83d"]);
    const got = await peer.got();
    assert.deepEqual(got, [
      "text- a",
      "continuation- 😀b",
      "continuation-",
      "continuation- 😀",
      "continuation",
      "text- a",
      "continuation \ufffd",
    ]);
  });

  test("lets others wait, who then go in the order of their calls, before whoever calls after it", async () => {
    const peer = open();
    const { connection } = peer;
    const fragments = connection.send(chunks("a", "b"));
    const bytes = Buffer.from("2");
    const waiting = [
      connection.send("1"),
      connection.send(bytes),
      connection.send(["3", "4"]),
      connection.send("5"),
    ];
    bytes.fill("x");
    assert.equal(connection.post("never"), false);
    assert.ok(connection.bufferedAmount >= 3);
    await fragments;
    waiting.push(connection.send("6"));
    await Promise.all(waiting);
    assert.deepEqual(await peer.got(), [
      "text- a",
      "continuation- b",
      "continuation",
      "text 1",
      "binary 32",
      "text- 3",
      "continuation- 4",
      "continuation",
      "text 5",
      "text 6",
    ]);
    assert.equal(connection.bufferedAmount, 0);
  });

  test("lets pings and pongs pass", async () => {
    const peer = open();
    const sending = peer.connection.send(chunks("a", "b"));
    await settle();
    peer.connection.pong("!");
    peer.send(peer.frame(9, "?"));
    await sending;
    const got = await peer.got();
    assert.ok(got.indexOf("pong !") < got.indexOf("continuation"));
    assert.ok(got.indexOf("pong ?") < got.indexOf("continuation"));
  });

  test("whose source throws fails the connection with 1011, and the error is the caller's", async () => {
    const peer = open();
    const planted = new Error("planted");
    const source = (async function* () {
      yield "a";
      throw planted;
    })();
    await assert.rejects(peer.connection.send(source), (error) => error === planted);
    assert.deepEqual(await peer.got(), ["text- a", "close 1011 error in fragmented message"]);
  });

  test("whose source throws before it has given anything leaves the connection open", async () => {
    const peer = open();
    const planted = new Error("planted");
    const sources = [
      (async function* () {
        yield Promise.reject(planted);
      })(),
      {
        [Symbol.iterator]() {
          throw planted;
        },
      },
      { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(planted) }) },
    ];
    for (const source of sources) {
      await assert.rejects(peer.connection.send(source as never), (error) => error === planted);
    }
    await peer.connection.send("next");
    assert.deepEqual(await peer.got(), ["text next"]);
  });

  test("of mixed kinds, or with what is no message, fails the connection with 1011 and a TypeError", async () => {
    for (const items of [
      ["a", Buffer.from("b")],
      [Buffer.from("a"), "b"],
      ["a", 5],
      ["a", null],
      ["a", {}],
    ]) {
      const peer = open();
      let returned = false;
      const source = (function* () {
        try {
          yield* items;
          yield "never";
        } finally {
          returned = true;
        }
      })();
      await assert.rejects(peer.connection.send(source as never), TypeError);
      assert.equal((await peer.got()).at(-1), "close 1011 error in fragmented message");
      assert.ok(returned, "the source is told");
    }
  });

  test("waits for room between its fragments", async () => {
    const peer = open({ options: { writeLimit: { high: 1000, low: 100, max: 5000 } } });
    peer.transport.accepts = false;
    let given = 0;
    const sending = peer.connection.send(
      (function* () {
        for (; given < 10; given += 1) yield new Uint8Array(600);
      })(),
    );
    await settle();
    assert.equal(given, 1);
    for (let turn = 0; turn < 5; turn += 1) {
      peer.transport.drain();
      await settle();
    }
    peer.transport.drain();
    await sending;
    assert.equal(given, 10);
  });

  test("during which close() is called fails the connection with 1011, and is refused the rest", async () => {
    const peer = open();
    const sending = assert.rejects(
      peer.connection.send(chunks("a", "b", "c")),
      ConnectionClosedError,
    );
    await settle();
    const closed = peer.connection.close(1000);
    assert.deepEqual((await peer.got()).slice(-1), ["close 1011 close during fragmented message"]);
    await peer.finish(1011);
    assert.equal((await closed).sent?.code, 1011);
    await sending;
  });

  for (const end of ["the peer closes", "it is lost", "it is aborted"]) {
    test(`whose source never answers is given up when ${end}, and so is what waits for it`, async () => {
      const peer = open();
      let returned = false;
      const given = [Promise.resolve({ done: false, value: "a" })];
      const source: AsyncIterable<string> = {
        [Symbol.asyncIterator]: () => ({
          next: () => given.shift() ?? new Promise<never>(() => {}),
          return: () => {
            returned = true;
            return new Promise<never>(() => {});
          },
        }),
      };
      const all = [
        peer.connection.send(source),
        peer.connection.send("b"),
        peer.connection.send(["c"]),
      ];
      const refused = Promise.all(all.map((promise) => assert.rejects(promise, ConnectionClosed)));
      await settle();
      if (end === "the peer closes") await peer.finish();
      else if (end === "it is lost") peer.transport.close(null);
      else peer.connection.abort();
      await refused;
      assert.ok(returned);
      assert.equal(peer.connection.bufferedAmount, 0);
    });
  }

  test("with a signal: the caller stops waiting, the message goes on", async () => {
    const peer = open();
    const aborter = new AbortController();
    const { signal } = aborter;
    const sending = assert.rejects(peer.connection.send(chunks("a", "b"), { signal }));
    const waiting = assert.rejects(peer.connection.send("c", { signal }));
    aborter.abort();
    await Promise.all([sending, waiting]);
    for (let turn = 0; turn < 4; turn += 1) await settle();
    assert.deepEqual(await peer.got(), ["text- a", "continuation- b", "continuation", "text c"]);
  });

  test("counts as one message of all its bytes", async () => {
    const peer = open();
    await peer.connection.send(["grü", "ße"]);
    await peer.connection.send("ü");
    await peer.connection.send([]);
    await peer.finish();
    const { messagesOut, bytesOut } = await peer.connection.closed;
    assert.deepEqual({ messagesOut, bytesOut }, { messagesOut: 3, bytesOut: 9 });
  });
});
