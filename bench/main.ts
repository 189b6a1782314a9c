/** The program. */
import { writeFile } from "node:fs/promises";
import { type Command, parseCommand, USAGE, UsageError } from "./command.ts";
import { buildGenerator, type Generator, GeneratorError } from "./generator.ts";
import { describeMachine, versionOfNode } from "./machine.ts";
import { toSvg } from "./report/chart.ts";
import { type Circumstances, toJson } from "./report/json.ts";
import { stderrProgress } from "./report/progress.ts";
import { toTable } from "./report/table.ts";
import { type Result, runWorkload } from "./rounds.ts";
import { WORKLOADS, type Workload } from "./workloads.ts";

/** The generator, built before anything has begun where a workload needs one. */
function generatorFor(workloads: readonly Workload[]): () => Generator {
  const isNeeded = workloads.some(({ kind }) => kind !== "import");
  const made = isNeeded ? buildGenerator() : null;
  return () => made ?? buildGenerator();
}

function circumstancesOf(command: Command): Circumstances {
  const node = versionOfNode(command.node);
  if (node === null) throw new UsageError(`--node is ${command.node}, which does not run`);
  const { rounds, seconds, warmup } = command;
  const date = new Date().toISOString();
  return { date, node, machine: describeMachine(), rounds, seconds, warmup };
}

function captionOf({ node, rounds, seconds, date }: Circumstances): string {
  return `Node ${node.slice(1)}, medians of ${rounds} × ${seconds} s, ${date.slice(0, 10)}`;
}

async function report(
  command: Command,
  results: readonly Result[],
  circumstances: Circumstances,
): Promise<void> {
  if (command.json !== null) await writeFile(command.json, toJson(results, circumstances));
  if (command.svg !== null) await writeFile(command.svg, toSvg(results, captionOf(circumstances)));
}

async function main(words: readonly string[]): Promise<number> {
  const command = parseCommand(words);
  if (command.isList) {
    for (const { name, about } of WORKLOADS) process.stdout.write(`${name.padEnd(22)}${about}\n`);
    return 0;
  }
  const circumstances = circumstancesOf(command);
  const generator = generatorFor(command.workloads);
  const results: Result[] = [];
  for (const workload of command.workloads) {
    const progress = stderrProgress(workload, command.rounds);
    const result = await runWorkload(workload, command, generator, progress);
    results.push(result);
    process.stdout.write(`${toTable(result)}\n`);
    // After each workload, so that what was measured is kept when the rest is given up.
    await report(command, results, circumstances);
  }
  process.stdout.write(`${captionOf(circumstances)}\n`);
  return results.some(({ rows }) => rows.some(({ failures }) => failures.length > 0)) ? 1 : 0;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof GeneratorError)) throw error;
  process.stderr.write(`${error.message}\n${error instanceof UsageError ? `\n${USAGE}` : ""}`);
  process.exitCode = 2;
}
