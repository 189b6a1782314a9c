/** `clearsocket <url>`: sends what is typed or piped in, shows what comes. */
import { setTimeout as delay } from "node:timers/promises";
import type { ClientConnection } from "../client/options.ts";
import { isClosedOk } from "../connection/errors.ts";
import { basicConfig } from "../logging/configure.ts";
import type { TalkCommand } from "./arguments.ts";
import { hexLine, readLines, textLine } from "./input.ts";
import { open, withoutPassword } from "./open.ts";
import { Output } from "./output.ts";
import { humanScreen, jsonScreen, pipeScreen, type Screen } from "./screen.ts";
import { listenForStop } from "./signals.ts";
import { Terminal } from "./terminal.ts";

const NORMAL = 1000;
const GOING_AWAY = 1001;
/** How long a pipe is listened to after its last message, unless told otherwise: answers take a moment. */
const QUIET = 1000;

/**
 * Talks to a server until either side closes.
 *
 * @returns The exit code: 0 when the connection ended as it should, else 1.
 * @throws UsageError, ConnectFailure (rejects).
 */
export async function talk(command: TalkCommand): Promise<number> {
  return await new Talk(command).run();
}

class Talk {
  readonly #command: TalkCommand;
  readonly #output = new Output(process.stdout);
  readonly #errors = new Output(process.stderr);
  readonly #isTyped: boolean;
  readonly #aborter = new AbortController();
  readonly #screen: Screen;
  #terminal: Terminal | null = null;
  #connection: ClientConnection | null = null;
  #stopped = false;
  /** Why standard input could not be read. */
  #inputError: unknown = null;
  /** When something was received last. */
  #heardAt = 0;

  constructor(command: TalkCommand) {
    this.#command = command;
    const { pipe, json } = command;
    const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
    this.#isTyped = isTerminal && !pipe && !json;
    const write = (data: string | Uint8Array): Promise<void> | void => {
      if (this.#terminal === null || typeof data !== "string") return this.#output.write(data);
      this.#terminal.print(data);
    };
    const writeError = (data: string | Uint8Array): Promise<void> => this.#errors.write(data);
    this.#screen = json
      ? jsonScreen(write)
      : pipe
        ? pipeScreen(write, writeError)
        : humanScreen(write);
    if (command.debug) {
      const stream = { write: (text: string): void => this.#log(text) };
      basicConfig({ format: "%(asctime)s %(message)s", level: "DEBUG", stream });
    }
  }

  async run(): Promise<number> {
    const unlisten = listenForStop((signal) =>
      this.#stop(signal === "SIGINT" ? NORMAL : GOING_AWAY),
    );
    this.#output.broken.addEventListener("abort", () => this.#stop(GOING_AWAY));
    try {
      const { debug } = this.#command;
      // Without --debug or WEBSOCKETS_LOG nothing is logged: what goes wrong is told in a line of the program's own.
      const logger = debug || process.env.WEBSOCKETS_LOG !== undefined ? undefined : null;
      const connection = await open(this.#command, logger, this.#aborter.signal);
      return await this.#talk(connection);
    } catch (error) {
      if (this.#stopped) return 1;
      throw error;
    } finally {
      unlisten();
      process.stdin.destroy();
    }
  }

  async #talk(connection: ClientConnection): Promise<number> {
    this.#connection = connection;
    await this.#screen.opened(withoutPassword(this.#command.url), connection);
    if (this.#isTyped) this.#type(connection);
    else void this.#pipe(connection);
    void this.#ping(connection);
    try {
      for await (const message of connection) {
        this.#heardAt = performance.now();
        await this.#screen.message(message);
      }
    } catch {
      // How it ended is told below.
    }
    const closure = await connection.closed;
    this.#terminal?.close();
    const ok = isClosedOk(closure);
    await this.#screen.closed(closure, ok);
    if (this.#inputError !== null) throw this.#inputError;
    return ok ? 0 : 1;
  }

  #log(text: string): void {
    // At a terminal lines of the log must not break into what is typed.
    if (this.#terminal !== null) this.#terminal.print(text);
    else void this.#errors.write(text);
  }

  /** Ends the conversation; asked again, at once. */
  #stop(code: number): void {
    if (this.#stopped) this.#connection?.abort();
    this.#stopped = true;
    this.#aborter.abort();
    void this.#connection?.close(code);
  }

  #type(connection: ClientConnection): void {
    const { binary } = this.#command;
    const read = binary ? hexLine : textLine;
    this.#terminal = new Terminal({
      onLine: (line) => {
        const message = read(line);
        if (message === null) process.stdout.write(`${NOT_HEX}\n`);
        else void connection.send(message);
      },
      onEnd: () => this.#stop(NORMAL),
      onInterrupt: () => this.#stop(NORMAL),
    });
  }

  /** Sends what comes through a pipe or from a file, as fast as the server takes it. */
  async #pipe(connection: ClientConnection): Promise<void> {
    const { pipe, binary, wait = process.stdin.isTTY === true ? 0 : QUIET } = this.#command;
    try {
      if (pipe && binary) {
        for await (const chunk of process.stdin) await connection.send(chunk as Uint8Array);
      } else {
        const read = binary ? hexLine : textLine;
        for await (const line of readLines(process.stdin)) {
          const message = read(line);
          if (message === null) void this.#errors.write(`${NOT_HEX}\n`);
          else await connection.send(message);
        }
      }
      await this.#quiet(wait);
    } catch (error) {
      // A connection that has closed ends it too; that is told elsewhere.
      if (connection.state === "open") this.#inputError = error;
    }
    void connection.close(NORMAL);
  }

  /** Resolves when nothing has come for so long, in milliseconds. */
  async #quiet(wait: number): Promise<void> {
    if (wait === Number.POSITIVE_INFINITY) return new Promise(() => {});
    this.#heardAt = performance.now();
    const signal = this.#connection?.signal;
    while (signal?.aborted === false) {
      const left = this.#heardAt + wait - performance.now();
      if (left <= 0) return;
      await delay(left, undefined, { signal });
    }
  }

  async #ping(connection: ClientConnection): Promise<void> {
    const { ping } = this.#command;
    if (ping === null) return;
    try {
      while (true) {
        await delay(ping, undefined, { signal: connection.signal });
        const latency = await connection.ping();
        this.#heardAt = performance.now();
        await this.#screen.pong(latency);
      }
    } catch {
      // It has closed.
    }
  }
}

const NOT_HEX = "not sent: this is not hexadecimal, such as 00 ff 1a";
