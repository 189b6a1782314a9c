/** Our own library under attack, each configuration in a process of its own. */
import { fileURLToPath } from "node:url";
import { CLIENT_CASES, SERVER_CASES, select } from "./cases/catalogue.ts";
import { ClientSubject } from "./client-subject.ts";
import type { Command } from "./command.ts";
import { terminalProgress } from "./report.ts";
import { type Run, runCases } from "./run.ts";
import { ServerSubject } from "./server-subject.ts";
import { serverProcess } from "./start.ts";

const OURS: readonly string[] = ["--conditions=clearsocket-source", "--import=tsx"];

function words(file: string, ...rest: readonly string[]): string[] {
  return [...OURS, fileURLToPath(new URL(`./self/${file}`, import.meta.url)), ...rest];
}

async function attackServer(
  how: "serve" | "attach",
  compression: "on" | "off",
  cases: readonly string[],
): Promise<Run> {
  const name = `${how}, compression ${compression}`;
  const subject = await ServerSubject.from(serverProcess(words("server.ts", how, compression)));
  try {
    return await runCases(name, subject, select(SERVER_CASES, cases), terminalProgress(name));
  } finally {
    await subject.close();
  }
}

async function attackClient(compression: "on" | "off", cases: readonly string[]): Promise<Run> {
  const name = `client, compression ${compression}`;
  const command = [process.execPath, ...words("client.ts", compression)];
  const subject = new ClientSubject(command.map((word) => `'${word}'`).join(" "));
  try {
    return await runCases(name, subject, select(CLIENT_CASES, cases), terminalProgress(name));
  } finally {
    await subject.close();
  }
}

/** Our server in four configurations, and our client in two. */
export async function testSelf({ cases, only }: Command): Promise<Run[]> {
  const runs: Run[] = [];
  const attacks: readonly (readonly [name: string, () => Promise<Run>])[] = [
    ...(["serve", "attach"] as const).flatMap((how) =>
      (["on", "off"] as const).map(
        (compression) => [how, () => attackServer(how, compression, cases)] as const,
      ),
    ),
    ["client", () => attackClient("on", cases)],
    ["client", () => attackClient("off", cases)],
  ];
  // Two at a time: one waits for timers while the other works.
  const waiting = attacks.filter(([name]) => name.includes(only));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      runs.push(await next[1]());
  };
  await Promise.all([work(), work()]);
  return runs.sort((a, b) => (a.name < b.name ? 1 : -1));
}
