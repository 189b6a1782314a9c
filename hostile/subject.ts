/** Who is attacked: a server or a client, as the cases that concern both see it. */
import type { Wire } from "./wire.ts";

export interface OpenOptions {
  /** Whether permessage-deflate is asked for or agreed to, without context takeover. */
  readonly deflate?: boolean;
  /** Octets in the same packet as the attacker's half of the handshake. */
  readonly behind?: Uint8Array;
}

export interface Subject {
  readonly role: "server" | "client";
  /** The process, where it is known: then its memory and its sockets are looked at. */
  readonly pid: number | null;
  /** Whether one process lives through all cases, so that a connection can be kept open beside them. */
  readonly lives: boolean;
  /** How its process ended, or null while it lives or when that cannot be known. */
  readonly death: string | null;
  /** A connection opened as good peers do. Rejects when there is none within 5 s. */
  open(options?: OpenOptions): Promise<Wire>;
  /** Starts it again after its death, where that can be done. */
  revive(): Promise<boolean>;
  close(): Promise<void>;
}
