/** Runs a piece of TypeScript in a process of its own, where any rejection that nobody handles ends it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { temporaryFile } from "./temporary.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ReturnType<typeof spawn>;
  readonly outcome: Promise<Outcome>;
}

/** Starts it. `#/` in imports stands for the root of the project. */
export async function start(code: string, ...nodeOptions: string[]): Promise<Running> {
  const file = temporaryFile("child.mts");
  await writeFile(file, code.replaceAll('"#/', `"${ROOT}`));
  const child = spawn(
    process.execPath,
    [
      "--unhandled-rejections=strict",
      "--conditions=clearsocket-source",
      "--import=tsx",
      ...nodeOptions,
      file,
    ],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  const outcome = (async (): Promise<Outcome> => {
    const exited = once(child, "close");
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [status, signal] = (await exited) as [number | null, NodeJS.Signals | null];
    return { code: status, signal, stdout, stderr };
  })();
  return { process: child, outcome };
}

/** Runs it to its end. */
export async function run(code: string, ...nodeOptions: string[]): Promise<Outcome> {
  return (await start(code, ...nodeOptions)).outcome;
}
