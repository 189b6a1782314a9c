/**
 * One buffer for all that clients' sockets read: `onread` of `net.connect`.
 *
 * Without it each read gets 64 KiB of new memory, and cuts it to size. What is read is valid during the call only; messages that
 * stay are copied. `npm run bench -- client-echo-64 client-receive-64` against `ws` on Node 20: 1.0 and 1.3 times as fast without
 * it, 1.2 and 2.6 times with it.
 */
import type { OnReadOpts } from "node:net";

/** As much as one read can bring. */
const SIZE = 64 * 1024;

let buffer: Uint8Array | null = null;

/** Where what a socket reads goes: to `onChunk`, when there is one. */
export class StaticReading {
  /** Takes what was read; the memory is lent for the call. */
  onChunk: ((chunk: Uint8Array) => void) | null = null;
  /** What came before. */
  #early: Uint8Array[] = [];

  /** Whether a socket was opened with it. */
  isBound = false;

  /** For `net.connect`. */
  bind(): OnReadOpts {
    this.isBound = true;
    buffer ??= new Uint8Array(SIZE);
    const memory = buffer;
    return {
      buffer: memory,
      callback: (size) => {
        const chunk = new Uint8Array(memory.buffer, 0, size);
        if (this.onChunk === null) this.#early.push(chunk.slice());
        else this.onChunk(chunk);
        return true;
      },
    };
  }

  /** From now on what comes goes to `onChunk`; what has come goes first, in a later turn. */
  start(onChunk: (chunk: Uint8Array) => void): void {
    this.onChunk = onChunk;
    const early = this.#early;
    this.#early = [];
    if (early.length > 0) queueMicrotask(() => early.forEach(onChunk));
  }
}

/** Whether sockets can read so here. Other runtimes have `onread` in name only. */
export const READS_STATICALLY: boolean =
  process.versions.bun === undefined && process.versions.deno === undefined;
