/** Starts a server in a process of its own, which prints its port on its first line. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Started } from "./server-subject.ts";

export function serverProcess(words: readonly string[]): () => Promise<Started> {
  return async () => {
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
    if (child.stdout === null || child.pid === undefined) throw new Error("it did not start");
    const [port] = await once(createInterface(child.stdout), "line");
    const gone = new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve();
      else child.once("exit", () => resolve());
    });
    return {
      address: `ws://127.0.0.1:${String(port).trim()}`,
      pid: child.pid,
      stop: async () => {
        child.kill("SIGKILL");
        await gone;
      },
    };
  };
}
