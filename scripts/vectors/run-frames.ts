/** Vectors in the format of frame-vectors.json: frames and close codes as the log shows them. */
import { describeClose, describeFrame } from "../../src/frames/describe.ts";
import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } from "../../src/frames/opcode.ts";
import { repr } from "../../src/logging/repr.ts";
import type { Verdict } from "./verdict.ts";

/** A frame and its line. */
export interface FrameVector {
  readonly opcode: string;
  readonly fin: boolean;
  /** The payload. */
  readonly hex: string;
  readonly maxLogSize?: number;
  readonly text: string;
  readonly note?: string;
}

/** A close code with a reason, and its text. */
export interface CloseVector {
  readonly code: number;
  readonly reason: string;
  readonly text: string;
}

const OPCODES: ReadonlyMap<string, number> = new Map([
  ["CONT", CONTINUATION],
  ["TEXT", TEXT],
  ["BINARY", BINARY],
  ["CLOSE", CLOSE],
  ["PING", PING],
  ["PONG", PONG],
]);

function judge(name: string, expected: string, describe: () => string): Verdict {
  try {
    const text = describe();
    if (text === expected) return { name, kind: "passed" };
    return {
      name,
      kind: "failed",
      lines: [`  expected ${repr(expected)}`, `  got      ${repr(text)}`],
    };
  } catch (error) {
    return { name, kind: "failed", lines: [String(error)] };
  }
}

/** Runs one frame. */
export function runFrame({ opcode, fin, hex, maxLogSize, text, note }: FrameVector): Verdict {
  const size = maxLogSize === undefined ? "" : `, at most ${maxLogSize}`;
  const payload = hex.length > 40 ? `${hex.slice(0, 40)}…` : hex;
  const name = `${opcode} ${payload}${fin ? "" : " continued"}${size}${note === undefined ? "" : ` (${note})`}`;
  return judge(name, text, () => {
    const code = OPCODES.get(opcode);
    if (code === undefined) throw new RangeError(`unknown opcode '${opcode}'`);
    return describeFrame(code, Uint8Array.from(Buffer.from(hex, "hex")), fin, maxLogSize);
  });
}

/** Runs one close code. */
export function runClose({ code, reason, text }: CloseVector): Verdict {
  return judge(`close ${code} ${repr(reason)}`, text, () => describeClose(code, reason));
}
