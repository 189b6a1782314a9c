/** Progress and the table, on a terminal or in a log. */
import { styleText } from "node:util";
import { isHeavyId } from "../cases/catalogue.ts";
import { isRight, type Outcome } from "../harness/outcome.ts";
import type { Progress, Run } from "../harness/run-all.ts";
import { BEHAVIOURS, type Counts, count, countGroups, imperfect } from "./summary.ts";

type Colour = "green" | "red" | "yellow" | "dim" | "bold";

function paint(colour: Colour, words: string): string {
  return process.stdout.isTTY === true ? styleText(colour, words) : words;
}

/** One line that is written over on a terminal; elsewhere a line every 50 cases. */
export function terminalProgress(what: string): Progress {
  let bad = 0;
  return (outcome, done, total) => {
    if (!isRight(outcome)) bad += 1;
    const line = `${what}  ${done}/${total}  ${bad === 0 ? "" : `${bad} not OK  `}`;
    if (process.stdout.isTTY === true) {
      process.stdout.write(`\r\u001b[K${line}${done === total ? "" : outcome.id}`);
      if (done === total) process.stdout.write("\n");
    } else if (done % 50 === 0 || done === total) {
      process.stdout.write(`${line.trimEnd()}\n`);
    }
  };
}

const HEADINGS: readonly string[] = ["group", "cases", ...BEHAVIOURS, "close not OK", "seconds"];

function cells({ name, total, behaviour, closeNotOk, duration }: Counts): readonly string[] {
  const numbers = [total, ...BEHAVIOURS.map((verdict) => behaviour[verdict]), closeNotOk];
  return [
    name,
    ...numbers.map((number) => (number === 0 ? "·" : String(number))),
    (duration / 1000).toFixed(1),
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
}

function explain(outcome: Outcome): string[] {
  const { id, title, behaviour, close, whyBehaviour, whyClose } = outcome;
  const lines = [`${paint("bold", id)}  ${title}`];
  const colour = (verdict: string): Colour =>
    verdict === "OK" ? "green" : verdict === "FAILED" ? "red" : "yellow";
  lines.push(`    behaviour ${paint(colour(behaviour), behaviour)}: ${whyBehaviour}`);
  if (behaviour !== "OK" && !isHeavyId(id)) lines.push(`      received: ${outcome.received}`);
  lines.push(`    close ${paint(colour(close), close)}: ${whyClose}`);
  return lines;
}

const EXPLAINED = 40;

/** The table of a run, and what is not OK in it. */
export function printRun(run: Run): void {
  const groups = countGroups(run.outcomes);
  const cpu =
    run.peerCpu === undefined ? "" : `; its processor time ${(run.peerCpu / 1000).toFixed(1)} s`;
  const [headings = "", ...rows] = table([
    HEADINGS,
    ...groups.map(cells),
    cells(count("all", run.outcomes)),
  ]);
  const lines = [
    "",
    `${run.tested} ${run.peer}, ${(run.duration / 1000).toFixed(1)} s${cpu}`,
    paint("dim", headings),
  ];
  lines.push(...rows.slice(0, -1), paint("bold", rows.at(-1) ?? ""));
  const unimplemented = imperfect(run).filter(({ behaviour }) => behaviour === "UNIMPLEMENTED");
  const bad = imperfect(run).filter((outcome) => !unimplemented.includes(outcome));
  for (const outcome of bad.slice(0, EXPLAINED)) lines.push(...explain(outcome));
  if (bad.length > EXPLAINED) lines.push(`… and ${bad.length - EXPLAINED} more`);
  if (unimplemented.length > 0)
    lines.push(`unimplemented: ${unimplemented.map(({ id }) => id).join(" ")}`);
  if (run.missing.length > 0) lines.push(`not run: ${run.missing.join(" ")}`);
  process.stdout.write(`${lines.join("\n")}\n\n`);
}
