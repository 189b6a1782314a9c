/** The address of a proxy, as options and the environment write it. */
import { type Credentials, serialiseBasic } from "../http/credentials.ts";
import { InvalidProxy } from "../http/errors.ts";

/** What speaks to a proxy. SOCKS 4a and 5h leave it to the proxy to look up names. */
export type ProxyScheme = "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h";

/** What `scheme://user:password@host:port` says. */
export interface ProxyAddress {
  readonly scheme: ProxyScheme;
  /** A name in lower case and ASCII, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials | null;
}

/** Deviation: Python's `websockets` takes 80 for SOCKS; IANA has assigned 1080. */
const PORTS: ReadonlyMap<string, number> = new Map([
  ["http", 80],
  ["https", 443],
  ["socks4", 1080],
  ["socks4a", 1080],
  ["socks5", 1080],
  ["socks5h", 1080],
]);

/**
 * Reads the address of a proxy; without a scheme it is `http:`, as programs beside this one read it.
 *
 * @throws InvalidProxy when it is none.
 */
export function parseProxy(proxy: string | URL): ProxyAddress {
  const given = String(proxy).trim();
  if (/[\r\n\0]/.test(given)) throw new InvalidProxy(given, "CR, LF and NUL are not allowed");
  const text = given.includes("://") ? given : `http://${given}`;
  const scheme = text.slice(0, text.indexOf(":")).trim().toLowerCase();
  const standard = PORTS.get(scheme);
  if (standard === undefined) throw new InvalidProxy(given, `scheme ${scheme} isn't supported`);
  // WHATWG URL reads hosts strictly (IDNA, IPv4) for the schemes that it knows only, and drops their default ports.
  const asHttp = text.replace(/^[^:]*:/, "http:");
  const asOther = text.replace(/^[^:]*:/, "proxy:");
  if (!URL.canParse(asHttp) || !URL.canParse(asOther)) {
    throw new InvalidProxy(
      given,
      /:\/\/(?:[^/]*@)?(?::|\/|$)/.test(text) ? "missing hostname" : "it cannot be parsed",
    );
  }
  const url = new URL(asHttp);
  const { port } = new URL(asOther);
  if (url.pathname !== "/") throw new InvalidProxy(given, "path is meaningless");
  if (url.search !== "") throw new InvalidProxy(given, "query is meaningless");
  if (url.hash !== "") throw new InvalidProxy(given, "fragment is meaningless");
  const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  const credentials = readCredentials(given, url);
  if (credentials !== null && scheme.startsWith("http")) checkBasic(given, credentials);
  return {
    scheme: scheme as ProxyScheme,
    host,
    port: port === "" ? standard : Number(port),
    credentials,
  };
}

/** What Basic authentication can't carry must not come to light when the proxy is already there. */
function checkBasic(given: string, credentials: Credentials): void {
  try {
    serialiseBasic(credentials);
  } catch (error) {
    throw new InvalidProxy(given, (error as TypeError).message);
  }
}

function readCredentials(given: string, url: URL): ProxyAddress["credentials"] {
  if (url.username === "" && url.password === "") return null;
  if (url.password === "") throw new InvalidProxy(given, "username provided without password");
  try {
    return {
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    };
  } catch {
    throw new InvalidProxy(given, "username or password has an invalid percent-encoding");
  }
}
