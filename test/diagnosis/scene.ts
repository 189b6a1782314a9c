/** Where faults are planted: a server and a client of ours, and all that an operator gets to see of them at INFO. */
import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";
import type { TestContext } from "node:test";
import {
  type ClientConnection,
  type Closure,
  type ConnectOptions,
  connect,
  type Handler,
  type ServeOptions,
  type Server,
  serve,
} from "../../src/index.ts";
import { Handler as LogHandler } from "../../src/logging/handler.ts";
import { INFO } from "../../src/logging/level.ts";
import { Logger } from "../../src/logging/logger.ts";

/** An error and what led to it, in words. */
function chain(error: unknown): string {
  const words: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as { readonly code?: unknown };
    words.push(`${at.name}: ${at.message}${code === undefined ? "" : ` (${code})`}`);
  }
  return words.join("; because ");
}

/** The records at INFO and above, rendered: the line, the error, and the reason in a refusal's event. */
class Notebook extends LogHandler {
  readonly lines: string[] = [];

  override emit(record: import("../../src/logging/record.ts").LogRecord): void {
    const { event } = record as { readonly event?: { type?: string; reason?: string } };
    const reason = event?.type === "connection.rejected" ? `; reason: ${event.reason}` : "";
    const error = record.error === undefined ? "" : `; ${chain(record.error)}`;
    this.lines.push(`${record.levelname} ${record.getMessage()}${reason}${error}`);
  }
}

function notebook(): { readonly logger: Logger; readonly lines: readonly string[] } {
  const book = new Notebook();
  const logger = new Logger("websockets.test", INFO);
  logger.addHandler(book);
  return { logger, lines: book.lines };
}

/** A closure as its one line in a report. */
function describeClosure({ code, reason, sent, received, cause }: Closure): string {
  const close = (frame: Closure["sent"]): string =>
    frame === null ? "nothing" : `${frame.code} ${frame.reason}`.trim();
  const because = cause === undefined ? "" : `; because ${chain(cause)}`;
  return `closure ${code} ${reason}: sent ${close(sent)}, received ${close(received)}${because}`;
}

export const echo: Handler<undefined> = async (connection) => {
  for await (const message of connection) await connection.send(message);
};

export class Scene {
  readonly #t: Pick<TestContext, "after">;
  readonly #seen: string[] = [];
  readonly #logs: (readonly string[])[] = [];
  readonly #closures: Promise<void>[] = [];
  server: Server | null = null;

  constructor(t: Pick<TestContext, "after">) {
    this.#t = t;
  }

  /** All that can be seen, when what was opened has ended. */
  async evidence(): Promise<readonly string[]> {
    await Promise.all(this.#closures);
    return [...this.#logs.flat(), ...this.#seen];
  }

  async serve(handler: Handler<undefined> = echo, options: ServeOptions = {}): Promise<number> {
    const { logger, lines } = notebook();
    this.#logs.push(lines);
    const watched: Handler<undefined> = (connection) => {
      this.#watch("server", connection.closed);
      return handler(connection);
    };
    const server = await serve(watched, { host: "127.0.0.1", port: 0, logger, ...options });
    this.server = server;
    this.#t.after(() => server.close({ deadline: 0 }));
    const [address] = server.addresses;
    return typeof address === "object" ? address.port : 0;
  }

  /** Connects; when that fails, its error is what can be seen. */
  async connect(where: number | string, options: ConnectOptions = {}): Promise<ClientConnection> {
    const { logger, lines } = notebook();
    this.#logs.push(lines);
    const url = typeof where === "number" ? `ws://127.0.0.1:${where}/` : where;
    try {
      const connection = await connect(url, { logger, proxy: null, ...options });
      this.#watch("client", connection.closed);
      this.#t.after(() => connection.abort());
      return connection;
    } catch (error) {
      this.#seen.push(`connect() rejects: ${chain(error)}`);
      throw error;
    }
  }

  /** Connects in vain. */
  async fail(where: number | string, options: ConnectOptions = {}): Promise<void> {
    const connection = await this.connect(where, options).catch(() => null);
    if (connection !== null) throw new Error("it should not connect");
  }

  #watch(side: string, closed: Promise<Closure>): void {
    const noted = closed.then((closure) => {
      this.#seen.push(`${side}: ${describeClosure(closure)}`);
    });
    this.#closures.push(noted);
  }

  /** A server on a plain socket: what it does with each is up to the test. */
  async listen(onSocket: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => sockets.delete(socket));
      onSocket(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#t.after(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return (server.address() as AddressInfo).port;
  }

  /** Something between the two that passes all on; it is told each pair of sockets. */
  relay(port: number, onPair: (client: Socket, server: Socket) => void): Promise<number> {
    return this.listen((client) => {
      const server = dial({ port, host: "127.0.0.1" });
      server.on("error", () => {});
      client.pipe(server).pipe(client);
      client.once("close", () => server.destroy());
      server.once("close", () => client.destroy());
      onPair(client, server);
    });
  }
}
