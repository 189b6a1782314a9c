// Runs the tests against the sources: `npm test` all of them, `npm test -- frames http/head` those whose path holds one
// of the words; what begins with a dash goes to node (`--test-name-pattern=…`). Node 20 expands no pattern of files by
// itself, and a shell does it on some systems only.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const LONG = [
  "docs.test",
  "docs-session",
  "examples.test",
  "promises.test",
  "logging/vectors",
  "logging/recipes",
  "cli/talk",
  "server/lifetime",
];
const isLong = (path) => LONG.some((word) => path.includes(word));

const options = process.argv.slice(2).filter((word) => word.startsWith("-"));
const words = process.argv.slice(2).filter((word) => !word.startsWith("-"));
const files = readdirSync(new URL("../test", import.meta.url), { recursive: true })
  .map((path) => `test/${path.replaceAll("\\", "/")}`)
  .filter((path) => path.endsWith(".test.ts"))
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
  // Those that take longest begin first: none of them is then left to run alone at the end.
  .sort((a, b) => Number(isLong(b)) - Number(isLong(a)) || (a < b ? -1 : 1));
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
    // More processes than cores: many tests wait (for timers, for programs that they start).
    `--test-concurrency=${2 * availableParallelism() + 1}`,
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
