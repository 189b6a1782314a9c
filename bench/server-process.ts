/** A server that is measured, in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { pinned } from "./machine.ts";
import type { Command } from "./subjects.ts";

const PATIENCE = 15_000;
const BETWEEN_TRIES = 25;
/** How long a server may take to end before it is killed. */
const GRACE = 1500;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => socket.destroy() && resolve(true));
    socket.on("error", () => resolve(false));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  const hasBegun = child.pid !== undefined;
  if (!hasBegun || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE);
  await ended;
  clearTimeout(timer);
}

/** Starts a server and waits until it listens. Throws an Error that says what it wrote when it does not come up. */
export async function startServer(
  command: Command,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const port = await freePort();
  const [program, ...args] = pinned("subject", [command.program, ...command.args]);
  const child = spawn(program, args, {
    env: { ...process.env, ...command.env, ...env, PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  running.add(child);
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint = (complaint + chunk).slice(-4000);
  });
  child.on("error", (error) => {
    complaint += error.message;
  });
  child.on("close", () => running.delete(child));
  for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(BETWEEN_TRIES)) {
    if (child.pid === undefined || child.exitCode !== null) break;
    if (await answers(port)) return { port, pid: child.pid, stop: () => stop(child) };
  }
  await stop(child);
  throw new Error(
    complaint
      .trim()
      .split("\n")
      .find((line) => line.includes("Error")) ?? "did not come up",
  );
}
