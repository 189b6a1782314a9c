// Runs every check of the project (the scripts `check:…` of package.json), one after the other, and says in a line how
// each went; what a check prints is shown only when it fails. `npm run check` runs all, `npm run check types lint` those
// named. The exit code is 1 if any fails, 2 for a name that is no check.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PATH = [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter);

const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const checks = Object.keys(scripts).flatMap((name) => /^check:(.+)$/.exec(name)?.[1] ?? []);
const names = process.argv.length > 2 ? process.argv.slice(2) : checks;
const unknown = names.filter((name) => !checks.includes(name));
if (unknown.length > 0) {
  console.error(`no such check: ${unknown.join(", ")}; there are ${checks.join(", ")}`);
  process.exit(2);
}

for (const name of names) {
  const start = performance.now();
  const command = scripts[`check:${name}`];
  const { status, error, stdout, stderr } = spawnSync(command, {
    cwd: ROOT,
    shell: true,
    encoding: "utf8",
    env: { ...process.env, PATH },
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 2 ** 28,
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name.padEnd(8)} ${seconds} s`);
  if (status === 0) continue;
  console.log(`$ ${command}\n${stdout}${stderr}${error ?? ""}`);
  process.exitCode = 1;
}
