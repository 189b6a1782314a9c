/** A transport in memory: a test plays the peer. */
import type { Transport, TransportListener } from "../../src/connection/transport.ts";
import type { Address } from "../../src/http/address.ts";

export class TestTransport implements Transport {
  listener: TransportListener | null = null;
  isEncrypted = false;
  readonly localAddress: Address = { address: "127.0.0.1", port: 1, family: "IPv4" };
  readonly remoteAddress: Address = { address: "127.0.0.1", port: 2, family: "IPv4" };
  /** The bytes of each write. */
  readonly writes: Buffer[] = [];
  /** Whether the system takes bytes at once. */
  accepts = true;
  bufferedAmount = 0;
  ended = false;
  destroyed = false;
  paused = false;
  /** How often it was paused. */
  pauses = 0;
  #endedByPeer = false;
  #closed = false;

  write(chunk: Uint8Array): boolean {
    if (this.ended || this.destroyed) return true;
    this.writes.push(Buffer.from(chunk));
    if (this.accepts) return true;
    this.bufferedAmount += chunk.length;
    return false;
  }

  pause(): void {
    this.paused = true;
    this.pauses += 1;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.ended = true;
    this.#closeWhenBothEnded();
  }

  destroy(): void {
    this.destroyed = true;
    this.close(null);
  }

  // --- what the peer and the system do

  /** All bytes that were written. */
  get written(): Buffer {
    return Buffer.concat(this.writes);
  }

  /** Bytes come. The memory is the connection's, as with real sockets. */
  feed(...chunks: readonly Uint8Array[]): void {
    // After its end nothing comes.
    if (!this.#endedByPeer) this.listener?.onChunk(new Uint8Array(Buffer.concat(chunks)));
  }

  /** The system takes what waits, but for `left` bytes. */
  drain(left = 0): void {
    this.bufferedAmount = left;
    this.listener?.onDrain();
  }

  /** The peer ends its direction. */
  feedEnd(): void {
    this.#endedByPeer = true;
    this.listener?.onEnd();
    this.#closeWhenBothEnded();
  }

  /** The connection is lost. */
  close(error: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.bufferedAmount = 0;
    // As sockets do, never from within a call.
    queueMicrotask(() => this.listener?.onClose(error));
  }

  #closeWhenBothEnded(): void {
    if (this.ended && this.#endedByPeer) this.close(null);
  }
}
