/** What connect() takes. */

import type { Socket } from "node:net";
import type { ConnectionOptions as TlsConnectOptions } from "node:tls";
import type { Connection } from "../connection/connection.ts";
import {
  CONNECTION_OPTIONS,
  type ConnectionOptions,
  type ConnectionSettings,
  checkNames,
  checkObject,
  checkText,
  resolveConnectionOptions,
  show,
  toPairs,
} from "../connection/options.ts";
import { deflateForClient } from "../extensions/deflate-negotiation.ts";
import type { CompressionOptions } from "../extensions/deflate-options.ts";
import type { ExtensionFactory } from "../extensions/extension.ts";
import type { RawHeaders } from "../http/headers.ts";
import { PRODUCT } from "../http/product.ts";
import { checkSubprotocols } from "../http/subprotocols.ts";
import { adaptLogger, type LoggerLike, SILENCE } from "../logging/adapt.ts";
import { configureFromEnvironment } from "../logging/environment.ts";
import { getLogger } from "../logging/manager.ts";
import type { RedactRule } from "../logging/redact.ts";
import { nodeOneShot } from "../node/deflate.ts";
import { ClientLog } from "./log.ts";

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
  /** The value of User-Agent; null: none. */
  readonly userAgentHeader?: string | null;
  /** Node's TLS options, for `wss:`. */
  readonly tls?: TlsConnectOptions;
  /** A Unix socket or a Windows pipe to connect through. */
  readonly socketPath?: string;
  /** A connected socket to use. */
  readonly socket?: Socket;
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
  readonly logger: LoggerLike | null;
  readonly log: ClientLog;
  readonly signal: AbortSignal | undefined;
}

const KNOWN = new Set([
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
  checkNames(options, KNOWN, "connect");
  configureFromEnvironment();
  const { origin = null, subprotocols = [], userAgentHeader = PRODUCT, headers = [] } = options;
  checkSubprotocols(subprotocols);
  if (origin !== null && typeof origin !== "string") {
    throw new TypeError(`origin is ${show(origin)}: it must be a string or null`);
  }
  if (userAgentHeader !== null) checkText("userAgentHeader", userAgentHeader);
  checkText("socketPath", options.socketPath);
  checkObject("tls", options.tls, "an object of Node's TLS options");
  checkObject("socket", options.socket, "a connected socket");
  checkObject("extensions", options.extensions, "a list");
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw new TypeError(`signal is ${show(options.signal)}: it must be an AbortSignal`);
  }
  const { compression } = options;
  const deflate = compression === null ? [] : [deflateForClient(compression, nodeOneShot)];
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
    logger,
    log: new ClientLog(logger === null ? SILENCE : adaptLogger(logger), options.redact),
    signal: options.signal,
  };
}
