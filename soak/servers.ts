/** The echo servers of a soak: TCP, TLS, and HTTP/2 over TLS, with compression. */
import {
  ConnectionClosed,
  type ConnectOptions,
  type Handler,
  type LoggerLike,
  type Server,
  serve,
} from "../src/index.ts";
import { Authority } from "../test/support/certificates.ts";
import type { Tally } from "./tally.ts";

/** A way to a server. */
export interface Way {
  readonly name: "tcp" | "tls" | "http2";
  readonly url: string;
  readonly port: number;
  readonly options: ConnectOptions;
}

export interface Servers {
  readonly ways: readonly Way[];
  /** How many connections there are. */
  readonly open: number;
  close(): Promise<void>;
}

/** Those who stall are given up soon enough to see many of them. In milliseconds. */
const IMPATIENT = {
  openTimeout: 3000,
  closeTimeout: 3000,
  pingInterval: 2000,
  pingTimeout: 3000,
} as const;

/** Half of the connections are read by iteration, the others by consume(). */
const echo: Handler<undefined> = async (connection) => {
  if (connection.request.path.endsWith("/consume")) {
    await connection.consume((data) => void connection.post(data));
    return;
  }
  for await (const message of connection) await connection.send(message);
};

/**
 * What bad peers do is no error of ours: whatever is logged as one is a fault. But that a handler ended by the end of its
 * connection is logged as an error too.
 */
function watch(tally: Tally): LoggerLike {
  const ignore = (): void => {};
  const error = (...words: unknown[]): void => {
    const inside = words.find((word) => word instanceof Error);
    if (inside instanceof ConnectionClosed) return;
    tally.unhandled += 1;
    tally.fault(`logged as an error: ${words[0]} ${inside?.stack ?? ""}`);
  };
  return { debug: ignore, info: ignore, warn: ignore, error };
}

export async function startServers(tally: Tally): Promise<Servers> {
  const authority = new Authority("an authority of the soak");
  const tls = authority.issue("localhost", ["localhost", "127.0.0.1"]);
  const common = { ...IMPATIENT, host: "127.0.0.1", port: 0, logger: watch(tally) };
  const servers: Server[] = [
    await serve(echo, common),
    await serve(echo, { ...common, tls }),
    await serve(echo, { ...common, tls, http2: true }),
  ];
  const client: ConnectOptions = { logger: watch(tally), proxy: null, pingTimeout: 30_000 };
  const secure: ConnectOptions = { ...client, tls: { ca: authority.cert } };
  const way = (index: number, name: Way["name"], options: ConnectOptions): Way => {
    const address = servers[index]?.addresses[0];
    const port = typeof address === "object" ? address.port : 0;
    const scheme = name === "tcp" ? "ws" : "wss";
    return { name, port, url: `${scheme}://127.0.0.1:${port}`, options };
  };
  return {
    ways: [
      way(0, "tcp", client),
      way(1, "tls", secure),
      way(2, "http2", { ...secure, http2: true }),
    ],
    get open() {
      return servers.reduce((sum, { connections }) => sum + connections.size, 0);
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close({ deadline: 5000 })));
    },
  };
}
