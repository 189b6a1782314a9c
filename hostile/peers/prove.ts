/**
 * Proves the suite on libraries whose faults are known: it has to find them. `node --import tsx hostile/peers/prove.ts
 * [--cases PATTERN] [ws-server …]`, in the root; `ws` and `websocket` are development dependencies.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CLIENT_CASES, SERVER_CASES, select } from "../cases/catalogue.ts";
import { ClientSubject } from "../client-subject.ts";
import { ofVerdict, printRun, terminalProgress } from "../report.ts";
import { type Run, runCases } from "../run.ts";
import { ServerSubject } from "../server-subject.ts";
import { serverProcess } from "../start.ts";
import { KNOWN_FAULTS } from "./known-faults.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { cases: { type: "string", multiple: true, default: [] } },
});

const file = (name: string): string => fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));

async function attack(name: string): Promise<Run> {
  const { cases } = values;
  if (name.endsWith("server")) {
    const subject = await ServerSubject.from(serverProcess([file(name)]));
    try {
      return await runCases(name, subject, select(SERVER_CASES, cases), terminalProgress(name));
    } finally {
      await subject.close();
    }
  }
  const subject = new ClientSubject(`'${process.execPath}' '${file(name)}'`);
  try {
    return await runCases(name, subject, select(CLIENT_CASES, cases), terminalProgress(name));
  } finally {
    await subject.close();
  }
}

const results: string[] = [];
for (const [name, faults] of Object.entries(KNOWN_FAULTS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const run = await attack(name);
  printRun(run);
  const played = new Set(run.outcomes.map(({ id }) => id));
  const failed = new Set(ofVerdict(run, "failed").map(({ id }) => id));
  const missed = faults
    .flatMap(({ cases }) => cases)
    .filter((id) => played.has(id) && !failed.has(id));
  if (missed.length > 0) process.exitCode = 1;
  const found =
    missed.length === 0 ? "all its known faults are found" : `NOT found: ${missed.join(" ")}`;
  results.push(`${name}: ${failed.size} failed; ${found}`);
}
process.stdout.write(`${results.join("\n")}\n`);
