/** Runs `session.ts` under a configuration, and reads what it has written. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const SESSION = fileURLToPath(new URL("session.ts", import.meta.url));

/** @param environment Beside the test's own. */
export function runSession(
  configuration: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  // Neither what the runner of tests nor what the developer has set must reach the process.
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, WEBSOCKETS_LOG: ___, ...env } = process.env;
  const child = spawn(
    process.execPath,
    ["--conditions=clearsocket-source", "--import=tsx", SESSION, configuration],
    { env: { ...env, ...environment }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** What Python's library printed under the same configuration. */
export function readRecipe(configuration: string): string {
  const text = readFileSync(new URL(`golden/${configuration}.stderr.log`, import.meta.url), "utf8");
  return text.replace(/^(#.*\n)+/, "");
}

const MASKS: readonly (readonly [what: RegExp, mask: string])[] = [
  // The stack of an error, and its name and text, which are our language's.
  [/^<<stack>>\nValueError: boom$/gm, "<<error>>"],
  [/^RangeError: boom\n(?: {4}at .+\n?)+/gm, "<<error>>\n"],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}/g, "<time>"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<id>"],
  [/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>"],
];

/** The lines of standard error, without what differs from run to run and between languages. */
export function linesOf(stderr: string): string[] {
  let text = stderr;
  for (const [what, mask] of MASKS) text = text.replace(what, mask);
  return text.split("\n").filter((line) => line !== "");
}
