/** permessage-deflate (RFC 7692 §7.2) by node:zlib, as the tester applies it. */
import { constants, createDeflateRaw, type DeflateRaw, inflateRawSync } from "node:zlib";

/** What one direction was negotiated to. */
export interface Direction {
  /** 8 to 15. */
  readonly windowBits: number;
  readonly contextTakeover: boolean;
}

/** The four octets that a sync flush ends with, and that §7.2.1 has the sender cut off. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

const MAX_LENGTH = 64 * 1024 * 1024;

/** Compresses whole messages: default level, memLevel 8, one sync flush each. */
export class Deflater {
  readonly #stream: DeflateRaw;
  readonly #contextTakeover: boolean;
  #output: Buffer[] = [];

  constructor({ windowBits, contextTakeover }: Direction) {
    this.#contextTakeover = contextTakeover;
    // zlib has no raw deflate with a window of 8 bits. Without matches there are no distances, so any window will do.
    const strategy = windowBits === 8 ? constants.Z_HUFFMAN_ONLY : constants.Z_DEFAULT_STRATEGY;
    this.#stream = createDeflateRaw({ windowBits: Math.max(windowBits, 9), memLevel: 8, strategy });
    this.#stream.on("data", (chunk: Buffer) => this.#output.push(chunk));
  }

  /** One message at a time: wait for the promise before the next call. */
  deflate(message: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#stream.once("error", reject);
      this.#stream.write(message);
      this.#stream.flush(constants.Z_SYNC_FLUSH, () => {
        this.#stream.off("error", reject);
        const compressed = Buffer.concat(this.#output);
        this.#output = [];
        if (!this.#contextTakeover) this.#stream.reset();
        resolve(compressed.subarray(0, -TAIL.length));
      });
    });
  }

  close(): void {
    this.#stream.close();
  }
}

/**
 * Decompresses whole messages. It holds the peer to the negotiated window: the output is made in blocks of the size
 * of the window, since zlib checks a distance only beyond the block that it is filling.
 */
export class Inflater {
  readonly #windowBits: number;
  readonly #contextTakeover: boolean;
  #window: Buffer = Buffer.alloc(0);

  constructor({ windowBits, contextTakeover }: Direction) {
    this.#windowBits = windowBits;
    this.#contextTakeover = contextTakeover;
  }

  /** Throws what zlib throws when the data is not DEFLATE or reaches beyond the window. */
  inflate(compressed: Buffer): Buffer {
    const windowSize = 1 << this.#windowBits;
    const message = inflateRawSync(Buffer.concat([compressed, TAIL]), {
      windowBits: this.#windowBits,
      chunkSize: windowSize,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MAX_LENGTH,
      ...(this.#window.length > 0 && { dictionary: this.#window }),
    });
    if (this.#contextTakeover) {
      const seen = message.length >= windowSize ? message : Buffer.concat([this.#window, message]);
      this.#window = Buffer.from(seen.subarray(-windowSize));
    }
    return message;
  }
}
