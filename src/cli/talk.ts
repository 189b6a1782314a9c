/** `clearsocket <url>`: sends what is typed or piped in, shows what comes. */
import { setTimeout as delay } from "node:timers/promises";
import type { ClientConnection } from "../client/options.ts";
import { type ReconnectOptions, reconnect } from "../client/reconnect.ts";
import { isClosedOk } from "../connection/errors.ts";
import { basicConfig } from "../logging/configure.ts";
import type { Logger } from "../logging/logger.ts";
import { getLogger } from "../logging/manager.ts";
import { StreamHandler } from "../logging/stream.ts";
import type { TalkCommand } from "./arguments.ts";
import { hexLine, readLines, textLine } from "./input.ts";
import { connectOptions, open, toFailure, withoutPassword } from "./open.ts";
import { Output } from "./output.ts";
import {
  type Closure,
  humanScreen,
  jsonScreen,
  type Message,
  pipeScreen,
  type Screen,
} from "./screen.ts";
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
  /** Who waits for the next connection. */
  #waiting: ((connection: ClientConnection) => void)[] = [];
  /** Whether the input is being read. */
  #listens = false;
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
      const closure = await (this.#command.reconnect ? this.#keepTalking() : this.#talkOnce());
      if (this.#inputError !== null) throw this.#inputError;
      return isClosedOk(closure) ? 0 : 1;
    } catch (error) {
      if (this.#stopped && this.#inputError === null) return 1;
      throw error;
    } finally {
      this.#terminal?.close();
      unlisten();
      process.stdin.destroy();
    }
  }

  async #talkOnce(): Promise<Closure> {
    // Without --debug or WEBSOCKETS_LOG nothing is logged: what goes wrong is told in a line of the program's own.
    const logger = this.#isLogged ? undefined : null;
    return await this.#talk(await open(this.#command, logger, this.#aborter.signal));
  }

  /** Talks on when the connection is lost. @returns the closure of the last connection. */
  async #keepTalking(): Promise<Closure> {
    const { url } = this.#command;
    const logger = this.#isLogged ? undefined : this.#makeLogger();
    const options = connectOptions(this.#command, logger, this.#aborter.signal);
    const closures: Closure[] = [];
    try {
      await reconnect(
        url,
        async (connection) => {
          const closure = await this.#talk(connection);
          closures.push(closure);
          if (closure.code !== NORMAL && !this.#stopped) throw connection.signal.reason;
        },
        options as ReconnectOptions,
      );
    } catch (error) {
      throw toFailure(error, url);
    }
    // It ends by the handler's return only.
    return closures.at(-1) as Closure;
  }

  get #isLogged(): boolean {
    return this.#command.debug || process.env.WEBSOCKETS_LOG !== undefined;
  }

  /** It tells of attempts to connect that fail, and for how long the next is put off. */
  #makeLogger(): Logger {
    const logger = getLogger("clearsocket");
    logger.propagate = false;
    logger.setLevel("INFO");
    logger.addHandler(new StreamHandler({ write: (text: string): void => this.#log(text) }));
    return logger;
  }

  /** One connection, to its end. */
  async #talk(connection: ClientConnection): Promise<Closure> {
    await this.#screen.opened(withoutPassword(this.#command.url), connection);
    this.#connection = connection;
    const waiting = this.#waiting.splice(0);
    for (const resolve of waiting) resolve(connection);
    if (!this.#listens) {
      this.#listens = true;
      if (this.#isTyped) this.#type();
      else void this.#pipe();
    }
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
    this.#connection = null;
    if (!this.#command.reconnect || this.#stopped) this.#terminal?.close();
    await this.#screen.closed(closure, isClosedOk(closure));
    return closure;
  }

  /** The connection, or the next one when there is none. */
  #nextConnection(): ClientConnection | Promise<ClientConnection> {
    if (this.#connection?.state === "open") return this.#connection;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #log(text: string): void {
    // At a terminal lines of the log must not break into what is typed.
    if (this.#terminal !== null) this.#terminal.print(text);
    else void this.#errors.write(text);
  }

  /** Ends the conversation; asked again, at once. */
  #stop(code: number): void {
    const connection = this.#connection;
    if (this.#stopped || connection === null) {
      connection?.abort();
      this.#aborter.abort();
    } else {
      void connection.close(code);
    }
    this.#stopped = true;
  }

  #type(): void {
    const read = this.#command.binary ? hexLine : textLine;
    this.#terminal = new Terminal({
      onLine: (line) => {
        const message = read(line);
        if (message === null) process.stdout.write(`${NOT_HEX}\n`);
        else if (this.#connection?.state !== "open") process.stdout.write(`${NOT_CONNECTED}\n`);
        else void this.#connection.send(message);
      },
      onEnd: () => this.#stop(NORMAL),
      onInterrupt: () => this.#stop(NORMAL),
    });
  }

  /** Sends what comes through a pipe or from a file, as fast as the server takes it. */
  async #pipe(): Promise<void> {
    const { pipe, binary, wait = process.stdin.isTTY === true ? 0 : QUIET } = this.#command;
    try {
      if (pipe && binary) {
        for await (const chunk of process.stdin) await this.#send(chunk as Uint8Array);
      } else {
        const read = binary ? hexLine : textLine;
        for await (const line of readLines(process.stdin)) {
          const message = read(line);
          if (message === null) void this.#errors.write(`${NOT_HEX}\n`);
          else await this.#send(message);
        }
      }
      await this.#quiet(wait);
    } catch (error) {
      // Its end while a connection closes is no error.
      if (this.#stopped || this.#connection === null) return;
      this.#inputError = error;
    }
    this.#stop(NORMAL);
  }

  /** Sends a message on the connection, or on the next one when that is lost meanwhile. */
  async #send(message: Message): Promise<void> {
    while (true) {
      const connection = await this.#nextConnection();
      try {
        return await connection.send(message);
      } catch {
        // It has closed.
      }
    }
  }

  /** Resolves when nothing has come for so long, in milliseconds. */
  async #quiet(wait: number): Promise<void> {
    if (wait === Number.POSITIVE_INFINITY) return new Promise(() => {});
    this.#heardAt = performance.now();
    while (true) {
      const left = this.#heardAt + wait - performance.now();
      if (left <= 0) return;
      await delay(left, undefined, { ref: false });
    }
  }

  async #ping(connection: ClientConnection): Promise<void> {
    const { ping } = this.#command;
    if (ping === null) return;
    try {
      while (true) {
        await delay(ping, undefined, { signal: connection.signal });
        const latency = await connection.ping();
        // A pong is no news: with it, an input's end would never be followed by silence.
        await this.#screen.pong(latency);
      }
    } catch {
      // It has closed.
    }
  }
}

const NOT_CONNECTED = "not sent: there is no connection now";
const NOT_HEX = "not sent: this is not hexadecimal, such as 00 ff 1a";
