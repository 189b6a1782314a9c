/** The addresses of WebSockets: `ws:` and `wss:` (RFC 6455 §3), as WHATWG URL reads them. */
import { InvalidURI } from "./errors.ts";

/** What `ws://user:password@host:port/path?query` says. */
export interface WebSocketUri {
  /** Whether the connection goes through TLS. */
  readonly secure: boolean;
  /** The host to connect to: a name in lower case and ASCII, or an IP address without brackets. */
  readonly host: string;
  /** The port; 80 or 443 when the address has none. */
  readonly port: number;
  /** "resource name" (§3): path and query, percent-encoded; at least `/`. */
  readonly path: string;
  /** The user's name, decoded; null when the address has neither name nor password. */
  readonly username: string | null;
  /** The password, decoded; `""` when the address has only a name; null when it has neither. */
  readonly password: string | null;
  /** The value of Host: the host, IPv6 in brackets, with the port unless it is the default (§4.1). */
  readonly hostHeader: string;
  /** The address again, normalised, `ws:` or `wss:`, without user and password. */
  readonly href: string;
}

/** `http:` and `https:` stand for `ws:` and `wss:`, as in the WHATWG constructor; redirects need them too. */
const SECURE: ReadonlyMap<string, boolean> = new Map([
  ["ws:", false],
  ["wss:", true],
  ["http:", false],
  ["https:", true],
]);

/**
 * Reads the address of a WebSocket. International host names become ASCII (IDNA), other characters percent-encoded.
 *
 * Deviation: RFC 6455 §3 knows no user and password; they are read, for Basic authentication, as other libraries do.
 *
 * @throws {InvalidURI} when it is no URL, its scheme is another, or it has a fragment
 * @throws {TypeError} when `uri` is neither a string nor a URL
 */
export function parseUri(uri: string | URL): WebSocketUri {
  if (typeof uri !== "string" && !(uri instanceof URL)) {
    throw new TypeError(`invalid URL of type ${typeof uri}: a string or a URL is expected`);
  }
  const text = String(uri).trim();
  // A URL drops them without a word, and another address than the one that was meant is asked for.
  if (/[\r\n\0]/.test(text)) throw new InvalidURI(text, "CR, LF and NUL are not allowed");
  // The platform's own error is not chained: it holds the text, and so the password.
  if (!URL.canParse(text)) throw new InvalidURI(text, findProblem(text));
  const url = new URL(text);
  const secure = SECURE.get(url.protocol);
  if (secure === undefined) throw new InvalidURI(text, "scheme isn't ws or wss");
  // §3: "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used on these URIs."
  if (url.href.includes("#")) throw new InvalidURI(text, "fragment identifier is meaningless");
  const path = url.pathname + url.search;
  const named = url.username !== "" || url.password !== "";
  return {
    secure,
    host: url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    path,
    username: named ? decode(text, url.username) : null,
    password: named ? decode(text, url.password) : null,
    hostHeader: url.host,
    href: `${secure ? "wss" : "ws"}://${url.host}${path}`,
  };
}

function findProblem(text: string): string {
  if (!/^\s*[a-z][a-z0-9+.-]*:/i.test(text)) return "it has no scheme; ws:// or wss:// is expected";
  return "it cannot be parsed";
}

function decode(uri: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidURI(uri, "username or password has an invalid percent-encoding");
  }
}
