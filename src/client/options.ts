/** What connect() takes. */

import type { Agent } from "node:http";
import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { ConnectionOptions as TlsConnectOptions } from "node:tls";
import { checkSignal } from "../connection/abort.ts";
import type { Connection } from "../connection/connection.ts";
import {
  CONNECTION_OPTIONS,
  type ConnectionOptions,
  type ConnectionSettings,
  checkLimit,
  checkName,
  checkNames,
  checkObject,
  checkText,
  resolveConnectionOptions,
  show,
  toPairs,
} from "../connection/options.ts";
import type { CompressionOptions } from "../extensions/deflate-options.ts";
import { checkExtensions, type ExtensionFactory } from "../extensions/extension.ts";
import type { RawHeaders } from "../http/headers.ts";
import { PRODUCT } from "../http/product.ts";
import { checkSubprotocols } from "../http/subprotocols.ts";
import { adaptLogger, type LoggerLike, SILENCE } from "../logging/adapt.ts";
import { configureFromEnvironment } from "../logging/environment.ts";
import { getLogger } from "../logging/manager.ts";
import type { RedactRule } from "../logging/redact.ts";
import { clientCompression } from "../node/compression.ts";
import type { Lookup } from "../node/dial.ts";
import { ClientLog } from "./log.ts";
import { type ProxyOptions, type ProxySettings, resolveProxy } from "./proxy.ts";

/** A connection on the client's side. */
export type ClientConnection = Connection<undefined>;

/** Times in milliseconds, sizes in bytes; `null` switches off. */
export interface ConnectOptions extends ConnectionOptions {
  /** The value of Origin. Default: none. */
  readonly origin?: string | null;
  /** Further headers of the request. */
  readonly headers?: Record<string, string> | Headers | readonly (readonly [string, string])[];
  /** Subprotocols, in order of preference. */
  readonly subprotocols?: readonly string[];
  /** Compression by permessage-deflate (RFC 7692); null: off. Default: offered. */
  readonly compression?: CompressionOptions | null;
  /** Further extensions to offer, of your own, before compression. */
  readonly extensions?: readonly ExtensionFactory[];
  /** The value of User-Agent; null: none. Default: WEBSOCKETS_USER_AGENT of the environment, or our name and version. */
  readonly userAgentHeader?: string | null;
  /** Node's TLS options, for `wss:`. */
  readonly tls?: TlsConnectOptions;
  /** A Unix socket or a Windows pipe to connect through. */
  readonly socketPath?: string;
  /** A connected socket to use. */
  readonly socket?: Socket;
  /** How host names are looked up: as `dns.lookup`, which is the default. */
  readonly lookup?: Lookup;
  /**
   * The proxy to go through: its address, or that with more; null: none. Default: the one that the environment names
   * (`wss_proxy`, `https_proxy` …, `no_proxy`). With `socket`, `socketPath` or `agent` there is none.
   */
  readonly proxy?: string | URL | ProxyOptions | null;
  /** Opens the sockets instead of us; the opening handshake then goes through node:http. */
  readonly agent?: Agent;
  /**
   * Whether to connect over HTTP/2 (RFC 8441): true, on a session of its own; or an open session of `node:http2`, which
   * several connections can share, and which stays yours to close. Where the server does not speak it, this fails. Default
   * false: HTTP/1.1.
   */
  readonly http2?: boolean | ClientHttp2Session;
  /** How many redirects are followed; 0: none, they reject as InvalidStatus; null: no limit. Default 10. */
  readonly maxRedirects?: number | null;
  /** Where to log. Default `getLogger("websockets.client")`; null is silence. */
  readonly logger?: LoggerLike | null;
  /** What handshakes' log lines hide. Default true: credentials and what looks like them. */
  readonly redact?: RedactRule;
  /** Stops connecting. Once connected it has no effect. */
  readonly signal?: AbortSignal;
}

/** The same, checked and filled in. */
export interface ClientSettings {
  readonly connection: ConnectionSettings;
  readonly origin: string | null;
  readonly headers: RawHeaders;
  readonly subprotocols: readonly string[];
  readonly extensions: readonly ExtensionFactory[];
  readonly userAgent: string | null;
  readonly tls: TlsConnectOptions | undefined;
  readonly socketPath: string | undefined;
  readonly socket: Socket | undefined;
  readonly lookup: Lookup | undefined;
  readonly proxy: ProxySettings | null;
  readonly agent: Agent | undefined;
  readonly http2: boolean | ClientHttp2Session;
  readonly maxRedirects: number;
  readonly redact: RedactRule;
  readonly logger: LoggerLike | null;
  readonly log: ClientLog;
  readonly signal: AbortSignal | undefined;
}

/** The names of the options above. */
export const CONNECT_OPTIONS: ReadonlySet<string> = new Set([
  ...CONNECTION_OPTIONS,
  "origin",
  "headers",
  "subprotocols",
  "compression",
  "extensions",
  "userAgentHeader",
  "tls",
  "socketPath",
  "socket",
  "lookup",
  "proxy",
  "agent",
  "http2",
  "maxRedirects",
  "logger",
  "redact",
  "signal",
]);

/**
 * Checks the options of connect() and fills in the defaults.
 *
 * @throws TypeError or RangeError that names the option, the value and what is allowed.
 */
export function resolveClientOptions(options: ConnectOptions): ClientSettings {
  checkNames(options, CONNECT_OPTIONS, "connect");
  configureFromEnvironment();
  const {
    origin = null,
    subprotocols = [],
    userAgentHeader = process.env.WEBSOCKETS_USER_AGENT?.trim() || PRODUCT,
    headers = [],
  } = options;
  checkSubprotocols(subprotocols);
  if (origin !== null && typeof origin !== "string") {
    throw new TypeError(`origin is ${show(origin)}: it must be a string or null`);
  }
  if (userAgentHeader !== null) checkText("userAgentHeader", userAgentHeader);
  checkName("socketPath", options.socketPath, "a path");
  checkObject("tls", options.tls, "an object of Node's TLS options");
  checkExtensions(options.extensions);
  checkSignal(options.signal);
  checkWay(options);
  checkHttp2(options);
  checkSocket(options.socket);
  checkAgent(options.agent);
  const { http2 = false } = options;
  const isOwnWay =
    typeof http2 === "object" ||
    options.socket !== undefined ||
    options.socketPath !== undefined ||
    options.agent !== undefined;
  const { compression, redact = true } = options;
  const deflate = clientCompression(compression);
  const logger = options.logger === undefined ? getLogger("websockets.client") : options.logger;
  return {
    connection: resolveConnectionOptions(options),
    origin,
    headers: toPairs("headers", headers),
    subprotocols,
    extensions: [...(options.extensions ?? []), ...deflate],
    userAgent: userAgentHeader,
    tls: options.tls,
    socketPath: options.socketPath,
    socket: options.socket,
    lookup: options.lookup,
    proxy: isOwnWay ? null : resolveProxy(options.proxy),
    agent: options.agent,
    http2,
    maxRedirects:
      options.maxRedirects === undefined ? maxRedirects() : toCount(options.maxRedirects),
    redact,
    logger,
    log: new ClientLog(logger === null ? SILENCE : adaptLogger(logger), redact),
    signal: options.signal,
  };
}

function checkSocket(socket: Socket | undefined): void {
  if (socket === undefined) return;
  checkObject("socket", socket, "a connected socket");
  if (typeof socket.on !== "function" || typeof socket.write !== "function") {
    throw new TypeError(`socket is ${show(socket)}: it must be a connected socket`);
  }
}

function checkAgent(agent: Agent | undefined): void {
  if (agent !== undefined && !("addRequest" in agent)) {
    throw new TypeError(`agent is ${show(agent)}: it must be an http.Agent`);
  }
}

function checkHttp2(options: ConnectOptions): void {
  const { http2 = false, agent, socket, socketPath, proxy } = options;
  if (typeof http2 === "boolean") {
    if (http2 && agent !== undefined) {
      throw new TypeError("only one is allowed of http2 and agent");
    }
    return;
  }
  if (typeof http2 !== "object" || typeof http2?.request !== "function") {
    throw new TypeError(
      `http2 is ${show(http2)}: it can be true, false, or a session of node:http2`,
    );
  }
  for (const [name, way] of Object.entries({ agent, socket, socketPath, proxy })) {
    if (way !== undefined && way !== null) {
      throw new TypeError(`only one is allowed of an HTTP/2 session and ${name}`);
    }
  }
}

/** Ways to the server of which one excludes the others. */
const WAYS = ["socket", "socketPath", "agent", "proxy"] as const;

function checkWay(options: ConnectOptions): void {
  const { lookup, agent } = options;
  if (lookup !== undefined && typeof lookup !== "function") {
    throw new TypeError(`lookup is ${show(lookup)}: it must be a function such as dns.lookup`);
  }
  checkObject("agent", agent, "an http.Agent");
  const given = WAYS.filter((way) => options[way] !== undefined && options[way] !== null);
  if (given.length > 1) throw new TypeError(`only one is allowed of ${given.join(" and ")}`);
}

const MAX_REDIRECTS = 10;

/** WEBSOCKETS_MAX_REDIRECTS, or 10. */
function maxRedirects(): number {
  const text = process.env.WEBSOCKETS_MAX_REDIRECTS?.trim();
  if (text === undefined || text === "") return MAX_REDIRECTS;
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new RangeError(
    `WEBSOCKETS_MAX_REDIRECTS is ${JSON.stringify(text)}: it must be a number of redirects`,
  );
}

function toCount(most: number | null): number {
  if (most !== null && !Number.isInteger(most)) {
    throw new TypeError(`maxRedirects is ${show(most)}: it must be a whole number or null`);
  }
  return checkLimit("maxRedirects", most, MAX_REDIRECTS) ?? Number.POSITIVE_INFINITY;
}
