/** Which origins and hosts may come in (RFC 6455 §10.2; against cross-site hijacking and DNS rebinding). */
import { InvalidOrigin } from "../http/errors.ts";
import { parseHost } from "../http/host.ts";

/**
 * Allowed origins: "same-origin" (no Origin header, or it names the same host and port as Host, or both name this machine),
 * "any", or a list of exact strings, patterns that must match whole, and null for "no Origin header".
 */
export type Origins = "same-origin" | "any" | readonly (string | RegExp | null)[];

/**
 * Checks the Origin of a request.
 *
 * §4.2.2: "If the server does not wish to accept this connection, it MUST return an appropriate HTTP error code (e.g., 403
 * Forbidden)".
 *
 * @throws InvalidOrigin when it is not allowed.
 */
export function checkOrigin(origin: string | null, host: string | null, origins: Origins): void {
  if (origins === "any") return;
  const allowed =
    origins === "same-origin" ? isSameOrigin(origin, host) : isListed(origin, origins);
  if (!allowed) throw new InvalidOrigin(origin);
}

/** Whether a name is this machine's, whatever DNS says: `localhost`, `*.localhost`, 127.0.0.0/8, `::1`. */
export function isLoopback(host: string): boolean {
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "[::1]" ||
    host === "::1" ||
    host === "::ffff:127.0.0.1" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  );
}

/**
 * Whether a Host header may come in.
 *
 * @param hosts Names, with or without a port; undefined: on a loopback address loopback names and IP literals only, since a
 *   page of a stranger can give his own name our address.
 */
export function isHostAllowed(
  header: string | null,
  hosts: readonly string[] | undefined,
  onLoopback: boolean,
): boolean {
  if (hosts === undefined && !onLoopback) return true;
  const named = header === null ? null : parseHost(header);
  if (named === null) return header === null && hosts === undefined;
  if (hosts === undefined) return isLoopback(named.host) || isAddress(named.host);
  const whole = named.port === null ? named.host : `${named.host}:${named.port}`;
  return hosts.some((host) => {
    const name = host.toLowerCase();
    return name === named.host || name === whole;
  });
}

function isAddress(host: string): boolean {
  return host.startsWith("[") || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}

function isListed(origin: string | null, origins: readonly (string | RegExp | null)[]): boolean {
  return origins.some((allowed) => {
    if (allowed === null || origin === null) return allowed === origin;
    if (typeof allowed === "string") return allowed === origin;
    const match = new RegExp(allowed.source, allowed.flags.replace(/[gy]/g, "")).exec(origin);
    return match !== null && match[0] === origin;
  });
}

function isSameOrigin(origin: string | null, host: string | null): boolean {
  if (origin === null) return true;
  if (!URL.canParse(origin) || host === null) return false;
  const from = new URL(origin);
  const to = parseHost(host);
  if (to === null || (from.protocol !== "http:" && from.protocol !== "https:")) return false;
  const standard = from.protocol === "https:" ? 443 : 80;
  const port = from.port === "" ? standard : Number(from.port);
  if (from.hostname === to.host && port === (to.port ?? standard)) return true;
  return isLoopback(from.hostname) && isLoopback(to.host);
}
