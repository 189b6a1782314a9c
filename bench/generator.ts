/** The load generator: built when it is first needed, and again when its sources change. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type Core, pinned } from "./machine.ts";
import type { Sample } from "./statistics.ts";

const SOURCES = fileURLToPath(new URL("./loadgen", import.meta.url));
const CACHE = fileURLToPath(new URL("../node_modules/.cache/clearsocket-bench", import.meta.url));
const FLAGS = ["-std=gnu11", "-O3", "-march=native", "-Wall", "-Wextra"];
/** The first that compiles is taken: the headers of zlib and OpenSSL may be missing. */
const LIBRARIES = [
  ["-DUSE_ZLIB", "-lz", "-DUSE_TLS", "-lssl", "-lcrypto"],
  ["-DUSE_ZLIB", "-lz"],
  ["-DUSE_TLS", "-lssl", "-lcrypto"],
  [],
];

/** There is no generator to be had; the message says why in a line. */
export class GeneratorError extends Error {
  static {
    GeneratorError.prototype.name = "GeneratorError";
  }
}

export interface Generator {
  readonly program: string;
  readonly deflate: boolean;
  readonly tls: boolean;
}

function compile(sources: readonly string[], program: string): void {
  let complaint = "";
  for (const libraries of LIBRARIES) {
    const made = `${program}.${process.pid}`;
    const flags = libraries.filter((word) => word.startsWith("-D"));
    const links = libraries.filter((word) => word.startsWith("-l"));
    const { error, status, stderr } = spawnSync(
      "cc",
      [...FLAGS, ...flags, "-o", made, ...sources, ...links],
      { encoding: "utf8" },
    );
    if (error !== undefined)
      throw new GeneratorError("the load generator needs a C compiler, and there is no cc");
    if (status === 0) {
      renameSync(made, program);
      return;
    }
    complaint = stderr;
  }
  throw new GeneratorError(`the load generator does not compile:\n${complaint}`);
}

/** Builds it in `folder` where it is not built yet. Throws a GeneratorError when there is no C compiler. */
export function buildGenerator(folder: string = CACHE): Generator {
  const names = readdirSync(SOURCES).filter((name) => /\.[ch]$/.test(name));
  const hash = createHash("sha256").update(process.arch);
  for (const name of names.sort()) hash.update(readFileSync(join(SOURCES, name)));
  const program = join(folder, `loadgen-${hash.digest("hex").slice(0, 16)}`);
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    const sources = names.filter((name) => name.endsWith(".c")).map((name) => join(SOURCES, name));
    compile(sources, program);
  }
  const { stdout } = spawnSync(program, ["features"], { encoding: "utf8" });
  return { program, ...(JSON.parse(stdout) as { deflate: boolean; tls: boolean }) };
}

/** What a run has measured, or why it has measured nothing. */
export type Outcome = { readonly sample: Sample } | { readonly failure: string };

/** Runs a program that ends by writing a line of JSON, for at most `patience` ms. */
export async function runToJson(
  program: string,
  args: readonly string[],
  core: Core,
  env: Readonly<Record<string, string>>,
  patience: number,
): Promise<Outcome> {
  const [command, ...words] = pinned(core, [program, ...args]);
  const child = spawn(command, words, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), patience);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  clearTimeout(timer);
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("{"))
    return { failure: stderr.trim().split("\n")[0] || "nothing was measured" };
  const sample = JSON.parse(line) as Sample;
  const [complaint = ""] = stderr.trim().split("\n");
  return (sample.errors ?? 0) > 0 ? { failure: complaint || "errors" } : { sample };
}
