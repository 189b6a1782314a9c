/** reconnect(): the front door to connections that are opened again when they are lost. */
import { backoff } from "../connection/backoff.ts";
import type { Timer } from "../connection/clock.ts";
import { orAborted, TimeoutError } from "../connection/deadline.ts";
import { handled } from "../connection/deferred.ts";
import { checkDelay, checkNames, show } from "../connection/options.ts";
import {
  type Attempt,
  eachConnection,
  keepConnected,
  type ReconnectParts,
} from "../connection/reconnect.ts";
import { processException } from "../connection/retry.ts";
import { parseUri } from "../http/uri.ts";
import { connect } from "./connect.ts";
import {
  type ClientConnection,
  type ClientSettings,
  CONNECT_OPTIONS,
  type ConnectOptions,
  resolveClientOptions,
} from "./options.ts";
import { makeAttempt } from "./request.ts";

/** A value, or a function that is asked for it anew for each attempt. */
export type Source<T> = T | (() => T | Promise<T>);

/** The options of connect(), and these. Times in milliseconds. */
export interface ReconnectOptions
  extends Omit<ConnectOptions, "headers" | "subprotocols" | "socket"> {
  /** Further headers of the request. */
  readonly headers?: Source<NonNullable<ConnectOptions["headers"]>>;
  /** Subprotocols, in order of preference. */
  readonly subprotocols?: Source<readonly string[]>;
  /** How long a connection must have lasted for the delays to begin anew. Default 5 000; null: no matter how long. */
  readonly minUptime?: number | null;
  /** The delays, asked for anew when a connection has lasted. Going round ends when they do. Default `backoff`. */
  readonly reconnectDelays?: () => Iterable<number>;
  /**
   * Judges why an attempt failed: returns null or nothing to try again, else the error to give up with. It may also throw
   * that, or be asynchronous. Default `processException`.
   */
  readonly processException?: (error: unknown) => unknown;
}

/** What a handler of reconnect() is. */
export type ReconnectHandler = (
  connection: ClientConnection,
  attempt: Attempt,
) => void | Promise<void>;

const OWN_OPTIONS = ["minUptime", "reconnectDelays", "processException"] as const;
/** A socket that was given can be used once only. */
const KNOWN: ReadonlySet<string> = new Set([
  ...[...CONNECT_OPTIONS].filter((name) => name !== "socket"),
  ...OWN_OPTIONS,
]);

/** As long as it takes for most faults of a new connection to show. */
const MIN_UPTIME = 5000;

/**
 * Stays connected: calls `handler` with a connection, and with another one when that is lost.
 *
 * It ends when the handler returns, and closes the connection with 1000. It goes round when the handler throws the
 * ConnectionClosed of its own connection. Whatever else the handler throws, it rejects with, and closes with 1011.
 *
 * Before each further attempt it waits: delays grow until a connection lasts for `minUptime`, and all of them are drawn at
 * random. It waits longer if the server wants it: by Retry-After, or by closing with 1012 or 1013. Failures to connect are
 * judged by `processException`, and logged at INFO.
 *
 * @param url The address, or a function that is asked for it before each attempt, as `headers` and `subprotocols` may be.
 * @throws TypeError, RangeError, InvalidURI (rejects) for wrong arguments. @throws what `processException` gives up with
 * (rejects). @throws `signal.reason` (rejects), at once, when the signal aborts; an open connection is closed with 1001.
 */
export function reconnect(
  url: Source<string | URL>,
  handler: ReconnectHandler,
  options?: ReconnectOptions,
): Promise<void>;
/**
 * Stays connected: each turn of a loop over it has a connection, which is closed with 1000 at the end of the turn. So the
 * loop goes on when a connection is lost, and ends by `break`, `return`, an error of its body, or the signal.
 *
 * Delays and failures are as in the form with a handler. What ends a connection is the body's to catch: `recv()` and
 * iteration throw ConnectionClosed.
 *
 * @throws TypeError, RangeError, InvalidURI, at once, for wrong arguments.
 */
export function reconnect(
  url: Source<string | URL>,
  options?: ReconnectOptions,
): AsyncIterable<ClientConnection>;
export function reconnect(
  url: Source<string | URL>,
  handlerOrOptions?: ReconnectHandler | ReconnectOptions,
  options?: ReconnectOptions,
): Promise<void> | AsyncIterable<ClientConnection> {
  if (typeof handlerOrOptions === "function") {
    return handled((async () => keepConnected(prepare(url, options), handlerOrOptions))());
  }
  if (options !== undefined) {
    throw new TypeError(`the handler is ${show(handlerOrOptions)}: it must be a function`);
  }
  return eachConnection(prepare(url, handlerOrOptions));
}

function prepare(
  url: Source<string | URL>,
  options: ReconnectOptions = {},
): ReconnectParts<ClientConnection> {
  checkNames(options, KNOWN, "reconnect");
  const { headers, subprotocols, minUptime, reconnectDelays, ...rest } = options;
  const { processException: judge = processException, ...shared } = rest;
  checkFunction("reconnectDelays", reconnectDelays);
  checkFunction("processException", judge);
  const uri = parseUri(typeof url === "function" ? "ws://localhost" : url);
  const settings = resolveClientOptions({
    ...shared,
    ...(typeof headers === "function" || headers === undefined ? null : { headers }),
    ...(typeof subprotocols === "function" || subprotocols === undefined ? null : { subprotocols }),
  });
  // What no header can say shows now too.
  makeAttempt(uri, settings);
  const { log, signal, connection } = settings;
  // Wrong variables of the environment show now, not after the first failure.
  if (reconnectDelays === undefined) backoff();
  return {
    open: async (inner) => {
      const sources = Promise.all([ask(url), ask(headers), ask(subprotocols)]);
      const [address, pairs, names] = await withinTime(sources, settings, inner);
      return await connect(address, {
        ...shared,
        ...(pairs === undefined ? null : { headers: pairs }),
        ...(names === undefined ? null : { subprotocols: names }),
        signal: inner,
      });
    },
    delays: reconnectDelays ?? backoff,
    minUptime: checkDelay("minUptime", minUptime, MIN_UPTIME) ?? 0,
    processException: judge,
    signal,
    clock: connection.clock,
    random: Math.random,
    onWait: (delay, attempt, error) => log.reconnecting(delay, attempt, error),
  };
}

function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") {
    throw new TypeError(`${name} is ${show(value)}: it must be a function`);
  }
}

async function ask<T>(source: Source<T>): Promise<T> {
  return typeof source === "function" ? await (source as () => T | Promise<T>)() : source;
}

/** Bounds what the application is asked for, so that an answer that never comes does not end going round silently. */
async function withinTime<T>(
  promise: Promise<T>,
  { connection: { openTimeout, clock } }: ClientSettings,
  signal: AbortSignal,
): Promise<T> {
  const asked = orAborted(handled(promise), signal);
  if (openTimeout === null) return await asked;
  let timer: Timer | null = null;
  const late = new Promise<never>((_resolve, reject) => {
    timer = clock.after(openTimeout, () =>
      reject(new TimeoutError("timed out waiting for url, headers or subprotocols")),
    );
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    (timer as Timer | null)?.cancel();
  }
}
