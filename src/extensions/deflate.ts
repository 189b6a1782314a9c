/** permessage-deflate: messages compressed, each as a whole (RFC 7692). */
import { serialiseExtensions } from "../http/extensions.ts";
import { builtInCodec, inflateAtOnce, platformLevel } from "./built-in.ts";
import {
  type Codec,
  FLUSH_TAIL,
  type MessageDeflater,
  type MessageInflater,
  type OneShot,
} from "./codec.ts";
import { isCompressible } from "./compressible.ts";
import type { FullCompressionOptions } from "./deflate-options.ts";
import type { DecodeSink, EncodeMeta, Extension } from "./extension.ts";
import { oneShotCodec } from "./one-shot.ts";
import { type DeflateParameters, toParameters } from "./parameters.ts";

/** The registered name (RFC 7692 §8.1). */
export const NAME = "permessage-deflate";
/** RFC 7692 §6: the bit is set on the first frame of a compressed message. */
export const RSV1 = 4;
/** The window of who was not asked for less. */
export const MOST_BITS = 15;
/** The smallest window that we compress with: zlib's compressor cannot keep to less. */
export const LEAST_BITS = 9;

/** From so many bytes on a message is gathered whole: the platform is much faster then, at once or off the loop. */
const GATHERED = 64 * 1024;
/** A first fragment of so many bytes tells whether a message can be made smaller. */
const TELLING = 1024;

/** One direction: the largest distance is 2^windowBits; whether the window is kept from one message to the next. */
interface Direction {
  readonly windowBits: number;
  readonly takeover: boolean;
}

/** permessage-deflate as one connection has agreed on it. */
export class PerMessageDeflate implements Extension {
  readonly name: string = NAME;
  readonly rsv: number = RSV1;
  readonly parameters: string;
  readonly large: number;
  readonly sharing: string;
  readonly #options: FullCompressionOptions;
  readonly #codec: Codec;
  readonly #oneShot: OneShot | null;
  readonly #out: Direction;
  readonly #in: Direction;
  /** Made when they are first used. */
  #deflater: MessageDeflater | null = null;
  #inflater: MessageInflater | null = null;
  #closed = false;

  constructor(
    side: "server" | "client",
    agreed: DeflateParameters,
    options: FullCompressionOptions,
    oneShot: OneShot | null,
  ) {
    this.#options = options;
    this.#oneShot = oneShot;
    this.#codec =
      options.codec === "zlib" && oneShot !== null ? oneShotCodec(oneShot) : builtInCodec(oneShot);
    const { largeFrom } = options;
    this.large =
      oneShot === null || largeFrom === null
        ? Number.POSITIVE_INFINITY
        : Math.min(largeFrom, GATHERED);
    const { serverMaxWindowBits, clientMaxWindowBits } = agreed;
    const server = {
      windowBits: serverMaxWindowBits ?? MOST_BITS,
      takeover: !agreed.serverNoContextTakeover,
    };
    const client = {
      windowBits: typeof clientMaxWindowBits === "number" ? clientMaxWindowBits : MOST_BITS,
      takeover: !agreed.clientNoContextTakeover,
    };
    this.#out = side === "server" ? server : client;
    this.#in = side === "server" ? client : server;
    const header = serialiseExtensions([{ name: NAME, parameters: toParameters(agreed) }]);
    this.parameters = header.slice(`${NAME}; `.length);
    const { threshold, level, codec } = options;
    this.sharing = `${NAME} ${this.#out.windowBits} ${threshold} ${level} ${codec}`;
  }

  /** Bytes of memory that compression keeps for this connection. */
  get memory(): number {
    return (this.#deflater?.memory ?? 0) + (this.#inflater?.memory ?? 0);
  }

  encode(payload: Uint8Array, { first, fin, compress }: EncodeMeta): Uint8Array | null {
    if (first && !this.#isWanted(payload, fin, compress)) return null;
    // What begins with a few bytes that cannot be made smaller may go on with many that can.
    const must = !first || (!fin && payload.length < TELLING);
    return this.#compressor().deflate(payload, fin, must);
  }

  /** What refers to no earlier message can be read by every peer whose window is as large. */
  encodeAlone(payload: Uint8Array, { compress }: EncodeMeta): Uint8Array | null {
    if (!this.#isWanted(payload, true, compress)) return null;
    const { windowBits } = this.#out;
    const deflater = this.#codec.deflater(windowBits, false, this.#options.level);
    try {
      return deflater.deflate(payload, true, false)?.slice() ?? null;
    } finally {
      deflater.close();
    }
  }

  /** The peer has it in its window now (RFC 7692 §7.2.3.2): so must we. */
  onShared(payload: Uint8Array): void {
    if (this.#out.takeover) this.#compressor().remember(payload);
  }

  decode(source: Uint8Array, start: number, end: number, fin: boolean, sink: DecodeSink): number {
    return this.#decompressor().inflate(source, start, end, fin, sink);
  }

  async encodeLarge(payload: Uint8Array): Promise<Uint8Array | null> {
    const oneShot = this.#oneShot;
    if (oneShot === null || !this.#canCompress || !isCompressible(payload)) return null;
    const deflater = this.#compressor();
    const { windowBits } = this.#out;
    const { codec, level } = this.#options;
    const theirLevel = codec === "zlib" ? level : platformLevel(level);
    const dictionary = deflater.recall();
    const flushed = this.#isOffLoop(payload)
      ? await oneShot.deflate(payload, dictionary, windowBits, theirLevel)
      : oneShot.deflateSync(payload, dictionary, windowBits, theirLevel);
    const size = flushed.length - FLUSH_TAIL;
    if (size >= payload.length || this.#closed) return null;
    deflater.remember(payload);
    return flushed.subarray(0, size);
  }

  async decodeLarge(payload: Uint8Array, limit: number): Promise<Uint8Array> {
    const oneShot = this.#oneShot;
    if (oneShot === null)
      throw new TypeError("decodeLarge: this platform has no DEFLATE of its own");
    const inflater = this.#decompressor();
    const { windowBits } = this.#in;
    const dictionary = inflater.recall();
    const soon = this.#isOffLoop(payload)
      ? null
      : inflateAtOnce(oneShot, payload, dictionary, windowBits, limit);
    const result = soon ?? (await oneShot.inflate(payload, dictionary, windowBits, limit));
    if (!this.#closed) inflater.remember(result);
    return result;
  }

  close(): void {
    this.#closed = true;
    this.#deflater?.close();
    this.#inflater?.close();
    this.#deflater = null;
    this.#inflater = null;
  }

  /** Whether a message that begins with `payload` is to be compressed. */
  #isWanted(payload: Uint8Array, fin: boolean, compress: boolean | undefined): boolean {
    if (compress === false || !this.#canCompress) return false;
    if (!fin) return true;
    // The size of a message in fragments is not known.
    return payload.length > 0 && (compress === true || payload.length >= this.#options.threshold);
  }

  /** RFC 7692 §6: the sender chooses which messages are compressed; none, if it cannot keep to the window. */
  get #canCompress(): boolean {
    return !this.#closed && this.#out.windowBits >= LEAST_BITS;
  }

  /** What is gathered whole need not yet be worth a thread. */
  #isOffLoop(payload: Uint8Array): boolean {
    return payload.length >= (this.#options.largeFrom ?? Number.POSITIVE_INFINITY);
  }

  #compressor(): MessageDeflater {
    const { windowBits, takeover } = this.#out;
    this.#deflater ??= this.#codec.deflater(windowBits, takeover, this.#options.level);
    return this.#deflater;
  }

  #decompressor(): MessageInflater {
    const { windowBits, takeover } = this.#in;
    this.#inflater ??= this.#codec.inflater(windowBits, takeover);
    return this.#inflater;
  }
}
