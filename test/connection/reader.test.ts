import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ConcurrencyError,
  ConnectionClosedError,
  ConnectionClosedOK,
} from "../../src/connection/errors.ts";
import { open, SIDES, settle, stateOf } from "../support/connection.ts";

for (const side of SIDES) {
  describe(`reading on a ${side}`, () => {
    test("recv() gives what has come, in its order, text as strings and binary as Uint8Arrays", async () => {
      const peer = open({ side });
      peer.send(peer.text("one"), peer.frame(2, Buffer.from([1, 2])), peer.text(""));
      assert.equal(await peer.connection.recv(), "one");
      const bytes = await peer.connection.recv();
      assert.ok(bytes instanceof Uint8Array && !Buffer.isBuffer(bytes));
      assert.deepEqual([...bytes], [1, 2]);
      assert.equal(await peer.connection.recv(), "");
    });

    test("recv() waits for what has not come yet", async () => {
      const peer = open({ side });
      const recv = peer.connection.recv();
      assert.equal(await stateOf(recv), "pending");
      peer.send(peer.text("later"));
      assert.equal(await recv, "later");
    });

    test("several calls of recv() share out the messages that are there, in the order of the calls", async () => {
      const peer = open({ side });
      peer.send(peer.text("one"), peer.text("two"));
      const { connection } = peer;
      assert.deepEqual(await Promise.all([connection.recv(), connection.recv()]), ["one", "two"]);
    });

    test("what came before the Close stays readable after the end", async () => {
      const peer = open({ side });
      peer.send(peer.text("one"), peer.text("two"));
      await peer.finish();
      assert.equal(peer.connection.state, "closed");
      assert.equal(await peer.connection.recv(), "one");
      assert.equal(await peer.connection.recv(), "two");
      await assert.rejects(peer.connection.recv(), ConnectionClosedOK);
    });

    test("an iteration gives what came before the end, and ends quietly with 1000, 1001 and no code", async () => {
      for (const code of [1000, 1001, undefined]) {
        const peer = open({ side });
        peer.send(peer.text("one"), peer.text("two"), peer.close(code));
        const got: unknown[] = [];
        const reading = (async () => {
          for await (const message of peer.connection) got.push(message);
        })();
        await settle();
        peer.transport.feedEnd();
        await reading;
        assert.deepEqual(got, ["one", "two"]);
      }
    });

    test("an iteration throws when the connection ends otherwise", async () => {
      for (const code of [1002, 1011, 3000, 4999]) {
        const peer = open({ side });
        peer.send(peer.text("one"));
        const got: unknown[] = [];
        const reading = assert.rejects(async () => {
          for await (const message of peer.connection) got.push(message);
        }, ConnectionClosedError);
        await peer.finish(code);
        await reading;
        assert.deepEqual(got, ["one"]);
      }
    });

    test("an iteration that is left can be taken up again", async () => {
      const peer = open({ side });
      peer.send(peer.text("one"), peer.text("two"));
      for await (const message of peer.connection) {
        assert.equal(message, "one");
        break;
      }
      for await (const message of peer.connection) {
        assert.equal(message, "two");
        break;
      }
      peer.send(peer.text("three"));
      assert.equal(await peer.connection.recv(), "three");
    });

    test("a batch is all that has come", async () => {
      const peer = open({ side });
      const batches = peer.connection.batches()[Symbol.asyncIterator]();
      peer.send(peer.text("one"), peer.text("two"));
      peer.send(peer.text("three"));
      assert.deepEqual((await batches.next()).value, ["one", "two", "three"]);
      const next = batches.next();
      assert.equal(await stateOf(next), "pending");
      peer.send(peer.text("four"), peer.text("five"));
      assert.deepEqual((await next).value, ["four", "five"]);
      peer.send(peer.text("six"));
      await peer.finish();
      assert.deepEqual((await batches.next()).value, ["six"]);
      assert.deepEqual(await batches.next(), { done: true, value: undefined });
    });
  });
}

describe("recv() with `as`", () => {
  test("gives strings for text, bytes for bytes, whatever the peer sent", async () => {
    const peer = open();
    const utf8 = Buffer.from("grüße");
    peer.send(peer.text("grüße"), peer.frame(2, utf8), peer.text("grüße"), peer.frame(2, utf8));
    assert.equal(await peer.connection.recv({ as: "text" }), "grüße");
    assert.equal(await peer.connection.recv({ as: "text" }), "grüße");
    assert.deepEqual(Buffer.from(await peer.connection.recv({ as: "bytes" })), utf8);
    assert.deepEqual(Buffer.from(await peer.connection.recv({ as: "bytes" })), utf8);
  });

  test("fails the connection with 1007 when the bytes are no text", async () => {
    const peer = open();
    peer.send(peer.frame(2, Buffer.from([0x61, 0xff])));
    await assert.rejects(peer.connection.recv({ as: "text" }), ConnectionClosedError);
    assert.match((await peer.got()).join(), /^close 1007 .+ at position 1$/);
  });

  test("refuses what it does not know, and takes no message for it", async () => {
    const peer = open();
    peer.send(peer.text("one"));
    await assert.rejects(
      peer.connection.recv({ as: "json" as never }),
      /^TypeError: as is "json": it can be "auto", "text" or "bytes"$/,
    );
    assert.equal(await peer.connection.recv(), "one");
  });

  test('with the option text: "bytes" text comes as bytes that are checked, and recv can still make strings', async () => {
    const peer = open({ options: { text: "bytes" } });
    peer.send(peer.text("one"), peer.text("two"));
    assert.deepEqual(Buffer.from((await peer.connection.recv()) as Uint8Array), Buffer.from("one"));
    assert.equal(await peer.connection.recv({ as: "text" }), "two");
    peer.send(peer.frame(1, Buffer.from([0xff])));
    const recv = assert.rejects(peer.connection.recv(), ConnectionClosedError);
    assert.match((await peer.got()).join(), /^close 1007 /);
    await peer.finish();
    await recv;
  });
});

describe("recv() with a signal", () => {
  test("stops waiting, and rejects with the signal's reason", async () => {
    const peer = open();
    const aborter = new AbortController();
    const recv = peer.connection.recv({ signal: aborter.signal });
    const reason = new Error("no time");
    aborter.abort(reason);
    await assert.rejects(recv, (error) => error === reason);
  });

  test("does not begin when it has aborted already, and takes no message", async () => {
    const peer = open();
    peer.send(peer.text("one"));
    const reason = new Error("no time");
    const recv = peer.connection.recv({ signal: AbortSignal.abort(reason) });
    await assert.rejects(recv, (error) => error === reason);
    assert.equal(await peer.connection.recv(), "one");
  });

  test("loses no message: whoever reads next gets what comes", async () => {
    const peer = open();
    const aborter = new AbortController();
    const first = peer.connection.recv({ signal: aborter.signal });
    const refused = assert.rejects(first);
    aborter.abort();
    // At once: the first call stands in nobody's way any more.
    const second = peer.connection.recv();
    peer.send(peer.text("one"));
    await refused;
    assert.equal(await second, "one");
  });

  test("that aborts together with the message's arrival loses no message either", async () => {
    const peer = open();
    const aborter = new AbortController();
    const first = peer.connection.recv({ signal: aborter.signal });
    peer.send(peer.text("one"));
    aborter.abort();
    assert.equal(await first, "one");
    peer.send(peer.text("two"));
    assert.equal(await peer.connection.recv(), "two");
  });

  test("leaves no listener on the signal", async () => {
    const peer = open();
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = ((...given: Parameters<typeof add>) => {
      listeners += 1;
      add(...given);
    }) as typeof add;
    signal.removeEventListener = ((...given: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...given);
    }) as typeof remove;
    for (let turn = 0; turn < 5; turn += 1) {
      const recv = peer.connection.recv({ signal });
      assert.equal(listeners, 1);
      peer.send(peer.text("x"));
      await recv;
      await settle();
      assert.equal(listeners, 0);
    }
  });
});

describe("two readers at once", () => {
  const readers: {
    readonly [name: string]: (c: ReturnType<typeof open>["connection"]) => Promise<unknown>;
  } = {
    recv: (connection) => connection.recv(),
    "an iteration": (connection) => connection[Symbol.asyncIterator]().next(),
    batches: (connection) => connection.batches()[Symbol.asyncIterator]().next(),
    consume: (connection) => connection.consume(() => {}),
  };
  for (const first of Object.keys(readers)) {
    for (const second of Object.keys(readers)) {
      test(`${second} is refused while ${first} waits`, async () => {
        const peer = open();
        const waiting = readers[first]!(peer.connection);
        await assert.rejects(readers[second]!(peer.connection), ConcurrencyError);
        assert.equal(await stateOf(waiting), "pending");
        peer.send(peer.text("one"));
        if (first !== "consume") await waiting;
      });
    }
  }

  test("the second is refused also in the moment between a message's arrival and its taking", async () => {
    const peer = open();
    const first = peer.connection.recv();
    peer.send(peer.text("one"));
    await assert.rejects(peer.connection.recv(), ConcurrencyError);
    assert.equal(await first, "one");
    // And nobody is left behind who waits for ever.
    const third = peer.connection.recv();
    peer.send(peer.text("two"));
    assert.equal(await third, "two");
  });
});

describe("consume()", () => {
  test("calls with each message, synchronously with the read, those that came before too", async () => {
    const peer = open();
    peer.send(peer.text("one"), peer.frame(2, "two"));
    const got: unknown[] = [];
    const consumed = peer.connection.consume((data, isText) => {
      got.push([Buffer.from(data as string).toString(), isText]);
    });
    assert.deepEqual(got, [
      ["one", true],
      ["two", false],
    ]);
    peer.send(peer.text("three"));
    assert.deepEqual(got[2], ["three", true]);
    await peer.finish(1000);
    assert.equal(await consumed, await peer.connection.closed);
  });

  test("tells text from binary where both are bytes, whether they came before or after", async () => {
    const peer = open({ options: { text: "bytes" } });
    peer.send(peer.text("one"), peer.frame(2, "two"), peer.frame(2, ""), peer.text(""));
    const kinds: boolean[] = [];
    void peer.connection.consume((data, isText) => {
      assert.ok(data instanceof Uint8Array);
      kinds.push(isText);
    });
    peer.send(peer.frame(2, "three"), peer.text("four"));
    assert.deepEqual(kinds, [true, false, false, true, false, true]);
  });

  test("rejects with what the function throws; what comes then waits for another reader", async () => {
    const peer = open();
    const planted = new Error("planted");
    const got: unknown[] = [];
    const consumed = peer.connection.consume((message) => {
      got.push(message);
      if (message === "two") throw planted;
    });
    peer.send(peer.text("one"), peer.text("two"), peer.text("three"));
    await assert.rejects(consumed, (error) => error === planted);
    assert.deepEqual(got, ["one", "two"]);
    assert.equal(peer.connection.state, "open");
    assert.equal(await peer.connection.recv(), "three");
  });

  test("rejects with what the function throws for a message that came before", async () => {
    const peer = open();
    peer.send(peer.text("one"), peer.text("two"));
    const planted = new Error("planted");
    const consumed = peer.connection.consume(() => {
      throw planted;
    });
    await assert.rejects(consumed, (error) => error === planted);
    assert.equal(await peer.connection.recv(), "two");
  });

  test("refuses what is no function, and takes nothing", async () => {
    const peer = open();
    peer.send(peer.text("one"));
    await assert.rejects(peer.connection.consume(5 as never), TypeError);
    assert.equal(await peer.connection.recv(), "one");
  });

  test("may answer, close and cut from within", async () => {
    for (const end of ["close", "abort"] as const) {
      const peer = open();
      const got: unknown[] = [];
      const consumed = peer.connection.consume((message) => {
        got.push(message);
        peer.connection.post(`re: ${message}`);
        if (message === "two") void peer.connection[end]();
      });
      peer.send(peer.text("one"), peer.text("two"), peer.text("three"));
      if (end === "close") {
        assert.deepEqual(await peer.got(), ["text re: one", "text re: two", "close 1000"]);
        await peer.finish();
        assert.deepEqual(got, ["one", "two", "three"]);
      } else {
        assert.deepEqual(got, ["one", "two"]);
      }
      assert.equal((await consumed).code, end === "close" ? 1000 : 1006);
    }
  });

  test("reads nothing while more than writeLimit.high waits to be sent, and goes on below low", async () => {
    const peer = open({ options: { writeLimit: { high: 100, low: 50, max: 10_000 } } });
    peer.transport.accepts = false;
    void peer.connection.consume((message) => void peer.connection.post(message));
    peer.send(peer.text("x".repeat(60)));
    await settle();
    assert.equal(peer.transport.paused, false);
    peer.send(peer.text("x".repeat(60)));
    await settle();
    assert.equal(peer.transport.paused, true);
    peer.transport.drain(60);
    assert.equal(peer.transport.paused, true);
    peer.transport.drain(50);
    assert.equal(peer.transport.paused, false);
  });

  test("that fails while its connection is paused leaves it readable", async () => {
    const peer = open({ options: { writeLimit: { high: 100, low: 50, max: 10_000 } } });
    peer.transport.accepts = false;
    const consumed = peer.connection.consume((message) => {
      if (message === "fail") throw new Error("planted");
      peer.connection.post(message);
    });
    peer.send(peer.text("x".repeat(200)));
    await settle();
    assert.equal(peer.transport.paused, true);
    // It was on its way when the socket was paused.
    peer.send(peer.text("fail"));
    await assert.rejects(consumed);
    peer.transport.drain();
    await settle();
    assert.equal(peer.transport.paused, false);
    peer.send(peer.text("after"));
    assert.equal(await peer.connection.recv(), "after");
  });
});

test("messages in fragments, with pings between, come whole", async () => {
  const peer = open();
  peer.send(
    peer.frame(1, "on", { fin: false }),
    peer.frame(9, "!"),
    peer.frame(0, "e", { fin: true }),
  );
  assert.equal(await peer.connection.recv(), "one");
  assert.deepEqual(await peer.got(), ["pong !"]);
});

test("a binary message does not keep more than twice its size alive", async () => {
  const peer = open();
  peer.send(peer.frame(2, "tiny"), peer.frame(2, Buffer.alloc(60_000)));
  const tiny = (await peer.connection.recv()) as Uint8Array;
  assert.ok(tiny.buffer.byteLength <= 8);
  await peer.connection.recv();
  peer.send(peer.frame(2, "ti", { fin: false }), peer.frame(0, "ny"));
  const joined = (await peer.connection.recv()) as Uint8Array;
  assert.deepEqual([...joined], [...tiny]);
  assert.ok(joined.buffer.byteLength <= 8);
});
