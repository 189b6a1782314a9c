/** A result as a table of Markdown, that a terminal shows as well. */
import type { Result } from "../rounds.ts";
import type { Sample } from "../statistics.ts";
import type { Measure, Workload } from "../workloads.ts";
import { compare, type Line } from "./compare.ts";

interface Column {
  readonly title: string;
  cell(line: Line): string;
}

/** Three digits or so; a dash for what is not there. */
export function formatNumber(number: number | undefined): string {
  if (number === undefined || !Number.isFinite(number)) return "–";
  if (Math.abs(number) >= 1000) return Math.round(number).toLocaleString("en").replaceAll(",", " ");
  return number.toFixed(Math.abs(number) >= 100 ? 0 : Math.abs(number) >= 10 ? 1 : 2);
}

function figure(title: string, read: (sample: Sample) => number | undefined): Column {
  return { title, cell: ({ median }) => formatNumber(read(median)) };
}

const MEASURED: Readonly<Record<Measure, string>> = {
  cpuPerMessage: "CPU",
  kibPerConnection: "memory",
  p50: "p50",
  p99: "p99",
  milliseconds: "time",
};

const CPU = figure("CPU µs/message", ({ cpuPerMessage }) => cpuPerMessage);
const RATE = figure("per s", ({ perSecond }) => perSecond);
const BUSY = figure("cores", ({ serverCpu }) => serverCpu);
const BYTES = figure(
  "MB/s",
  ({ bytesPerSecond }) => (bytesPerSecond || undefined) && (bytesPerSecond ?? 0) / 1e6,
);
const LATENCIES = [
  figure("p50 µs", ({ p50 }) => p50),
  figure("p99 µs", ({ p99 }) => p99),
  figure("p99.9 µs", ({ p999 }) => p999),
];

function figuresOf({ kind, measures }: Workload): readonly Column[] {
  if (kind === "import") return [figure("ms", ({ milliseconds }) => milliseconds)];
  if (measures[0] === "kibPerConnection")
    return [figure("KiB/connection", ({ kibPerConnection }) => kibPerConnection)];
  if (kind === "client") return [CPU, RATE, BYTES, BUSY];
  return [CPU, RATE, BYTES, ...LATENCIES, BUSY, figure("generator", ({ ownCpu }) => ownCpu)];
}

function ratio(measure: Measure): Column {
  return { title: `× ${MEASURED[measure]}`, cell: ({ times }) => formatNumber(times[measure]) };
}

const SUBJECT: Column = {
  title: "",
  cell: ({ subject, isBase }) => (isBase ? `${subject} (base)` : subject),
};
const SPREAD: Column = {
  title: "spread",
  cell: (line) => formatNumber(line.spread),
};

/** Lines of equal width; the first column to the left, the others to the right. */
export function alignTable(rows: readonly (readonly string[])[]): string {
  const [header = []] = rows;
  const widths = header.map((_, i) => Math.max(3, ...rows.map((row) => (row[i] ?? "").length)));
  const pad = (cell: string, i: number): string =>
    i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  const rule = widths.map((width, i) =>
    i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  const [first = [], ...others] = rows;
  const lines = [first.map(pad), rule, ...others.map((row) => row.map(pad))];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function heading({ workload, base, rate }: Result): string {
  const load = rate === null ? "" : `, ${formatNumber(rate)} messages a second`;
  return `### ${workload.name}\n\n${workload.about}${load}; × is how many times better than ${base}\n\n`;
}

/** Throws nothing; a subject without a sample has dashes, and a line below says why. */
export function toTable(result: Result): string {
  const { workload } = result;
  const columns = [SUBJECT, ...workload.measures.map(ratio), ...figuresOf(workload), SPREAD];
  const lines = compare(result);
  const cells = lines.map((line) => columns.map((column) => column.cell(line)));
  const notes = [
    ...result.absent.map(({ subject, why }) => `${subject}: ${why}\n`),
    ...lines.flatMap(({ subject, failures }) =>
      [...new Set(failures)].map((why) => `${subject}: failed: ${why}\n`),
    ),
  ];
  const below = notes.length === 0 ? "" : `\n${notes.join("")}`;
  return `${heading(result)}${alignTable([columns.map(({ title }) => title), ...cells])}${below}`;
}
