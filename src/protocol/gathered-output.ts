/** An output that gathers all that is written, until its owner takes it. */
import type { Output } from "./output.ts";

/** What the first frame gets room for, in bytes; the memory doubles as needed. */
const FIRST_ROOM = 256;

/** Above this many bytes that nobody takes, answers to pings wait too. */
const CONGESTED_ABOVE = 64 * 1024;

export class GatheredOutput implements Output {
  bytes: Uint8Array = NOTHING;
  at = 0;
  /** Whether the stream ends after what was written. */
  ended = false;

  get congested(): boolean {
    return this.at > CONGESTED_ABOVE;
  }

  reserve(size: number): void {
    const wanted = this.at + size;
    if (wanted <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.bytes.length * 2, FIRST_ROOM));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }

  commit(end: number): void {
    this.at = end;
  }

  share(bytes: Uint8Array, start: number, end: number): void {
    this.write(bytes.subarray(start, end));
  }

  end(): void {
    this.ended = true;
  }

  /** Writes a copy of bytes that are whole already: a head of HTTP, a body, a frame. */
  write(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.commit(this.at + bytes.length);
  }

  /** Takes what has been written; the memory is the taker's. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.at);
    this.bytes = NOTHING;
    this.at = 0;
    return taken;
  }
}

const NOTHING = new Uint8Array(0);
