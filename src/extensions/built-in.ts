/**
 * The codec of default: our own for small messages, and for those that come in pieces; the platform's, if it has one, for
 * messages that are so large that it is faster, though it starts anew for each.
 */
import { Deflater } from "./codec/deflater.ts";
import { Inflater } from "./codec/inflater.ts";
import {
  type Codec,
  FLUSH_TAIL,
  isTooBig,
  type MessageDeflater,
  type MessageInflater,
  type OneShot,
} from "./codec.ts";
import { isCompressible } from "./compressible.ts";
import type { DecodeSink } from "./extension.ts";

/**
 * From so many bytes on the platform compresses faster than we do (decision 0020); but a window that is more than four
 * times as large costs it more to take over than it gains.
 */
const DEFLATE_FROM = 2048;
const DEFLATE_FROM_ALONE = 512;
const MOST_WINDOW = 4;
/** From so many compressed bytes on it decompresses faster. */
const INFLATE_FROM = 768;
/** From so many bytes on a sample is worth while before it is tried. */
const SAMPLE_FROM = 8192;
/** How much it may decompress before somebody else has a turn. */
const MOST_AT_ONCE = 1024 * 1024;

/**
 * The platform's level for one of ours. zlib's level 3 takes a fifth less time than its 4, and makes messages 2 % larger;
 * that way ours from 1 to 9 become zlib's from 1 to 8.
 */
export function platformLevel(level: number): number {
  return Math.max(level - 1, 1);
}

/** @param oneShot What the platform has; null: our own codec for everything. */
export function builtInCodec(oneShot: OneShot | null): Codec {
  return {
    deflater: (windowBits, takeover, level) => {
      const own = new Deflater(windowBits, takeover, level);
      return oneShot === null ? own : new DeflaterBySize(own, oneShot, windowBits, takeover, level);
    },
    inflater: (windowBits, takeover) => {
      const own = new Inflater(windowBits, takeover);
      return oneShot === null ? own : new InflaterBySize(own, oneShot, windowBits);
    },
  };
}

class DeflaterBySize implements MessageDeflater {
  readonly #own: Deflater;
  readonly #oneShot: OneShot;
  readonly #windowBits: number;
  readonly #level: number;
  readonly #from: number;

  constructor(
    own: Deflater,
    oneShot: OneShot,
    windowBits: number,
    takeover: boolean,
    level: number,
  ) {
    this.#own = own;
    this.#oneShot = oneShot;
    this.#windowBits = windowBits;
    this.#level = platformLevel(level);
    this.#from = takeover
      ? Math.max(DEFLATE_FROM, (1 << windowBits) / MOST_WINDOW)
      : DEFLATE_FROM_ALONE;
  }

  get memory(): number {
    return this.#own.memory;
  }

  deflate(payload: Uint8Array, fin: boolean, must: boolean): Uint8Array | null {
    // `must` is for fragments: what went before them is not at a place where another can go on.
    if (!fin || must || payload.length < this.#from) return this.#own.deflate(payload, fin, must);
    if (payload.length >= SAMPLE_FROM && !isCompressible(payload)) return null;
    const flushed = this.#oneShot.deflateSync(
      payload,
      this.#own.recall(),
      this.#windowBits,
      this.#level,
    );
    const size = flushed.length - FLUSH_TAIL;
    if (size >= payload.length) return null;
    this.#own.remember(payload);
    return flushed.subarray(0, size);
  }

  recall(): Uint8Array | null {
    return this.#own.recall();
  }

  remember(bytes: Uint8Array): void {
    this.#own.remember(bytes);
  }

  close(): void {
    this.#own.close();
  }
}

class InflaterBySize implements MessageInflater {
  readonly #own: Inflater;
  readonly #oneShot: OneShot;
  readonly #windowBits: number;
  /** Whether a message has begun and not ended. */
  #inside = false;

  constructor(own: Inflater, oneShot: OneShot, windowBits: number) {
    this.#own = own;
    this.#oneShot = oneShot;
    this.#windowBits = windowBits;
  }

  get memory(): number {
    return this.#own.memory;
  }

  inflate(piece: Uint8Array, start: number, end: number, fin: boolean, sink: DecodeSink): number {
    if (!this.#inside && fin && end - start >= INFLATE_FROM) {
      const message = piece.subarray(start, end);
      const room = sink.limit - sink.size;
      const window = this.#own.recall();
      const result = inflateAtOnce(this.#oneShot, message, window, this.#windowBits, room);
      if (result !== null) {
        this.#own.remember(result);
        sink.write(result, 0, result.length);
        return end;
      }
    }
    const at = this.#own.inflate(piece, start, end, fin, sink);
    this.#inside = !fin || at < end;
    return at;
  }

  recall(): Uint8Array | null {
    return this.#own.recall();
  }

  remember(bytes: Uint8Array): void {
    this.#own.remember(bytes);
  }

  close(): void {
    this.#own.close();
  }
}

/** Decompresses `message`, or gives null if it is more than may be done at once. */
export function inflateAtOnce(
  oneShot: OneShot,
  message: Uint8Array,
  dictionary: Uint8Array | null,
  windowBits: number,
  limit: number,
): Uint8Array | null {
  const most = Math.min(limit, MOST_AT_ONCE);
  try {
    return oneShot.inflateSync(message, dictionary, windowBits, most);
  } catch (error) {
    if (limit > most && isTooBig(error)) return null;
    throw error;
  }
}
