import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TimeoutError } from "../../src/connection/deadline.ts";
import { ConnectionClosedError, ConnectionClosedOK } from "../../src/connection/errors.ts";
import { open, SIDES, settle, stateOf } from "../support/connection.ts";

for (const side of SIDES) {
  describe(`closing on a ${side}`, () => {
    test("close() sends a Close, waits for the peer's and for the end of the stream", async () => {
      const peer = open({ side });
      const closing = peer.connection.close(4000, "bye ä");
      assert.deepEqual(await peer.got(), ["close 4000 bye ä"]);
      assert.equal(peer.transport.ended, false);
      peer.send(peer.close(4000, "bye ä"));
      // §7.1.1: the server ends the stream first.
      assert.equal(peer.transport.ended, side === "server");
      assert.equal(await stateOf(closing), "pending");
      peer.transport.feedEnd();
      const closure = await closing;
      assert.equal(peer.transport.ended, true);
      assert.equal(peer.transport.destroyed, false);
      const bye = { code: 4000, reason: "bye ä" };
      const { sent, received, order, clean, code, reason, cause } = closure;
      assert.deepEqual(
        { sent, received, order, clean, code, reason, cause },
        {
          sent: bye,
          received: bye,
          order: "sent",
          clean: true,
          code: 4000,
          reason: "bye ä",
          cause: undefined,
        },
      );
      assert.equal(peer.clock.pending, 0);
    });

    test("a Close of the peer is answered with its code and reason", async () => {
      for (const [code, reason, shown] of [
        [1000, "", "close 1000"],
        [1001, "away", "close 1001 away"],
        [3999, "x".repeat(123), `close 3999 ${"x".repeat(123)}`],
        [undefined, "", "close"],
      ] as const) {
        const peer = open({ side });
        peer.send(peer.close(code, reason));
        assert.deepEqual(await peer.got(), [shown]);
        assert.equal(peer.transport.ended, side === "server");
        peer.transport.feedEnd();
        const closure = await peer.connection.closed;
        assert.equal(closure.code, code ?? 1005);
        assert.equal(closure.reason, reason);
        assert.equal(closure.order, "received");
        assert.equal(closure.clean, true);
      }
    });

    test("messages that come while the Close is under way are still delivered", async () => {
      const peer = open({ side });
      void peer.connection.close();
      peer.send(
        peer.text("one"),
        peer.frame(9, "no answer any more"),
        peer.text("two"),
        peer.close(),
      );
      peer.transport.feedEnd();
      await peer.connection.closed;
      assert.deepEqual(
        [await peer.connection.recv(), await peer.connection.recv()],
        ["one", "two"],
      );
      assert.deepEqual(await peer.got(), ["close 1000"]);
    });

    test("what comes behind the peer's Close is dropped", async () => {
      const peer = open({ side });
      peer.send(peer.text("one"), peer.close(), peer.text("two"), peer.frame(9));
      peer.send(peer.text("three"));
      await settle();
      peer.clock.turn();
      peer.transport.feedEnd();
      assert.equal(await peer.connection.recv(), "one");
      await assert.rejects(peer.connection.recv(), ConnectionClosedOK);
      assert.deepEqual(await peer.got(), ["close"]);
    });

    test("close() refuses codes and reasons that cannot be sent, and the connection stays open", async () => {
      const peer = open({ side });
      const wrong: [unknown, unknown, typeof TypeError | typeof RangeError][] = [
        ...[
          0,
          999,
          1004,
          1005,
          1006,
          1015,
          1016,
          2999,
          5000,
          1000.5,
          Number.NaN,
          -1,
          "1000",
          null,
          {},
        ].map((code): [unknown, unknown, typeof RangeError] => [code, "", RangeError]),
        [1000, "x".repeat(124), RangeError],
        [1000, "ä".repeat(62), RangeError],
        [1000, 5, TypeError],
        [1000, null, TypeError],
      ];
      for (const [code, reason, kind] of wrong) {
        await assert.rejects(peer.connection.close(code as number, reason as string), kind);
      }
      assert.equal(peer.connection.state, "open");
      assert.deepEqual(await peer.got(), []);
    });

    test("close() on a connection that closes only waits, whatever the code", async () => {
      const peer = open({ side });
      const first = peer.connection.close(1000, "one");
      const second = peer.connection.close(4000, "two");
      assert.deepEqual(await peer.got(), ["close 1000 one"]);
      await peer.finish();
      assert.equal(await first, await second);
    });

    test("asyncDispose closes with 1000", async () => {
      const peer = open({ side });
      const disposing = peer.connection[Symbol.asyncDispose]();
      assert.deepEqual(await peer.got(), ["close 1000"]);
      await peer.finish();
      await disposing;
      assert.equal(peer.connection.state, "closed");
    });

    test("a peer that does not answer the Close is cut after closeTimeout, whatever it sends meanwhile", async () => {
      const peer = open({ side, options: { closeTimeout: 5000 } });
      const closing = peer.connection.close();
      for (let time = 0; time < 4900; time += 100) {
        peer.clock.advance(100);
        peer.send(peer.text("still here"));
      }
      assert.equal(peer.connection.state, "closing");
      peer.clock.advance(100);
      const closure = await closing;
      assert.equal(peer.transport.destroyed, true);
      assert.deepEqual(
        peer.events.steps.filter((step) => step !== "eof sent"),
        ["close timeout", "aborting"],
      );
      assert.ok(closure.cause instanceof TimeoutError);
      assert.equal(closure.cause.message, "timed out while closing connection");
      assert.equal(closure.clean, false);
      await assert.rejects(peer.connection.send("x"), (error: ConnectionClosedError) => {
        assert.ok(error instanceof ConnectionClosedError);
        assert.equal(error.cause, closure.cause);
        return true;
      });
      assert.equal(peer.clock.pending, 0);
    });

    test("a peer that never ends the stream is cut after closeTimeout; that ends well all the same", async () => {
      const peer = open({ side, options: { closeTimeout: 5000 } });
      const closing = peer.connection.close();
      peer.send(peer.close());
      peer.clock.advance(5000);
      const closure = await closing;
      assert.equal(closure.clean, true);
      assert.equal(closure.code, 1005);
      assert.equal(peer.transport.destroyed, true);
      assert.deepEqual(
        peer.events.steps.filter((step) => /timeout|abort/.test(step)),
        ["end timeout", "aborting"],
      );
    });

    test("a peer that has closed and never ends the stream is cut after closeTimeout", async () => {
      const peer = open({ side, options: { closeTimeout: 5000 } });
      peer.send(peer.close(1000));
      peer.clock.advance(4999);
      assert.equal(peer.connection.state, "closing");
      peer.clock.advance(1);
      assert.equal((await peer.connection.closed).clean, true);
      assert.equal(peer.clock.pending, 0);
    });

    test("a peer that floods after its Close is cut after 16 MiB", async () => {
      const peer = open({ side, options: { closeTimeout: null } });
      peer.send(peer.close(1000));
      const flood = Buffer.alloc(1024 * 1024);
      for (let n = 0; n < 16; n += 1) peer.send(flood);
      assert.equal(peer.connection.state, "closing");
      peer.send(flood);
      assert.equal(peer.connection.state, "closed");
      assert.equal(peer.transport.destroyed, true);
    });

    test("with closeTimeout: null it waits for ever", async () => {
      const peer = open({ side, options: { closeTimeout: null } });
      const closing = peer.connection.close();
      peer.clock.advance(1e9);
      assert.equal(peer.connection.state, "closing");
      await peer.finish();
      assert.equal((await closing).clean, true);
    });

    test("closing resumes a connection that nobody reads, so that the peer's Close is seen", async () => {
      const peer = open({ side, options: { maxQueue: { messages: 1 } } });
      peer.send(peer.text("one"), peer.text("two"), peer.text("three"));
      await settle();
      assert.equal(peer.transport.paused, true);
      const closing = peer.connection.close();
      assert.equal(peer.transport.paused, false);
      // Nor does it pile up what nobody reads.
      for (let n = 0; n < 100; n += 1) peer.send(peer.text("more"));
      await peer.finish();
      assert.equal((await closing).clean, true);
      for (const text of ["one", "two", "three"]) assert.equal(await peer.connection.recv(), text);
      await assert.rejects(peer.connection.recv(), ConnectionClosedOK);
    });

    test("close() in the midst of a flood still sees the peer's Close behind it", async () => {
      const peer = open({ side });
      const flood = Array.from({ length: 3000 }, () => peer.text("x"));
      let got = 0;
      void peer.connection.consume(() => {
        got += 1;
        if (got === 1024) void peer.connection.close();
      });
      peer.send(...flood, peer.close());
      assert.equal(peer.connection.state, "closing");
      while (peer.clock.turns.length > 0) peer.clock.turn();
      assert.equal(got, 3000);
      assert.equal(peer.transport.paused, false);
      peer.transport.feedEnd();
      assert.equal((await peer.connection.closed).clean, true);
    });

    test("the end of the stream without a Close is 1006", async () => {
      const peer = open({ side });
      const recv = assert.rejects(
        peer.connection.recv(),
        /^ConnectionClosedError: no close frame received or sent$/,
      );
      peer.transport.feedEnd();
      await recv;
      const { code, reason, sent, received, order, clean } = await peer.connection.closed;
      assert.deepEqual(
        { code, reason, sent, received, order, clean },
        { code: 1006, reason: "", sent: null, received: null, order: null, clean: false },
      );
      assert.deepEqual(peer.events.steps.slice(0, 2), ["eof received", "eof sent"]);
      assert.deepEqual(await peer.got(), []);
    });

    test("the loss of the socket is 1006, with its error as the cause", async () => {
      const peer = open({ side });
      const lost = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
      peer.transport.close(lost);
      const closure = await peer.connection.closed;
      assert.equal(closure.code, 1006);
      assert.equal(closure.cause, lost);
      await assert.rejects(peer.connection.recv(), (error: Error) => error.cause === lost);
    });

    test("abort() cuts at once, without a Close", async () => {
      const peer = open({ side });
      void peer.connection.send("gone");
      peer.connection.abort();
      assert.equal(peer.transport.destroyed, true);
      const closure = await peer.connection.closed;
      assert.equal(closure.code, 1006);
      assert.equal(closure.cause, undefined);
      assert.ok(!(await peer.got()).some((text) => text.startsWith("close")));
      assert.ok(peer.events.steps.includes("aborting"));
    });

    test("`signal` aborts at the end, with what has ended it, for those who asked before and after", async () => {
      const peer = open({ side });
      const { signal } = peer.connection;
      let aborts = 0;
      signal.addEventListener("abort", () => {
        aborts += 1;
      });
      void peer.connection.close();
      await settle();
      assert.equal(signal.aborted, false);
      await peer.finish();
      assert.equal(aborts, 1);
      assert.ok(signal.reason instanceof ConnectionClosedOK);
      const other = open({ side });
      await other.finish(1011);
      assert.ok(other.connection.signal.reason instanceof ConnectionClosedError);
    });

    test("the closure counts what went over the connection", async () => {
      const peer = open({ side });
      const frames = [
        peer.text("grüße"),
        peer.frame(2, "xyz"),
        peer.frame(9, "p"),
        peer.close(1000),
      ];
      void peer.connection.send("ä");
      void peer.connection.send(new Uint8Array(7));
      await settle();
      peer.clock.advance(1234);
      peer.send(...frames.slice(0, 3));
      peer.send(frames[3]!);
      await settle();
      peer.clock.turn();
      peer.transport.feedEnd();
      const closure = await peer.connection.closed;
      const {
        messagesIn,
        messagesOut,
        bytesIn,
        bytesOut,
        wireIn,
        wireOut,
        duration,
        openedAt,
        closedAt,
        latency,
      } = closure;
      assert.deepEqual(
        { messagesIn, messagesOut, bytesIn, bytesOut, duration, latency },
        { messagesIn: 2, messagesOut: 2, bytesIn: 10, bytesOut: 9, duration: 1234, latency: 0 },
      );
      assert.equal(closedAt - openedAt, 1234);
      assert.equal(wireIn, Buffer.concat(frames).length);
      assert.equal(wireOut, peer.transport.written.length);
    });
  });
}

describe("a Close directly behind messages, in the same packet", () => {
  test("lets a consumer's answers go first", async () => {
    const peer = open();
    void peer.connection.consume((message) => void peer.connection.post(message));
    peer.send(peer.text("one"), peer.text("two"), peer.close(1000));
    peer.clock.turn();
    assert.deepEqual(await peer.got(), ["text one", "text two", "close 1000"]);
  });

  for (const [how, handler] of [
    [
      "an iteration's",
      async ({ connection }: ReturnType<typeof open>): Promise<void> => {
        for await (const message of connection) await connection.send(message);
      },
    ],
    [
      "recv()'s",
      async ({ connection }: ReturnType<typeof open>): Promise<void> => {
        while (true) await connection.send(await connection.recv());
      },
    ],
    [
      "batches()'",
      async ({ connection }: ReturnType<typeof open>): Promise<void> => {
        for await (const batch of connection.batches()) {
          for (const message of batch) await connection.send(message);
        }
      },
    ],
  ] as const) {
    test(`lets ${how} answers go first`, async () => {
      const peer = open();
      const running = handler(peer).catch(() => {});
      await settle();
      peer.send(peer.text("one"), peer.text("two"), peer.text("three"), peer.close(1000));
      await settle();
      peer.clock.turn();
      assert.deepEqual(await peer.got(), ["text one", "text two", "text three", "close 1000"]);
      peer.transport.feedEnd();
      await running;
      assert.ok((await peer.connection.closed).clean);
    });
  }

  test("is answered also when the end of the stream comes in the same moment", async () => {
    for (const side of SIDES) {
      const peer = open({ side });
      const recv = peer.connection.recv();
      peer.send(peer.text("one"), peer.close(1000));
      peer.transport.feedEnd();
      assert.equal(await recv, "one");
      await settle();
      peer.clock.turn();
      assert.deepEqual(await peer.got(), ["close 1000"]);
      const closure = await peer.connection.closed;
      assert.equal(closure.clean, true);
    }
  });

  test("is answered when the time for others has come, however long the reader works", async () => {
    const peer = open();
    await (async () => {
      peer.send(peer.text("one"), peer.close(1000));
      await peer.connection.recv();
    })();
    assert.deepEqual(await peer.got(), []);
    peer.clock.turn();
    assert.deepEqual(await peer.got(), ["close 1000"]);
  });
});
