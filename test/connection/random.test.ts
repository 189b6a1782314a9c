/** Random lives of a connection: whatever happens in whatever order, some things hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { open, settle, type TestPeer } from "../support/connection.ts";
import { readFrames } from "../support/frames.ts";

/** What happens to one connection, and what came of it. */
class Life {
  readonly peer: TestPeer;
  /** What the peer has sent before its Close, a violation or its end. */
  readonly sent: string[] = [];
  /** What was read, in the order of the calls that gave it. */
  readonly got: unknown[] = [];
  readonly promises: Promise<unknown>[] = [];
  readonly errors: unknown[] = [];
  #speaks = true;
  #count = 0;
  #readers = 0;

  constructor(side: "client" | "server", bounded: boolean) {
    this.peer = open({
      side,
      options: {
        writeLimit: { high: 200, low: 50, max: 2000 },
        maxQueue: bounded ? { messages: 4 } : null,
        pingInterval: 1000,
        pingTimeout: 1000,
        closeTimeout: 1000,
      },
    });
  }

  keep(promise: Promise<unknown>): void {
    this.promises.push(promise.catch((error) => this.errors.push(error)));
  }

  speak(...frames: Buffer[]): void {
    this.peer.send(...frames);
  }

  text(): Buffer {
    const text = `message ${this.#count}`;
    this.#count += 1;
    if (this.#speaks) this.sent.push(text);
    return this.peer.text(text);
  }

  silence(): void {
    this.#speaks = false;
  }

  read(): void {
    // One reader at a time keeps the order known.
    if (this.#readers > 0) return;
    this.#readers += 1;
    const done = (): void => {
      this.#readers -= 1;
    };
    this.keep(
      this.peer.connection
        .recv()
        .then((message) => this.got.push(message))
        .finally(done),
    );
  }
}

const source = (life: Life, fails: boolean) =>
  (async function* () {
    yield "part";
    await settle();
    yield "part";
    if (fails) throw new Error("planted");
    await new Promise((resolve) => life.peer.connection.signal.addEventListener("abort", resolve));
  })();

type Act = readonly [name: string, act: (life: Life) => void | Promise<void>];

const ACTS: readonly Act[] = [
  ["the peer sends", (life) => life.speak(life.text())],
  ["the peer sends many", (life) => life.speak(...Array.from({ length: 7 }, () => life.text()))],
  ["the peer floods", (life) => life.speak(...Array.from({ length: 1100 }, () => life.text()))],
  [
    "the peer sends half a frame, and the rest",
    async (life) => {
      const bytes = life.text();
      life.speak(bytes.subarray(0, 3));
      await settle();
      life.speak(bytes.subarray(3));
    },
  ],
  ["the peer pings", (life) => life.speak(life.peer.frame(9, "ping"))],
  ["the peer pongs", (life) => life.peer.pong().catch(() => {})],
  [
    "the peer closes",
    (life) => {
      life.speak(life.peer.close(1000));
      life.silence();
    },
  ],
  [
    "the peer sends and closes",
    (life) => {
      life.speak(life.text(), life.peer.close(1001), life.peer.text("never"));
      life.silence();
    },
  ],
  [
    "the peer breaks a rule",
    (life) => {
      life.speak(life.text(), life.peer.frame(3));
      life.silence();
    },
  ],
  [
    "the peer ends",
    (life) => {
      life.silence();
      life.peer.transport.feedEnd();
    },
  ],
  [
    "the peer takes no bytes",
    (life) => {
      life.peer.transport.accepts = false;
    },
  ],
  [
    "the peer takes bytes",
    (life) => {
      life.peer.transport.accepts = true;
      life.peer.transport.drain();
    },
  ],
  ["send", (life) => life.keep(life.peer.connection.send("x".repeat(90)))],
  ["post", (life) => void life.peer.connection.post(new Uint8Array(300))],
  ["send fragments", (life) => life.keep(life.peer.connection.send(["a", "b"]))],
  [
    "send from a source that fails",
    (life) => life.keep(life.peer.connection.send(source(life, true))),
  ],
  [
    "send from a source that waits",
    (life) => life.keep(life.peer.connection.send(source(life, false))),
  ],
  ["ping", (life) => life.keep(life.peer.connection.ping())],
  ["recv", (life) => life.read()],
  ["recv", (life) => life.read()],
  ["close", (life) => life.keep(life.peer.connection.close(4000))],
  ["crash", (life) => life.peer.connection.crash(1011, new Error("planted"))],
  ["abort", (life) => life.peer.connection.abort()],
  ["time passes", (life) => life.peer.clock.advance(400)],
  ["much time passes", (life) => life.peer.clock.advance(3000)],
  ["others have their turn", (life) => life.peer.clock.turn()],
  ["all settles", () => settle()],
];

const acts = fc.array(
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.constantFrom(
        ...ACTS.filter(([name]) => !/abort|crash|peer ends|much/.test(name)),
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom(...ACTS) },
  ),
  { maxLength: 25 },
);

async function live(
  side: "client" | "server",
  bounded: boolean,
  script: readonly Act[],
): Promise<void> {
  const life = new Life(side, bounded);
  const { peer } = life;
  const { connection, transport, clock } = peer;
  for (const [, act] of script) {
    const done = act(life);
    if (done !== undefined) await done;
  }
  // Then it ends, one way or another, in bounded time.
  void connection.close();
  for (let turn = 0; turn < 8; turn += 1) {
    await settle();
    clock.turn();
    clock.advance(1000);
  }
  await settle();
  assert.equal(connection.state, "closed", "it ends in bounded time");
  const closure = await connection.closed;
  // What waits is settled, and nothing is left behind.
  await Promise.all(life.promises);
  assert.equal(clock.pending, 0, "no timer is left");
  assert.equal(connection.bufferedAmount, 0);
  assert.equal(peer.events.of("connection.close").length, 1);
  assert.equal(peer.events.of("internal.error").length, 0);
  for (const error of life.errors) {
    assert.match(
      String((error as Error).name),
      /^(ConnectionClosed(OK|Error)?|KeepaliveTimeout|Error)$/,
      String(error),
    );
  }
  // What was read is what was sent, in its order, without a gap; the rest can still be read.
  for (let more = true; more; ) {
    await connection.recv().then(
      (message) => life.got.push(message),
      () => {
        more = false;
      },
    );
  }
  assert.deepEqual(life.got, life.sent.slice(0, life.got.length));
  // Only what came after our own Close, and that nobody read in time, may be dropped.
  if (!bounded) assert.equal(life.got.length, closure.messagesIn);
  assert.ok(life.got.length <= closure.messagesIn);
  // What went out is well-formed: fragments are not mixed, and nothing follows a Close.
  const { frames, size } = readFrames(transport.written);
  assert.equal(size, transport.written.length);
  let fragmented = false;
  for (const [at, frame] of frames.entries()) {
    assert.equal(frame.masked, side === "client");
    if (frame.opcode === 8) assert.equal(at, frames.length - 1, "nothing follows a Close");
    else if (frame.opcode < 8) {
      assert.equal(frame.opcode === 0, fragmented, "fragments are not mixed");
      fragmented = !frame.fin;
    }
  }
  const [last] = frames.slice(-1);
  assert.equal(closure.sent !== null, last?.opcode === 8);
}

for (const side of ["client", "server"] as const) {
  test(`whatever happens to a ${side}'s connection: it ends, once, leaves nothing, loses no message, and sends nothing after its Close`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), acts, (bounded, script) => live(side, bounded, script)),
      { numRuns: 250 },
    );
  });
}

test("however a stream is cut, what comes of it is the same", async () => {
  const bytes = (peer: TestPeer): Buffer =>
    Buffer.concat([
      peer.text("one"),
      peer.frame(1, "tw", { fin: false }),
      peer.frame(9, "between"),
      peer.frame(0, "o"),
      peer.frame(2, Buffer.alloc(300, 7)),
      peer.text("ä".repeat(100)),
      peer.frame(10, "unasked"),
      peer.close(1000, "bye"),
      peer.text("never"),
    ]);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("client" as const, "server" as const),
      fc.array(fc.nat(), { maxLength: 12 }),
      async (side, places) => {
        const peer = open({ side });
        const got: unknown[] = [];
        void peer.connection.consume((message) => {
          got.push(typeof message === "string" ? message : message.length);
        });
        const whole = bytes(peer);
        const cuts = [...new Set(places.map((place) => place % whole.length))].sort(
          (a, b) => a - b,
        );
        let at = 0;
        for (const cut of [...cuts, whole.length]) {
          peer.send(whole.subarray(at, cut));
          at = cut;
        }
        assert.deepEqual(got, ["one", "two", 300, "ä".repeat(100)]);
        assert.deepEqual(await peer.got(), ["pong between", "close 1000 bye"]);
      },
    ),
    { numRuns: 300 },
  );
});
