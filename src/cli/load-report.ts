/** What a load has shown, in words and figures. */
import type { Row } from "./histogram.ts";

/** The figures of a load. Times in milliseconds, sizes in bytes. */
export interface LoadResult {
  readonly url: string;
  /** How many were asked for, were opened, and could not be opened. */
  readonly connections: number;
  readonly opened: number;
  readonly failed: number;
  /** Why not, and how often. */
  readonly failures: Readonly<Record<string, number>>;
  /** Connections that closed before the end. */
  readonly lost: number;
  /** How long opening took, and all that came after. */
  readonly opening: number;
  readonly running: number;
  readonly size: number;
  readonly sent: number;
  readonly answered: number;
  readonly unanswered: number;
  /** Messages that were due and not sent, because the server was too slow. */
  readonly skipped: number;
  readonly latency: {
    readonly least: number;
    readonly mean: number;
    readonly most: number;
    readonly percentiles: Readonly<Record<string, number>>;
    readonly rows: readonly Row[];
  };
}

/** How long the longest bar is. */
const BAR = 50;
/** Goes to the line's beginning and erases it. */
const ERASE = "\r\u001b[K";

/** The figures for people. */
export function describeLoad(result: LoadResult): string {
  const { url, connections, opened, failures, lost, opening, running, size, sent } = result;
  const { answered, unanswered, skipped, latency } = result;
  const seconds = running / 1000;
  const lines = [
    `${count(opened)} of ${count(connections)} connections to ${url} in ${(opening / 1000).toFixed(2)} s`,
  ];
  for (const [sentence, times] of Object.entries(failures)) {
    lines.push(`  ${count(times)} failed: ${sentence}`);
  }
  if (lost > 0) lines.push(`  ${count(lost)} closed before the end`);
  const each = (answered * size) / seconds / 1e6;
  lines.push(
    `${count(answered)} answers to ${count(sent)} messages of ${count(size)} bytes in ${seconds.toFixed(1)} s: ` +
      `${count(Math.round(answered / seconds))} a second, ${each.toFixed(1)} MB/s each way`,
  );
  if (unanswered > 0) lines.push(`  ${count(unanswered)} without an answer`);
  if (skipped > 0) lines.push(`  ${count(skipped)} were due and not sent: the server was too slow`);
  if (answered > 0) lines.push("", ...describeLatency(latency));
  return `${lines.join("\n")}\n`;
}

function describeLatency({
  least,
  mean,
  most,
  percentiles,
  rows,
}: LoadResult["latency"]): string[] {
  const figures = [
    ["least", least],
    ["mean", mean],
    ...Object.entries(percentiles).map(([name, value]) => [`${name} %`, value] as const),
    ["most", most],
  ] as const;
  const names = figures.map(([name]) => name.padStart(9)).join("");
  const values = figures.map(([, value]) => milliseconds(value).padStart(9)).join("");
  const largest = Math.max(...rows.map((row) => row.count));
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  return [
    `latency, ms ${names}`,
    `            ${values}`,
    "",
    ...rows.map(({ from, to, count: times }) => {
      const range = `${String(from).padStart(7)} to ${String(to).padEnd(7)}`;
      const share = `${((100 * times) / total).toFixed(1).padStart(5)} %`;
      const bar = "█".repeat(Math.round((BAR * times) / largest)) || (times > 0 ? "▏" : "");
      return `${range} ${count(times).padStart(11)} ${share}  ${bar}`.trimEnd();
    }),
  ];
}

/** How far a load is, at a terminal; the next line takes its place, and null nothing. */
export function progressLine(
  progress: {
    readonly seconds: number;
    readonly open: number;
    readonly lately: number;
    readonly all: number;
  } | null,
): string {
  if (progress === null) return ERASE;
  const { seconds, open, lately, all } = progress;
  return `${ERASE}${seconds.toFixed(0)} s: ${count(open)} connections, ${count(lately)} answers a second, ${count(all)} in all`;
}

function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** `12,345` */
function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}
