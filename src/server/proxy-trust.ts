/** Where a client is that comes through proxies: X-Forwarded-For, as far as it can be believed. */
import { BlockList, isIP } from "node:net";
import { checkNumber, show } from "../connection/options.ts";
import type { Address } from "../http/address.ts";

/** How many proxies there are before us, or their addresses: IP addresses, networks such as `10.0.0.0/8`, or "unix". */
export type TrustProxy = number | readonly string[];

/** Whether to believe the peer `distance` proxies away (0: who has connected), who says where the next one is. */
type Judge = (address: Address | null, distance: number) => boolean;

/**
 * Checks the option.
 *
 * @throws TypeError, RangeError that names the option, the value and what is allowed.
 */
export function resolveTrustProxy(given: TrustProxy | null | undefined): Judge | null {
  if (given === undefined || given === null) return null;
  if (typeof given === "number") {
    checkNumber("trustProxy", given, 1, 64);
    if (!Number.isInteger(given)) throw new RangeError(`trustProxy is ${given}: it must be whole`);
    return (_address, distance) => distance < given;
  }
  if (!Array.isArray(given) || given.length === 0) {
    throw new TypeError(
      `trustProxy is ${show(given)}: it must be the number of proxies, or a list of their addresses`,
    );
  }
  const trusted = new BlockList();
  let unix = false;
  for (const entry of given as readonly unknown[]) {
    if (entry === "unix") unix = true;
    else addTo(trusted, entry);
  }
  return (address) => {
    if (address === null || typeof address === "string") return unix;
    const { address: ip } = address;
    return trusted.check(ip, isIP(ip) === 6 ? "ipv6" : "ipv4");
  };
}

/**
 * The client's address: the nearest one that is not a trusted proxy's.
 *
 * Each proxy adds the address of whom it has a connection with at the end of the header, so it is read from there; what
 * stands before the first one whom we do not trust is that one's word, and counts for nothing. A client may write
 * anything there.
 *
 * @param peer Who has connected to us.
 * @param forwarded The values of all X-Forwarded-For headers, in order.
 * @returns With port 0 where the header names none, as is usual.
 */
export function clientAddress(
  peer: Address | null,
  forwarded: readonly string[],
  trusts: Judge,
): Address | null {
  const named = forwarded.join(",").split(",");
  let address = peer;
  for (let distance = 0; trusts(address, distance); distance += 1) {
    const next = parseAddress(named.pop()?.trim() ?? "");
    if (next === null) return address;
    address = next;
  }
  return address;
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`; null for anything else. */
function parseAddress(text: string): Address | null {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/.exec(text);
  const ip = parts?.[1] ?? parts?.[2] ?? text;
  const version = isIP(ip);
  const port = Number(parts?.[3] ?? 0);
  if (version === 0 || ip.includes("%") || port > 65_535) return null;
  return { address: ip, port, family: `IPv${version}` };
}

function addTo(list: BlockList, entry: unknown): void {
  const [, ip = "", prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(String(entry)) ?? [];
  const version = isIP(ip);
  const bits = Number(prefix ?? (version === 6 ? 128 : 32));
  if (
    typeof entry !== "string" ||
    version === 0 ||
    ip.includes("%") ||
    bits > (version === 6 ? 128 : 32)
  ) {
    throw new TypeError(
      `trustProxy has ${show(entry)}: an IP address, a network such as "10.0.0.0/8", or "unix" is expected`,
    );
  }
  list.addSubnet(ip, bits, version === 6 ? "ipv6" : "ipv4");
}
