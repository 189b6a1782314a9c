/** Groups 3 and 4: reserved bits and reserved opcodes (RFC 6455 §5.2). */
import type { Case } from "../harness/case.ts";
import { binary, CLOSE, frame, ping, text } from "../wire/frame.ts";
import { breach, chop, HELLO, sync, textMessage, together } from "./script.ts";

const FIRST = [textMessage(HELLO)];
const EIGHT = Buffer.from("00fffefdfcfb00ff", "hex");

function badText(
  rsv: number,
): [ReturnType<typeof text>, ReturnType<typeof text>, ReturnType<typeof text>] {
  return [text(HELLO), text(HELLO, { rsv }), ping()];
}

export const RESERVED_BITS: readonly Case[] = [
  breach("3.1", "a text with RSV 1", [together(text(HELLO, { rsv: 1 }))]),
  breach("3.2", "a text, a text with RSV 2, a ping", [together(...badText(2))], FIRST),
  breach(
    "3.3",
    "a text, a text with RSV 3, a ping, one frame a write",
    [sync(...badText(3))],
    FIRST,
  ),
  breach(
    "3.4",
    "a text, a text with RSV 4, a ping, in writes of 1",
    [chop(1, ...badText(4))],
    FIRST,
  ),
  breach("3.5", "a binary with RSV 5", [together(binary(EIGHT, { rsv: 5 }))]),
  breach("3.6", "a binary with RSV 6", [together(binary(HELLO, { rsv: 6 }))]),
  breach("3.7", "a Close with RSV 7", [together(frame(CLOSE, "", { rsv: 7 }))]),
];

/** The five cases of each half of the opcodes; the first reserved one is 3 of the data frames, 11 of the control frames. */
function opcodes(group: string, first: number): Case[] {
  const [, second, third, fourth, fifth] = [0, 1, 2, 3, 4].map((index) => first + index);
  const between = (opcode = 0, data = ""): ReturnType<typeof frame>[] => [
    text(HELLO),
    frame(opcode, data),
    ping(),
  ];
  return [
    breach(`${group}.1`, `opcode ${first}, empty`, [together(frame(first))]),
    breach(`${group}.2`, `opcode ${second} with payload`, [
      together(frame(second ?? 0, "reserved")),
    ]),
    breach(
      `${group}.3`,
      `a text, opcode ${third} empty, a ping`,
      [together(...between(third))],
      FIRST,
    ),
    breach(
      `${group}.4`,
      `a text, opcode ${fourth} with payload, a ping`,
      [together(...between(fourth, HELLO))],
      FIRST,
    ),
    breach(
      `${group}.5`,
      `a text, opcode ${fifth} with payload, a ping, in writes of 1`,
      [chop(1, ...between(fifth, HELLO))],
      FIRST,
    ),
  ];
}

export const RESERVED_OPCODES: readonly Case[] = [...opcodes("4.1", 3), ...opcodes("4.2", 11)];
