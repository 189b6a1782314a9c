/** A process that a trial starts, and what it prints. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The project. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** How long anything may take. */
export const LIMIT = 30_000;

export class Child implements AsyncDisposable {
  /** What it has printed, on either stream. */
  printed = "";
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting = new Set<() => void>();

  constructor(command: string, words: readonly string[], env: Record<string, string> = {}) {
    this.#name = command;
    this.#process = spawn(command, words, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = new Promise((resolve) => {
      this.#process.on("close", () => resolve());
      this.#process.on("error", (error) => {
        this.printed += error.message;
        resolve();
      });
    });
    const streams = [this.#process.stdout, this.#process.stderr];
    for (const stream of streams) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.printed += text;
        this.#wake();
      });
    }
    void this.#ended.then(() => this.#wake());
  }

  /** What `pattern` finds in what is printed, from `from` on, as soon as it is there. */
  async find(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, LIMIT);
    try {
      while (true) {
        const found = pattern.exec(this.printed.slice(from));
        if (found !== null) return found;
        if (late || this.#process.exitCode !== null) {
          throw new Error(`${this.#name} did not print ${pattern}:\n${this.printed.slice(from)}`);
        }
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the end. Rejects when it failed, or does not end. */
  async succeed(): Promise<void> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), LIMIT);
    await this.#ended;
    clearTimeout(timer);
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== 0) {
      throw new Error(`${this.#name} ended with ${exitCode ?? signalCode}:\n${this.printed}`);
    }
  }

  /** Ends it. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.#process.kill(signal);
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 5000);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Something was printed, or it has ended, or too much time has passed. */
  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
