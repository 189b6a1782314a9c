/** Opens a TCP, TLS or Unix socket. */
import type { LookupAddress } from "node:dns";
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import type { ConnectionOptions as TlsConnectOptions } from "node:tls";
import type { StaticReading } from "./static-buffer.ts";

/** How names are looked up: as `dns.lookup`. */
export type Lookup = LookupFunction;

export interface DialOptions {
  /** What is at the other end, for errors. Default: the server. */
  readonly role?: "proxy";
  readonly host: string;
  readonly port: number;
  /** A Unix socket or a Windows pipe, instead of host and port. */
  readonly socketPath: string | undefined;
  /** A connected socket, instead of all that. */
  readonly socket: Socket | undefined;
  readonly secure: boolean;
  readonly tls: TlsConnectOptions | undefined;
  /** How the host is looked up; default: `dns.lookup`. */
  readonly lookup?: Lookup | undefined;
  /** How the socket is to read, if that can be: a new one without TLS. */
  readonly reading?: StaticReading | undefined;
  readonly signal: AbortSignal;
}

/**
 * Opens a socket, with TLS when it is to be secure. The socket stays half-open when the server ends (RFC 6455 §7.1.1).
 *
 * @throws Error (rejects) when it cannot be opened: the system's, with its `code`, as the cause of one that says where.
 * @throws `signal.reason` (rejects) when the signal aborts; the socket is destroyed.
 */
export async function dial(options: DialOptions): Promise<Socket> {
  const { signal } = options;
  // Loaded by those who use it.
  const tls = options.secure ? await import("node:tls") : null;
  return await new Promise((resolve, reject) => {
    if (signal.aborted) {
      options.socket?.destroy();
      reject(signal.reason);
      return;
    }
    if (options.socket?.destroyed === true) {
      reject(cannotConnect(options, new Error("the socket that was given is closed")));
      return;
    }
    const socket = open(options, tls);
    const event = options.secure ? "secureConnect" : "connect";
    const leave = (): void => {
      signal.removeEventListener("abort", onAbort);
      socket.off(event, onConnect);
      socket.off("error", onError);
      socket.off("close", onClose);
    };
    const onConnect = (): void => {
      leave();
      // Until the transport takes over nobody else listens for errors; what breaks the socket closes it too.
      socket.on("error", ignore);
      resolve(socket);
    };
    const onError = (cause: NodeJS.ErrnoException): void => {
      leave();
      socket.on("error", ignore);
      socket.destroy();
      reject(cannotConnect(options, cause));
    };
    const onClose = (): void => {
      leave();
      const cause = new Error("the connection was closed before it was ready");
      reject(cannotConnect(options, Object.assign(cause, { code: "ECONNRESET" })));
    };
    const onAbort = (): void => {
      leave();
      socket.on("error", ignore);
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on(event, onConnect);
    socket.on("error", onError);
    socket.on("close", onClose);
    if (options.socket !== undefined && !options.secure && !socket.connecting) onConnect();
  });
}

type Tls = typeof import("node:tls");

function ignore(): void {}

function open(options: DialOptions, secured: Tls | null): Socket {
  const { host, port, socketPath, socket, tls } = options;
  const lookup = options.lookup === undefined ? {} : { lookup: toLookup(options.lookup) };
  const place = socketPath === undefined ? { host, port, ...lookup } : { path: socketPath };
  if (socket !== undefined) socket.allowHalfOpen = true;
  if (secured === null) {
    if (socket !== undefined) return socket;
    const onread = options.reading === undefined ? {} : { onread: options.reading.bind() };
    return connectTcp({ ...place, ...onread, allowHalfOpen: true, noDelay: true });
  }
  const below = socket === undefined ? place : { socket };
  // RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted in HostName".
  const servername = isIP(host) === 0 ? { servername: host } : {};
  // `wss:` is HTTP/1.1 here; a server that speaks HTTP/2 too must be told so (RFC 7301).
  const merged = {
    ALPNProtocols: ["http/1.1"],
    ...servername,
    ...tls,
    ...below,
    allowHalfOpen: true,
  };
  return secured.connect(merged as TlsConnectOptions);
}

/** Node asks for all addresses of a name, which functions that were written before it did so do not know. */
function toLookup(lookup: Lookup): Lookup {
  return (host, options, callback) => {
    lookup(host, options, (error, address: string | LookupAddress[], family?: number) => {
      if (error === null && options.all === true && typeof address === "string") {
        callback(null, [{ address, family: family ?? isIP(address) }]);
      } else {
        callback(error, address, family);
      }
    });
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up now",
  ETIMEDOUT: "the host does not answer",
  EHOSTUNREACH: "there is no way to the host",
  ENETUNREACH: "there is no way to its network",
  ENOENT: "there is no such socket",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed; name it in tls.ca to trust it",
  SELF_SIGNED_CERT_IN_CHAIN:
    "its certificate's chain is self-signed; name the root in tls.ca to trust it",
  CERT_HAS_EXPIRED: "its certificate has expired",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "its certificate is by an authority that is not known; name that in tls.ca to trust it",
  // OpenSSL 3 has two names for it.
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "it does not speak TLS",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for other names",
};

/** The error for a socket that cannot be opened: where to and why, with the system's `code`, and `cause`. */
export function cannotConnect(
  options: Pick<DialOptions, "host" | "port" | "role"> & {
    readonly socketPath?: string | undefined;
  },
  cause: NodeJS.ErrnoException,
): Error {
  const { host, port, socketPath, role } = options;
  const to = role === undefined ? "" : `the ${role} `;
  const name = host.includes(":") ? `[${host}]` : host;
  const code = cause.code ?? firstCode(cause);
  const reason = (code === undefined ? undefined : REASONS[code]) ?? cause.message;
  const error = new Error(`can't connect to ${to}${socketPath ?? `${name}:${port}`}: ${reason}`, {
    cause,
  });
  return Object.assign(error, code === undefined ? {} : { code });
}

/** Where a name has several addresses, Node gives one error for each of them. */
function firstCode(error: Error): string | undefined {
  if (!(error instanceof AggregateError)) return undefined;
  return (error.errors[0] as NodeJS.ErrnoException | undefined)?.code;
}
