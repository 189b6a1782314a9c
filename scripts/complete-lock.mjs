// Adds to package-lock.json the builds for other platforms that a registry did not list when the lock was
// written. `npm ci` refuses a lock in which an optional dependency is missing, even one that this machine
// would never install. Run it after each `npm install`: `node scripts/complete-lock.mjs`; with a folder, such as `docs`,
// for the lock in it.
import { readFileSync, writeFileSync } from "node:fs";

const [folder = "."] = process.argv.slice(2);
const file = new URL(`../${folder}/package-lock.json`, import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));

const SYSTEMS = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const PROCESSORS = [
  "arm64",
  "arm",
  "armv6",
  "ia32",
  "loong64",
  "mips64el",
  "ppc64",
  "riscv64",
  "s390x",
  "wasm32",
  "x64",
];

const added = [];
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    if (lock.packages[path] !== undefined || !/^\d/.test(version)) continue;
    const words = name.split(/[/-]/);
    const os = SYSTEMS.filter((system) => words.includes(system));
    const cpu = PROCESSORS.filter((processor) => words.some((word) => word === processor));
    const libc = words.includes("musl") ? ["musl"] : undefined;
    if (os.length === 0 && !words.includes("wasm32")) continue;
    lock.packages[path] = {
      version,
      ...(libc && { libc }),
      cpu,
      dev: true,
      license: "MIT",
      optional: true,
      os,
    };
    if (os.length === 0) delete lock.packages[path].os;
    added.push(name);
  }
}
const { "": root, ...rest } = lock.packages;
const sorted = Object.entries(rest).sort(([a], [b]) => a.localeCompare(b, "en"));
lock.packages = { "": root, ...Object.fromEntries(sorted) };
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? "nothing was missing" : `added: ${added.join(", ")}`);
