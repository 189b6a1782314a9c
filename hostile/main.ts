/** The program. */
import { writeFile } from "node:fs/promises";
import { CLIENT_CASES, SERVER_CASES, select } from "./cases/catalogue.ts";
import { ClientSubject } from "./client-subject.ts";
import { type Command, parseCommand, USAGE, UsageError } from "./command.ts";
import { ofVerdict, printRun, sumUp, terminalProgress, toJson } from "./report.ts";
import { type Run, runCases } from "./run.ts";
import { testSelf } from "./self.ts";
import { ServerSubject, serverAt } from "./server-subject.ts";

async function runServer({ target, pid, cases }: Command): Promise<Run> {
  const subject = await ServerSubject.from(serverAt(target, pid));
  try {
    (await subject.open()).destroy();
  } catch (error) {
    throw new UsageError(
      `${target} does not serve: ${error instanceof Error ? error.message : error}`,
    );
  }
  return runCases(target, subject, select(SERVER_CASES, cases), terminalProgress("server"));
}

async function runClient({ target, cases }: Command): Promise<Run> {
  const subject = new ClientSubject(target);
  try {
    return await runCases(target, subject, select(CLIENT_CASES, cases), terminalProgress("client"));
  } finally {
    await subject.close();
  }
}

async function main(words: readonly string[]): Promise<number> {
  const command = parseCommand(words);
  if (select([...SERVER_CASES, ...CLIENT_CASES], command.cases).length === 0)
    throw new UsageError(`no case matches ${command.cases.join(" ")}`);
  if (command.mode === "list") {
    const clients = new Set(CLIENT_CASES.map(({ id }) => id));
    const servers = new Set(SERVER_CASES.map(({ id }) => id));
    const all = new Map([...SERVER_CASES, ...CLIENT_CASES].map(({ id, title }) => [id, title]));
    for (const [id, title] of all) {
      const whom = servers.has(id) ? (clients.has(id) ? "both" : "server") : "client";
      process.stdout.write(`${whom.padEnd(8)}${id.padEnd(44)}${title}\n`);
    }
    return 0;
  }
  const runs =
    command.mode === "self"
      ? await testSelf(command)
      : [await (command.mode === "server" ? runServer : runClient)(command)];
  for (const run of runs) printRun(run);
  if (command.json !== null) await writeFile(command.json, toJson(runs));
  process.stdout.write(`${sumUp(runs)}\n`);
  return runs.some((run) => ofVerdict(run, "failed").length > 0) ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
