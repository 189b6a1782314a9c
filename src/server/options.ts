/** What serve() and attach() take. */
import type { TlsOptions } from "node:tls";
import { SYSTEM_CLOCK } from "../connection/clock.ts";
import type { Connection } from "../connection/connection.ts";
import { MemoryBudget } from "../connection/memory-budget.ts";
import {
  CONNECTION_OPTIONS,
  type ConnectionOptions,
  type ConnectionSettings,
  checkLimit,
  checkNames,
  checkText,
  resolveConnectionOptions,
  show,
} from "../connection/options.ts";
import type { CompressionOptions } from "../extensions/deflate-options.ts";
import { checkExtensions, type ExtensionFactory } from "../extensions/extension.ts";
import { checkHeader } from "../http/headers.ts";
import { parseHost } from "../http/host.ts";
import type { HandshakeRequest } from "../http/message.ts";
import { PRODUCT } from "../http/product.ts";
import { checkSubprotocols } from "../http/subprotocols.ts";
import { adaptLogger, type LoggerLike, SILENCE } from "../logging/adapt.ts";
import { configureFromEnvironment } from "../logging/environment.ts";
import { getLogger } from "../logging/manager.ts";
import type { RedactRule } from "../logging/redact.ts";
import { serverCompression } from "../node/compression.ts";
import { ServerLog } from "./log.ts";
import type { Origins } from "./origin.ts";
import { resolveTrustProxy, type TrustProxy } from "./proxy-trust.ts";

/** A connection on the server's side; `data` is what `processRequest` has attached. */
export type ServerConnection<D = unknown> = Connection<D>;

/**
 * What to do with a connection. It stays open as long as the handler runs: a return closes it with 1000, an error is logged
 * and closes it with 1011.
 */
export type Handler<D = undefined> = (connection: ServerConnection<D>) => void | Promise<void>;

/** What `processRequest` may say of a request that it lets in. */
export interface Admission<D> {
  /** Becomes `connection.data`. */
  readonly data?: D;
  /** The subprotocol, one that the client offers; it goes before the option `subprotocols`. */
  readonly subprotocol?: string | null;
  /** Further headers of the 101. */
  readonly headers?: Record<string, string> | Headers | readonly (readonly [string, string])[];
}

/** A Response answers the request as plain HTTP; an Admission, or nothing, lets it in. */
export type ProcessRequest<D> = (
  request: HandshakeRequest,
) =>
  | Response
  | Admission<D>
  | void
  | undefined
  | null
  | Promise<Response | Admission<D> | void | undefined | null>;

/** Which requests are ours: an exact pathname, a pattern for it, or a function. */
export type Match =
  | string
  | RegExp
  | { test(input: string): boolean }
  | ((request: HandshakeRequest) => boolean);

/** What serve() and attach() have in common. Times in milliseconds, sizes in bytes. */
export interface AttachOptions<D = undefined> extends ConnectionOptions {
  /** Which requests are ours; others get 404, or with `attach` are left to other listeners. Default: all. */
  readonly match?: Match;
  /** Which origins may come in. Default "same-origin". Others get 403. */
  readonly origins?: Origins;
  /** Which names in Host may come in. Default: on a loopback address loopback names and IP addresses, else all. */
  readonly hosts?: readonly string[];
  /** Subprotocols, in the server's order of preference. */
  readonly subprotocols?: readonly string[];
  /** Sees each request first. What it throws is logged and answered with 500. */
  readonly processRequest?: ProcessRequest<D>;
  /** Compression by permessage-deflate (RFC 7692); null: off. Default: on, with small windows. */
  readonly compression?: CompressionOptions | null;
  /** Further extensions, of your own; of all that a client offers, one is agreed on. */
  readonly extensions?: readonly ExtensionFactory[];
  /** The value of the header Server; null: none. Default: WEBSOCKETS_SERVER of the environment, or our name and version. */
  readonly serverHeader?: string | null;
  /** Connections at the most; above: 503. Default: no limit. */
  readonly maxConnections?: number | null;
  /** Connections from one IPv4 address, or one IPv6 network of 64 bits, at the most; above: 503. Default: no limit. */
  readonly maxConnectionsPerAddress?: number | null;
  /**
   * Bytes that all connections may hold together: received and not read, of messages under way, and not yet sent; and of
   * requests that are coming in. Above it those that hold most are closed with 1013, and what they hold is dropped, or turned
   * away with 503. Default 1 GiB.
   */
  readonly memoryBudget?: number | null;
  /**
   * Whose X-Forwarded-For to believe: how many proxies stand before the server, or a list of their addresses and networks
   * ("unix" for a Unix socket). `remoteAddress` is then the client's. Default: nobody's.
   */
  readonly trustProxy?: TrustProxy | null;
  /** Opening handshakes under way at the most; above: 503. As many of TLS, counted apart; above: cut. Default 10 000. */
  readonly maxHandshakes?: number | null;
  /** Where to log. Default `getLogger("websockets.server")`; null is silence. */
  readonly logger?: LoggerLike | null;
  /** What handshakes' log lines hide. Default true: credentials and what looks like them. */
  readonly redact?: RedactRule;
}

export interface ServeOptions<D = undefined> extends AttachOptions<D> {
  /** Where to listen. 0: any free port. */
  readonly port?: number;
  /** Default: all interfaces. A name that has several addresses, as `localhost` may, is listened on at each of them. */
  readonly host?: string;
  /** A Unix socket or a Windows pipe, instead of a port. */
  readonly socketPath?: string;
  /** A descriptor that listens already, as systemd and other supervisors hand over (3 for the first), instead of a port. */
  readonly fd?: number;
  readonly backlog?: number;
  /** Node's TLS options: `wss:`. */
  readonly tls?: TlsOptions;
  /** Whether clients may also come by HTTP/2 (RFC 8441), on the same port. It needs `tls`. Default false. */
  readonly http2?: boolean;
}

/** The same, checked and filled in. */
export interface ServerSettings<D> {
  readonly connection: ConnectionSettings;
  readonly match: ((request: HandshakeRequest) => boolean) | null;
  readonly origins: Origins;
  readonly hosts: readonly string[] | undefined;
  readonly subprotocols: readonly string[];
  readonly processRequest: ProcessRequest<D> | null;
  readonly extensions: readonly ExtensionFactory[];
  readonly serverHeader: string | null;
  readonly maxConnections: number | null;
  readonly maxConnectionsPerAddress: number | null;
  readonly trustsProxy: ReturnType<typeof resolveTrustProxy>;
  readonly maxHandshakes: number | null;
  readonly logger: LoggerLike | null;
  readonly log: ServerLog;
}

const ATTACH = new Set([
  ...CONNECTION_OPTIONS,
  "handler",
  "match",
  "origins",
  "hosts",
  "subprotocols",
  "processRequest",
  "compression",
  "extensions",
  "serverHeader",
  "maxConnections",
  "maxConnectionsPerAddress",
  "memoryBudget",
  "trustProxy",
  "maxHandshakes",
  "logger",
  "redact",
]);
const SERVE = new Set([...ATTACH, "port", "host", "socketPath", "fd", "backlog", "tls", "http2"]);

const MAX_HANDSHAKES = 10_000;
/** What a small machine has to spare. */
const MEMORY_BUDGET = 1024 * 1024 * 1024;

/**
 * Checks the options of serve() or attach() and fills in the defaults.
 *
 * @throws TypeError or RangeError that names the option, the value and what is allowed.
 */
export function resolveServerOptions<D>(
  options: ServeOptions<D>,
  where: "serve" | "attach",
): ServerSettings<D> {
  checkNames(options, where === "serve" ? SERVE : ATTACH, where);
  configureFromEnvironment();
  const {
    origins = "same-origin",
    hosts,
    subprotocols = [],
    processRequest,
    serverHeader = process.env.WEBSOCKETS_SERVER?.trim() || PRODUCT,
  } = options;
  checkOrigins(origins);
  checkHosts(hosts);
  checkSubprotocols(subprotocols);
  if (processRequest !== undefined && typeof processRequest !== "function") {
    throw new TypeError(`processRequest is ${show(processRequest)}: it must be a function`);
  }
  if (serverHeader !== null) {
    checkText("serverHeader", serverHeader);
    checkHeader("Server", serverHeader);
  }
  checkExtensions(options.extensions);
  const { compression } = options;
  const deflate = serverCompression(compression);
  const most = checkLimit("memoryBudget", options.memoryBudget, MEMORY_BUDGET);
  const budget = most === null ? null : new MemoryBudget(most, SYSTEM_CLOCK);
  const logger = options.logger === undefined ? getLogger("websockets.server") : options.logger;
  return {
    connection: resolveConnectionOptions(options, SYSTEM_CLOCK, budget),
    match: options.match === undefined ? null : toMatch(options.match),
    origins,
    hosts,
    subprotocols,
    processRequest: processRequest ?? null,
    extensions: [...(options.extensions ?? []), ...deflate],
    serverHeader,
    maxConnections: checkLimit("maxConnections", options.maxConnections, null),
    maxConnectionsPerAddress: checkLimit(
      "maxConnectionsPerAddress",
      options.maxConnectionsPerAddress,
      null,
    ),
    trustsProxy: resolveTrustProxy(options.trustProxy),
    maxHandshakes: checkLimit("maxHandshakes", options.maxHandshakes, MAX_HANDSHAKES),
    logger,
    log: new ServerLog(logger === null ? SILENCE : adaptLogger(logger), options.redact),
  };
}

function checkOrigins(origins: Origins): void {
  if (origins === "same-origin" || origins === "any") return;
  const isKnown = (origin: unknown): boolean =>
    origin === null || typeof origin === "string" || origin instanceof RegExp;
  const wrong = Array.isArray(origins) ? origins.find((origin) => !isKnown(origin)) : origins;
  if (Array.isArray(origins) && origins.every(isKnown)) return;
  throw new TypeError(
    `origins is or has ${show(wrong)}: it can be "same-origin", "any", or a list of strings, RegExps and null`,
  );
}

function checkHosts(hosts: readonly string[] | undefined): void {
  if (hosts === undefined) return;
  const isKnown = (host: unknown): boolean => typeof host === "string" && parseHost(host) !== null;
  if (Array.isArray(hosts) && hosts.every(isKnown)) return;
  const wrong = Array.isArray(hosts) ? hosts.find((host) => !isKnown(host)) : hosts;
  throw new TypeError(
    `hosts is or has ${show(wrong)}: it must be a list of names, with or without a port`,
  );
}

function toMatch(match: Match): (request: HandshakeRequest) => boolean {
  if (typeof match === "function") return match;
  if (typeof match === "string") {
    if (!match.startsWith("/")) {
      throw new TypeError(`match is ${show(match)}: a pathname begins with a slash`);
    }
    return (request) => request.url.pathname === match;
  }
  if (match instanceof RegExp) {
    const pattern = new RegExp(match.source, match.flags.replace(/[gy]/g, ""));
    return (request) => pattern.test(request.url.pathname);
  }
  if (typeof match === "object" && match !== null && typeof match.test === "function") {
    return (request) => match.test(request.url.href);
  }
  throw new TypeError(
    `match is ${show(match)}: it can be a pathname, a RegExp, a URLPattern or a function`,
  );
}
