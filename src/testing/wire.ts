/** A wire in memory: two transports, of which each reads what the other writes. */
import { setImmediate } from "node:timers";
import type { Transport, TransportListener } from "../connection/transport.ts";
import type { Address } from "../http/address.ts";

/** What a wire takes of a sender whose peer does not read, as the systems at both ends of a socket would. */
const CAPACITY = 64 * 1024;

/** One end of a wire. Nothing arrives within the call that sends it, as with sockets. */
export class WireEnd implements Transport {
  listener: TransportListener | null = null;
  readonly isEncrypted = false;
  readonly localAddress: Address;
  readonly remoteAddress: Address;

  #peer: WireEnd | null = null;
  /** What the peer has written and was not read here yet. */
  #incoming: Uint8Array[] = [];
  #size = 0;
  #paused = false;
  #held = false;
  #scheduled = false;
  /** Whether we, and the peer, have ended the stream; and whether that was told. */
  #ended = false;
  #endCame = false;
  #endTold = false;
  #closed = false;

  constructor(localAddress: Address, remoteAddress: Address) {
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
  }

  /** Joins two ends. */
  static join(one: WireEnd, other: WireEnd): void {
    one.#peer = other;
    other.#peer = one;
  }

  get bufferedAmount(): number {
    const peer = this.#peer;
    return peer === null ? 0 : Math.max(0, peer.#size - CAPACITY);
  }

  write(chunk: Uint8Array): boolean {
    const peer = this.#peer;
    if (peer === null || this.#ended || this.#closed || peer.#closed) return true;
    peer.#incoming.push(new Uint8Array(chunk));
    peer.#size += chunk.length;
    peer.#schedule();
    return this.bufferedAmount === 0;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const peer = this.#peer;
    if (peer === null) return;
    peer.#endCame = true;
    peer.#schedule();
    this.#schedule();
  }

  destroy(): void {
    this.end();
    this.close(null);
  }

  /** From now on nothing arrives here, until it may again. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.#schedule();
  }

  /** This end is lost; `error` says why, when that was a fault. */
  close(error: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#incoming = [];
    this.#size = 0;
    setImmediate(() => this.listener?.onClose(error));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const waited = this.#peer?.bufferedAmount ?? 0;
    while (!this.#paused && !this.#held && !this.#closed && this.listener !== null) {
      const chunk = this.#incoming.shift();
      if (chunk === undefined) break;
      this.#size -= chunk.length;
      this.listener.onChunk(chunk);
    }
    if (waited > 0 && this.#peer?.bufferedAmount === 0) this.#peer.listener?.onDrain();
    if (this.#closed || this.#held || this.listener === null || this.#incoming.length > 0) return;
    if (this.#endCame && !this.#endTold) {
      this.#endTold = true;
      this.listener.onEnd();
    }
    if (this.#ended && this.#endTold) this.close(null);
  }
}
