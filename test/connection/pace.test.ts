import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Extension } from "../../src/extensions/extension.ts";
import { open, SIDES, settle } from "../support/connection.ts";

for (const side of SIDES) {
  describe(`maxQueue on a ${side}`, () => {
    test("pauses above `messages`, and resumes when half of it is read", async () => {
      const peer = open({ side, options: { maxQueue: { messages: 10 } } });
      const ten = Array.from({ length: 10 }, (_, n) => peer.text(String(n)));
      peer.send(...ten);
      await settle();
      assert.equal(peer.transport.paused, false);
      peer.send(peer.text("10"));
      await settle();
      assert.equal(peer.transport.paused, true);
      for (let n = 0; n < 5; n += 1) assert.equal(await peer.connection.recv(), String(n));
      assert.equal(peer.transport.paused, true);
      assert.equal(await peer.connection.recv(), "5");
      assert.equal(peer.transport.paused, false);
    });

    test("pauses above `bytes`, those of text in UTF-8", async () => {
      const peer = open({ side, options: { maxQueue: { bytes: 100 } } });
      peer.send(peer.text("ä".repeat(50)));
      await settle();
      assert.equal(peer.transport.paused, false);
      peer.send(peer.text("x"));
      await settle();
      assert.equal(peer.transport.paused, true);
      await peer.connection.recv();
      assert.equal(peer.transport.paused, false);
    });

    test("is judged when the reader has had its turn: one that keeps up is never paused", async () => {
      const peer = open({ side, options: { maxQueue: { messages: 3 } } });
      let got = 0;
      void (async () => {
        for await (const _ of peer.connection) got += 1;
      })();
      for (let n = 0; n < 10; n += 1) {
        peer.send(...Array.from({ length: 50 }, () => peer.text("x")));
        await settle();
      }
      assert.equal(got, 500);
      assert.equal(peer.transport.pauses, 0);
    });

    test("batches and consume() empty the queue at once", async () => {
      for (const way of ["batches", "consume"] as const) {
        const peer = open({ side, options: { maxQueue: { messages: 3 } } });
        peer.send(...Array.from({ length: 5 }, () => peer.text("x")));
        await settle();
        assert.equal(peer.transport.paused, true);
        if (way === "batches") {
          const { value } = await peer.connection.batches()[Symbol.asyncIterator]().next();
          assert.equal(value?.length, 5);
        } else {
          void peer.connection.consume(() => {});
        }
        assert.equal(peer.transport.paused, false);
      }
    });

    test("null: nothing is too much", async () => {
      const peer = open({ side, options: { maxQueue: null } });
      for (let n = 0; n < 100; n += 1) peer.send(peer.frame(2, Buffer.alloc(100_000)));
      await settle();
      assert.equal(peer.transport.pauses, 0);
    });

    test("keeps what was on its way when the socket was paused", async () => {
      const peer = open({ side, options: { maxQueue: { messages: 1 } } });
      peer.send(peer.text("one"), peer.text("two"));
      await settle();
      peer.send(peer.text("three"));
      for (const text of ["one", "two", "three"]) assert.equal(await peer.connection.recv(), text);
    });

    test("gives thousands of waiting messages in their order", async () => {
      const peer = open({ side, options: { maxQueue: null } });
      for (let n = 0; n < 5000; n += 1) peer.send(peer.text(String(n)));
      for (let n = 0; n < 2500; n += 1) assert.equal(await peer.connection.recv(), String(n));
      peer.send(peer.text("last"));
      const batch = (await peer.connection.batches()[Symbol.asyncIterator]().next()).value;
      assert.equal(batch?.[0], "2500");
      assert.equal(batch?.length, 2501);
    });
  });

  describe(`a flood of small frames on a ${side}`, () => {
    test("is handled 1024 frames at a turn; others have theirs in between, and nothing is read meanwhile", async () => {
      const peer = open({ side });
      const got: unknown[] = [];
      void peer.connection.consume((message) => void got.push(message));
      peer.send(...Array.from({ length: 2500 }, (_, n) => peer.text(String(n))));
      assert.equal(got.length, 1024);
      assert.equal(peer.transport.paused, true);
      peer.clock.turn();
      assert.equal(got.length, 2048);
      peer.clock.turn();
      assert.equal(got.length, 2500);
      assert.equal(peer.transport.paused, false);
      assert.deepEqual(
        got,
        Array.from({ length: 2500 }, (_, n) => String(n)),
      );
    });

    test("keeps the order of what was on its way when the socket was paused", () => {
      const peer = open({ side });
      const got: unknown[] = [];
      void peer.connection.consume((message) => void got.push(message));
      const frames = Array.from({ length: 6000 }, (_, n) => peer.text(String(n)));
      peer.send(...frames.slice(0, 2000));
      peer.send(...frames.slice(2000, 4100));
      peer.send(...frames.slice(4100));
      while (peer.clock.turns.length > 0) peer.clock.turn();
      assert.deepEqual(
        got,
        Array.from({ length: 6000 }, (_, n) => String(n)),
      );
      assert.equal(peer.transport.paused, false);
    });

    test("and the end of the stream behind it: all of it is delivered first", async () => {
      const peer = open({ side });
      const got: unknown[] = [];
      void peer.connection.consume((message) => void got.push(message));
      peer.send(...Array.from({ length: 3000 }, () => peer.text("x")));
      peer.transport.feedEnd();
      while (peer.clock.turns.length > 0) peer.clock.turn();
      await peer.connection.closed;
      assert.equal(got.length, 3000);
    });

    test("and a reader that is slow: it is paused once, and reads all of it", async () => {
      const peer = open({ side, options: { maxQueue: { messages: 100 } } });
      // The last bytes are the beginning of a frame: the last turn delivers nothing.
      const rest = peer.text("rest");
      peer.send(...Array.from({ length: 2048 }, () => peer.text("x")), rest.subarray(0, 1));
      await settle();
      assert.equal(peer.transport.paused, true);
      peer.clock.turn();
      await settle();
      const reading = (async () => {
        for (let n = 0; n < 2048; n += 1) assert.equal(await peer.connection.recv(), "x");
      })();
      await settle();
      while (peer.clock.turns.length > 0) {
        peer.clock.turn();
        await settle();
      }
      await reading;
      assert.equal(peer.transport.paused, false);
      peer.send(rest.subarray(1));
      assert.equal(await peer.connection.recv(), "rest");
    });

    test("and a reader that does not come: the rest waits for it, and for nobody after a close", async () => {
      for (const how of ["recv", "close"] as const) {
        const peer = open({ side, options: { maxQueue: { messages: 100 } } });
        peer.send(...Array.from({ length: 3000 }, () => peer.text("x")), peer.close(1000));
        await settle();
        peer.clock.turn();
        peer.clock.turn();
        await settle();
        assert.equal(peer.connection.state, "open");
        if (how === "close") void peer.connection.close();
        let read = 0;
        const reading = (async () => {
          for await (const _ of peer.connection) read += 1;
        })();
        await settle();
        while (peer.clock.turns.length > 0) {
          peer.clock.turn();
          await settle();
        }
        peer.transport.feedEnd();
        await reading;
        // After our own Close the peer is not made to wait, and what nobody has read by then is dropped.
        assert.equal(how === "recv" ? read === 3000 : read >= 1024, true, `${how}: ${read}`);
        assert.equal(peer.connection.closeCode, 1000);
      }
    });

    test("that is cut in its midst goes no further", async () => {
      const peer = open({ side });
      let got = 0;
      void peer.connection.consume(() => {
        got += 1;
        if (got === 10) peer.connection.abort();
      });
      peer.send(...Array.from({ length: 3000 }, () => peer.text("x")));
      while (peer.clock.turns.length > 0) peer.clock.turn();
      await peer.connection.closed;
      assert.equal(got, 10);
    });
  });
}

test("small frames that stand for large messages are handled a mebibyte at a turn", () => {
  const large = Buffer.alloc(600 * 1024);
  const extension: Extension = {
    name: "x",
    parameters: "",
    rsv: 4,
    encode: () => null,
    decode: (_bytes, _start, end, _fin, sink) => {
      sink.write(large, 0, large.length);
      return end;
    },
    close: () => {},
  };
  const peer = open({ extension });
  let got = 0;
  void peer.connection.consume(() => {
    got += 1;
  });
  peer.send(...Array.from({ length: 5 }, () => peer.frame(2, "small", { rsv: 4 })));
  const counts = [got];
  while (peer.clock.turns.length > 0) {
    peer.clock.turn();
    counts.push(got);
  }
  assert.deepEqual(counts, [2, 4, 5]);
  assert.equal(peer.transport.paused, false);
});

describe("an extension that works elsewhere", () => {
  function slow(): { extension: Extension; finish: (() => void)[] } {
    const finish: (() => void)[] = [];
    const extension: Extension = {
      name: "x",
      parameters: "",
      rsv: 4,
      large: 1,
      encode: () => null,
      decode: () => assert.fail(),
      encodeLarge: () => new Promise((resolve) => finish.push(() => resolve(null))),
      decodeLarge: (payload) =>
        new Promise((resolve) => finish.push(() => resolve(Buffer.from(payload)))),
      close: () => {},
    };
    return { extension, finish };
  }

  test("holds up what comes behind, in its order, and reads no more meanwhile", async () => {
    const { extension, finish } = slow();
    const peer = open({ extension });
    const got: unknown[] = [];
    void peer.connection.consume((message) => void got.push(message));
    peer.send(peer.text("one"), peer.frame(1, "two", { rsv: 4 }), peer.text("three"));
    peer.send(peer.text("four"), peer.close(1000));
    peer.transport.feedEnd();
    assert.deepEqual(got, ["one"]);
    assert.equal(peer.transport.paused, true);
    await settle();
    finish[0]!();
    await settle();
    peer.clock.turn();
    assert.deepEqual(got, ["one", "two", "three", "four"]);
    assert.ok((await peer.connection.closed).clean);
  });

  test("holds up close() too, after what was sent before, and refuses what is sent after", async () => {
    const { extension, finish } = slow();
    const peer = open({ extension });
    const sent = [peer.connection.send("one"), peer.connection.send("two")];
    const closing = peer.connection.close(1000);
    const late = assert.rejects(peer.connection.send("late"), /no close frame received/);
    assert.deepEqual(await peer.got(), []);
    finish[0]!();
    await settle();
    assert.deepEqual(await peer.got(), ["text one"]);
    finish[1]!();
    await Promise.all(sent);
    assert.deepEqual(await peer.got(), ["text one", "text two", "close 1000"]);
    await peer.finish();
    await closing;
    await late;
    assert.equal(peer.connection.bufferedAmount, 0);
  });

  test("that never finishes is not waited for when the connection is cut", async () => {
    const { extension } = slow();
    const peer = open({ extension });
    peer.send(peer.frame(1, "two", { rsv: 4 }));
    peer.connection.abort();
    await peer.connection.closed;
    await assert.rejects(peer.connection.recv());
  });
});
