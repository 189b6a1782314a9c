/** Whatever way a frame goes, the log of both sides shows it: the lines are held against the frames on the wire. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeFrame } from "../../src/frames/describe.ts";
import { broadcast, type Connection } from "../../src/index.ts";
import { Stage } from "../transcripts/stage.ts";
import { relay, type WireFrame } from "./wire.ts";

/** Does something with the connection at hand; the other end reads all that comes. */
type Act = (connection: Connection<undefined>) => unknown;

const PATHS: readonly (readonly [what: string, act: Act, opcodes: string])[] = [
  ["a small text", (one) => one.send("hello"), "TEXT"],
  ["a small text of more than ASCII", (one) => one.send("hélĺo wörld ✓"), "TEXT"],
  ["an empty text", (one) => one.send(""), "TEXT"],
  ["small bytes", (one) => one.send(Uint8Array.of(0, 1, 254, 255)), "BINARY"],
  ["empty bytes", (one) => one.send(new Uint8Array(0)), "BINARY"],
  ["a text as bytes", (one) => one.send("hello", { as: "binary" }), "BINARY"],
  ["bytes as text", (one) => one.send(Buffer.from("hello"), { as: "text" }), "TEXT"],
  [
    "125, 126 and 127 bytes",
    (one) => {
      for (const size of [125, 126, 127]) void one.send(new Uint8Array(size).fill(size));
    },
    "BINARY BINARY BINARY",
  ],
  ["a large text", (one) => one.send("é".repeat(40_000)), "TEXT"],
  ["a message of 70 000 bytes", (one) => one.send(new Uint8Array(70_000).fill(7)), "BINARY"],
  [
    "a message of 900 000 bytes",
    (one) => one.send(new Uint8Array(900_000).map((_, i) => i)),
    "BINARY",
  ],
  [
    "many messages at once",
    (one) => {
      for (let at = 0; at < 200; at += 1) void one.send(`message ${at}`);
    },
    "TEXT ".repeat(200).trim(),
  ],
  ["what is posted", (one) => one.post("hello"), "TEXT"],
  ["what is broadcast", (one) => broadcast([one], "hello"), "TEXT"],
  ["bytes that are broadcast", (one) => broadcast([one], new Uint8Array(300)), "BINARY"],
  ["fragments of text", (one) => one.send(["a", "", "bé"]), "TEXT CONT CONT CONT"],
  [
    "fragments of bytes",
    (one) => one.send([Uint8Array.of(1), Uint8Array.of(2)]),
    "BINARY CONT CONT",
  ],
  [
    "large fragments",
    (one) => one.send(["x".repeat(70_000), "y".repeat(70_000)]),
    "TEXT CONT CONT",
  ],
  ["fragments that take time", (one) => one.send(slowly(["a", "b"])), "TEXT CONT CONT"],
  ["no fragment at all", (one) => one.send([]), "TEXT"],
  ["a ping, and the pong that it brings", (one) => one.ping("ping"), "PING"],
  ["an empty ping", (one) => one.ping(""), "PING"],
  ["a pong that nobody asked for", (one) => one.pong("pong"), "PONG"],
  ["a close with a reason", (one) => one.close(4000, "reason ✓"), "CLOSE"],
  ["a close", (one) => one.close(), "CLOSE"],
];

async function* slowly(items: readonly string[]): AsyncGenerator<string> {
  for (const item of items) {
    await new Promise((resolve) => setImmediate(resolve));
    yield item;
  }
}

const NAMES: Readonly<Record<number, string>> = {
  0: "CONT",
  1: "TEXT",
  2: "BINARY",
  8: "CLOSE",
  9: "PING",
  10: "PONG",
};

function lineOf({ opcode, payload, fin }: WireFrame): string {
  return describeFrame(opcode, payload, fin, 75);
}

interface FrameEvent {
  readonly type: "frame.sent" | "frame.received";
  readonly opcode: number;
  readonly fin: boolean;
  readonly size: number;
  readonly wireSize: number;
  readonly compressed: boolean;
}

/** What `logger` shows of frames in one direction: the lines, and the data beside them. */
function shown(stage: Stage, logger: string, prefix: "<" | ">") {
  const type = prefix === "<" ? "frame.received" : "frame.sent";
  const records = stage.records.filter(
    ({ name, event }) => name === logger && (event as FrameEvent | undefined)?.type === type,
  );
  return records.map((record) => {
    const text = record.getMessage();
    assert.ok(text.startsWith(`${prefix} `), text);
    const { opcode, fin, size, wireSize, compressed } = record.event as FrameEvent;
    return [text.slice(2), { opcode, fin, size, wireSize, compressed }];
  });
}

/** How a frame must be shown. What a compressed frame holds is known when its message is, so lines of parts may differ. */
function wanted(frames: readonly WireFrame[]) {
  return frames.map((frame) => {
    const { opcode, fin, payload, wireSize, compressed } = frame;
    return [lineOf(frame), { opcode, fin, size: payload.length, wireSize, compressed }];
  });
}

interface Way {
  readonly from: "client" | "server";
  readonly compression: undefined | null;
  /** Bytes that arrive at a time. */
  readonly size?: number;
  /** Of the side that sends. */
  readonly pingInterval?: number;
}

async function play(act: Act, { from, compression, size, pingInterval = 20_000 }: Way) {
  const stage = new Stage("DEBUG");
  const options = compression === null ? { compression } : {};
  const keepalive = (side: string) => ({ pingInterval: side === from ? pingInterval : null });
  try {
    let began = (_: Connection<undefined>): void => {};
    const connected = new Promise<Connection<undefined>>((resolve) => {
      began = resolve;
    });
    const { server, port } = await stage.serve(
      async (connection) => {
        began(connection);
        for await (const _ of connection) {
          // Read, and nothing more.
        }
      },
      { ...options, ...keepalive("server") },
    );
    const wire = await relay(port, size);
    const client = await stage.connect(`ws://127.0.0.1:${wire.port}/`, {
      ...options,
      ...keepalive("client"),
    });
    const there = await connected;
    void (async () => {
      for await (const _ of client) {
        // As above.
      }
    })().catch(() => {});
    await act(from === "client" ? client : there);
    // What was sent is with the other side before the connection is closed from there.
    await (from === "client" ? there : client).ping("end").catch(() => {});
    await client.close();
    await there.closed;
    const frames = await wire.frames();
    await wire.close();
    await server.close();
    return { stage, frames };
  } finally {
    await stage.end();
  }
}

for (const compression of [null, undefined]) {
  for (const from of ["client", "server"] as const) {
    const how = compression === null ? "" : " with compression";
    describe(`frames from the ${from}${how} are shown by both sides as they went over the wire:`, () => {
      for (const [what, act, opcodes] of PATHS) {
        test(what, async () => {
          const played = await play(act, { from, compression });
          const first = played.frames[from].slice(0, opcodes.split(" ").length);
          assert.equal(first.map(({ opcode }) => NAMES[opcode]).join(" "), opcodes);
          check(played);
        });
      }
    });
  }
}

function check({ stage, frames }: Awaited<ReturnType<typeof play>>): void {
  const client = "websockets.client";
  const server = "websockets.server";
  assert.deepEqual(shown(stage, client, ">"), wanted(frames.client));
  assert.deepEqual(shown(stage, server, "<"), wanted(frames.client));
  assert.deepEqual(shown(stage, server, ">"), wanted(frames.server));
  assert.deepEqual(shown(stage, client, "<"), wanted(frames.server));
}

describe("frames are shown whole, however they are cut:", () => {
  const act: Act = async (one) => {
    void one.send("x".repeat(200));
    void one.send(["é", "b", "é"]);
    void one.send(Uint8Array.of(0, 255));
    one.pong("pong");
    await one.ping();
  };
  for (const compression of [null, undefined]) {
    for (const size of [1, 3, 64]) {
      for (const from of ["client", "server"] as const) {
        const how = compression === null ? "" : ", compressed";
        test(`into pieces of ${size} bytes from the ${from}${how}`, async () => {
          check(await play(act, { from, compression, size }));
        });
      }
    }
  }
});

for (const from of ["client", "server"] as const) {
  test(`pings of the ${from}'s keepalive and their pongs are shown by both sides`, async () => {
    const wait: Act = (one) => new Promise((resolve) => setTimeout(resolve, 250, one));
    const played = await play(wait, { from, compression: null, pingInterval: 50 });
    check(played);
    const pings = played.frames[from].filter(({ opcode }) => opcode === 9);
    assert.ok(pings.length > 0);
  });
}
