/** One connection cannot starve the others, nor hold more than its limits; and the sum is bounded too. */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import { binary, more, ping, text } from "../../conformance/wire/frame.ts";
import { expectService } from "../../hostile/expect.ts";
import { ServerSubject, serverAt } from "../../hostile/server-subject.ts";
import type { Handler, ServeOptions, Server } from "../../src/index.ts";
import { settle } from "../support/connection.ts";
import { echo, start } from "../support/server.ts";

const MIB = 1024 * 1024;

interface Attacked {
  readonly server: Server;
  readonly subject: ServerSubject;
}

async function attacked(
  t: TestContext,
  handler: Handler<undefined>,
  options: ServeOptions<undefined> = {},
): Promise<Attacked> {
  const { server, port } = await start<undefined>(t, handler, { compression: {}, ...options });
  const subject = await ServerSubject.from(serverAt(`ws://127.0.0.1:${port}/`, null));
  return { server, subject };
}

/** Sixty legal messages of a mebibyte, in 64 KiB. */
const LARGE = deflateRawSync(Buffer.alloc(MIB), {
  level: 9,
  finishFlush: constants.Z_SYNC_FLUSH,
}).subarray(0, -4);
const SIXTY = Array.from({ length: 60 }, () => binary(LARGE, { rsv: 4 }));

const heldBy = (connection: unknown): number => (connection as { held: number }).held;

/** Waits until what a connection holds stays the same. */
async function calm(server: Server): Promise<number> {
  let before = -1;
  for (;;) {
    for (let turn = 0; turn < 20; turn += 1) await settle();
    let held = 0;
    for (const connection of server.connections) held += heldBy(connection);
    if (held === before) return held;
    before = held;
  }
}

describe("time", () => {
  const FLOODS = {
    "empty messages": (count: number) => Array.from({ length: count }, () => text("")),
    "empty fragments": (count: number) => [
      text("", { fin: false }),
      ...Array.from({ length: count }, () => more("", { fin: false })),
    ],
    pings: (count: number) => Array.from({ length: count }, () => ping("")),
    "large messages in a few bytes": (count: number) =>
      Array.from({ length: count / 500 }, () => binary(LARGE, { rsv: 4 })),
  };
  for (const [what, flood] of Object.entries(FLOODS)) {
    test(`a flood of ${what} lets others have their turn before it is over`, async (t) => {
      const order: string[] = [];
      const { server, subject } = await attacked(t, async (connection) => {
        await connection.consume((message) => {
          if (typeof message === "string" && message !== "") order.push(message);
        });
      });
      const [bad, good] = [
        await subject.open({ deflate: true }),
        await subject.open({ deflate: true }),
      ];
      // All of both is in the system's buffers before the server reads any of it.
      bad.send(...flood(20_000).slice(0, 10_000));
      if (what !== "empty fragments") bad.send(text("the end of the flood"));
      good.send(text("another's message"));
      while (!order.includes("another's message")) await settle();
      assert.equal(order[0], "another's message");
      if (what !== "empty fragments") while (order.length < 2) await settle();
      assert.equal(server.connections.size, 2);
      bad.reset();
      good.reset();
    });
  }
});

describe("memory", () => {
  test("what one chunk stands for is not taken before there is room for it", async (t) => {
    const { server, subject } = await attacked(t, () => new Promise(() => {}));
    const wire = await subject.open({ deflate: true });
    wire.send(...SIXTY);
    while ((await calm(server)) === 0);
    const held = await calm(server);
    assert.ok(held <= 4 * MIB, `${held}`);
    wire.reset();
  });

  test("and all of it comes when there is", async (t) => {
    let got = 0;
    const { subject } = await attacked(t, async (connection) => {
      for await (const message of connection) {
        got += message.length === MIB ? 1 : 0;
        await settle();
      }
    });
    const wire = await subject.open({ deflate: true });
    wire.send(...SIXTY, text("?"));
    wire.socket.end();
    while (got < 60) await settle();
    wire.destroy();
  });

  test("messages, unread echoes, pongs and fragments of one connection stay within its limits", async (t) => {
    const { server, subject } = await attacked(t, echo as Handler<undefined>);
    const wire = await subject.open();
    wire.socket.pause();
    const piece = wire.encode(
      binary(Buffer.alloc(16_000)),
      ...Array.from({ length: 50 }, () => ping("p".repeat(125))),
      binary("a", { fin: false }),
      ...Array.from({ length: 500 }, () => more("b", { fin: false })),
      more("c"),
    );
    await wire.pour(
      (function* () {
        for (let left = 1500; left > 0; left -= 1) yield piece;
      })(),
      500,
    );
    const held = await calm(server);
    assert.ok(held > 0);
    // The queue, one message, and what the system was handed.
    assert.ok(held <= 3 * MIB, `${held}`);
    wire.reset();
  });

  test("of many connections is bounded by the budget, which those pay who hold most", async (t) => {
    const { server, subject } = await attacked(
      t,
      async (connection) => {
        if (connection.request.path === "/good") return echo(connection as never);
        await new Promise(() => {});
      },
      { memoryBudget: 8 * MIB },
    );
    const good = await subject.open();
    const wires = await Promise.all(
      Array.from({ length: 20 }, () => subject.open({ deflate: true })),
    );
    for (const wire of wires) wire.send(...SIXTY.slice(0, 2));
    for (;;) {
      const closed = wires.filter(({ ended }) => ended !== null).length;
      if (closed >= 10 || server.connections.size <= 11) break;
      await settle();
    }
    const held = await calm(server);
    assert.ok(held <= 9 * MIB, `${held}`);
    assert.equal(good.ended, null);
    for (const wire of [good, ...wires]) wire.reset();
  });
});

test("handshakes under way keep nobody out below their limit, and are turned away above it", async (t) => {
  const { subject } = await attacked(t, echo as Handler<undefined>, { maxHandshakes: 50 });
  const silent = await Promise.all(Array.from({ length: 49 }, () => subject.dial()));
  const good = await subject.open();
  await expectService(good);
  const more = await Promise.all(Array.from({ length: 20 }, () => subject.dial()));
  await Promise.all(more.map((wire) => wire.until(() => wire.octetsIn > 0, 200)));
  const refused = more.filter(({ text }) => text.startsWith("HTTP/1.1 503")).length;
  assert.ok(refused >= 19, `${refused}`);
  for (const wire of [good, ...silent, ...more]) wire.reset();
});
