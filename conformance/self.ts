/** Our own library in both roles, each in a process of its own, so that neither keeps the other from its work. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Case } from "./harness/case.ts";
import { targetOf } from "./harness/dial.ts";
import { type Progress, type Run, testClient, testServer } from "./harness/run-all.ts";

/** What the peers' processes tell. */
export type PeerMessage =
  | { readonly kind: "listening"; readonly port: number }
  /** Milliseconds of processor time, in answer to any message of ours. */
  | { readonly kind: "cpu"; readonly ms: number };

function start(file: string, words: readonly string[] = []): ChildProcess {
  return fork(fileURLToPath(new URL(`./self/${file}`, import.meta.url)), words);
}

/** The peer's next message. Rejects when its process ends instead. */
async function hear<K extends PeerMessage["kind"]>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<PeerMessage, { kind: K }>> {
  const stop = new AbortController();
  const { signal } = stop;
  const exit = once(child, "exit", { signal }).then(([code]) => {
    throw new Error(`our ${kind === "listening" ? "server" : "peer"} ended with exit code ${code}`);
  });
  try {
    const [message]: [PeerMessage] = (await Promise.race([
      once(child, "message", { signal }),
      exit,
    ])) as [PeerMessage];
    if (message.kind !== kind) throw new Error(`our peer says ${message.kind}, not ${kind}`);
    return message as Extract<PeerMessage, { kind: K }>;
  } finally {
    exit.catch(() => {});
    stop.abort();
  }
}

/** Asks for the processor time, and ends the process. */
async function finish(child: ChildProcess): Promise<number> {
  child.send("cpu");
  const { ms } = await hear(child, "cpu");
  child.disconnect();
  return ms;
}

async function testOurServer(
  cases: readonly Case[],
  parallel: number,
  progress: Progress,
): Promise<Run> {
  const child = start("server.ts");
  try {
    const { port } = await hear(child, "listening");
    const address = `ws://127.0.0.1:${port}`;
    const run = await testServer(address, targetOf(address), cases, parallel, progress);
    return { ...run, peer: "clearsocket", peerCpu: await finish(child) };
  } finally {
    child.kill();
  }
}

async function testOurClient(
  cases: readonly Case[],
  parallel: number,
  progress: Progress,
): Promise<Run> {
  let child: ChildProcess | null = null;
  const where = { host: "127.0.0.1", port: 0 };
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const begin = (port: number): void => {
    child = start("client.ts", [`ws://127.0.0.1:${port}`, String(parallel)]);
    child.on("exit", (code) => fail(new Error(`our client ended with exit code ${code}`)));
  };
  try {
    const run = await Promise.race([testClient(where, cases, progress, begin), failed]);
    return child === null ? run : { ...run, peerCpu: await finish(child) };
  } finally {
    failed.catch(() => {});
    (child as ChildProcess | null)?.kill();
  }
}

/** The server first, then the client. */
export async function testSelf(
  cases: readonly Case[],
  parallel: number,
  progress: (what: string) => Progress,
): Promise<Run[]> {
  const server = await testOurServer(cases, parallel, progress("server"));
  const client = await testOurClient(cases, parallel, progress("client"));
  return [server, client];
}
