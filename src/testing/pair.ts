/** Two open connections that talk to each other in memory: for tests of handlers and clients, without a socket or a port. */
import {
  type ClientConnection,
  type ConnectOptions,
  resolveClientOptions,
} from "../client/options.ts";
import { type Clock, SYSTEM_CLOCK } from "../connection/clock.ts";
import {
  CONNECTION_OPTIONS,
  type ConnectionOptions,
  checkNames,
  checkObject,
  checkText,
} from "../connection/options.ts";
import type { Address } from "../http/address.ts";
import { parseUri } from "../http/uri.ts";
import type { Admitted } from "../server/admission.ts";
import {
  type AttachOptions,
  resolveServerOptions,
  type ServerConnection,
} from "../server/options.ts";
import { shakeHands } from "./handshake.ts";
import { WireEnd } from "./wire.ts";

/** Options of the client's side, as `connect` takes them, but that `compression` is off unless it is given. */
export interface PairClientOptions
  extends ConnectionOptions,
    Pick<
      ConnectOptions,
      | "origin"
      | "subprotocols"
      | "compression"
      | "extensions"
      | "userAgentHeader"
      | "logger"
      | "redact"
    > {}

/** Options of the server's side, as `serve` takes them, but that `compression` is off unless it is given. */
export interface PairServerOptions
  extends ConnectionOptions,
    Pick<
      AttachOptions,
      "subprotocols" | "compression" | "extensions" | "serverHeader" | "logger" | "redact"
    > {}

/** Times in milliseconds, sizes in bytes. */
export interface PairOptions<D = undefined> {
  readonly client?: PairClientOptions;
  readonly server?: PairServerOptions;
  /** The path and query of the request. Default `/`. */
  readonly path?: string;
  /** Further headers of the request. */
  readonly headers?: Record<string, string> | Headers | readonly (readonly [string, string])[];
  /**
   * The subprotocol that both sides agree on; null: none. Default: what comes of the option `subprotocols` of both, which is
   * none unless they are given.
   */
  readonly subprotocol?: string | null;
  /** The server connection's `data`, which `processRequest` would have attached. */
  readonly data?: D;
  /** The clock of both: a ManualClock, to be in command of keepalive and timeouts. Default: the platform's. */
  readonly clock?: Clock;
}

/** Both sides of one connection, and the wire between them. */
export interface Pair<D = undefined> extends AsyncDisposable {
  readonly client: ClientConnection;
  readonly server: ServerConnection<D>;
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
const BOTH = [
  ...CONNECTION_OPTIONS,
  "subprotocols",
  "compression",
  "extensions",
  "logger",
  "redact",
];
const CLIENT_OPTIONS: ReadonlySet<string> = new Set([...BOTH, "origin", "userAgentHeader"]);
const SERVER_OPTIONS: ReadonlySet<string> = new Set([...BOTH, "serverHeader"]);

const CLIENT: Address = { address: "127.0.0.1", port: 50_000, family: "IPv4" };
const SERVER: Address = { address: "127.0.0.1", port: 80, family: "IPv4" };

/**
 * Makes both sides of one connection, open. They are what `connect` and a handler of `serve` get: the same opening handshake,
 * sessions, frames, limits, keepalive, backpressure, and log lines. What `serve` asks the application (`processRequest`,
 * `match`, `origins` …) is not asked here; `data` stands for its answer.
 *
 * @throws TypeError or RangeError for an option that is not valid.
 * @throws NegotiationError when the two cannot agree on a subprotocol.
 */
export function connectionPair<D = undefined>(options: PairOptions<D> = {}): Pair<D> {
  checkNames(options, OPTIONS, "connectionPair");
  const { client = {}, server = {}, path = "/", headers, subprotocol, data } = options;
  checkNames(client, CLIENT_OPTIONS, "the option client of connectionPair");
  checkNames(server, SERVER_OPTIONS, "the option server of connectionPair");
  if (subprotocol !== null) checkText("subprotocol", subprotocol);
  const uri = parseUri(`ws://localhost${checkPath(path)}`);
  const clock = checkClock(options.clock);

  const offered = typeof subprotocol === "string" ? { subprotocols: [subprotocol] } : {};
  const clientSettings = resolveClientOptions({
    compression: null,
    ...offered,
    ...client,
    ...(headers === undefined ? {} : { headers }),
    proxy: null,
  });
  const serverSettings = resolveServerOptions<D>({ compression: null, ...server }, "attach");
  const [clientEnd, serverEnd] = [new WireEnd(CLIENT, SERVER), new WireEnd(SERVER, CLIENT)];
  WireEnd.join(clientEnd, serverEnd);
  const admitted: Admitted<D> = { data, subprotocol, headers: [] };
  const pair = shakeHands<D>(
    { settings: withClock(clientSettings, clock), transport: clientEnd },
    { settings: withClock(serverSettings, clock), transport: serverEnd },
    uri,
    admitted,
  );
  pair.client.start(NOTHING);
  pair.server.start(NOTHING);
  return {
    ...pair,
    hold: () => both((end) => end.hold(true)),
    release: () => both((end) => end.hold(false)),
    cut: (error = reset()) => both((end) => end.close(error)),
    async [Symbol.asyncDispose]() {
      both((end) => end.hold(false));
      await Promise.all([pair.client.close(), pair.server.close()]);
    },
  };

  function both(act: (end: WireEnd) => void): void {
    act(clientEnd);
    act(serverEnd);
  }
}

const NOTHING = new Uint8Array(0);

/** A pair has no budget: that is for what many connections hold together. */
function withClock<S extends { readonly connection: object }>(settings: S, clock: Clock): S {
  return { ...settings, connection: { ...settings.connection, clock, budget: null } };
}

function checkPath(path: string): string {
  checkText("path", path);
  if (!path.startsWith("/")) {
    throw new TypeError(`path is ${JSON.stringify(path)}: it must begin with a slash`);
  }
  return path;
}

function checkClock(clock: Clock = SYSTEM_CLOCK): Clock {
  checkObject("clock", clock, "a clock, such as a ManualClock");
  return clock;
}

function reset(): Error {
  return Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" });
}
