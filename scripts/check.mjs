// Runs every check of the project, one after the other, and says in a line how each went; what a check prints is shown
// only when it fails. `npm run check` runs all, `npm run check -- types lint` those named. The exit code is 1 if any
// fails, 2 for a name that is no check.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The commands of each check; `PACKAGE` stands for the tarball that npm would publish. */
const CHECKS = {
  types: ["tsc -p tsconfig.json", "tsc -p tsconfig.build.json --noEmit"],
  style: ["biome check --error-on-warnings ."],
  lint: ["oxlint --type-aware --deny-warnings"],
  dead: ["knip --no-progress"],
  package: ["publint --strict PACKAGE", "attw --profile esm-only --no-emoji PACKAGE"],
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CHECKS);
const unknown = names.filter((name) => !Object.hasOwn(CHECKS, name));
if (unknown.length > 0) {
  console.error(
    `no such check: ${unknown.join(", ")}; there are ${Object.keys(CHECKS).join(", ")}`,
  );
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "clearsocket-"));
try {
  for (const name of names) {
    const start = performance.now();
    const failure = check(CHECKS[name]);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${failure === null ? "ok    " : "FAILED"} ${name.padEnd(8)} ${seconds} s`);
    if (failure === null) continue;
    console.log(failure);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Null, or what the first command that failed has printed. */
function check(commands) {
  for (const command of commands) {
    if (command.includes("PACKAGE")) {
      const failure = pack();
      if (failure !== null) return failure;
    }
    const failure = run(command.replace("PACKAGE", join(folder, tarball() ?? "")));
    if (failure !== null) return failure;
  }
  return null;
}

/** Builds the package and packs it, once; npm runs `prepare`, which is the build. */
function pack() {
  return tarball() === undefined ? run(`npm pack --silent --pack-destination ${folder}`) : null;
}

function tarball() {
  return readdirSync(folder).find((file) => file.endsWith(".tgz"));
}

function run(command) {
  const path = [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const { status, error, stdout, stderr } = spawnSync(command, {
    cwd: ROOT,
    shell: true,
    encoding: "utf8",
    env: { ...process.env, PATH: path },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return status === 0 ? null : `$ ${command}\n${stdout}${stderr}${error ?? ""}`;
}
