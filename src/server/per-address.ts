/** How many connections each address has. */
import { isIPv6 } from "node:net";
import type { Address } from "../http/address.ts";

export class PerAddress {
  readonly #counts = new Map<string, number>();

  /** How many connections there are from where `address` is. */
  count(address: Address | null): number {
    const place = placeOf(address);
    return place === null ? 0 : (this.#counts.get(place) ?? 0);
  }

  /** Another one. @returns What takes it back. */
  add(address: Address | null): () => void {
    const place = placeOf(address);
    if (place === null) return () => {};
    this.#counts.set(place, (this.#counts.get(place) ?? 0) + 1);
    return () => {
      const left = (this.#counts.get(place) ?? 0) - 1;
      if (left > 0) this.#counts.set(place, left);
      else this.#counts.delete(place);
    };
  }
}

/**
 * What stands for an address: an IPv4 address, or the first half of an IPv6 address, since whoever has one has its whole
 * network of 64 bits. Null for peers that have none, which come through a Unix socket.
 */
function placeOf(address: Address | null): string | null {
  if (address === null || typeof address === "string") return null;
  const ip = address.address;
  if (!isIPv6(ip)) return ip;
  const groups = groupsOf(ip);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xff_ff;
  if (!isMapped) return groups.slice(0, 4).join(":");
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

/** The eight numbers of an IPv6 address. */
function groupsOf(ip: string): readonly number[] {
  // URL writes the IPv4 part of an address in groups too.
  const text = new URL(`http://[${ip.replace(/%.*$/, "")}]/`).hostname.slice(1, -1);
  const [before = "", after] = text.split("::");
  const read = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  if (after === undefined) return read(before);
  const [first, last] = [read(before), read(after)];
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}
