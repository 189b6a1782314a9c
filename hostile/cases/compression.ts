/** Bad and dangerous compressed data, for both sides (RFC 7692). */
import { constants, deflateRawSync } from "node:zlib";
import { binary, type Frame, more, ping, text } from "../../conformance/wire/frame.ts";
import { type Case, type CaseOptions, makeCase, NotApplicable, Unexpected } from "../case.ts";
import { closeWell, expectClose, expectCloseOrService, expectEcho } from "../expect.ts";
import type { Subject } from "../subject.ts";
import { compress, type Wire } from "../wire.ts";

const MIB = 1024 * 1024;
const RSV1 = 4;

interface Row extends CaseOptions {
  readonly id: string;
  readonly title: string;
  readonly sent: readonly Frame[];
  readonly expect: readonly number[];
  /** Whether to go on echoing is right too. */
  readonly lenient?: boolean;
}

async function openCompressed(subject: Subject): Promise<Wire> {
  const wire = await subject.open({ deflate: true });
  if (wire.deflate) return wire;
  wire.destroy();
  throw new NotApplicable("it agrees on no compression");
}

const packed = (payload: Uint8Array): Frame => binary(payload, { rsv: RSV1 });
const hex = (digits: string): Buffer => Buffer.from(digits, "hex");

/** What is no DEFLATE data; RFC 7692 names no code, and both of these are usual. */
const BROKEN: readonly number[] = [1002, 1007];

/** As many zeros, in about a thousandth of the bytes. */
function bomb(size: number): Buffer {
  return deflateRawSync(Buffer.alloc(size), {
    level: 9,
    finishFlush: constants.Z_SYNC_FLUSH,
  }).subarray(0, -4);
}

function inFragments(data: Uint8Array, size: number): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < data.length; at += size) {
    const fin = at + size >= data.length;
    const part = data.subarray(at, at + size);
    frames.push(at === 0 ? binary(part, { fin, rsv: RSV1 }) : more(part, { fin }));
  }
  return frames;
}

const BOMB = bomb(64 * MIB);

const ROWS: readonly Row[] = [
  ...(
    [
      ["reserved-block", "07"],
      ["stored-length-wrong", "000500fbff68656c6c6f".replace("fbff", "fbfe")],
      ["ones", "ffffffffffffffff"],
      ["huffman-oversubscribed", "05e0810010000000"],
      ["distance-before-start", "4a4c0442".concat("22")],
      ["random", "deadbeefcafebabe0123456789abcdef"],
      ["dynamic-cut-codes", "edc1"],
    ] as const
  ).map(([name, digits]) => ({
    id: `broken-${name}`,
    title: `compressed data that is none: ${digits}`,
    rows: ["B18", "R12"],
    sent: [packed(hex(digits)), text("probe behind it")],
    expect: BROKEN,
    lenient: name === "distance-before-start" || name === "dynamic-cut-codes",
  })),
  {
    id: "final-block",
    title: "a compressed message that ends with a final block",
    rows: ["B18"],
    sent: [packed(deflateRawSync("final"))],
    expect: BROKEN,
    lenient: true,
  },
  {
    id: "garbage-after-final-block",
    title: "octets behind the final block",
    rows: ["B18"],
    sent: [packed(Buffer.concat([deflateRawSync("final"), hex("ffffffff")]))],
    expect: BROKEN,
    lenient: true,
  },
  {
    id: "empty",
    title: "a compressed message of no octets",
    sent: [packed(Buffer.alloc(0))],
    expect: BROKEN,
    lenient: true,
  },
  {
    id: "empty-fragments",
    title: "a compressed message of a hundred empty fragments",
    sent: [
      binary("", { fin: false, rsv: RSV1 }),
      ...Array.from({ length: 99 }, () => more("", { fin: false })),
      more(""),
    ],
    expect: BROKEN,
    lenient: true,
  },
  {
    id: "text-not-utf8",
    title: "a compressed text that is not UTF-8",
    rows: ["R15"],
    sent: [text(compress(hex("61ff62")), { rsv: RSV1 })],
    expect: [1007],
  },
  {
    id: "text-cut",
    title: "a compressed text that ends within a character",
    rows: ["R15"],
    sent: [text(compress(hex("61e282")), { rsv: RSV1 })],
    expect: [1007],
  },
  {
    id: "rsv1-on-continuation",
    title: "RSV1 on the second fragment of a compressed message",
    rows: ["B28"],
    sent: [binary(compress("a"), { fin: false, rsv: RSV1 }), more("", { rsv: RSV1 })],
    expect: [1002],
  },
  {
    id: "rsv1-on-ping",
    title: "a compressed ping",
    rows: ["B28"],
    sent: [ping(compress("p"), { rsv: RSV1 })],
    expect: [1002],
  },
  {
    id: "bomb",
    title: "64 MiB of zeros in 64 KiB",
    rows: ["R12", "A13", "A18", "A33"],
    sent: [packed(BOMB)],
    expect: [1009],
  },
  {
    id: "bomb-text",
    title: "64 MiB of zeros in a text",
    rows: ["R12", "A13"],
    sent: [text(BOMB, { rsv: RSV1 })],
    expect: [1009],
  },
  {
    id: "bomb-fragments",
    title: "64 MiB of zeros in fragments of 100 bytes",
    rows: ["R12", "A13", "A17"],
    sent: inFragments(BOMB, 100),
    expect: [1009],
  },
  {
    id: "bomb-unfinished",
    title: "a bomb whose last fragment never comes",
    rows: ["R12", "A13"],
    sent: [binary(BOMB, { fin: false, rsv: RSV1 })],
    expect: [1009],
  },
  {
    id: "too-big-compressed",
    title: "a frame that announces 3 GiB of compressed data",
    rows: ["R9"],
    sent: [],
    expect: [1009, 1002],
  },
];

function toCase({ id, title, sent, expect, lenient, ...options }: Row): Case {
  return makeCase(`compression/${id}`, title, options, async (subject) => {
    const wire = await openCompressed(subject);
    try {
      if (sent.length > 0) wire.send(...sent);
      else
        wire.write(Buffer.from([0xc2, wire.asServer ? 127 : 255]), hex("00000000c000000001020304"));
      if (lenient === true) await expectCloseOrService(wire, expect);
      else await expectClose(wire, expect);
    } finally {
      wire.destroy();
    }
  });
}

const SPECIAL: readonly Case[] = [
  makeCase(
    "compression/not-agreed",
    "a compressed message where compression was not agreed on",
    {},
    async (subject) => {
      const wire = await subject.open();
      wire.send(packed(compress("x")));
      await expectClose(wire, [1002]);
    },
  ),
  makeCase(
    "compression/after-final-block",
    "after a final block the next message is inflated, or the connection has failed",
    { rows: ["B18"] },
    async (subject) => {
      const wire = await openCompressed(subject);
      wire.send(packed(deflateRawSync("final")), text(compress("next"), { rsv: RSV1 }));
      for (let count = 0; ; count += 1) {
        const seen = await wire.message();
        if (seen?.opcode === 8) break;
        if (seen?.payload.toString() === "next") break;
        if (seen === null || count > 1)
          throw new Unexpected("the echo of the next message, or a Close", "neither");
      }
      wire.destroy();
    },
  ),
  makeCase(
    "compression/tiny-fragments",
    "a compressed message in fragments of one byte comes back whole",
    { rows: ["A8"] },
    async (subject) => {
      const wire = await openCompressed(subject);
      const payload = Buffer.from("tiny ".repeat(200));
      const data = compress(payload);
      wire.send(...inFragments(data, 1));
      await expectEcho(wire, payload, 2);
      await closeWell(wire);
    },
  ),
  makeCase(
    "compression/interleaved-controls",
    "pings between the fragments of a compressed message",
    {},
    async (subject) => {
      const wire = await openCompressed(subject);
      const payload = "between ".repeat(50);
      const frames = inFragments(compress(payload), 7).flatMap((one) => [one, ping("p")]);
      wire.send(...frames);
      await expectEcho(wire, payload, 2);
      await closeWell(wire);
    },
  ),
  makeCase(
    "compression/bombs-together",
    "thirty connections inflate bombs at the same time: the sum is bounded too",
    { rows: ["R12", "B19"], pace: "heavy", memory: 160 },
    async (subject) => {
      if (!subject.lives) throw new NotApplicable("a process for each connection");
      const wires = await Promise.all(Array.from({ length: 30 }, () => openCompressed(subject)));
      // A megabyte that is legal, from each, while the bombs run.
      const legal = bomb(MIB - 1);
      for (const wire of wires) wire.send(packed(legal), packed(BOMB));
      await Promise.all(wires.map((wire) => expectClose(wire, [1009], 20_000)));
    },
  ),
  makeCase(
    "compression/legal-bombs-in-one-packet",
    "sixty legal messages of 1 MiB in 64 KiB, on ten connections, whose echoes nobody reads",
    { rows: ["R12", "R11", "B17", "B11"], pace: "heavy", memory: 128 },
    async (subject) => {
      if (!subject.lives) throw new NotApplicable("a process for each connection");
      const wires = await Promise.all(Array.from({ length: 10 }, () => openCompressed(subject)));
      const legal = bomb(MIB - 1);
      for (const wire of wires) {
        wire.socket.pause();
        wire.send(...Array.from({ length: 60 }, () => packed(legal)));
      }
      await new Promise<void>((resolve) => setTimeout(resolve, 1000));
      for (const wire of wires) wire.reset();
    },
  ),
  makeCase(
    "compression/many-small",
    "30 000 compressed messages of one byte in one go are all answered",
    { rows: ["B16", "B19"], pace: "heavy", memory: 96 },
    async (subject) => {
      const wire = await openCompressed(subject);
      const one = compress("x");
      const burst = wire.encode(...Array.from({ length: 500 }, () => packed(one)));
      const total = 30_000;
      let echoes = 0;
      const reading = (async () => {
        while (echoes < total && (await wire.message(20_000)) !== null) echoes += 1;
      })();
      await wire.pour(
        Array.from({ length: total / 500 }, () => burst),
        20_000,
      );
      await reading;
      if (echoes !== total) throw new Unexpected(`${total} echoes`, `${echoes}`);
      await closeWell(wire);
    },
  ),
];

export const COMPRESSION_CASES: readonly Case[] = [...ROWS.map(toCase), ...SPECIAL];
