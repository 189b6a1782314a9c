// Runs the tests against the sources: `npm test` all of them, `npm test -- frames http/head` those whose path holds one
// of the words; what begins with a dash goes to node (`--test-name-pattern=…`). Node 20 expands no pattern of files by
// itself, and a shell does it on some systems only.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const options = process.argv.slice(2).filter((word) => word.startsWith("-"));
const words = process.argv.slice(2).filter((word) => !word.startsWith("-"));
const files = readdirSync(new URL("../test", import.meta.url), { recursive: true })
  .map((path) => `test/${path.replaceAll("\\", "/")}`)
  .filter((path) => path.endsWith(".test.ts"))
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
  .sort();
if (files.length === 0) {
  console.error(`no test file has ${words.join(" or ")} in its path`);
  process.exit(2);
}

const runner = spawn(
  process.execPath,
  [
    "--conditions=clearsocket-source",
    "--import=tsx",
    "--test",
    `--test-concurrency=${availableParallelism()}`,
    "--test-timeout=120000",
    ...options,
    ...files,
  ],
  { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] },
);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => runner.kill(signal));
runner.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
