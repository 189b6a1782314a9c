/** Lines of a log, from a transcript or from records, in one form that can be compared. */
import type { LogRecord } from "../../src/logging/record.ts";

/** One record as a transcript shows it. */
export interface Line {
  readonly level: string;
  readonly logger: string;
  readonly text: string;
  /** Whether it comes with a stack. What the stack says is another language's business. */
  readonly hasStack: boolean;
}

const HEAD = /^(DEBUG|INFO|WARNING|ERROR|CRITICAL)\s+(websockets\.\w+)\s(?:\s)?(.*)$/;
const STACK = "<<stack>>";

/** The lines of a transcript of Python's library. */
export function parseTranscript(content: string): Line[] {
  const lines: { level: string; logger: string; text: string; hasStack: boolean }[] = [];
  for (const row of content.split("\n")) {
    const head = HEAD.exec(row);
    if (head !== null) {
      const [, level = "", logger = "", text = ""] = head;
      lines.push({ level, logger, text, hasStack: false });
      continue;
    }
    const last = lines.at(-1);
    if (last === undefined || (row === "" && !last.hasStack)) continue;
    if (row === STACK) last.hasStack = true;
    // What follows a stack is the exception's name and text; what follows a message without one is more of the message.
    else if (!last.hasStack) last.text += `\n${row}`;
  }
  return lines;
}

export function toLine(record: LogRecord): Line {
  return {
    level: record.levelname,
    logger: record.name,
    text: record.getMessage(),
    hasStack: record.error !== undefined,
  };
}

/** A line as assertions show it. */
export function showLine({ level, logger, text, hasStack }: Line): string {
  return `${level} ${logger} ${text}${hasStack ? " <<stack>>" : ""}`;
}

/** The lines by the loggers that wrote them. */
export function byLogger(lines: readonly Line[]): Map<string, Line[]> {
  const sides = new Map<string, Line[]>();
  for (const line of lines) {
    const side = sides.get(line.logger);
    if (side === undefined) sides.set(line.logger, [line]);
    else side.push(line);
  }
  return sides;
}

const OWN = /^server (listening on|closing$|closed$)/;

interface Strand {
  readonly lines: Line[];
  closed: boolean;
  told: boolean;
  opened: boolean;
}

/**
 * One logger's lines: the server's own, then those of each connection. Unless they are wanted `apart`, those of only one stay
 * as they are, so that the server's lines keep their place among the connection's.
 */
export function untangle(lines: readonly Line[], apart = false): Line[][] {
  const begins = (line: Line): boolean => line.text === "= connection is CONNECTING";
  const opens = (line: Line): boolean => line.text === "connection open";
  const count = Math.max(lines.filter(begins).length, lines.filter(opens).length);
  if (count <= 1 && !apart) return [[...lines]];
  const own = lines.filter(({ text }) => OWN.test(text));
  const others = lines.filter(({ text }) => !OWN.test(text));
  // At INFO nothing says to which connection a line belongs, and one follows the other.
  if (!lines.some(begins)) return [own, others];
  const strands: Strand[] = [];
  const oldest = (is: (strand: Strand) => boolean): Strand | undefined => strands.find(is);
  for (const line of others) {
    if (begins(line)) strands.push({ lines: [], closed: false, told: false, opened: false });
    const newest = strands.at(-1);
    const before = strands.at(-2);
    if (newest === undefined) throw new Error(`${line.text} comes before any connection`);
    let strand = newest;
    if (line.text === "= connection is CLOSED") {
      strand = oldest(({ closed }) => !closed) ?? newest;
      strand.closed = true;
    } else if (line.text === "connection closed") {
      strand = oldest(({ told }) => !told) ?? newest;
      strand.told = true;
    } else if (line.text === "= connection is OPEN") {
      newest.opened = true;
    } else if (line.text === "connection handler failed" && !newest.opened) {
      strand = before ?? newest;
    }
    strand.lines.push(line);
  }
  return [own, ...strands.map((strand) => strand.lines)];
}
