/** Groups 5 and 10: fragmentation (RFC 6455 §5.4). */
import type { Case, Occurrence, Step } from "../harness/case.ts";
import { type Frame, fragments, more, ping, pong, TEXT, text } from "../wire/frame.ts";
import {
  breach,
  chop,
  closeAfter,
  kill,
  normal,
  pause,
  pongOf,
  sync,
  textMessage,
  together,
} from "./script.ts";

const ONE = "fragment1";
const TWO = "fragment2";
const WHOLE = [textMessage(ONE + TWO)];
const IN_TWO = [text(ONE, { fin: false }), more(TWO)];
const PING_BETWEEN = [text(ONE, { fin: false }), ping("ping payload"), more(TWO)];
const OPEN_ENDED = { fin: false } as const;

type Send = (...frames: readonly Frame[]) => Step;

/** The three ways in which a conversation is written, in the order of the cases. */
const WAYS: readonly (readonly [Send, string])[] = [
  [together, ""],
  [sync, ", one frame a write"],
  [(...frames) => chop(1, ...frames), ", in writes of 1"],
];

function thrice(first: number, make: (id: string, way: Send, suffix: string) => Case): Case[] {
  return WAYS.map(([way, suffix], index) => make(`5.${first + index}`, way, suffix));
}

const PARTS: readonly string[] = ["fragment1", "fragment2", "fragment3", "fragment4", "fragment5"];
const [P1 = "", P2 = "", P3 = "", P4 = "", P5 = ""] = PARTS;
const WITH_PAUSE: readonly Occurrence[] = [
  pongOf("pongme 1!"),
  pongOf("pongme 2!"),
  textMessage(PARTS.join("")),
];

function inTwoParts(way: Send): Step[] {
  return [
    way(text(P1, OPEN_ENDED), more(P2, OPEN_ENDED), ping("pongme 1!")),
    pause(),
    way(more(P3, OPEN_ENDED), more(P4, OPEN_ENDED), ping("pongme 2!"), more(P5)),
    closeAfter(1),
  ];
}

const STRAY = more("non-continuation payload", OPEN_ENDED);
const STRAY_LAST = more("non-continuation payload");

export const FRAGMENTATION: readonly Case[] = [
  breach("5.1", "a ping in two fragments", [together(ping(ONE, OPEN_ENDED), more(TWO))]),
  breach("5.2", "a pong in two fragments", [together(pong(ONE, OPEN_ENDED), more(TWO))]),
  ...thrice(3, (id, way, suffix) =>
    normal(id, `a text in two fragments${suffix}`, [way(...IN_TWO), closeAfter(1)], WHOLE),
  ),
  ...thrice(6, (id, way, suffix) =>
    normal(
      id,
      `a text in two fragments, a ping between${suffix}`,
      [way(...PING_BETWEEN), closeAfter(1)],
      [pongOf("ping payload"), ...WHOLE],
    ),
  ),
  ...thrice(9, (id, way, suffix) =>
    breach(id, `a last continuation of nothing, then a text${suffix}`, [
      way(STRAY_LAST, text("Hello, world!")),
    ]),
  ),
  ...thrice(12, (id, way, suffix) =>
    breach(id, `a continuation of nothing, then a text${suffix}`, [
      way(STRAY, text("Hello, world!")),
    ]),
  ),
  breach(
    "5.15",
    "a text in two fragments, a continuation of nothing, a text",
    [together(...IN_TWO, more("fragment3", OPEN_ENDED), text("fragment4"))],
    WHOLE,
  ),
  breach("5.16", "twice: a continuation of nothing, then a text in two fragments", [
    together(more(ONE, OPEN_ENDED), ...IN_TWO, more(ONE, OPEN_ENDED), ...IN_TWO),
  ]),
  breach("5.17", "twice: a last continuation of nothing, then a text in two fragments", [
    together(more(ONE), ...IN_TWO, more(ONE), ...IN_TWO),
  ]),
  breach("5.18", "a text begins inside a text", [together(text(ONE, OPEN_ENDED), text(TWO))]),
  normal(
    "5.19",
    "a text in five fragments with two pings and a pause of 1 s",
    inTwoParts(together),
    WITH_PAUSE,
  ),
  normal("5.20", "as 5.19, one frame a write", inTwoParts(sync), WITH_PAUSE),
];

const LONG = Buffer.alloc(65_536, 0x2a);

export const AUTO_FRAGMENTATION: readonly Case[] = [
  normal(
    "10.1.1",
    "a text of 65536 octets in fragments of 1300",
    [together(...fragments(TEXT, LONG, 1300)), kill(10)],
    [textMessage(LONG)],
  ),
];
