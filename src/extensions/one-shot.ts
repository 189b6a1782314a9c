/** A codec for messages out of a platform's DEFLATE for single pieces: the window is handed over as its dictionary. */
import {
  type Codec,
  FLUSH_TAIL,
  type MessageDeflater,
  type MessageInflater,
  type OneShot,
  tooBig,
} from "./codec.ts";
import type { DecodeSink } from "./extension.ts";

/**
 * How much compressed data is gathered for a message of `limit` bytes: what cannot be made smaller, and some octets for
 * each of its fragments, of which there may be one for every 16 bytes (RFC 6455 §10.4 leaves the numbers to us).
 */
const mostCompressed = (limit: number): number => 2 * limit + 65536;

const NOTHING = new Uint8Array(0);

/** A codec for messages that does everything by `oneShot`. */
export function oneShotCodec(oneShot: OneShot): Codec {
  return {
    deflater: (windowBits, takeover, level) =>
      new OneShotDeflater(oneShot, windowBits, takeover, level),
    inflater: (windowBits, takeover) => new OneShotInflater(oneShot, windowBits, takeover),
  };
}

/** The last bytes of a stream. */
class Tail {
  readonly #most: number;
  bytes: Uint8Array | null = null;

  constructor(most: number) {
    this.#most = most;
  }

  add(bytes: Uint8Array): void {
    const old = this.bytes ?? NOTHING;
    const size = Math.min(old.length + bytes.length, this.#most);
    if (size === 0) return;
    const added = bytes.subarray(Math.max(bytes.length - size, 0));
    const joined = new Uint8Array(size);
    joined.set(old.subarray(old.length - (size - added.length)));
    joined.set(added, size - added.length);
    this.bytes = joined;
  }
}

class OneShotDeflater implements MessageDeflater {
  readonly #oneShot: OneShot;
  readonly #windowBits: number;
  readonly #takeover: boolean;
  readonly #level: number;
  readonly #window: Tail;

  constructor(oneShot: OneShot, windowBits: number, takeover: boolean, level: number) {
    this.#oneShot = oneShot;
    this.#windowBits = windowBits;
    this.#takeover = takeover;
    this.#level = level;
    this.#window = new Tail(1 << windowBits);
  }

  get memory(): number {
    return this.#window.bytes?.length ?? 0;
  }

  deflate(payload: Uint8Array, fin: boolean, must: boolean): Uint8Array | null {
    // Where there is nothing to flush, the empty block must be there all the same.
    const flushed =
      payload.length === 0
        ? Uint8Array.of(0, 0, 0, 0xff, 0xff)
        : this.#oneShot.deflateSync(payload, this.#window.bytes, this.#windowBits, this.#level);
    const result = fin ? flushed.subarray(0, -FLUSH_TAIL) : flushed;
    if (!must && result.length >= payload.length) return null;
    if (fin && !this.#takeover) this.#window.bytes = null;
    else this.#window.add(payload);
    return result;
  }

  recall(): Uint8Array | null {
    return this.#window.bytes;
  }

  remember(bytes: Uint8Array): void {
    if (this.#takeover) this.#window.add(bytes);
  }

  close(): void {
    this.#window.bytes = null;
  }
}

class OneShotInflater implements MessageInflater {
  readonly #oneShot: OneShot;
  readonly #windowBits: number;
  readonly #takeover: boolean;
  readonly #window: Tail;
  /** What has come of a message: the first `#size` bytes are taken. */
  #pieces: Uint8Array = NOTHING;
  #size = 0;

  constructor(oneShot: OneShot, windowBits: number, takeover: boolean) {
    this.#oneShot = oneShot;
    this.#windowBits = windowBits;
    this.#takeover = takeover;
    this.#window = new Tail(1 << windowBits);
  }

  get memory(): number {
    return (this.#window.bytes?.length ?? 0) + this.#pieces.length;
  }

  /** It cannot stop half-way: pieces are gathered, and it never pauses. */
  inflate(piece: Uint8Array, start: number, end: number, fin: boolean, sink: DecodeSink): number {
    if (this.#size + end - start > mostCompressed(sink.limit)) throw tooBig(sink.limit);
    let message = piece.subarray(start, end);
    if (!fin || this.#size > 0) {
      this.#gather(message);
      if (!fin) return end;
      message = this.#pieces.subarray(0, this.#size);
      this.#pieces = NOTHING;
      this.#size = 0;
    }
    const result = this.#oneShot.inflateSync(
      message,
      this.#window.bytes,
      this.#windowBits,
      sink.limit,
    );
    this.remember(result);
    sink.write(result, 0, result.length);
    return end;
  }

  recall(): Uint8Array | null {
    return this.#window.bytes;
  }

  remember(bytes: Uint8Array): void {
    if (this.#takeover) this.#window.add(bytes);
  }

  close(): void {
    this.#window.bytes = null;
    this.#pieces = NOTHING;
    this.#size = 0;
  }

  #gather(piece: Uint8Array): void {
    const size = this.#size + piece.length;
    if (size > this.#pieces.length) {
      const grown = new Uint8Array(Math.max(size, this.#pieces.length * 2));
      grown.set(this.#pieces.subarray(0, this.#size));
      this.#pieces = grown;
    }
    this.#pieces.set(piece, this.#size);
    this.#size = size;
  }
}
