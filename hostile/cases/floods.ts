/** Too much of what is allowed, for both sides: it must cost neither memory nor the others' service. */
import { randomBytes } from "node:crypto";
import {
  binary,
  CONTINUATION,
  close,
  frame,
  more,
  ping,
  pong,
  text,
} from "../../conformance/wire/frame.ts";
import type { ReceivedFrame } from "../../conformance/wire/reader.ts";
import { type Case, makeCase, NotApplicable, Unexpected } from "../case.ts";
import { closeWell, describe, expectClose, expectService, head } from "../expect.ts";
import type { Subject } from "../subject.ts";
import type { Wire } from "../wire.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

function* times(count: number, piece: Uint8Array): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= 1) yield piece;
}

/** Several connections at once; those clients that are a process each get one. */
function openMany(subject: Subject, count: number): Promise<Wire[]> {
  return Promise.all(Array.from({ length: subject.lives ? count : 1 }, () => subject.open()));
}

interface Unread {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly string[];
  readonly memory: number;
  readonly connections: number;
  /** What each connection sends, and how often, at the most. */
  readonly piece: (wire: Wire) => Uint8Array;
  readonly count: number;
}

/** The attacker sends and never reads. */
const UNREAD: readonly Unread[] = [
  {
    id: "unread-echoes",
    title: "64 MiB in messages of 64 KiB, whose echoes nobody reads",
    rows: ["B11", "R11"],
    memory: 64,
    connections: 1,
    piece: (wire) => wire.encode(binary(Buffer.alloc(64 * KIB))),
    count: 1024,
  },
  {
    id: "unread-small-echoes",
    title: "32 MiB in messages of 125 bytes, whose echoes nobody reads",
    rows: ["B11", "R11"],
    memory: 64,
    connections: 1,
    piece: (wire) => wire.encode(...Array.from({ length: 500 }, () => text("x".repeat(125)))),
    count: 512,
  },
  {
    id: "unread-large-echoes",
    title: "messages of 1 MiB on ten connections, whose echoes nobody reads",
    rows: ["B11", "R11"],
    memory: 160,
    connections: 10,
    piece: (wire) => wire.encode(binary(Buffer.alloc(MIB))),
    count: 32,
  },
  {
    id: "unread-pongs",
    title: "24 MiB of pings whose pongs nobody reads",
    rows: ["A11", "R7", "R11", "B15"],
    memory: 64,
    connections: 1,
    piece: (wire) => wire.encode(...Array.from({ length: 500 }, () => ping("p".repeat(125)))),
    count: 384,
  },
  {
    id: "unread-many",
    title: "forty connections that send 8 MiB each and read nothing",
    rows: ["B11", "R11", "R7"],
    memory: 192,
    connections: 40,
    piece: (wire) => wire.encode(binary(Buffer.alloc(16 * KIB))),
    count: 512,
  },
  {
    id: "unread-empty",
    title: "two million empty messages whose echoes nobody reads",
    rows: ["B16", "R8"],
    memory: 64,
    connections: 1,
    piece: (wire) => wire.encode(...Array.from({ length: 2000 }, () => binary(""))),
    count: 1000,
  },
];

const unread: readonly Case[] = UNREAD.map(
  ({ id, title, rows, memory, connections, piece, count }) =>
    makeCase(`floods/${id}`, title, { rows, memory, pace: "heavy" }, async (subject) => {
      const wires = await openMany(subject, connections);
      for (const wire of wires) wire.socket.pause();
      await Promise.all(
        wires.map((wire) => {
          const octets = piece(wire);
          return wire.pour(times(count, octets), 1000);
        }),
      );
      for (const wire of wires) wire.reset();
    }),
);

/** Messages that never end. */
interface Unfinished {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly string[];
  readonly memory: number;
  readonly connections: number;
  readonly first: (wire: Wire) => Uint8Array;
  readonly piece: (wire: Wire) => Uint8Array;
  readonly count: number;
}

const UNFINISHED: readonly Unfinished[] = [
  {
    id: "fragments-of-one-byte",
    title: "a million fragments of one byte, without an end",
    rows: ["A8", "A10", "R8", "R7"],
    memory: 64,
    connections: 1,
    first: (wire) => wire.encode(binary("a", { fin: false })),
    piece: (wire) => wire.encode(...Array.from({ length: 1000 }, () => more("b", { fin: false }))),
    count: 1000,
  },
  {
    id: "fragments-empty",
    title: "a million empty fragments, without an end",
    rows: ["A9", "A17", "R7"],
    memory: 64,
    connections: 1,
    first: (wire) => wire.encode(binary("", { fin: false })),
    piece: (wire) => wire.encode(...Array.from({ length: 1000 }, () => more("", { fin: false }))),
    count: 1000,
  },
  {
    id: "fragments-many-connections",
    title: "forty connections with 15 000 fragments of one byte each, without an end",
    rows: ["A10", "R8"],
    memory: 64,
    connections: 40,
    first: (wire) => wire.encode(binary("a", { fin: false })),
    piece: (wire) => wire.encode(...Array.from({ length: 500 }, () => more("b", { fin: false }))),
    count: 30,
  },
  {
    id: "fragments-in-own-packets",
    title: "2 000 fragments of one byte, each in a packet of its own",
    rows: ["A8", "A12", "B20", "R8"],
    memory: 64,
    connections: 1,
    first: (wire) => wire.encode(binary("a", { fin: false })),
    piece: (wire) => wire.encode(more("b", { fin: false })),
    count: 2000,
  },
  {
    id: "declared-and-not-sent",
    title: "150 connections that announce 1 MB and send nothing of it",
    rows: ["R9", "A2"],
    memory: 64,
    connections: 150,
    first: (wire) => head(wire, 0x82, 64, 1_000_000),
    piece: () => Buffer.from([0]),
    count: 1,
  },
];

async function expectPatienceOrClose(wire: Wire): Promise<void> {
  const seen = await wire.message(50);
  if (seen === null) {
    if (wire.ended === null) return;
    throw new Unexpected("a Close, or a connection that waits", describe(seen, wire));
  }
  if (seen.payload.length < 2 || ![1008, 1009].includes(seen.payload.readUInt16BE()))
    throw new Unexpected("Close 1008 or 1009", describe(seen, wire));
}

const unfinished: readonly Case[] = UNFINISHED.map(
  ({ id, title, rows, memory, connections, first, piece, count }) =>
    makeCase(`floods/${id}`, title, { rows, memory, pace: "heavy" }, async (subject) => {
      const wires = await openMany(subject, connections);
      await Promise.all(
        wires.map((wire) => {
          wire.write(first(wire));
          return wire.pour(times(count, piece(wire)), 5000);
        }),
      );
      // It may wait for more, or have given up; in the latter case with a Close that says why.
      await Promise.all(wires.map((wire) => expectPatienceOrClose(wire)));
      for (const wire of wires) wire.reset();
    }),
);

async function countPongs(wire: Wire, last: string): Promise<number> {
  let pongs = 0;
  for (;;) {
    const seen: ReceivedFrame | null = await wire.frame();
    if (seen === null || seen.opcode === 8)
      throw new Unexpected(`the pong ${last}`, `${pongs} pongs, then ${describe(seen, wire)}`);
    if (seen.opcode === 10) pongs += 1;
    if (seen.opcode === 10 && seen.payload.toString() === last) return pongs;
  }
}

const SPECIAL: readonly Case[] = [
  makeCase(
    "floods/pings-in-one-packet",
    "200 pings in one packet: the connection lives, and the last is answered",
    { rows: ["A11", "B15"] },
    async (subject) => {
      const wire = await subject.open();
      wire.send(...Array.from({ length: 200 }, (_, index) => ping(`ping ${index}`)));
      await countPongs(wire, "ping 199");
      await expectService(wire);
      await closeWell(wire);
    },
  ),
  makeCase(
    "floods/pongs",
    "100 000 pongs that nobody asked for",
    { rows: ["B15", "A36"], pace: "heavy" },
    async (subject) => {
      const wire = await subject.open();
      const piece = wire.encode(...Array.from({ length: 500 }, () => pong("unasked")));
      await wire.pour(times(200, piece), 5000);
      await expectService(wire, 10_000);
      await closeWell(wire);
    },
  ),
  makeCase(
    "floods/pings",
    "200 000 pings, whose pongs are read",
    { rows: ["B15", "B17"], pace: "heavy" },
    async (subject) => {
      const wire = await subject.open();
      const piece = wire.encode(...Array.from({ length: 500 }, () => ping("p")));
      const reading = countPongs(wire, "the end");
      reading.catch(() => {});
      await wire.pour(times(400, piece), 5000);
      wire.send(ping("the end"));
      await reading;
      await closeWell(wire);
    },
  ),
  makeCase(
    "floods/empty-messages",
    "200 000 empty messages, whose echoes are read: others are served meanwhile",
    { rows: ["B16", "B17"], pace: "heavy", memory: 96 },
    async (subject) => {
      const wire = await subject.open();
      const total = 200_000;
      const piece = wire.encode(...Array.from({ length: 1000 }, () => text("")));
      let echoes = 0;
      const reading = (async () => {
        while (echoes < total && (await wire.message(20_000))?.opcode === 1) echoes += 1;
      })();
      await wire.pour(times(total / 1000, piece), 20_000);
      await reading;
      if (echoes !== total) throw new Unexpected(`${total} echoes`, `${echoes}`);
      await closeWell(wire);
    },
  ),
  makeCase(
    "floods/bytes-in-own-packets",
    "a message of 3 000 bytes, each in a packet of its own",
    { rows: ["A8", "A12"], pace: "heavy" },
    async (subject) => {
      const wire = await subject.open();
      const payload = randomBytes(3000);
      const octets = wire.encode(binary(payload));
      for (let at = 0; at < octets.length; at += 1) {
        wire.write(octets.subarray(at, at + 1));
        if (at % 8 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      }
      const seen = await wire.message();
      if (seen === null || !seen.payload.equals(payload))
        throw new Unexpected("the echo", describe(seen, wire));
      await closeWell(wire);
    },
  ),
  makeCase(
    "floods/message-too-big",
    "a message of 128 MiB in fragments of 64 KiB: 1009, and not after all of it",
    { rows: ["A2", "A17", "R7"], pace: "heavy" },
    async (subject) => {
      const wire = await subject.open();
      wire.send(binary(Buffer.alloc(64 * KIB), { fin: false }));
      const piece = wire.encode(frame(CONTINUATION, Buffer.alloc(64 * KIB), { fin: false }));
      await wire.pour(times(2048, piece), 2000);
      await expectClose(wire, [1009]);
    },
  ),
  makeCase(
    "floods/after-close",
    "32 MiB behind a Close",
    { rows: ["B12", "R16"], pace: "heavy" },
    async (subject) => {
      const wire = await subject.open();
      wire.send(close(1000));
      const piece = wire.encode(binary(Buffer.alloc(64 * KIB)));
      await wire.pour(times(512, piece), 2000);
      const seen = await wire.frame();
      // The Close may be lost when the subject cuts who goes on sending.
      if (seen !== null && seen.opcode !== 8) throw new Unexpected("a Close", describe(seen, wire));
      wire.reset();
    },
  ),
  makeCase(
    "floods/reset-storm",
    "400 connections, all reset at the same moment with unread data on both sides",
    { rows: ["R1", "R17", "B14"], pace: "heavy" },
    async (subject) => {
      if (!subject.lives) throw new NotApplicable("a process for each connection");
      for (let round = 0; round < 4; round += 1) {
        const wires = await openMany(subject, 100);
        for (const wire of wires) {
          wire.socket.pause();
          wire.send(binary(Buffer.alloc(16 * KIB)), text("x"), ping("p"));
        }
        await new Promise<void>((resolve) => setTimeout(resolve, 10));
        for (const wire of wires) wire.reset();
      }
    },
  ),
  makeCase(
    "floods/connections-that-churn",
    "500 connections, opened and closed well, leave nothing",
    { rows: ["R17", "B14"], pace: "heavy" },
    async (subject) => {
      if (!subject.lives) throw new NotApplicable("a process for each connection");
      for (let round = 0; round < 25; round += 1) {
        const wires = await openMany(subject, 20);
        await Promise.all(wires.map((wire) => closeWell(wire)));
      }
    },
  ),
];

export const FLOOD_CASES: readonly Case[] = [...unread, ...unfinished, ...SPECIAL];
