import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { onAborted } from "../../src/connection/abort.ts";
import { ConnectionClosedOK } from "../../src/connection/errors.ts";
import { open, SIDES, settle, stateOf, type TestPeer } from "../support/connection.ts";

const REASON = new Error("enough");
const isReason = (error: unknown): boolean => error === REASON;

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

describe("onAborted()", () => {
  test("calls each act once, in the order of the calls, and leaves no listener", () => {
    const aborter = new AbortController();
    const called: number[] = [];
    for (let number = 0; number < 100; number += 1) {
      onAborted(aborter.signal, () => called.push(number));
    }
    assert.equal(listenersOf(aborter.signal), 1);
    aborter.abort();
    assert.deepEqual(
      called,
      Array.from({ length: 100 }, (_, number) => number),
    );
    assert.equal(listenersOf(aborter.signal), 0);
  });

  test("calls no act that has been taken back, and leaves no listener when the last one is", () => {
    const aborter = new AbortController();
    const called: string[] = [];
    const act = (): void => void called.push("again");
    const leaveFirst = onAborted(aborter.signal, act);
    const leaveSecond = onAborted(aborter.signal, act);
    leaveFirst();
    leaveFirst();
    assert.equal(listenersOf(aborter.signal), 1);
    leaveSecond();
    assert.equal(listenersOf(aborter.signal), 0);
    onAborted(aborter.signal, () => called.push("one"));
    aborter.abort();
    assert.deepEqual(called, ["one"]);
  });
});

/** What waits until a signal aborts, on a connection whose peer says nothing. */
const WAITS: readonly (readonly [
  string,
  (peer: TestPeer, signal: AbortSignal) => Promise<unknown>,
])[] = [
  ["recv()", ({ connection }, signal) => connection.recv({ signal })],
  ["recvStreaming()", ({ connection }, signal) => connection.recvStreaming({ signal }).next()],
  [
    "batches()",
    ({ connection }, signal) => connection.batches({ signal })[Symbol.asyncIterator]().next(),
  ],
  ["consume()", ({ connection }, signal) => connection.consume(() => {}, { signal })],
  ["ping()", ({ connection }, signal) => connection.ping("x", { signal })],
  ["close()", ({ connection }, signal) => connection.close(1000, "", { signal })],
];

for (const side of SIDES) {
  describe(`a signal on a ${side}`, () => {
    for (const [name, wait] of WAITS) {
      test(`ends the waiting of ${name} with its reason, and keeps no listener`, async () => {
        const aborter = new AbortController();
        const waiting = wait(open({ side }), aborter.signal);
        assert.equal(await stateOf(waiting), "pending");
        aborter.abort(REASON);
        await assert.rejects(waiting, isReason);
        assert.equal(listenersOf(aborter.signal), 0);
      });

      test(`that has aborted before makes ${name} reject at once`, async () => {
        await assert.rejects(wait(open({ side }), AbortSignal.abort(REASON)), isReason);
      });

      test(`keeps no listener when ${name} has ended otherwise`, async () => {
        const aborter = new AbortController();
        const peer = open({ side });
        const waiting = wait(peer, aborter.signal).catch(() => {});
        await settle();
        peer.connection.abort();
        await waiting;
        await settle();
        assert.equal(listenersOf(aborter.signal), 0);
      });
    }

    test("that ends a ping frees its data; its pong, when it comes, answers nobody", async () => {
      const peer = open({ side });
      const aborter = new AbortController();
      const first = peer.connection.ping("x", { signal: aborter.signal });
      aborter.abort(REASON);
      await assert.rejects(first, isReason);
      peer.send(peer.frame(10, "x"));
      await settle();
      assert.equal(peer.connection.latency, 0);
      const second = peer.connection.ping("x");
      peer.send(peer.frame(10, "x"));
      assert.equal(typeof (await second), "number");
    });

    test("that has aborted before keeps ping() from sending", async () => {
      const peer = open({ side });
      await assert.rejects(
        peer.connection.ping("x", { signal: AbortSignal.abort(REASON) }),
        isReason,
      );
      assert.deepEqual(await peer.got(), []);
    });

    test("ends the waiting of close() only: closing goes on", async () => {
      const peer = open({ side });
      await assert.rejects(
        peer.connection.close(3000, "bye", { signal: AbortSignal.abort(REASON) }),
        isReason,
      );
      assert.deepEqual(await peer.got(), ["close 3000 bye"]);
      assert.equal(peer.connection.state, "closing");
      await peer.finish(3000);
      assert.equal((await peer.connection.closed).clean, true);
    });

    test("that ends consume() leaves what comes then to the next reader", async () => {
      const peer = open({ side });
      const aborter = new AbortController();
      const got: unknown[] = [];
      const consumed = peer.connection.consume((data) => got.push(data), {
        signal: aborter.signal,
      });
      peer.send(peer.text("one"));
      await settle();
      aborter.abort(REASON);
      peer.send(peer.text("two"));
      await assert.rejects(consumed, isReason);
      assert.deepEqual(got, ["one"]);
      assert.equal(await peer.connection.recv(), "two");
    });

    test("that ends batches() loses no message, and they can be gone on with", async () => {
      const peer = open({ side });
      const aborter = new AbortController();
      aborter.abort(REASON);
      peer.send(peer.text("one"));
      await settle();
      const batches = peer.connection.batches({ signal: aborter.signal });
      await assert.rejects(batches[Symbol.asyncIterator]().next(), isReason);
      for await (const batch of peer.connection.batches()) {
        assert.deepEqual(batch, ["one"]);
        break;
      }
    });

    test("may be shared by any number of waiting calls without a warning", async () => {
      const aborter = new AbortController();
      const warnings: Error[] = [];
      const onWarning = (warning: Error): void => void warnings.push(warning);
      process.on("warning", onWarning);
      try {
        const peers = Array.from({ length: 50 }, () => open({ side }));
        const waiting = peers.flatMap(({ connection }) => [
          connection.recv({ signal: aborter.signal }),
          connection.ping(undefined, { signal: aborter.signal }),
        ]);
        await settle();
        assert.equal(listenersOf(aborter.signal), 1);
        aborter.abort(REASON);
        const ends = await Promise.allSettled(waiting);
        assert.ok(ends.every((end) => end.status === "rejected" && end.reason === REASON));
        await settle();
      } finally {
        process.off("warning", onWarning);
      }
      assert.deepEqual(warnings, []);
    });

    test("of another kind, or an unknown option, is a TypeError that says so", async () => {
      const { connection } = open({ side });
      const wrong = { signal: 5 } as never;
      const unknown = { singal: new AbortController().signal } as never;
      const says = /^signal is 5: it must be an AbortSignal$/;
      for (const act of [
        () => connection.recv(wrong),
        () => connection.consume(() => {}, wrong),
        () => connection.send("x", wrong),
        () => connection.ping("x", wrong),
        () => connection.close(1000, "", wrong),
      ]) {
        await assert.rejects(act, { name: "TypeError", message: says });
      }
      assert.throws(() => connection.recvStreaming(wrong), { name: "TypeError", message: says });
      assert.throws(() => connection.batches(wrong), { name: "TypeError", message: says });
      for (const act of [
        () => connection.consume(() => {}, unknown),
        () => connection.ping("x", unknown),
        () => connection.close(1000, "", unknown),
      ]) {
        await assert.rejects(act, { name: "TypeError", message: /has no option "singal"/ });
      }
      assert.throws(() => connection.batches(unknown), /has no option "singal"/);
      assert.equal(connection.state, "open");
      assert.ok(!(connection.signal.reason instanceof ConnectionClosedOK));
    });
  });
}
