import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ConnectionOptions, resolveConnectionOptions } from "../../src/connection/options.ts";
import { RateMeter } from "../../src/connection/rate-limit.ts";
import { TestClock } from "../support/clock.ts";
import { open, SIDES, settle } from "../support/connection.ts";

const INF = Number.POSITIVE_INFINITY;

describe("a meter", () => {
  type Step = readonly [at: number, size: number, allowed: boolean];
  const cases: readonly {
    readonly name: string;
    readonly limit: { readonly messages: number; readonly bytes: number };
    readonly steps: readonly Step[];
  }[] = [
    {
      name: "lets as many messages through at once as it has for its time, and no more",
      limit: { messages: 3, bytes: INF },
      steps: [
        [0, 9, true],
        [0, 0, true],
        [0, 9, true],
        [0, 9, false],
      ],
    },
    {
      name: "gets one message back in its part of the time",
      limit: { messages: 2, bytes: INF },
      steps: [
        [0, 1, true],
        [0, 1, true],
        [500, 1, true],
        [999, 1, false],
      ],
    },
    {
      name: "never has more than for its time",
      limit: { messages: 2, bytes: INF },
      steps: [
        [90_000, 1, true],
        [90_000, 1, true],
        [90_000, 1, false],
      ],
    },
    {
      name: "counts bytes",
      limit: { messages: INF, bytes: 10 },
      steps: [
        [0, 4, true],
        [0, 6, true],
        [100, 1, true],
        [100, 1, false],
      ],
    },
    {
      name: "lets a message larger than all its bytes through when it is full, and then none for long",
      limit: { messages: INF, bytes: 10 },
      steps: [
        [0, 30, true],
        [1900, 1, false],
      ],
    },
    {
      name: "does not let a large message through when it is not full",
      limit: { messages: INF, bytes: 10 },
      steps: [
        [0, 1, true],
        [0, 30, false],
      ],
    },
  ];
  for (const { name, limit, steps } of cases) {
    test(name, () => {
      const clock = new TestClock();
      const meter = new RateMeter({ ...limit, per: 1000 }, clock);
      for (const [at, size, allowed] of steps) {
        clock.advance(at - clock.now());
        assert.equal(meter.take(size) === null, allowed, `${size} bytes at ${at}`);
      }
    });
  }
});

describe("a connection with a rateLimit", () => {
  for (const side of SIDES) {
    test(`of a ${side} hands over what is within it, then closes with 1008 and hears no more`, async () => {
      const peer = open({ side, options: { rateLimit: { messages: 2 } } });
      peer.send(peer.text("a"), peer.text("b"), peer.text("c"), peer.text("d"));
      const got = await peer.got();
      assert.ok(got[0]?.startsWith("close 1008"), got.join());
      assert.match(got[0] ?? "", /more than 2 messages in 1000 ms/);
      assert.equal(await peer.connection.recv(), "a");
      assert.equal(await peer.connection.recv(), "b");
      await peer.finish();
      await assert.rejects(peer.connection.recv(), { name: "ConnectionClosedError" });
    });
  }

  test("counts messages of all kinds, whole or in fragments, and no control frames", async () => {
    const peer = open({ options: { rateLimit: { messages: 3, per: 60_000 } } });
    peer.send(peer.frame(9), peer.frame(10), peer.frame(9), peer.frame(9));
    peer.send(peer.frame(2, "x"), peer.frame(1, "a", { fin: false }), peer.frame(0, "b"));
    peer.send(peer.text("c"));
    await settle();
    assert.equal(peer.connection.state, "open");
    peer.send(peer.text("d"));
    await settle();
    assert.equal(peer.connection.state, "closing");
  });

  test("does not close a peer that keeps to it for ever", async () => {
    const peer = open({ options: { rateLimit: { messages: 10, bytes: 100, per: 1000 } } });
    for (let count = 0; count < 100; count += 1) {
      peer.send(peer.text("0123456789"));
      await peer.connection.recv();
      peer.clock.advance(100);
    }
    assert.equal(peer.connection.state, "open");
  });
});

describe("the option rateLimit", () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [5, /options of rateLimit are 5/],
    [{}, /limits nothing/],
    [{ per: 5 }, /limits nothing/],
    [{ messages: null, bytes: null }, /limits nothing/],
    [{ messages: 0 }, /rateLimit\.messages is 0/],
    [{ messages: "5" }, /rateLimit\.messages is "5"/],
    [{ bytes: Number.NaN }, /rateLimit\.bytes is NaN/],
    [{ messages: 1, per: 0 }, /rateLimit\.per is 0/],
    [{ messages: 1, second: 1 }, /rateLimit has no option "second"/],
  ];
  for (const [rateLimit, says] of cases) {
    test(`refuses ${JSON.stringify(rateLimit)}`, () => {
      assert.throws(() => resolveConnectionOptions({ rateLimit } as ConnectionOptions), says);
    });
  }

  test("is off by default", () => {
    assert.equal(resolveConnectionOptions({}).rateLimit, null);
    assert.equal(resolveConnectionOptions({ rateLimit: null }).rateLimit, null);
  });
});
