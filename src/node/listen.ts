/** One listening socket: TCP, TLS, a Unix socket or a Windows pipe. */
import { createServer, isIPv6, type Server, type Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import type { Address } from "../http/address.ts";

export interface ListenOptions {
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly socketPath: string | undefined;
  /** A descriptor that listens already, instead. */
  readonly fd?: number | undefined;
  readonly backlog: number | undefined;
  readonly tls: TlsOptions | undefined;
  /** How long a TLS handshake may take, in milliseconds. */
  readonly tlsTimeout: number | null;
  /** How many TLS handshakes may be under way; who comes above is cut. */
  readonly mostShaking?: number | null;
}

/** What `listen` has opened. */
export interface Listener {
  readonly address: Address;
  /** Stops listening. Resolves when all its sockets have closed, which it leaves to their owners. */
  close(): Promise<void>;
  /** Cuts the sockets that are still shaking hands for TLS, which nobody else knows. */
  cut(): void;
}

/**
 * Listens, and calls `onSocket` for each socket that comes: half-open sockets stay open, as §7.1.1 needs them.
 *
 * @throws Error (rejects) when the address cannot be listened on; its `code` is the system's.
 */
export async function listen(
  options: ListenOptions,
  onSocket: (socket: Socket) => void,
): Promise<Listener> {
  // Loaded by those who use it: a tenth of a mebibyte of heap is a tenth of each of the collector's rounds.
  const secure = options.tls === undefined ? null : await import("node:tls");
  const { port, host, socketPath, fd, backlog, tls, tlsTimeout, mostShaking = null } = options;
  return await new Promise((resolve, reject) => {
    let server: Server;
    const shaking = new Set<Socket>();
    /** How many of them have shaken hands: Node does not say which. */
    let shaken = 0;
    if (secure === null) {
      server = createServer({ allowHalfOpen: true, noDelay: true }, onSocket);
    } else {
      const timeout = tlsTimeout === null ? {} : { handshakeTimeout: tlsTimeout };
      // A socket that was half-open from the beginning would outlive a peer who leaves amid the TLS handshake.
      server = secure.createServer(
        { ...timeout, ...tls, allowHalfOpen: false } as TlsOptions,
        (socket) => {
          socket.allowHalfOpen = true;
          shaken += 1;
          socket.once("close", () => {
            shaken -= 1;
          });
          onSocket(socket);
        },
      );
      server.on("connection", (socket: Socket) => {
        shaking.add(socket);
        socket.once("close", () => shaking.delete(socket));
        if (mostShaking !== null && shaking.size - shaken > mostShaking) socket.destroy();
      });
      // Strangers who do not speak TLS are not our business, and must not become an uncaught error.
      server.on("tlsClientError", (_error, socket) => socket.destroy());
    }
    const inherited = fd === undefined ? undefined : `descriptor ${fd}`;
    const name = host !== undefined && isIPv6(host) ? `[${host}]` : (host ?? "*");
    const where = inherited ?? socketPath ?? `${name}:${port ?? 0}`;
    server.once("error", (cause: NodeJS.ErrnoException) => reject(cannotListen(where, cause)));
    let place: ListenPlace = { port: port ?? 0, ...(host === undefined ? {} : { host }) };
    if (socketPath !== undefined) place = { path: socketPath };
    if (fd !== undefined) place = { fd };
    server.listen({ ...place, ...(backlog === undefined ? {} : { backlog }) }, () => {
      server.removeAllListeners("error");
      // Running out of descriptors fails single accepts; the server goes on.
      server.on("error", () => {});
      resolve({
        address: addressOf(server, socketPath),
        close: () => new Promise((closed) => server.close(() => closed())),
        cut: () => {
          for (const socket of shaking) socket.destroy();
        },
      });
    });
  });
}

type ListenPlace = { port: number; host?: string } | { path: string } | { fd: number };

function addressOf(server: Server, socketPath: string | undefined): Address {
  const address = server.address();
  if (address === null || typeof address === "string") return address ?? socketPath ?? "";
  return { address: address.address, port: address.port, family: address.family };
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there; stop it, or choose another port (0 is any free one)",
  EACCES: "this user may not; ports below 1024 are reserved",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "no such host name is known",
};

/** @returns An error that says why, in words. */
export function cannotListen(where: string, cause: NodeJS.ErrnoException): Error {
  const { code } = cause;
  const reason = (code === undefined ? undefined : REASONS[code]) ?? cause.message;
  return Object.assign(new Error(`can't listen on ${where}: ${reason}`, { cause }), { code });
}
