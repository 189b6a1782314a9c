/** How octets leave: in one go, one frame a write, or chopped in small writes. */
import type { Socket } from "node:net";

/**
 * `together`: all frames in one write. `sync`: one frame a write, with a turn of the event loop between writes.
 * `{ chop }`: writes of so many octets each, likewise.
 */
export type Manner = "together" | "sync" | { readonly chop: number };

/** Writes in order; what must wait for its turn of the event loop holds back all that follows. */
export class Writer {
  readonly #socket: Socket;
  readonly #pieces: Buffer[] = [];
  #next = 0;
  #timer: NodeJS.Immediate | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** `encoded` holds the octets of one frame each. */
  write(encoded: readonly Buffer[], manner: Manner): void {
    if (manner === "together") {
      const joined = encoded.length === 1 ? encoded[0] : Buffer.concat(encoded);
      if (joined === undefined || joined.length === 0) return;
      if (this.#timer === null) this.#send(joined);
      else this.#pieces.push(joined);
      return;
    }
    if (manner === "sync") this.#pieces.push(...encoded);
    else {
      const all = Buffer.concat(encoded);
      for (let start = 0; start < all.length; start += manner.chop) {
        this.#pieces.push(all.subarray(start, start + manner.chop));
      }
    }
    if (this.#timer === null) this.#pump();
  }

  /** Sends at once, in one write, all that still waits. */
  flush(): void {
    const waiting = this.#pieces.slice(this.#next);
    this.stop();
    if (waiting.length > 0) this.#send(Buffer.concat(waiting));
  }

  /** Drops all that still waits. */
  stop(): void {
    if (this.#timer !== null) clearImmediate(this.#timer);
    this.#timer = null;
    this.#pieces.length = 0;
    this.#next = 0;
  }

  #pump(): void {
    const piece = this.#pieces[this.#next];
    if (piece === undefined) {
      this.stop();
      return;
    }
    this.#next += 1;
    this.#send(piece);
    this.#timer = setImmediate(() => this.#pump());
  }

  #send(piece: Buffer): void {
    if (this.#socket.writable) this.#socket.write(piece);
  }
}
