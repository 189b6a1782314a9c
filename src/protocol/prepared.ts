/**
 * One message, framed once for many connections of a server (RFC 6455 §5.1: a server does not mask, so all get the same bytes),
 * and encoded once for all whose extension would encode it alike.
 */
import { encodeUtf8 } from "#platform";
import type { EncodeMeta, Extension } from "../extensions/extension.ts";
import { BINARY, TEXT } from "../frames/opcode.ts";
import { headerSize, writeHeader } from "../frames/serialise.ts";

/** Memory for frames that many outputs send from at once. */
export interface FrameMemory {
  /** Takes `size` bytes: where they are. They must not change until all who send them are done. */
  take(size: number): { readonly bytes: Uint8Array; readonly start: number };
  /** The memory has been handed to all who send it. */
  release(bytes: Uint8Array): void;
}

/** A frame as it goes on the wire: `bytes[start, end)`. */
export interface PreparedFrame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Whether an extension has encoded the payload. */
  readonly isEncoded: boolean;
}

export class PreparedMessage {
  readonly isText: boolean;
  /** The message, unframed. */
  readonly payload: Uint8Array;
  readonly #memory: FrameMemory;
  #plain: PreparedFrame | null = null;
  /** By what the extension calls the way in which it encodes; null: it leaves the message as it is. */
  #encoded: Map<string, PreparedFrame | null> | null = null;

  /** @param isText Whether it is a text message; the bytes of one must be UTF-8. */
  constructor(data: string | Uint8Array, isText: boolean, memory: FrameMemory) {
    this.isText = isText;
    this.payload = typeof data === "string" ? encodeUtf8(data) : data;
    this.#memory = memory;
  }

  /** The frame for a connection with `extension`, laid out when it is first asked for; null: it has to frame it by itself. */
  frame(extension: Extension | null, compress: boolean | undefined): PreparedFrame | null {
    if (extension !== null && compress !== false) {
      const { sharing } = extension;
      if (sharing === undefined || extension.encodeAlone === undefined) return null;
      const key = `${compress}:${sharing}`;
      this.#encoded ??= new Map();
      let frame = this.#encoded.get(key);
      if (frame === undefined) {
        const meta: EncodeMeta = { first: true, fin: true, compress };
        const encoded = extension.encodeAlone(this.payload, meta);
        frame = encoded === null ? null : this.#lay(encoded, extension.rsv, true);
        this.#encoded.set(key, frame);
      }
      if (frame !== null) return frame;
    }
    this.#plain ??= this.#lay(this.payload, 0, false);
    return this.#plain;
  }

  /** No further connection gets it. */
  release(): void {
    if (this.#plain !== null) this.#memory.release(this.#plain.bytes);
    for (const frame of this.#encoded?.values() ?? []) {
      if (frame !== null) this.#memory.release(frame.bytes);
    }
    this.#plain = null;
    this.#encoded = null;
  }

  #lay(payload: Uint8Array, rsv: number, isEncoded: boolean): PreparedFrame {
    const { length } = payload;
    const size = headerSize(length, false) + length;
    const { bytes, start } = this.#memory.take(size);
    const opcode = this.isText ? TEXT : BINARY;
    bytes.set(payload, writeHeader(bytes, start, opcode, true, rsv, length, null));
    return { bytes, start, end: start + size, isEncoded };
  }
}
