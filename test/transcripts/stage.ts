/** Where a scenario is played: servers and clients of ours, raw peers, and all that they log. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import {
  type ClientConnection,
  type ConnectOptions,
  connect,
  type Handler,
  type ServeOptions,
  type Server,
  serve,
} from "../../src/index.ts";
import { Handler as LogHandler } from "../../src/logging/handler.ts";
import type { Level } from "../../src/logging/level.ts";
import { getLogger } from "../../src/logging/manager.ts";
import type { LogRecord } from "../../src/logging/record.ts";
import { RawPeer } from "./raw-peer.ts";

/** Takes what is logged on `websockets` and below, and keeps it from all others. */
class Recorder extends LogHandler {
  readonly records: LogRecord[] = [];
  #waiting: { readonly is: (record: LogRecord) => boolean; readonly resolve: () => void }[] = [];

  override emit(record: LogRecord): void {
    // Rendered at once: handlers may not keep what an event points to.
    record.message = record.getMessage();
    this.records.push(record);
    const due = this.#waiting.filter(({ is }) => is(record));
    this.#waiting = this.#waiting.filter(({ is }) => !is(record));
    for (const { resolve } of due) resolve();
  }

  /** Resolves when a record has come, or comes, for which `is` holds. */
  until(is: (record: LogRecord) => boolean): Promise<void> {
    if (this.records.some(is)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ is, resolve });
    });
  }
}

/** What a server does unless it is told otherwise. */
export const echo: Handler<undefined> = async (connection) => {
  for await (const message of connection) await connection.send(message);
};

/** Lets all that is due have its turn. */
export async function turns(count = 3): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

export class Stage {
  readonly level: Level;
  readonly #recorder = new Recorder();
  /** The sockets that servers of ours have accepted, the newest last. */
  readonly accepted: Socket[] = [];
  readonly #restore: () => void;
  readonly #servers: Server[] = [];

  constructor(level: Level) {
    this.level = level;
    const logger = getLogger("websockets");
    const { handlers, propagate, level: before } = logger;
    logger.handlers = [this.#recorder];
    logger.propagate = false;
    logger.setLevel(level);
    const onSocket = (message: unknown): void => {
      const { socket } = message as { readonly socket: Socket };
      this.accepted.push(socket);
    };
    subscribe("net.server.socket", onSocket);
    this.#restore = () => {
      unsubscribe("net.server.socket", onSocket);
      logger.handlers = handlers;
      logger.propagate = propagate;
      logger.setLevel(before);
    };
  }

  get records(): readonly LogRecord[] {
    return this.#recorder.records;
  }

  until(is: (record: LogRecord) => boolean): Promise<void> {
    return this.#recorder.until(is);
  }

  /** Resolves when `text` has been logged. */
  untilLogged(text: string | RegExp): Promise<void> {
    return this.until((record) => {
      const message = record.getMessage();
      return typeof text === "string" ? message === text : text.test(message);
    });
  }

  async serve(
    handler: Handler<undefined> = echo,
    options: ServeOptions<undefined> = {},
  ): Promise<{ readonly server: Server; readonly port: number; readonly url: string }> {
    const place = options.socketPath === undefined ? { host: "127.0.0.1", port: 0 } : {};
    const server = await serve(handler, { ...place, ...options });
    this.#servers.push(server);
    const [address] = server.addresses;
    const port = typeof address === "object" ? address.port : 0;
    return { server, port, url: `ws://127.0.0.1:${port}/chat` };
  }

  connect(url: string, options: ConnectOptions = {}): Promise<ClientConnection> {
    return connect(url, options);
  }

  dial(port: number): Promise<RawPeer> {
    return RawPeer.dial(port);
  }

  /** Waits until a socket was accepted, and so many bytes of it have been read. */
  async untilRead(bytes: number): Promise<void> {
    while ((this.accepted.at(-1)?.bytesRead ?? -1) < bytes) await turns(1);
    await turns();
  }

  /** Waits until all sockets that were accepted are gone, and their handlers have had their say. */
  async settled(): Promise<void> {
    await turns();
    for (const socket of this.accepted) {
      if (!socket.closed) await new Promise<void>((resolve) => socket.once("close", resolve));
    }
    await turns();
  }

  /** Puts everything back, and ends what a failed scenario has left. */
  async end(): Promise<void> {
    this.#restore();
    for (const socket of this.accepted) socket.destroy();
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}
