/** One message, framed once for many connections of a server (RFC 6455 §5.1: a server does not mask, so all get the same bytes). */
import { encodeUtf8 } from "#platform";
import { BINARY, TEXT } from "../frames/opcode.ts";
import { headerSize, writeHeader } from "../frames/serialise.ts";

/** Memory for frames that many outputs send from at once. */
export interface FrameMemory {
  /** Takes `size` bytes: where they are. They must not change until all who send them are done. */
  take(size: number): { readonly bytes: Uint8Array; readonly start: number };
  /** The memory has been handed to all who send it. */
  release(bytes: Uint8Array): void;
}

export class PreparedMessage {
  readonly isText: boolean;
  /** The message, unframed. */
  readonly payload: Uint8Array;
  readonly #memory: FrameMemory;
  #bytes: Uint8Array | null = null;
  #start = 0;
  #end = 0;

  /** @param isText Whether it is a text message; the bytes of one must be UTF-8. */
  constructor(data: string | Uint8Array, isText: boolean, memory: FrameMemory) {
    this.isText = isText;
    this.payload = typeof data === "string" ? encodeUtf8(data) : data;
    this.#memory = memory;
  }

  /** Hands the frame to `send`, as `bytes[start, end)`; it is laid out when it is first asked for. */
  frame(send: (bytes: Uint8Array, start: number, end: number) => void): void {
    if (this.#bytes === null) {
      const { length } = this.payload;
      const size = headerSize(length, false) + length;
      const { bytes, start } = this.#memory.take(size);
      const at = writeHeader(bytes, start, this.isText ? TEXT : BINARY, true, 0, length, null);
      bytes.set(this.payload, at);
      this.#bytes = bytes;
      this.#start = start;
      this.#end = start + size;
    }
    send(this.#bytes, this.#start, this.#end);
  }

  /** No further connection gets it. */
  release(): void {
    if (this.#bytes !== null) this.#memory.release(this.#bytes);
    this.#bytes = null;
  }
}
