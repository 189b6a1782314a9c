/** The stream below a connection: bytes in, bytes out. One for each way that bytes travel (`node/socket` …). */

import { WebSocketError } from "../error.ts";
import type { Address } from "../http/address.ts";

export interface Transport {
  /** Whom to tell what comes; set once, before anything is read. */
  listener: TransportListener | null;
  /** Bytes that were written and not yet taken by the system. */
  readonly bufferedAmount: number;
  /** Whether it is encrypted, and so ends in both directions at once. */
  readonly isEncrypted: boolean;
  readonly localAddress: Address | null;
  readonly remoteAddress: Address | null;
  /**
   * Writes. The memory must not change until the bytes are taken.
   *
   * @returns Whether they are taken already, so that the memory is the caller's again.
   */
  write(chunk: Uint8Array): boolean;
  /** Stops reading, but for what is on its way here already. */
  pause(): void;
  resume(): void;
  /** Ends our direction, after what was written. */
  end(): void;
  /** Cuts both directions, at once. */
  destroy(): void;
}

/** An HTTP/2 stream was cut: by the peer, as a TCP connection by a reset (RFC 8441 §5), or with its whole session. */
export class StreamLost extends WebSocketError {
  static override readonly code: string = "ERR_WEBSOCKET_STREAM_LOST";

  static {
    StreamLost.prototype.name = "StreamLost";
  }

  /** The peer's error code by its name, such as CANCEL (RFC 9113 §7); null when the session was lost. */
  readonly reset: string | null;

  constructor(reset: string | null, options?: ErrorOptions) {
    super(
      reset === null ? "the HTTP/2 session was lost" : `the peer has reset the stream (${reset})`,
      options,
    );
    this.reset = reset;
  }
}

export interface TransportListener {
  /** Bytes have come. The memory is the listener's, unless it is `lent`: then it is valid during the call only. */
  onChunk(chunk: Uint8Array, lent?: boolean): void;
  /** The peer has ended its direction. */
  onEnd(): void;
  /** All that was written has been taken. */
  onDrain(): void;
  /** Both directions have ended; nothing comes after it. `error` says why, when that was a fault. */
  onClose(error: Error | null): void;
}
