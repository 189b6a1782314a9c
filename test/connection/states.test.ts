import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ConnectionClosed,
  ConnectionClosedError,
  ConnectionClosedOK,
} from "../../src/connection/errors.ts";
import { SIDES, settle, stateOf } from "../support/connection.ts";
import { enter, WAYS } from "../support/states.ts";

type Outcome = "pending" | "fulfilled" | "rejected";

interface Expected {
  readonly state: "open" | "closing" | "closed";
  /** send and ping. */
  readonly send: boolean;
  readonly ping: Outcome;
  readonly recv: Outcome;
  readonly closed: Outcome;
  /** The class and the sentence of the error of what is refused. */
  readonly error: typeof ConnectionClosed | null;
  readonly sentence: string | null;
  readonly code: number | null;
  readonly reason: string | null;
}

const OPEN = { send: true, ping: "pending", recv: "pending", closed: "pending" } as const;
const SHUT = { send: false, ping: "rejected", recv: "pending", closed: "pending" } as const;
const DEAD = { send: false, ping: "rejected", recv: "rejected", closed: "fulfilled" } as const;
const NOT_YET = { code: null, reason: null };
const NEVER = { code: 1006, reason: "" };

const EXPECTED: { readonly [way: string]: Expected } = {
  open: { state: "open", ...OPEN, ...NOT_YET, error: null, sentence: null },
  "closing, begun by us": {
    ...{ state: "closing", ...SHUT, ...NOT_YET, error: ConnectionClosedError },
    sentence: "sent 1000 (OK) bye; no close frame received",
  },
  // What answers the messages of the same read still goes out.
  "closing, begun by the peer, not answered yet": {
    ...{ state: "open", ...OPEN, ...NOT_YET, error: null, sentence: null },
  },
  "closing, begun by the peer and answered": {
    ...{ state: "closing", ...SHUT, ...NOT_YET, error: ConnectionClosedOK },
    sentence: "received 1000 (OK); then sent 1000 (OK)",
  },
  "failing, while the reader is busy": {
    ...{ state: "open", ...OPEN, ...NOT_YET, error: null, sentence: null },
  },
  "failed because of the peer": {
    ...{ state: "closing", ...SHUT, ...NOT_YET, error: ConnectionClosedError },
    sentence: "sent 1002 (protocol error) invalid opcode; no close frame received",
  },
  "failed by our own error": {
    ...{ state: "closing", ...SHUT, ...NOT_YET, error: ConnectionClosedError },
    sentence: "sent 1011 (internal error); no close frame received",
  },
  "ended by the peer without a Close": {
    ...{ state: "closed", ...DEAD, ...NEVER, error: ConnectionClosedError },
    sentence: "no close frame received or sent",
  },
  "closed, by both": {
    ...{ state: "closed", ...DEAD, error: ConnectionClosedOK, code: 1001, reason: "" },
    sentence: "sent 1001 (going away) bye; then received 1001 (going away)",
  },
  "closed by a code that is no good": {
    ...{ state: "closed", ...DEAD, error: ConnectionClosedError, code: 4000, reason: "" },
    sentence: "received 4000 (private use); then sent 4000 (private use)",
  },
  "lost to an error": {
    ...{ state: "closed", ...DEAD, ...NEVER, error: ConnectionClosedError },
    sentence: "no close frame received or sent",
  },
  aborted: {
    ...{ state: "closed", ...DEAD, ...NEVER, error: ConnectionClosedError },
    sentence: "no close frame received or sent",
  },
  "given up, after the closing took too long": {
    ...{ state: "closed", ...DEAD, ...NEVER, error: ConnectionClosedError },
    sentence: "sent 1000 (OK); no close frame received",
  },
};

async function assertClosedBy(promise: Promise<unknown>, expected: Expected): Promise<void> {
  await assert.rejects(promise, (error: ConnectionClosed) => {
    assert.ok(error instanceof ConnectionClosed);
    assert.equal(error.constructor, expected.error);
    assert.equal(error.message, expected.sentence);
    return true;
  });
}

for (const side of SIDES) {
  for (const way of Object.keys(WAYS)) {
    const expected = EXPECTED[way]!;
    describe(`a ${side}'s connection that is ${way}`, () => {
      test("says what it is", async () => {
        const { connection } = await enter(way, side);
        assert.equal(connection.state, expected.state);
        assert.equal(connection.closeCode, expected.code);
        assert.equal(connection.closeReason, expected.reason);
        assert.equal(connection.signal.aborted, expected.state === "closed");
        assert.equal(await stateOf(connection.closed), expected.closed);
        assert.equal(connection.subprotocol, "chat");
        assert.equal(connection.data, "data");
        assert.equal(connection.request.path, "/chat");
        assert.equal(connection.response.status, 101);
        assert.equal(connection.latency, 0);
        assert.equal(connection.logger, null);
        assert.equal(connection.bufferedAmount, 0);
        assert.deepEqual(connection.remoteAddress, {
          address: "127.0.0.1",
          port: 2,
          family: "IPv4",
        });
        assert.match(connection.id, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
        assert.equal(connection.id, connection.id);
      });

      test("sends, or says why not", async () => {
        const peer = await enter(way, side);
        const { connection } = peer;
        const before = peer.transport.written.length;
        const sending = [connection.send("text"), connection.send(new Uint8Array(3))];
        const fragments = connection.send(["a", "b"]);
        if (expected.send) {
          await Promise.all([...sending, fragments]);
          await settle();
          assert.ok(peer.transport.written.length > before);
        } else {
          for (const promise of [...sending, fragments]) await assertClosedBy(promise, expected);
          await settle();
          assert.equal(peer.transport.written.length, before, "nothing goes out");
        }
        assert.equal(connection.post("text"), expected.send);
      });

      test("refuses what is no message, whatever its state", async () => {
        const { connection } = await enter(way, side);
        for (const wrong of [5, null, undefined, {}, true, new ArrayBuffer(1), [5], [{}]]) {
          await assert.rejects(
            connection.send(wrong as never),
            expected.send || !Array.isArray(wrong) ? TypeError : ConnectionClosed,
          );
          assert.throws(() => connection.post(wrong as never), TypeError);
          if (wrong !== undefined) await assert.rejects(connection.ping(wrong as never), TypeError);
        }
        for (const wrong of [5, null, {}]) {
          assert.throws(() => connection.pong(wrong as never), TypeError);
        }
      });

      test("pings, or says why not", async () => {
        const { connection } = await enter(way, side);
        const ping = connection.ping();
        assert.equal(await stateOf(ping), expected.ping);
        if (expected.ping === "rejected") await assertClosedBy(ping, expected);
        connection.pong();
        connection.pong("x");
        connection.pong(new Uint8Array(2));
      });

      test("gives messages, or says why not", async () => {
        const { connection } = await enter(way, side);
        const recv = connection.recv();
        assert.equal(await stateOf(recv), way.startsWith("failing") ? "pending" : expected.recv);
        if (expected.recv === "rejected") {
          await assertClosedBy(recv, expected);
          for (const read of [connection, connection.batches()]) {
            const next = read[Symbol.asyncIterator]().next();
            if (expected.error === ConnectionClosedOK) {
              assert.deepEqual(await next, { done: true, value: undefined });
            } else {
              await assertClosedBy(next, expected);
            }
          }
          assert.equal(await connection.consume(() => {}), await connection.closed);
          // The consumer does not stand in the way of others afterwards.
          await assertClosedBy(connection.recv(), expected);
        }
      });

      test("can be closed, and says the same in the end to everybody", async () => {
        const peer = await enter(way, side);
        const { connection } = peer;
        const closing = connection.close(4321, "late");
        await settle();
        if (connection.state !== "closed") await peer.finish(4321);
        const closure = await closing;
        assert.equal(connection.state, "closed");
        assert.equal(await connection.closed, closure);
        assert.equal(await connection.close(), closure);
        await connection[Symbol.asyncDispose]();
        assert.ok(connection.signal.aborted);
        assert.ok(connection.signal.reason instanceof ConnectionClosed);
        assert.equal(connection.closeCode, closure.code);
        assert.equal(peer.clock.pending, 0, "no timer is left");
        assert.equal(peer.events.of("connection.close").length, 1);
      });

      test("can be cut", async () => {
        const peer = await enter(way, side);
        const { connection } = peer;
        connection.abort();
        connection.abort();
        await connection.closed;
        assert.equal(connection.state, "closed");
        await settle();
        assert.ok(peer.transport.destroyed || way !== "open");
        assert.equal(peer.clock.pending, 0, "no timer is left");
        assert.equal(peer.events.of("connection.close").length, 1);
      });

      test("survives whatever else comes from below", async () => {
        const peer = await enter(way, side);
        peer.send(peer.text("more"), peer.frame(9, "ping"), peer.close(1000), peer.text("after"));
        peer.transport.drain();
        peer.transport.feedEnd();
        peer.transport.close(new Error("lost"));
        await settle();
        peer.clock.turn();
        peer.clock.advance(100_000);
        await settle();
        assert.equal(peer.connection.state, "closed");
        assert.equal(peer.clock.pending, 0, "no timer is left");
        assert.equal(peer.events.of("connection.close").length, 1);
      });
    });
  }
}

test("every state of the table has its expectations", () => {
  assert.deepEqual(Object.keys(EXPECTED), Object.keys(WAYS));
});
