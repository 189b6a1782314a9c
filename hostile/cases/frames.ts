/** Frames that RFC 6455 §5 forbids, for both sides. */
import {
  BINARY,
  binary,
  CLOSE,
  CONTINUATION,
  encodeFrame,
  type Frame,
  frame,
  more,
  PING,
  PONG,
  ping,
  pong,
  TEXT,
  text,
} from "../../conformance/wire/frame.ts";
import { type Case, type CaseOptions, makeCase } from "../case.ts";
import {
  closeWell,
  expectClose,
  expectCloseOrService,
  expectEcho,
  expectService,
  head,
} from "../expect.ts";
import type { OpenOptions } from "../subject.ts";
import type { Wire } from "../wire.ts";

const MIB = 1024 * 1024;

/** What is sent, and what has to come of it: codes of which one has to be in a Close; "serves"; or either. */
interface Row extends CaseOptions, OpenOptions {
  readonly id: string;
  readonly title: string;
  readonly send: (wire: Wire) => Uint8Array;
  readonly expect: readonly number[] | "serves";
  /** Whether to go on echoing is right too. */
  readonly lenient?: boolean;
}

const frames =
  (...all: readonly Frame[]) =>
  (wire: Wire): Uint8Array =>
    wire.encode(...all);

/** The frame with the mask that its side must not have, or without the one that it must have. */
const wronglyMasked =
  (...all: readonly Frame[]) =>
  (wire: Wire): Uint8Array =>
    Buffer.concat(all.map((one) => encodeFrame(one, wire.asServer)));

const VIOLATION: readonly number[] = [1002];

function named(prefix: string, rows: readonly (readonly [string, Row["send"]])[]): Row[] {
  return rows.map(([name, send]) => ({
    id: `${prefix}-${name.replace(/[^a-z0-9]+/gi, "-")}`,
    title: `${prefix}: ${name}`,
    send,
    expect: VIOLATION,
  }));
}

const OPCODES: Readonly<Record<string, number>> = {
  continuation: CONTINUATION,
  text: TEXT,
  binary: BINARY,
  close: CLOSE,
  ping: PING,
  pong: PONG,
};

const masks: Row[] = named(
  "mask",
  Object.entries(OPCODES)
    .filter(([name]) => name !== "continuation")
    .map(([name, opcode]) => [`wrong on a ${name}`, wronglyMasked(frame(opcode))] as const),
).map((row) => ({ ...row, rows: ["B9"] }));

const reserved: Row[] = [
  ...[1, 2, 3, 4, 5, 6, 7].map((rsv) => ({
    id: `rsv-${rsv}-text`,
    title: `reserved bits ${rsv} on a text`,
    send: frames(text("x", { rsv })),
    expect: VIOLATION,
  })),
  ...[PING, PONG, CLOSE].flatMap((opcode) =>
    [1, 2, 4].flatMap((rsv) =>
      [false, true].map((deflate) => ({
        id: `rsv-${rsv}-opcode-${opcode}${deflate ? "-deflate" : ""}`,
        title: `reserved bit ${rsv} on opcode ${opcode}${deflate ? " where compression is agreed on" : ""}`,
        rows: ["B28"],
        deflate,
        send: frames(frame(opcode, "", { rsv })),
        expect: VIOLATION,
      })),
    ),
  ),
  {
    id: "rsv-4-continuation-deflate",
    title: "RSV1 on a continuation where compression is agreed on",
    rows: ["B28"],
    deflate: true,
    send: frames(text("a", { fin: false }), more("b", { rsv: 4 })),
    expect: VIOLATION,
  },
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
    {
      id: `opcode-${opcode}`,
      title: `reserved opcode ${opcode}`,
      send: frames(frame(opcode, "x")),
      expect: VIOLATION,
    },
    {
      id: `opcode-${opcode}-fragment`,
      title: `reserved opcode ${opcode} without FIN, empty, after a ping`,
      send: frames(ping("first"), frame(opcode, "", { fin: false })),
      expect: VIOLATION,
    },
  ]),
];

/** §5.5: judged by the first two bytes; no payload follows, and none is waited for. */
const controls: Row[] = [PING, PONG, CLOSE].flatMap((opcode) => [
  {
    id: `control-${opcode}-126`,
    title: `opcode ${opcode} that announces 126 bytes, and nothing after`,
    rows: ["R10"],
    send: (wire: Wire) => head(wire, 0x80 | opcode, 16, 126),
    expect: VIOLATION,
  },
  {
    id: `control-${opcode}-65536`,
    title: `opcode ${opcode} that announces 65 536 bytes, and nothing after`,
    rows: ["R10"],
    send: (wire: Wire) => head(wire, 0x80 | opcode, 64, 65_536),
    expect: VIOLATION,
  },
  {
    id: `control-${opcode}-two-bytes`,
    title: `opcode ${opcode} too long, in its first two bytes alone`,
    rows: ["R10"],
    send: (wire: Wire) => head(wire, 0x80 | opcode, 16, 126).subarray(0, 2),
    expect: VIOLATION,
  },
  {
    id: `control-${opcode}-fragment`,
    title: `opcode ${opcode} without FIN`,
    rows: ["R10"],
    send: frames(frame(opcode, "", { fin: false })),
    expect: VIOLATION,
  },
  {
    id: `control-${opcode}-in-message-too-long`,
    title: `opcode ${opcode} of 126 bytes within a fragmented message`,
    rows: ["R10"],
    send: frames(text("a", { fin: false }), frame(opcode, Buffer.alloc(126)), more("b")),
    expect: VIOLATION,
  },
]);

const TOO_BIG: readonly number[] = [1002, 1009];

const lengths: Row[] = [
  ...(
    [
      ["msb", 2n ** 63n, "the top bit set"],
      ["msb-all", 2n ** 64n - 1n, "all bits set"],
      ["max", 2n ** 63n - 1n, "2^63 - 1"],
      ["2-53", 2n ** 53n, "2^53"],
      ["2-32-and-5", 2n ** 32n + 5n, "2^32 + 5: the upper half must not be lost"],
      ["2-40-and-1", 2n ** 40n + 1n, "2^40 + 1: the upper half must not be lost"],
      ["1-gib", 2n ** 30n, "1 GiB"],
    ] as const
  ).flatMap(([name, length, title]) =>
    [TEXT, BINARY].map((opcode) => ({
      id: `length-${name}-${opcode === TEXT ? "text" : "binary"}`,
      title: `a length of 64 bits: ${title}; no payload follows`,
      rows: ["R9", "A15", "A2"],
      send: (wire: Wire) => head(wire, 0x80 | opcode, 64, length),
      expect: TOO_BIG,
    })),
  ),
  {
    id: "length-continuation",
    title: "a continuation that announces 2^40 bytes",
    rows: ["R9"],
    send: (wire) =>
      Buffer.concat([wire.encode(binary("a", { fin: false })), head(wire, 0x80, 64, 2n ** 40n)]),
    expect: TOO_BIG,
  },
  {
    id: "length-sum",
    title: "fragments whose lengths together pass what a message may have: 200 times 1 MiB",
    rows: ["R9", "A17"],
    send: (wire) =>
      Buffer.concat([
        wire.encode(binary(Buffer.alloc(MIB), { fin: false })),
        head(wire, 0x00, 64, 200 * MIB),
      ]),
    expect: TOO_BIG,
  },
  ...(
    [
      [16, 5],
      [64, 5],
      [64, 300],
      [16, 0],
    ] as const
  ).map(([form, length]) => ({
    id: `length-not-minimal-${form}-${length}`,
    title: `a length of ${length} told in ${form} bits`,
    send: (wire: Wire) => {
      const zeros = head(wire, 0x82, form, length);
      return Buffer.concat([zeros, Buffer.alloc(length)]);
    },
    expect: VIOLATION,
    lenient: true,
  })),
];

const order: Row[] = [
  {
    id: "continuation-first",
    title: "a continuation without a message, without FIN",
    send: frames(more("x", { fin: false })),
    expect: VIOLATION,
  },
  {
    id: "continuation-alone",
    title: "a continuation without a message, with FIN",
    send: frames(more("x")),
    expect: VIOLATION,
  },
  {
    id: "continuation-after-message",
    title: "a continuation after a whole message",
    send: frames(text("whole"), more("x")),
    expect: VIOLATION,
  },
  {
    id: "continuation-after-ping",
    title: "a continuation after a ping",
    send: frames(ping("p"), more("x")),
    expect: VIOLATION,
  },
  {
    id: "text-in-text",
    title: "a text within a fragmented text",
    send: frames(text("a", { fin: false }), text("b")),
    expect: VIOLATION,
  },
  {
    id: "binary-in-text",
    title: "a binary message within a fragmented text",
    send: frames(text("a", { fin: false }), binary("b", { fin: false })),
    expect: VIOLATION,
  },
  {
    id: "text-in-empty",
    title: "a text within a message whose first fragment was empty",
    send: frames(binary("", { fin: false }), text("")),
    expect: VIOLATION,
  },
  {
    id: "controls-in-message",
    title: "pings and pongs between the fragments of a message",
    send: frames(
      text("a", { fin: false }),
      ping("p"),
      pong("unasked"),
      more("", { fin: false }),
      ping(""),
      more("b"),
    ),
    expect: "serves",
  },
  {
    id: "http-on-the-wire",
    title: "a second HTTP request where frames are expected",
    rows: ["B4"],
    send: () => Buffer.from("GET /again HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    expect: VIOLATION,
  },
  {
    id: "tls-on-the-wire",
    title: "a TLS ClientHello where frames are expected",
    send: () => Buffer.from("16030100c8010000c40303", "hex"),
    expect: VIOLATION,
  },
  {
    id: "zeros",
    title: "64 KiB of zeros",
    send: () => Buffer.alloc(65_536),
    expect: VIOLATION,
  },
  {
    id: "ones",
    title: "64 KiB of 0xff",
    send: () => Buffer.alloc(65_536, 0xff),
    expect: VIOLATION,
  },
];

/** §8.1. */
const INVALID: readonly (readonly [string, string])[] = [
  ["lone-continuation", "80"],
  ["overlong-slash", "c0af"],
  ["overlong-nul", "c080"],
  ["overlong-3", "e0809f"],
  ["overlong-4", "f080809f"],
  ["surrogate-high", "eda080"],
  ["surrogate-low", "edbfbf"],
  ["surrogate-pair", "eda080edb080"],
  ["above-10ffff", "f4908080"],
  ["f5", "f5808080"],
  ["fe", "fe"],
  ["ff", "ff"],
  ["cut-2", "c3"],
  ["cut-3", "e282"],
  ["cut-4", "f09f98"],
  ["broken", "e228a1"],
];

const utf8: Row[] = INVALID.flatMap(([name, digits]) => {
  const bad = Buffer.concat([Buffer.from("ab"), Buffer.from(digits, "hex")]);
  return [
    {
      id: `utf8-${name}`,
      title: `a text with ${digits}`,
      rows: ["R15"],
      send: frames(text(bad)),
      expect: [1007],
    },
    {
      id: `utf8-${name}-fragments`,
      title: `a text with ${digits}, one byte a fragment`,
      rows: ["R15"],
      send: frames(
        ...[...bad].map((octet, index) =>
          frame(index === 0 ? TEXT : CONTINUATION, Buffer.from([octet]), {
            fin: index === bad.length - 1,
          }),
        ),
      ),
      expect: [1007],
    },
  ];
});

const ROWS: readonly Row[] = [...masks, ...reserved, ...controls, ...lengths, ...order, ...utf8];

function toCase({ id, title, send, expect, lenient, deflate = false, ...options }: Row): Case {
  return makeCase(`frames/${id}`, title, options, async (subject) => {
    const wire = await subject.open({ deflate });
    try {
      wire.write(send(wire));
      if (expect === "serves") {
        await expectService(wire);
        await closeWell(wire);
      } else if (lenient === true) {
        await expectCloseOrService(wire, expect);
      } else {
        await expectClose(wire, expect);
      }
    } finally {
      wire.destroy();
    }
  });
}

const SPECIAL: readonly Case[] = [
  makeCase(
    "frames/bom-is-kept",
    "a text that begins with U+FEFF comes back whole",
    { rows: ["R15"] },
    async (subject) => {
      const wire = await subject.open();
      const payload = "\ufeffmarked";
      wire.send(text(payload));
      await expectEcho(wire, payload);
      await closeWell(wire);
    },
  ),
  makeCase(
    "frames/behind-the-handshake",
    "a message in the same packet as the handshake is not lost",
    { rows: ["B7"] },
    async (subject) => {
      const behind = encodeFrame(text("first"), subject.role === "server");
      const wire = await subject.open({ behind });
      await expectEcho(wire, "first");
      await closeWell(wire);
    },
  ),
  makeCase(
    "frames/byte-by-byte",
    "a message whose bytes come one by one",
    { rows: ["B7"] },
    async (subject) => {
      const wire = await subject.open();
      for (const octet of wire.encode(text("a", { fin: false }), ping("p"), more("bc"))) {
        wire.write(Buffer.from([octet]));
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      await expectEcho(wire, "abc");
      await closeWell(wire);
    },
  ),
  makeCase(
    "frames/valid-before-violation",
    "messages before a violation in the same packet are answered",
    { rows: ["R16"] },
    async (subject) => {
      const wire = await subject.open();
      wire.send(text("one"), text("two"), frame(3, "bad"));
      await expectEcho(wire, "one");
      await expectEcho(wire, "two");
      await expectClose(wire, VIOLATION);
    },
  ),
];

export const FRAME_CASES: readonly Case[] = [...ROWS.map(toCase), ...SPECIAL];
