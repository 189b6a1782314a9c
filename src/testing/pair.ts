/** Two open connections that talk to each other in memory: for tests of handlers and clients, without a socket or a port. */
import type { Clock } from "../connection/clock.ts";
import { SYSTEM_CLOCK } from "../connection/clock.ts";
import { Connection } from "../connection/connection.ts";
import {
  type ConnectionOptions,
  checkNames,
  resolveConnectionOptions,
  toPairs,
} from "../connection/options.ts";
import { Subject } from "../connection/tap.ts";
import type { Address } from "../http/address.ts";
import type { RawHeaders } from "../http/headers.ts";
import { HandshakeRequest, HandshakeResponse } from "../http/message.ts";
import { WireEnd } from "./wire.ts";

/** Times in milliseconds, sizes in bytes. */
export interface PairOptions<D = undefined> {
  /** Options of the client's connection, as `connect` takes them. */
  readonly client?: ConnectionOptions;
  /** Options of the server's connection, as `serve` takes them. */
  readonly server?: ConnectionOptions;
  /** The path and query of the request. Default `/`. */
  readonly path?: string;
  /** Further headers of the request. */
  readonly headers?: Record<string, string> | Headers | readonly (readonly [string, string])[];
  /** The subprotocol that was agreed on. Default: none. */
  readonly subprotocol?: string | null;
  /** The server connection's `data`, which `processRequest` would have attached. */
  readonly data?: D;
  /** The clock of both: a ManualClock, to be in command of keepalive and timeouts. Default: the platform's. */
  readonly clock?: Clock;
}

/** Both sides of one connection, and the wire between them. */
export interface Pair<D = undefined> extends AsyncDisposable {
  readonly client: Connection<undefined>;
  readonly server: Connection<D>;
  /** From now on nothing arrives at either side, as when a network goes dead without a word. */
  hold(): void;
  /** What was held arrives, and what follows. */
  release(): void;
  /** Cuts the wire: both connections are lost, with `error`. Default: one with the code ECONNRESET. */
  cut(error?: Error): void;
}

const OPTIONS: ReadonlySet<string> = new Set([
  "client",
  "server",
  "path",
  "headers",
  "subprotocol",
  "data",
  "clock",
]);

const CLIENT: Address = { address: "127.0.0.1", port: 50_000, family: "IPv4" };
const SERVER: Address = { address: "127.0.0.1", port: 80, family: "IPv4" };

/**
 * Makes both sides of one connection, open. They are what `connect` and a handler of `serve` get: the same sessions, frames,
 * limits, keepalive and backpressure; there is but no opening handshake, no compression and no log.
 *
 * @throws TypeError or RangeError for an option that is not valid.
 */
export function connectionPair<D = undefined>(options: PairOptions<D> = {}): Pair<D> {
  checkNames(options, OPTIONS, "connectionPair");
  const clock = options.clock ?? SYSTEM_CLOCK;
  const [clientEnd, serverEnd] = [new WireEnd(CLIENT, SERVER), new WireEnd(SERVER, CLIENT)];
  WireEnd.join(clientEnd, serverEnd);

  const headers: RawHeaders = [
    ["Host", "localhost"],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Version", "13"],
    ...(options.subprotocol ? [["Sec-WebSocket-Protocol", options.subprotocol] as const] : []),
    ...toPairs("headers", options.headers ?? []),
  ];

  function make<T>(
    side: "client" | "server",
    transport: WireEnd,
    given: ConnectionOptions | undefined,
    data: T,
  ): Connection<T> {
    const { remoteAddress } = transport;
    const aborter = new AbortController();
    const line = { method: "GET", target: options.path ?? "/", version: "1.1" as const };
    const owner = { secure: false, remoteAddress, signal: aborter.signal };
    const connection = new Connection<T>({
      transport,
      settings: resolveConnectionOptions(given ?? {}, clock),
      subject: new Subject(side, remoteAddress),
      tap: null,
      logger: null,
      request: new HandshakeRequest({ ...line, rawHeaders: headers }, owner),
      response: new HandshakeResponse({
        status: 101,
        statusText: "Switching Protocols",
        rawHeaders: [],
      }),
      subprotocol: options.subprotocol ?? null,
      extension: null,
      data,
    });
    const { signal } = connection;
    signal.addEventListener("abort", () => aborter.abort(signal.reason), { once: true });
    connection.start(new Uint8Array(0));
    return connection;
  }

  const client = make("client", clientEnd, options.client, undefined);
  const server = make("server", serverEnd, options.server, options.data as D);
  return {
    client,
    server,
    hold: () => both((end) => end.hold(true)),
    release: () => both((end) => end.hold(false)),
    cut: (error = reset()) => both((end) => end.close(error)),
    async [Symbol.asyncDispose]() {
      both((end) => end.hold(false));
      await Promise.all([client.close(), server.close()]);
    },
  };

  function both(act: (end: WireEnd) => void): void {
    act(clientEnd);
    act(serverEnd);
  }
}

function reset(): Error {
  return Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" });
}
