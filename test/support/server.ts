/** Servers of the library for one test: on a free port, closed at its end, with their log at hand. */
import type { TestContext } from "node:test";
import type { Handler, ServeOptions } from "../../src/server/options.ts";
import { serve } from "../../src/server/serve.ts";
import type { Server } from "../../src/server/server.ts";

/** A logger of the shape of console that keeps what it is given. */
export class Log {
  readonly lines: { readonly level: string; readonly text: string; readonly error: unknown }[] = [];
  readonly debug = this.#keep("debug");
  readonly info = this.#keep("info");
  readonly warn = this.#keep("warn");
  readonly error = this.#keep("error");

  texts(level?: string): string[] {
    return this.lines
      .filter((line) => level === undefined || line.level === level)
      .map(({ text }) => text);
  }

  #keep(level: string): (text: unknown, ...rest: unknown[]) => void {
    return (text, ...rest) => {
      const error = rest.find((value) => value instanceof Error);
      this.lines.push({ level, text: String(text), error });
    };
  }
}

export interface Started<D = undefined> {
  readonly server: Server<D>;
  readonly port: number;
  readonly url: string;
  readonly log: Log;
}

/** Sends everything back. */
export const echo: Handler<never> = async (connection) => {
  for await (const message of connection) await connection.send(message);
};

/** Serves on 127.0.0.1. */
export async function start<D = undefined>(
  t: Pick<TestContext, "after">,
  handler: Handler<D> = echo as Handler<D>,
  options: ServeOptions<D> = {},
): Promise<Started<D>> {
  const log = new Log();
  const server = await serve<D>({
    host: "127.0.0.1",
    port: 0,
    logger: log,
    compression: null,
    ...options,
    handler,
  });
  t.after(() => server.close({ deadline: 0 }));
  const [address] = server.addresses;
  const port = typeof address === "object" ? address.port : 0;
  return { server, port, url: `ws://127.0.0.1:${port}/`, log };
}
