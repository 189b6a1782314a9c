/** The program `clearsocket` as a process of its own, built from the sources as they are. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUILT = build();
/** Far above what a step takes: it bounds a test that would hang. */
const LIMIT = 30_000;

/**
 * Builds the package into a folder that is deleted at the end: many processes start many times faster so than from the
 * sources. @returns the path of the program.
 */
function build(): string {
  const folder = mkdtempSync(join(tmpdir(), "clearsocket-program-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(join(ROOT, "package.json"), join(folder, "package.json"));
  const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  const words = ["-p", "tsconfig.build.json", "--sourceMap", "false"];
  const { stdout } = spawnSync(
    process.execPath,
    [join(typescript, "bin", "tsc"), ...words, "--outDir", join(folder, "dist")],
    { cwd: ROOT, encoding: "utf8" },
  );
  const built = join(folder, "dist", "cli", "main.js");
  // Types are checked elsewhere; here it is enough that there is a program.
  if (!existsSync(built)) throw new Error(stdout);
  return built;
}

export class Program implements AsyncDisposable {
  readonly process: ChildProcessWithoutNullStreams;
  out = "";
  err = "";
  readonly #ended: Promise<unknown[]>;
  readonly #waiting = new Set<() => void>();

  constructor(...words: readonly string[]) {
    const { WEBSOCKETS_LOG: _, ...env } = process.env;
    this.process = spawn(process.execPath, [BUILT, ...words], { cwd: ROOT, env });
    this.#ended = once(this.process, "close");
    this.process.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
      this.#wake();
    });
    this.process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.err += text;
      this.#wake();
    });
    this.process.stdin.on("error", () => {});
    void this.#ended.then(() => this.#wake());
  }

  /** What `pattern` finds in standard output, or else in standard error, as soon as it is there. */
  async find(pattern: RegExp): Promise<RegExpExecArray> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, LIMIT);
    try {
      while (true) {
        const found = pattern.exec(this.out) ?? pattern.exec(this.err);
        if (found !== null) return found;
        if (late || this.process.exitCode !== null) {
          throw new Error(`${pattern} was not printed:\n${this.out}\n${this.err}`);
        }
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  type(text: string): void {
    this.process.stdin.write(text);
  }

  /** Ends the input, and waits for the program's end. */
  async finish(text = ""): Promise<number | null> {
    this.process.stdin.end(text);
    return await this.end();
  }

  /** @returns the exit code; null: it was killed, here because it did not end */
  async end(): Promise<number | null> {
    const timer = setTimeout(() => this.process.kill("SIGKILL"), LIMIT);
    await this.#ended;
    clearTimeout(timer);
    return this.process.exitCode;
  }

  /** Something was printed, or it has ended, or too much time has passed. */
  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.#ended;
  }
}

/** An echo server of the program. @returns it, and its address */
export async function startServer(
  ...words: readonly string[]
): Promise<{ readonly server: Program; readonly url: string }> {
  const server = new Program("serve", "--port", "0", ...words);
  const [, url = ""] = await server.find(/^listening on (ws:\/\/\S+)\n[\s\S]*Ctrl-C stops it\.\n/);
  return { server, url };
}

/** Runs the program with a descriptor as its standard output. @returns how it ended, and its standard error */
export async function runInto(
  output: number,
  ...words: readonly string[]
): Promise<{ readonly code: number | null; readonly err: string }> {
  const child = spawn(process.execPath, [BUILT, ...words], {
    cwd: ROOT,
    stdio: ["ignore", output, "pipe"],
    timeout: LIMIT,
  });
  let err = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, err };
}
