/** Our own library under attack, each configuration in a process of its own. */
import { fileURLToPath } from "node:url";
import type { Case, Pace } from "./case.ts";
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
  cases: readonly Case<ServerSubject>[],
): Promise<Run> {
  const name = `${how}, compression ${compression}`;
  const subject = await ServerSubject.from(serverProcess(words("server.ts", how, compression)));
  try {
    return await runCases(name, subject, cases, terminalProgress(name));
  } finally {
    await subject.close();
  }
}

async function attackClient(
  compression: "on" | "off",
  cases: readonly Case<ClientSubject>[],
): Promise<Run> {
  const name = `client, compression ${compression}`;
  const command = [process.execPath, ...words("client.ts", compression)];
  const subject = new ClientSubject(command.map((word) => `'${word}'`).join(" "));
  try {
    return await runCases(name, subject, cases, terminalProgress(name));
  } finally {
    await subject.close();
  }
}

/** Our server in four configurations, and our client in two. */
export async function testSelf({ cases, only, brief }: Command): Promise<Run[]> {
  const chosen = <C extends { readonly id: string; readonly pace: Pace }>(all: readonly C[]) =>
    select(all, cases).filter(({ pace }) => !brief || pace !== "heavy");
  const forServers = chosen(SERVER_CASES);
  const forClients = chosen(CLIENT_CASES);
  const attacks: readonly (readonly [name: string, attack: () => Promise<Run>])[] = [
    ["serve on", () => attackServer("serve", "on", forServers)],
    ["attach off", () => attackServer("attach", "off", forServers)],
    ["client on", () => attackClient("on", forClients)],
    ["serve off", () => attackServer("serve", "off", forServers)],
    ["attach on", () => attackServer("attach", "on", forServers)],
    ["client off", () => attackClient("off", forClients)],
  ];
  const waiting = attacks.slice(0, brief ? 3 : 6).filter(([name]) => name.includes(only));
  // Some at a time: one waits for timers while another works.
  const runs: Run[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      runs.push(await next[1]());
  };
  await Promise.all(brief ? [work(), work(), work()] : [work(), work()]);
  return runs.sort((a, b) => (a.name < b.name ? 1 : -1));
}
