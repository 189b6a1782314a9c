/** A host name may have several addresses, as `localhost` has 127.0.0.1 and ::1: then a server listens on all of them. */
import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import { cannotListen, type Listener, type ListenOptions, listen } from "./listen.ts";

/** All addresses of a name. */
type LookupAll = (host: string) => Promise<readonly LookupAddress[]>;

/** Where any free port will do, it must be free on all addresses: how often another one is tried. */
const TRIES = 20;

/** Addresses that a name has and this machine has not, as ::1 where IPv6 is off. */
const ABSENT: ReadonlySet<unknown> = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

/**
 * Listens on each address of `options.host`, IPv4 first, on the same port. Addresses that this machine does not have are
 * passed over, unless there is no other.
 *
 * @throws Error (rejects) when one of the others cannot be listened on; its `code` is the system's.
 */
export async function listenEverywhere(
  options: ListenOptions,
  onSocket: (socket: Socket) => void,
  lookupAll: LookupAll = (host) => lookup(host, { all: true }),
): Promise<readonly Listener[]> {
  const { host, port } = options;
  if (host === undefined || isIP(host) !== 0) return [await listen(options, onSocket)];
  const hosts = await findAddresses(host, port ?? 0, lookupAll);
  for (let left = TRIES; ; left -= 1) {
    try {
      return await listenOnEach(hosts, options, onSocket);
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (!isTaken || (port ?? 0) !== 0 || left === 1) throw error;
    }
  }
}

async function findAddresses(
  host: string,
  port: number,
  lookupAll: LookupAll,
): Promise<readonly string[]> {
  try {
    const found = [...(await lookupAll(host))].sort((one, other) => one.family - other.family);
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    throw cannotListen(`${host}:${port}`, error as NodeJS.ErrnoException);
  }
}

async function listenOnEach(
  hosts: readonly string[],
  options: ListenOptions,
  onSocket: (socket: Socket) => void,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  let { port } = options;
  let absent: unknown = new Error("the host name has no address");
  for (const host of hosts) {
    try {
      const listener = await listen({ ...options, host, port }, onSocket);
      listeners.push(listener);
      if (typeof listener.address === "object") port = listener.address.port;
    } catch (error) {
      if (!ABSENT.has((error as NodeJS.ErrnoException).code)) {
        await Promise.all(listeners.map((listener) => listener.close()));
        throw error;
      }
      absent = error;
    }
  }
  if (listeners.length === 0) throw absent;
  return listeners;
}
