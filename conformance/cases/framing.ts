/** Group 1: lengths of frames (RFC 6455 §5.2). */
import type { Case } from "../harness/case.ts";
import { BINARY, frame, TEXT } from "../wire/frame.ts";
import { binaryMessage, chop, kill, normal, textMessage, together } from "./script.ts";

const LENGTHS = [0, 125, 126, 127, 128, 65_535, 65_536] as const;

function rows(group: string, opcode: number, fill: number): Case[] {
  const kind = opcode === TEXT ? "text" : "binary";
  const echo = opcode === TEXT ? textMessage : binaryMessage;
  const last = Buffer.alloc(65_536, fill);
  return [
    ...LENGTHS.map((length, index) => {
      const payload = Buffer.alloc(length, fill);
      const patience = kill(length < 65_535 ? 1 : 10);
      const steps = [together(frame(opcode, payload)), patience];
      return normal(`${group}.${index + 1}`, `${kind} of ${length} octets`, steps, [echo(payload)]);
    }),
    normal(
      `${group}.8`,
      `${kind} of 65536 octets in writes of 997`,
      [chop(997, frame(opcode, last)), kill(10)],
      [echo(last)],
    ),
  ];
}

export const FRAMING: readonly Case[] = [...rows("1.1", TEXT, 0x2a), ...rows("1.2", BINARY, 0xfe)];
