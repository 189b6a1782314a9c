/** Where one end of a connection is. */

/** One end of a TCP connection. */
export interface SocketAddress {
  /** The IP address. */
  readonly address: string;
  readonly port: number;
  /** `IPv4` or `IPv6`. */
  readonly family: string;
}

/** One end of a TCP connection, or the path of a Unix socket or pipe. */
export type Address = SocketAddress | string;
