/** Trials with programs of other people that run as a process: clients of our server, servers of our client. */
import type { ConnectOptions } from "clearsocket";
import { Child } from "./child.ts";
import { type Deeds, judgeSession, startEchoServer } from "./echo-server.ts";
import { exchange, type Limits } from "./exchange.ts";
import type { Need } from "./need.ts";
import { freePort, waitForPort } from "./port.ts";
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
  /** Whether it prints `listening on PORT`; else it listens on the port that it was given. Default true. */
  readonly tells?: boolean;
  readonly path?: string;
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
      let port = free;
      if (server.tells === false) await waitForPort(free);
      else port = Number((await child.find(/listening on (\d+)/))[1]);
      return await exchange(`ws://127.0.0.1:${port}${server.path ?? "/"}`, options, limits);
    },
  };
}
