/** What went over the wire in one case, for people to read: the beginning and the end of it. */
import { isUtf8 } from "node:buffer";

/** One line. */
export interface LogLine {
  /** Milliseconds since the connection was begun. */
  readonly at: number;
  readonly who: "tester" | "peer" | "note";
  readonly text: string;
}

/** What of a frame the log shows. */
export interface Loggable {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly payload: Buffer;
}

const NAMES: Readonly<Record<number, string>> = {
  0: "continuation",
  1: "text",
  2: "binary",
  8: "close",
  9: "ping",
  10: "pong",
};
const KEPT_AT_START = 14;
const KEPT_AT_END = 8;
const SHOWN_OCTETS = 48;

/** Octets as people read them: quoted text when it is printable, otherwise hexadecimal; cut when long. */
export function excerpt(payload: Buffer): string {
  if (payload.length === 0) return "";
  const shown = payload.subarray(0, SHOWN_OCTETS);
  const rest = payload.length > SHOWN_OCTETS ? "…" : "";
  const printable = isUtf8(shown) && !/[\u0000-\u001f\u007f-\u009f]/.test(shown.toString("utf8"));
  return printable
    ? `${JSON.stringify(shown.toString("utf8"))}${rest}`
    : `${shown.toString("hex")}${rest}`;
}

function octetCount(length: number): string {
  return length === 1 ? "1 octet" : `${length} octets`;
}

export function describeFrame({ opcode, fin, rsv, payload }: Loggable): string {
  const parts = [NAMES[opcode] ?? `opcode ${opcode}`];
  if (!fin) parts.push("FIN=0");
  if (rsv !== 0) parts.push(`RSV=${rsv}`);
  parts.push(octetCount(payload.length));
  if (opcode === 8 && payload.length >= 2) {
    parts.push(`code ${payload.readUInt16BE()}`);
    if (payload.length > 2) parts.push(excerpt(payload.subarray(2)));
  } else if (payload.length > 0) {
    parts.push(excerpt(payload));
  }
  return parts.join("  ");
}

export class WireLog {
  readonly #start = performance.now();
  readonly #first: LogLine[] = [];
  readonly #last: {
    readonly at: number;
    readonly who: LogLine["who"];
    readonly text: () => string;
  }[] = [];
  #omitted = 0;

  note(text: string): void {
    this.#add("note", () => text);
  }

  frame(who: "tester" | "peer", frame: Loggable, remark = ""): void {
    this.#add(who, () => describeFrame(frame) + remark);
  }

  /** The lines that are kept, with one that counts those left out between. */
  lines(): readonly LogLine[] {
    const last = this.#last.map(({ at, who, text }) => ({ at, who, text: text() }));
    const [next] = last;
    if (this.#omitted === 0 || next === undefined) return [...this.#first, ...last];
    const gap: LogLine = { at: next.at, who: "note", text: `… ${this.#omitted} more lines …` };
    return [...this.#first, gap, ...last];
  }

  /** Milliseconds since the connection was begun. */
  elapsed(): number {
    return performance.now() - this.#start;
  }

  #add(who: LogLine["who"], text: () => string): void {
    const at = Math.round(this.elapsed() * 10) / 10;
    if (this.#first.length < KEPT_AT_START) {
      this.#first.push({ at, who, text: text() });
      return;
    }
    this.#last.push({ at, who, text });
    if (this.#last.length > KEPT_AT_END) {
      this.#last.shift();
      this.#omitted += 1;
    }
  }
}
