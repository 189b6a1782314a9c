/** The program. */
import { writeFile } from "node:fs/promises";
import { selectCases } from "./cases/catalogue.ts";
import { type Command, parseCommand, USAGE, UsageError } from "./command.ts";
import type { Case } from "./harness/case.ts";
import { playAsClient, type Target, targetOf } from "./harness/dial.ts";
import { type Run, testClient, testServer } from "./harness/run-all.ts";
import { toHtml } from "./report/html.ts";
import { toJson } from "./report/json.ts";
import { hasFailures, isPerfect, oneLine } from "./report/summary.ts";
import { printRun, terminalProgress } from "./report/terminal.ts";

function parseTarget(address: string): Target {
  try {
    return targetOf(address);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function runServer(command: Command, cases: readonly Case[]): Promise<Run[]> {
  const target = parseTarget(command.address);
  // Whether there is a server at all is asked first, so that its absence is not told 517 times.
  const [first] = cases;
  if (first !== undefined) {
    const { whyClose, log } = await playAsClient(target, first);
    if (log.length <= 1) throw new UsageError(`${command.address} does not answer: ${whyClose}`);
  }
  return [
    await testServer(command.address, target, cases, command.parallel, terminalProgress("server")),
  ];
}

async function runClient(command: Command, cases: readonly Case[]): Promise<Run[]> {
  const run = await testClient(command, cases, terminalProgress("client"), (port) => {
    process.stdout.write(`listening on ws://${command.host}:${port}\n`);
  });
  return [run];
}

async function runSelf(command: Command, cases: readonly Case[]): Promise<Run[]> {
  const { testSelf } = await import("./self.ts");
  return testSelf(cases, command.parallel, terminalProgress);
}

async function report(command: Command, runs: readonly Run[]): Promise<void> {
  for (const run of runs) printRun(run);
  if (command.json !== null) await writeFile(command.json, toJson(runs));
  if (command.html !== null) await writeFile(command.html, toHtml(runs));
}

async function main(words: readonly string[]): Promise<number> {
  const command = parseCommand(words);
  const cases = selectCases(command.messages, command.cases);
  if (cases.length === 0) throw new UsageError(`no case matches ${command.cases.join(" ")}`);
  switch (command.mode) {
    case "list":
      for (const { id, title } of cases) process.stdout.write(`${id.padEnd(8)}${title}\n`);
      return 0;
    case "server":
    case "client": {
      const runs = await (command.mode === "server" ? runServer : runClient)(command, cases);
      await report(command, runs);
      return runs.some(hasFailures) ? 1 : 0;
    }
    case "self": {
      const runs = await runSelf(command, cases);
      await report(command, runs);
      for (const run of runs) process.stdout.write(`${oneLine(run)}\n`);
      return runs.every(isPerfect) ? 0 : 1;
    }
    default:
      return command.mode satisfies never;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
