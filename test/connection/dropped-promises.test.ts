import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../support/child.ts";

/** Calls every method in every state, with good and bad arguments, and keeps none of the promises. */
const EVERYTHING = `
import { SIDES, settle } from "#/test/support/connection.ts";
import { enter, WAYS } from "#/test/support/states.ts";

async function* failing() { yield "a"; throw new Error("planted"); }
async function* never() { yield "a"; await new Promise(() => {}); }
const aborted = AbortSignal.abort(new Error("planted"));

const CALLS = [
  (c) => c.recv(), (c) => { c.recv(); c.recv(); }, (c) => c.recv({ as: "wrong" }),
  (c) => c.recv({ signal: aborted }), (c) => c.recv({ as: "text" }), (c) => c.recv({ as: "bytes" }),
  (c) => c[Symbol.asyncIterator]().next(), (c) => c[Symbol.asyncIterator]().return(),
  (c) => { const i = c[Symbol.asyncIterator](); i.next(); i.next(); i.return(); },
  (c) => c.batches()[Symbol.asyncIterator]().next(), (c) => { c.recv(); c.consume(() => {}); },
  (c) => c.consume(() => {}), (c) => c.consume(() => { throw new Error("planted"); }), (c) => c.consume(5),
  (c) => c.send("x"), (c) => c.send(new Uint8Array(3)), (c) => c.send(5), (c) => c.send({}), (c) => c.send(["a", "b"]),
  (c) => c.send([5]), (c) => c.send(["a", new Uint8Array(1)]), (c) => c.send(failing()),
  (c) => { c.send(never()); c.send("waits"); c.send(5); c.close(); },
  (c) => { c.send(never()); c.send("waits"); c.abort(); },
  (c) => c.send(new Uint8Array(200_000), { signal: aborted }),
  (c) => { c.send(never(), { signal: aborted }); c.send("waits", { signal: aborted }); },
  (c) => c.post("x"), (c) => c.post(new Uint8Array(200_000)),
  (c) => c.ping(), (c) => c.ping("a".repeat(126)), (c) => { c.ping("a"); c.ping("a"); }, (c) => c.ping(5),
  (c) => c.pong(), (c) => c.pong("x"),
  (c) => c.close(), (c) => c.close(1005), (c) => c.close(1000, "x".repeat(124)), (c) => c.close(1000, 5),
  (c) => c.close("x"), (c) => { c.close(); c.close(); }, (c) => c.abort(), (c) => c.closed, (c) => c.signal,
  (c) => c[Symbol.asyncDispose](), (c) => c.crash(1011, new Error("planted")), (c) => c.crash(1011, undefined),
  (c) => c.sendPatiently(new Uint8Array(1), true, undefined), (c) => c.skipped("planted"),
];

let calls = 0;
for (const side of SIDES) {
  for (const way of Object.keys(WAYS)) {
    for (const accepts of [true, false]) {
      for (const call of CALLS) {
        const peer = await enter(way, side, { options: { writeLimit: { high: 100, low: 10 } } });
        peer.transport.accepts = accepts;
        call(peer.connection);
        calls += 1;
        if (calls % 3 === 0) call(peer.connection);
        await new Promise((resolve) => setImmediate(resolve));
        peer.send(peer.text("x"), peer.frame(2, "\\xff"));
        peer.transport.close(calls % 2 ? null : new Error("planted"));
        await new Promise((resolve) => setImmediate(resolve));
        call(peer.connection);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
}
await settle();
console.log("alive", calls);
`;

test("no promise of a connection that is dropped, in any state, brings the process down", async () => {
  const { code, stdout, stderr } = await run(EVERYTHING);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.match(stdout, /^alive \d{4}\n$/);
});

test("a rejection that nobody handles would bring it down", async () => {
  const { code } = await run("Promise.reject(new Error('planted'));");
  assert.notEqual(code, 0);
});
