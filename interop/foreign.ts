/** Trials with programs of other people that run as a process: clients of our server, servers of our client. */
import type { ConnectOptions } from "clearsocket";
import { Child } from "./child.ts";
import { type Deeds, judgeSession, startEchoServer } from "./echo-server.ts";
import { exchange, type Limits } from "./exchange.ts";
import type { Need } from "./need.ts";
import type { Trial } from "./trial.ts";

export interface ForeignClient {
  readonly name: string;
  readonly needs: readonly Need[];
  /** The program and its arguments. It exits with 0 when all that it expects has come true. */
  readonly command: (url: string) => readonly [string, ...string[]];
  readonly env?: Record<string, string>;
  /** What it does, which our server's log has to show. */
  readonly deeds: Deeds;
}

/** A client of theirs with `clearsocket serve`. */
export function foreignClient({ name, needs, command, env, deeds }: ForeignClient): Trial {
  return {
    name: `${name}, client`,
    needs,
    run: async () => {
      await using server = await startEchoServer();
      const [program, ...words] = command(server.url);
      await using child = new Child(program, words, env);
      await child.succeed();
      const lines = await server.session();
      judgeSession(lines, deeds);
      return agreed(lines);
    },
  };
}

/** What the server's log says of extensions. */
export function agreed(lines: readonly string[]): string {
  const header = "> Sec-WebSocket-Extensions: ";
  return lines.find((line) => line.startsWith(header))?.slice(header.length) ?? "no compression";
}

export interface ForeignServer {
  readonly name: string;
  readonly needs: readonly Need[];
  /** The program and its arguments. It prints its port as `listening on PORT`, or listens on the one it is given. */
  readonly command: (port: number) => readonly [string, ...string[]];
  readonly env?: Record<string, string>;
  /** What it prints when it listens; a group in it is the port. Default `listening on PORT`. */
  readonly ready?: RegExp;
  readonly options?: ConnectOptions;
  readonly limits?: Limits;
}

/** Our client with an echo server of theirs. */
export function foreignServer(server: ForeignServer): Trial {
  const { name, needs, command, env, options, limits } = server;
  return {
    name: `${name}, server`,
    needs,
    run: async () => {
      const free = await freePort();
      const [program, ...words] = command(free);
      await using child = new Child(program, words, env);
      const [, port = free] = await child.find(server.ready ?? /listening on (\d+)/);
      return await exchange(`ws://127.0.0.1:${port}/`, options, limits);
    },
  };
}

/** A port that is free now, for programs that cannot choose one. */
export async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
