/** The program `clearsocket` as a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Far above what a step takes: it bounds a test that would hang. */
const LIMIT = 30_000;

export class Program implements AsyncDisposable {
  readonly process: ChildProcessWithoutNullStreams;
  out = "";
  err = "";
  readonly #ended: Promise<unknown[]>;

  constructor(...words: readonly string[]) {
    const node = ["--conditions=clearsocket-source", "--import=tsx", "src/cli/main.ts"];
    const { WEBSOCKETS_LOG: _, ...env } = process.env;
    this.process = spawn(process.execPath, [...node, ...words], { cwd: ROOT, env });
    this.#ended = once(this.process, "close");
    this.process.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
    });
    this.process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.err += text;
    });
    this.process.stdin.on("error", () => {});
  }

  /** What `pattern` finds in standard output, or else in standard error, as soon as it is there. */
  async find(pattern: RegExp): Promise<RegExpExecArray> {
    const signal = AbortSignal.timeout(LIMIT);
    while (true) {
      const found = pattern.exec(this.out) ?? pattern.exec(this.err);
      if (found !== null) return found;
      if (signal.aborted || this.process.exitCode !== null) {
        throw new Error(`${pattern} was not printed:\n${this.out}\n${this.err}`);
      }
      await Promise.race([
        once(this.process.stdout, "data", { signal }),
        once(this.process.stderr, "data", { signal }),
        this.#ended,
      ]).catch(() => {});
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
  const [, url = ""] = await server.find(/^listening on (ws:\/\/\S+)\n/);
  return { server, url };
}
