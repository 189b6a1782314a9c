/**
 * Records a session with the command line: `recordSession` runs the commands of a page's `console` blocks with the package
 * built from the sources, and puts what they print in place of what stands there. As a program it writes the page anew.
 *
 * - `$ command` is run by a shell. With lines that begin with `> ` it is at a terminal, and these lines are typed.
 * - `$ npx clearsocket serve` goes on running. A block that begins with `^C` stops it, and has what it has printed since.
 * - `$ echo $?` tells how the command before has ended.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Screen } from "../test/support/screen.ts";
import { findPort } from "./check-examples.ts";
import { isProgram } from "./drawing.ts";
import { installPackage } from "./installed.ts";

/** The page that has a session. */
export const SESSION: string = "docs/howto/command-line.md";
const COLUMNS = 120;
/** What the page says; another one is used, which is free. */
const PORT = "8765";
const PATIENCE = 30_000;
/** The last line that the server prints before anybody connects. */
const SERVING = "Ctrl-C stops it.";

/** The page with what its commands print now. */
export async function recordSession(page: string): Promise<string> {
  const session = new Session(String(await findPort()));
  let recorded = "";
  let done = 0;
  try {
    for (const { index, 0: whole, 1: block = "" } of page.matchAll(
      /^```console\n([\s\S]*?)^```$/gm,
    )) {
      recorded += `${page.slice(done, index)}\`\`\`console\n${await session.run(block)}\`\`\``;
      done = index + whole.length;
    }
  } finally {
    session.end();
  }
  return recorded + page.slice(done);
}

/** `text` without what differs each time: times, keys, figures, the rows of a histogram. */
export function maskSession(text: string): string {
  return (
    text
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}/g, "(time)")
      .replace(/^(.*(?:Date|Sec-WebSocket-Key|Sec-WebSocket-Accept): ).*$/gm, "$1(masked)")
      .replace(/\d+(\.\d+)? ms/g, "(ms)")
      .replace(/"duration":\d+/g, '"duration":(ms)')
      // On a machine that is busy.
      .replace(/^ {2}[\d,]+ (?:without an answer|were due and not sent).*\n/gm, "")
      .replace(/^ *[\d.,]+ to [\d.,]+ .*\n/gm, "(row)\n")
      .replace(/(\(row\)\n)+/g, "(rows)\n")
      .replace(/^(.*(?: answers | connections to |latency, ms).*\n)( +[\d.,]+)*/gm, (lines) =>
        lines.replace(/\d[\d,.]*/g, "N").replace(/ +/g, " "),
      )
  );
}

class Session {
  readonly #port: string;
  readonly #bin: string;
  #server: Run | null = null;
  #code: number | null = null;

  constructor(port: string) {
    this.#port = port;
    const modules = join(installPackage(), "node_modules");
    mkdirSync(join(modules, ".bin"), { recursive: true });
    // As npm lays it: the program tells by its path how it was started.
    this.#bin = join(modules, ".bin", "clearsocket");
    if (!existsSync(this.#bin)) symlinkSync("../clearsocket/dist/cli/main.js", this.#bin);
  }

  /** What the commands of a block print, with the commands. */
  async run(block: string): Promise<string> {
    let printed = "";
    if (block.startsWith("^C")) printed += `^C\n${await this.#stop()}`;
    for (const [, command = "", rest = ""] of block.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
      printed += `$ ${command}\n${await this.#command(command, rest)}`;
    }
    return printed.replaceAll(this.#port, PORT);
  }

  end(): void {
    this.#server?.child.kill("SIGKILL");
  }

  async #command(command: string, rest: string): Promise<string> {
    if (command === "echo $?") return `${this.#code}\n`;
    const typed = [...rest.matchAll(/^> (.*)$/gm)].map(([, line = ""]) => line);
    const run = new Run(this.#translate(command), typed.length > 0);
    if (/clearsocket serve(?!.*(--help|\|\|))/.test(command) && !rest.startsWith("clearsocket: ")) {
      this.#server = run;
      await run.prints(SERVING);
      return run.takeText();
    }
    for (const line of typed) await run.type(line);
    if (typed.length > 0) run.child.stdin?.write("\u0004");
    this.#code = await run.end();
    return run.takeText();
  }

  async #stop(): Promise<string> {
    const server = this.#server;
    if (server === null) throw new Error("no server runs");
    // Its log, if it has one, tells of the client's end before its own.
    if (server.has("server listening")) await server.prints("connection closed");
    server.child.kill("SIGINT");
    this.#code = await server.end();
    this.#server = null;
    return server.takeText();
  }

  #translate(command: string): string {
    return command
      .replaceAll("npx clearsocket", `"${process.execPath}" "${this.#bin}"`)
      .replaceAll(PORT, this.#port)
      .replace(/(clearsocket" serve)/, `$1 --port ${this.#port}`);
  }
}

/** What makes a program believe that it is at a terminal. */
const TERMINAL = `data:text/javascript,${encodeURIComponent(
  `process.stdin.isTTY = process.stdout.isTTY = true; process.stdout.columns = ${COLUMNS};`,
)}`;

/** A command that runs, and what it has printed. */
class Run {
  readonly child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  readonly #isTerminal: boolean;
  #text = "";
  #taken = 0;
  #wake: () => void = () => {};

  constructor(command: string, isTerminal: boolean) {
    this.#isTerminal = isTerminal;
    const { WEBSOCKETS_LOG: _, ...env } = process.env;
    const options = isTerminal ? { NODE_OPTIONS: `--import="${TERMINAL}"` } : {};
    // `exec`, so that a signal goes to the program and not to the shell.
    const line = /[|;<]/.test(command) ? `{ ${command}; } 2>&1` : `exec ${command} 2>&1`;
    this.child = spawn("sh", ["-c", line], {
      env: { ...env, ...options },
      stdio: ["pipe", "pipe", "ignore"],
      timeout: PATIENCE,
      killSignal: "SIGKILL",
    });
    this.#ended = once(this.child, "close");
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#text += text;
      this.#wake();
    });
    void this.#ended.then(() => this.#wake());
    if (!isTerminal) this.child.stdin?.end();
  }

  has(text: string): boolean {
    return this.#text.includes(text);
  }

  /** Resolves when it has printed `text`; rejects when it ends without. */
  async prints(text: string, from = 0): Promise<void> {
    while (!this.#text.includes(text, from)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`"${text}" was not printed:\n${this.#text}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Types a line, and waits for the server's echo of it. */
  async type(line: string): Promise<void> {
    await this.prints("> ");
    const from = this.#text.length;
    this.child.stdin?.write(`${line}\r`);
    await this.prints(`< ${line}`, from);
  }

  async end(): Promise<number | null> {
    const [code] = (await this.#ended) as [number | null];
    return code;
  }

  /** What it has printed since it was last asked. */
  takeText(): string {
    const text = this.#text.slice(this.#taken);
    this.#taken = this.#text.length;
    if (!this.#isTerminal) return text;
    const screen = new Screen(COLUMNS);
    screen.write(text);
    return screen.text;
  }
}

if (isProgram(import.meta.url)) {
  const file = fileURLToPath(new URL(`../${SESSION}`, import.meta.url));
  writeFileSync(file, await recordSession(readFileSync(file, "utf8")));
}
