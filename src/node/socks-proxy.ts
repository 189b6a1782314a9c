/** A tunnel through a SOCKS proxy, by a package that the user brings (docs/decisions/0021-socks.md). */
import { lookup as lookupHost } from "node:dns";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { orAborted } from "../connection/deadline.ts";
import { ProxyError } from "../http/errors.ts";

/** What is asked of the package, in the words of `SocksClient.createConnection` of the package `socks`. */
export interface SocksRequest {
  readonly command: "connect";
  readonly proxy: {
    readonly host: string;
    readonly port: number;
    readonly type: 4 | 5;
    readonly userId?: string;
    readonly password?: string;
  };
  /** Where the tunnel leads: an address, or a name that the proxy has to look up. */
  readonly destination: { readonly host: string; readonly port: number };
  /** A socket that is connected to the proxy, to be used instead of one of its own. */
  readonly existing_socket: Socket;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** What speaks SOCKS: `SocksClient.createConnection` of the package `socks`, or a function of the same shape. */
export type SocksConnect = (request: SocksRequest) => Promise<{ readonly socket: Socket }>;

/** SOCKS 4a and 5h leave it to the proxy to look up names. */
export type SocksScheme = "socks4" | "socks4a" | "socks5" | "socks5h";

export interface SocksTunnelOptions {
  readonly scheme: SocksScheme;
  readonly proxy: { readonly host: string; readonly port: number };
  readonly credentials: { readonly username: string; readonly password: string } | null;
  readonly destination: { readonly host: string; readonly port: number };
  /** How names are looked up that the proxy does not look up. */
  readonly lookup: LookupFunction | undefined;
  readonly timeout: number | null;
  readonly signal: AbortSignal;
}

/**
 * Asks the proxy at the other end of `socket` for a tunnel.
 *
 * @returns The socket that leads to the destination. When it fails, `socket` is destroyed.
 * @throws ProxyError (rejects) when there is no tunnel; `cause` is what the package says.
 * @throws `signal.reason` (rejects) when the signal aborts.
 */
export async function openSocksTunnel(
  connect: SocksConnect,
  socket: Socket,
  options: SocksTunnelOptions,
): Promise<Socket> {
  const { signal } = options;
  let opened: Socket | null = null;
  try {
    const destination = await orAborted(resolveDestination(options), signal);
    const request = makeRequest(socket, destination, options);
    const tunnel = askFor(connect, request).then((answer) => {
      opened = answer;
      if (signal.aborted) answer.destroy();
      return answer;
    });
    return await orAborted(tunnel, signal);
  } catch (error) {
    socket.destroy();
    (opened as Socket | null)?.destroy();
    throw error;
  }
}

async function askFor(connect: SocksConnect, request: SocksRequest): Promise<Socket> {
  let answer: { readonly socket: Socket } | undefined;
  try {
    answer = await connect(request);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new ProxyError(`no tunnel through the SOCKS proxy: ${problem}`, { cause });
  }
  if (typeof answer?.socket?.write !== "function") {
    throw new TypeError("proxy.connect returned no socket: it must resolve with { socket }");
  }
  return answer.socket;
}

function makeRequest(
  socket: Socket,
  host: string,
  { scheme, proxy, credentials, destination, timeout }: SocksTunnelOptions,
): SocksRequest {
  return {
    command: "connect",
    proxy: {
      host: proxy.host,
      port: proxy.port,
      type: scheme.startsWith("socks4") ? 4 : 5,
      ...(credentials === null
        ? null
        : { userId: credentials.username, password: credentials.password }),
    },
    destination: { host, port: destination.port },
    existing_socket: socket,
    ...(timeout === null ? null : { timeout }),
  };
}

/** The destination's host, as the proxy may see it. SOCKS 4 knows IPv4 only. */
function resolveDestination({ scheme, destination, lookup }: SocksTunnelOptions): Promise<string> {
  const { host } = destination;
  if (isIP(host) !== 0 || scheme === "socks4a" || scheme === "socks5h") {
    return Promise.resolve(host);
  }
  const family = scheme === "socks4" ? 4 : 0;
  return new Promise((resolve, reject) => {
    (lookup ?? lookupHost)(host, { family, all: false }, (error, address) => {
      if (error !== null) reject(error);
      else resolve(typeof address === "string" ? address : (address[0]?.address ?? host));
    });
  });
}
