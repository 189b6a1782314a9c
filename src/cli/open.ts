/** Connects as the command line says. */
import { connect } from "../client/connect.ts";
import type { ClientConnection, ConnectOptions } from "../client/options.ts";
import type { Target } from "./arguments.ts";
import { describeFailure, isUsage } from "./failure.ts";
import { UsageError } from "./options.ts";

/** No connection came about; the message says why, in a line. */
export class ConnectFailure extends Error {}

/**
 * Opens a connection.
 *
 * @param logger undefined: the library's own.
 * @throws UsageError (rejects) for an address or an option that can't be. @throws ConnectFailure (rejects).
 */
export async function open(
  target: Target,
  logger: null | undefined,
  signal: AbortSignal,
): Promise<ClientConnection> {
  try {
    return await connect(target.url, connectOptions(target, logger, signal));
  } catch (error) {
    throw toFailure(error, target.url);
  }
}

/** The library's options for what the command line says. */
export function connectOptions(
  target: Target,
  logger: ConnectOptions["logger"],
  signal: AbortSignal,
): ConnectOptions {
  const { url, headers, subprotocols, origin, insecure, maxSize, compression, proxy } = target;
  return {
    headers,
    subprotocols,
    origin,
    signal,
    ...(insecure && isSecure(url) ? { tls: { rejectUnauthorized: false } } : {}),
    ...(maxSize === undefined ? {} : { maxSize }),
    ...(compression ? {} : { compression: null }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(logger === undefined ? {} : { logger }),
  };
}

/** Why no connection came about, as the program tells it: an UsageError or a ConnectFailure. */
export function toFailure(error: unknown, url: string): Error {
  const sentence = describeFailure(error);
  if (isUsage(error)) return new UsageError(sentence + advice(url), { cause: error });
  const end = /[.!?]$/.test(sentence) ? "" : ".";
  const line = `Failed to connect to ${withoutPassword(url)}: ${sentence}${end}${certificateAdvice(error)}`;
  return new ConnectFailure(line, { cause: error });
}

/** The address as it was given, but for user and password: it is for eyes and logs. */
export function withoutPassword(url: string): string {
  const parsed = new URL(url);
  if (parsed.username === "" && parsed.password === "") return url.trim();
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}

function isSecure(url: string): boolean {
  return /^\s*(wss|https):/i.test(url);
}

/** How to go on where the server's certificate is not trusted. */
function certificateAdvice(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  const isDistrust = typeof code === "string" && /CERT|UNABLE_TO_VERIFY/.test(code);
  return isDistrust ? " With --insecure any certificate is taken." : "";
}

/** What an address may have been meant to be. */
function advice(url: string): string {
  const isHostAndPort =
    /^[a-z0-9.-]+:\d{1,5}(\/|$)/i.test(url) || /^(\d{1,3}\.){3}\d{1,3}/.test(url);
  return isHostAndPort ? `; did you mean ws://${url}?` : "";
}
