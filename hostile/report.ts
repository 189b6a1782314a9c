/** Progress, failures and the last line; and all of it for programs. */
import { styleText } from "node:util";
import type { Outcome, Progress, Run } from "./run.ts";

function paint(colour: "green" | "red" | "bold", words: string): string {
  return process.stdout.isTTY === true ? styleText(colour, words) : words;
}

/** One line that is written over on a terminal; elsewhere a line every 100 cases. */
export function terminalProgress(name: string): Progress {
  let failed = 0;
  return ({ id, verdict }, done, total) => {
    if (verdict === "failed") failed += 1;
    const line = `${name}  ${done}/${total}  ${failed === 0 ? "" : `${failed} failed  `}`;
    if (process.stdout.isTTY === true) {
      process.stdout.write(`\r\u001b[K${line}${done === total ? "\n" : id}`);
    } else if (done % 100 === 0 || done === total) {
      process.stdout.write(`${line.trimEnd()}\n`);
    }
  };
}

export function ofVerdict(run: Run, verdict: Outcome["verdict"]): readonly Outcome[] {
  return run.outcomes.filter((outcome) => outcome.verdict === verdict);
}

/** One line a failure, and one for the run. */
export function printRun(run: Run): void {
  const failed = ofVerdict(run, "failed");
  const lines = failed.map(
    ({ id, expected, seen }) =>
      `${paint("red", "failed")}  ${paint("bold", id)}: expected ${expected}; seen: ${seen}`,
  );
  const others = ofVerdict(run, "not applicable").length;
  const seconds = (run.duration / 1000).toFixed(1);
  const largest = Math.max(0, ...run.outcomes.map(({ grown }) => grown ?? 0)) / 1024 / 1024;
  lines.push(
    `${run.name}: ${ofVerdict(run, "passed").length} passed, ${failed.length} failed` +
      `${others === 0 ? "" : `, ${others} not applicable`}; ${seconds} s` +
      `${largest === 0 ? "" : `; memory grew by ${Math.round(largest)} MiB at the most`}`,
  );
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** The last line. */
export function sumUp(runs: readonly Run[]): string {
  const count = (verdict: Outcome["verdict"]): number =>
    runs.reduce((sum, run) => sum + ofVerdict(run, verdict).length, 0);
  const failed = count("failed");
  return paint(failed === 0 ? "green" : "red", `${count("passed")} passed, ${failed} failed`);
}

export function toJson(runs: readonly Run[]): string {
  return `${JSON.stringify(runs, null, 1)}\n`;
}
