/** How connections end, for both sides (RFC 6455 §5.5.1, §7). */
import {
  binary,
  CLOSE,
  close,
  type Frame,
  frame,
  ping,
  text,
} from "../../conformance/wire/frame.ts";
import { type Case, makeCase, Unexpected } from "../case.ts";
import {
  codeOf,
  describe,
  expectClose,
  expectCloseOrService,
  expectEcho,
  expectEnd,
} from "../expect.ts";
import type { Wire } from "../wire.ts";

/** How long a subject may take to get rid of who does not answer: its default is ours, 10 s. */
export const PATIENCE = 15_000;

interface Row {
  readonly id: string;
  readonly title: string;
  readonly rows?: readonly string[];
  readonly sent: readonly Frame[];
  readonly expect: readonly number[];
}

const code = (value: number): Frame => close(value);
const payload = (octets: Uint8Array | string): Frame => frame(CLOSE, octets);

const ILLEGAL = [
  0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 32_768, 65_535,
];

const ROWS: readonly Row[] = [
  ...ILLEGAL.map((value) => ({
    id: `code-${value}`,
    title: `Close ${value}, which may not be sent`,
    rows: ["B22"],
    sent: [code(value)],
    expect: [1002],
  })),
  ...[
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
  ].map((value) => ({
    id: `code-${value}`,
    title: `Close ${value}, which may be sent, is answered`,
    rows: ["B22"],
    sent: [code(value)],
    expect: [value, 1000],
  })),
  {
    id: "empty",
    title: "a Close without a code",
    rows: ["B22"],
    sent: [close()],
    expect: [1000, 1005],
  },
  {
    id: "one-byte",
    title: "a Close of one byte",
    sent: [payload(Buffer.from([3]))],
    expect: [1002],
  },
  {
    id: "reason-not-utf8",
    title: "a Close whose reason is not UTF-8",
    rows: ["R15"],
    sent: [close(1000, Buffer.from([0xc3, 0x28]))],
    expect: [1007, 1002],
  },
  {
    id: "reason-cut",
    title: "a Close whose reason ends within a character",
    rows: ["R15"],
    sent: [close(1000, Buffer.from([0xe2, 0x82]))],
    expect: [1007, 1002],
  },
  {
    id: "reason-longest",
    title: "a Close with a reason of 123 bytes",
    sent: [close(1000, "r".repeat(123))],
    expect: [1000],
  },
  {
    id: "reason-controls",
    title: "a Close whose reason has line ends and escapes of a terminal",
    rows: ["B25", "R20"],
    sent: [close(1000, "bye\r\n\u001b[2J2026-01-01 INFO forged")],
    expect: [1000],
  },
  {
    id: "twice",
    title: "two Closes",
    sent: [code(1000), code(1001)],
    expect: [1000],
  },
  {
    id: "in-message",
    title: "a Close within a fragmented message",
    sent: [text("a", { fin: false }), code(1000)],
    expect: [1000],
  },
  {
    id: "then-violation",
    title: "a Close, and a reserved opcode after it",
    sent: [code(1000), frame(5, "x")],
    expect: [1000],
  },
];

function toCase({ id, title, rows = [], sent, expect }: Row): Case {
  return makeCase(`closing/${id}`, title, { rows }, async (subject) => {
    const wire = await subject.open();
    try {
      wire.send(...sent);
      await expectClose(wire, expect);
    } finally {
      wire.destroy();
    }
  });
}

/** Messages that come after the Close are not answered. */
async function silentAfterClose(wire: Wire, ms: number): Promise<void> {
  const first = await wire.frame();
  if (first?.opcode !== CLOSE || codeOf(first) !== 1000)
    throw new Unexpected("Close 1000", describe(first, wire));
  const second = await wire.frame(ms);
  if (second !== null) throw new Unexpected("nothing after the Close", describe(second, wire));
}

const SPECIAL: readonly Case[] = [
  makeCase(
    "closing/nothing-after",
    "a message and a ping after a Close get no answer",
    { rows: ["R16"] },
    async (subject) => {
      const wire = await subject.open();
      wire.send(close(1000), text("late"), ping("late"));
      await silentAfterClose(wire, 200);
      await expectEnd(wire, 1000);
    },
  ),
  makeCase(
    "closing/message-then-close",
    "a message and a Close in one packet: both are answered",
    { rows: ["R16"] },
    async (subject) => {
      const wire = await subject.open();
      wire.send(text("last"), close(1000));
      await expectEcho(wire, "last");
      await expectClose(wire, [1000]);
    },
  ),
  makeCase(
    "closing/close-frame-arrives",
    "a violation with 4 MiB behind it: the Close still arrives, since unread input is not met with a reset",
    { rows: ["R16", "B21"] },
    async (subject) => {
      const wire = await subject.open();
      wire.write(wire.encode(frame(3, "bad")));
      wire.write(Buffer.alloc(4 * 1024 * 1024, 0x82));
      await expectClose(wire, [1002]);
    },
  ),
  makeCase(
    "closing/end-without-close",
    "the end of the stream without a Close is met with the end",
    {},
    async (subject) => {
      const wire = await subject.open();
      wire.finish();
      if (!(await wire.ends())) throw new Unexpected("the end", "the connection stays open");
      wire.destroy();
    },
  ),
  makeCase(
    "closing/end-in-message",
    "the end of the stream within a frame is met with the end",
    {},
    async (subject) => {
      const wire = await subject.open();
      wire.write(wire.encode(binary(Buffer.alloc(1000))).subarray(0, 500));
      wire.finish();
      if (!(await wire.ends())) throw new Unexpected("the end", "the connection stays open");
      wire.destroy();
    },
  ),
  ...[
    ["at-once", () => Buffer.alloc(0)],
    ["in-header", (wire: Wire) => wire.encode(text("x".repeat(200))).subarray(0, 3)],
    ["in-payload", (wire: Wire) => wire.encode(text("x".repeat(200))).subarray(0, 100)],
    ["in-message", (wire: Wire) => wire.encode(text("a", { fin: false }))],
    ["after-message", (wire: Wire) => wire.encode(text("x"))],
    ["after-ping", (wire: Wire) => wire.encode(ping("x"))],
    ["after-close", (wire: Wire) => wire.encode(close(1000))],
    ["after-violation", (wire: Wire) => wire.encode(frame(3))],
  ].map(([name, octets]) =>
    makeCase(
      `closing/reset-${name as string}`,
      `twenty resets, ${(name as string).replace("-", " ")}`,
      { rows: ["R1", "B14", "R17"] },
      async (subject) => {
        for (let count = subject.lives ? 20 : 2; count > 0; count -= 1) {
          const wire = await subject.open();
          wire.write((octets as (wire: Wire) => Buffer)(wire));
          // Half of them when the subject has had a turn, half at once.
          if (count % 2 === 0) await new Promise<void>((resolve) => setTimeout(resolve, 2));
          wire.reset();
        }
      },
    ),
  ),
  makeCase(
    "closing/no-end-of-tcp",
    "after the closing handshake the peer's end of TCP never comes: the socket is dropped all the same",
    { rows: ["B12", "R16"], pace: "slow" },
    async (subject) => {
      const wire = await subject.open();
      wire.send(close(1000));
      await silentAfterClose(wire, 1);
      if (!wire.asServer && !(await wire.ends()))
        throw new Unexpected("a server that ends TCP first", "it does not");
      const deadline = performance.now() + PATIENCE;
      // A socket that is gone answers what comes with a reset.
      while (performance.now() < deadline && wire.ended !== "reset" && !wire.gone) {
        wire.write(wire.encode(ping("still here")));
        await new Promise<void>((resolve) => setTimeout(resolve, 250));
      }
      const dropped =
        wire.gone || (wire.ended !== null && (wire.ended === "reset" || wire.asServer));
      wire.destroy();
      if (!dropped)
        throw new Unexpected(`a socket that is dropped in ${PATIENCE / 1000} s`, "it is kept");
    },
  ),
  makeCase(
    "closing/flood-instead-of-close",
    "after a violation the peer neither closes nor ends, and goes on sending",
    { rows: ["B12", "R16"], pace: "slow" },
    async (subject) => {
      const wire = await subject.open();
      wire.write(wire.encode(frame(3, "bad")));
      const deadline = performance.now() + PATIENCE;
      while (performance.now() < deadline && wire.ended !== "reset" && !wire.gone) {
        wire.write(wire.encode(ping("still here"), text("and more")));
        await new Promise<void>((resolve) => setTimeout(resolve, 100));
      }
      const dropped = wire.gone || wire.ended === "reset";
      wire.destroy();
      if (!dropped)
        throw new Unexpected(`a socket that is dropped in ${PATIENCE / 1000} s`, "it is kept");
    },
  ),
  makeCase(
    "closing/drip-in-message",
    "a frame that is announced and comes a byte a second neither ends nor hurts",
    { rows: ["B8"], pace: "slow" },
    async (subject) => {
      const wire = await subject.open();
      const octets = wire.encode(text("drip"));
      for (const octet of octets) {
        wire.write(Buffer.from([octet]));
        await new Promise<void>((resolve) => setTimeout(resolve, 500));
      }
      await expectCloseOrService(wire, [1000, 1008]);
    },
  ),
];

export const CLOSING_CASES: readonly Case[] = [...ROWS.map(toCase), ...SPECIAL];
