/**
 * Redirects of an opening handshake. RFC 6455 §4.1: "the server might redirect the client using a 3xx status code (but
 * clients are not required to follow them)"; RFC 9110 §15.4 says what they mean.
 *
 * Whoever edits this file: what the user gave for one server must not reach another. Once dropped it does not come back,
 * also when a later redirect leads home again.
 */
import type { ConnectionOptions as TlsConnectOptions } from "node:tls";
import { InvalidHeaderValue, InvalidURI, SecurityError } from "../http/errors.ts";
import type { ResponseHead } from "../http/head.ts";
import { headerValues } from "../http/headers.ts";
import { InvalidStatus } from "../http/invalid-status.ts";
import { parseUri, type WebSocketUri } from "../http/uri.ts";
import { redactHeader, redactPath } from "../logging/redact.ts";
import type { ClientSettings } from "./options.ts";

/** Where to, and with what. */
export interface Target {
  readonly uri: WebSocketUri;
  readonly settings: ClientSettings;
}

const STATUSES: ReadonlySet<number> = new Set([300, 301, 302, 303, 307, 308]);

/**
 * Where the answer to `from` sends us, which is the `count`th time.
 *
 * Across origins (scheme, host or port differ) all credentials stay behind: every one of `headers`, user and password of
 * the address, subprotocols that are tokens, the client's certificate.
 *
 * @throws `error` itself when it is no redirect, or none is to be followed.
 * @throws SecurityError for one too many, one from `wss:` to `ws:`, or one that a given socket can't follow.
 * @throws InvalidHeaderValue when Location is no address of a WebSocket.
 */
export function followRedirect(error: unknown, from: Target, count: number): Target {
  const { settings } = from;
  const location = error instanceof InvalidStatus ? locationOf(error.response) : null;
  if (location === null || settings.maxRedirects === 0) throw error;
  if (count > settings.maxRedirects) {
    throw new SecurityError(`more than ${settings.maxRedirects} redirects`, { cause: error });
  }
  const uri = resolve(location, from.uri);
  const to = redactPath(uri.href);
  const refuse = (problem: string): never => {
    throw new SecurityError(`cannot follow ${problem}`, { cause: error });
  };
  if (settings.socket !== undefined) refuse(`redirect to ${to} with a preexisting socket`);
  if (typeof settings.http2 === "object") {
    refuse(`redirect to ${to} with a preexisting HTTP/2 session`);
  }
  if (from.uri.secure && !uri.secure) refuse(`redirect to non-secure URI ${to}`);
  if (isSameOrigin(uri, from.uri)) {
    if (uri.username !== null) return { uri, settings };
    const { username, password } = from.uri;
    return { uri: { ...uri, username, password }, settings };
  }
  if (settings.socketPath !== undefined) {
    refuse(`cross-origin redirect to ${to} with a Unix socket`);
  }
  return { uri, settings: withoutCredentials(settings) };
}

/** Where an answer sends us, or null when it does not. Two Locations would be two opinions. */
export function locationOf({
  status,
  rawHeaders,
}: Pick<ResponseHead, "status" | "rawHeaders">): string | null {
  if (!STATUSES.has(status)) return null;
  const [location = null, another] = headerValues(rawHeaders, "Location");
  return another === undefined ? location : null;
}

/** RFC 9110 §10.2.2: Location may be relative, and may have a fragment, which means nothing to a WebSocket. */
function resolve(location: string, base: WebSocketUri): WebSocketUri {
  if (!URL.canParse(location, base.href)) {
    throw new InvalidHeaderValue("Location", `${redactPath(location)} is no address`);
  }
  const url = new URL(location, base.href);
  url.hash = "";
  try {
    return parseUri(url);
  } catch (cause) {
    if (!(cause instanceof InvalidURI)) throw cause;
    throw new InvalidHeaderValue("Location", cause.message, { cause });
  }
}

function isSameOrigin(one: WebSocketUri, other: WebSocketUri): boolean {
  return one.secure === other.secure && one.host === other.host && one.port === other.port;
}

function withoutCredentials(settings: ClientSettings): ClientSettings {
  const { tls } = settings;
  return {
    ...settings,
    headers: [],
    subprotocols: withoutTokens(settings.subprotocols),
    tls: tls === undefined ? undefined : withoutIdentity(tls),
  };
}

/** Browsers can send no header of their own, so servers take tokens for subprotocols; those a log would hide are some. */
function withoutTokens(subprotocols: readonly string[]): string[] {
  const shown = redactHeader("Sec-WebSocket-Protocol", subprotocols.join(", ")).split(", ");
  return subprotocols.filter((subprotocol, at) => shown[at] === subprotocol);
}

/** The options but for who we are, and for what the certificate of the first server had to say. */
function withoutIdentity(tls: TlsConnectOptions): TlsConnectOptions {
  const {
    cert: _cert,
    key: _key,
    pfx: _pfx,
    passphrase: _passphrase,
    pskCallback: _pskCallback,
    secureContext: _secureContext,
    session: _session,
    servername: _servername,
    ...rest
  } = tls;
  return rest;
}
