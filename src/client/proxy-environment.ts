/** Which proxy the environment names: `wss_proxy`, `https_proxy`, `socks_proxy`, `no_proxy` … */
import { BlockList, isIP } from "node:net";
import type { WebSocketUri } from "../http/uri.ts";

/** The variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** In order of preference. */
const SECURE = ["wss", "socks", "https"] as const;
const PLAIN = ["ws", "socks", "https", "http"] as const;

/**
 * The address of the proxy that the environment names for `uri`, or null for none.
 *
 * For `wss:` the variables are `wss_proxy`, `socks_proxy`, `https_proxy`; for `ws:` they are `ws_proxy`, `socks_proxy`,
 * `https_proxy`, `http_proxy`; the first that is set counts, in lower case before upper. `no_proxy` excludes hosts.
 */
export function findProxy(uri: WebSocketUri, environment: Environment): string | null {
  const names = uri.secure ? SECURE : PLAIN;
  for (const name of names) {
    const proxy = readVariable(name, environment);
    if (proxy === null) continue;
    const excluded = readVariable("no", environment);
    return excluded !== null && isExcluded(uri, excluded) ? null : proxy;
  }
  return null;
}

function readVariable(name: string, environment: Environment): string | null {
  const lower = environment[`${name}_proxy`];
  // One that is empty in lower case hides the one in upper case.
  if (lower !== undefined) return lower.trim() || null;
  // Under CGI, HTTP_PROXY is a header of the request, which anybody may send ("httpoxy", CVE-2016-1000110).
  if (name === "http" && environment.REQUEST_METHOD !== undefined) return null;
  return environment[`${name.toUpperCase()}_PROXY`]?.trim() || null;
}

/**
 * Whether `no_proxy` excludes a host: by its name or a domain above it, with or without a leading dot or `*.`, with or
 * without a port; by its address, or a network that it is in (`10.0.0.0/8`); or by `*`, which is everything.
 */
export function isExcluded(
  { host, port }: Pick<WebSocketUri, "host" | "port">,
  excluded: string,
): boolean {
  return excluded
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => entry === "*" || fits(host, port, entry.toLowerCase()));
}

function fits(host: string, port: number, entry: string): boolean {
  const { 1: name = "", 2: entryPort } =
    /^(\[[^\]]*\]|[^:]*|.*:.*:.*)(?::([0-9]+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && Number(entryPort) !== port) return false;
  const bare = name.startsWith("[") ? name.slice(1, -1) : name.replace(/^\*?\.+/, "");
  const family = isIP(host);
  if (family !== 0) return isSameAddress(host, family, bare);
  const domain = bare.replace(/\.$/, "");
  const dotted = `.${host.replace(/\.$/, "")}`;
  return domain !== "" && dotted.endsWith(`.${domain}`);
}

function isSameAddress(host: string, family: number, entry: string): boolean {
  const [address = "", bits = family === 4 ? "32" : "128", more] = entry.split("/");
  const prefix = /^[0-9]{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (isIP(address) !== family || more !== undefined) return false;
  if (!(prefix <= (family === 4 ? 32 : 128))) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(address, prefix, type);
  return list.check(host, type);
}
