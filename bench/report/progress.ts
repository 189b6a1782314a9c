/** What goes on, on stderr: on a terminal one line that changes, else a line a run. */
import { clearLine, cursorTo } from "node:readline";
import type { Progress } from "../rounds.ts";
import type { Workload } from "../workloads.ts";
import { formatNumber } from "./table.ts";

function outcomeInWords(workload: Workload, outcome: Parameters<Progress>[2]): string {
  if (outcome === null) return "…";
  if ("failure" in outcome) return `failed: ${outcome.failure}`;
  const [measure] = workload.measures;
  return `${measure} ${formatNumber(outcome.sample[measure])}`;
}

export function stderrProgress(workload: Workload, rounds: number): Progress {
  const { stderr } = process;
  return (round, subject, outcome) => {
    const line = `${workload.name} ${round + 1}/${rounds} ${subject} ${outcomeInWords(workload, outcome)}`;
    if (!stderr.isTTY) {
      if (outcome !== null) stderr.write(`${line}\n`);
      return;
    }
    cursorTo(stderr, 0);
    clearLine(stderr, 0);
    stderr.write(line.slice(0, stderr.columns - 1));
    if (outcome !== null && ("failure" in outcome || round + 1 === rounds)) stderr.write("\n");
  };
}
