/** Messages to frames: through the extension, where one was agreed on, and into the output. */
import { encodeUtf8 } from "#platform";
import type { EncodeMeta, Extension } from "../extensions/extension.ts";
import { CONTINUATION } from "../frames/opcode.ts";
import type { FrameWriter } from "./frame-writer.ts";
import type { SessionTap } from "./sink.ts";

/** What is told of each piece to the extension: one object, used again. */
const META = { first: true, fin: true, compress: undefined as boolean | undefined };

export class MessageWriter {
  readonly #frames: FrameWriter;
  readonly #extension: Extension | null;
  /** Whether the fragmented message that is being sent is encoded: its first frame has decided. */
  #encoded = false;

  constructor(frames: FrameWriter, extension: Extension | null) {
    this.#frames = frames;
    this.#extension = extension;
  }

  /** Writes a message, or with `fin` false its first fragment; with opcode 0 a further one. */
  write(
    opcode: number,
    data: string | Uint8Array,
    fin: boolean,
    compress: boolean | undefined,
    tap: SessionTap | null,
  ): void {
    const extension = this.#extension;
    const isFirst = opcode !== CONTINUATION;
    if (extension === null || (isFirst ? compress === false : !this.#encoded)) {
      this.#encoded = false;
      if (typeof data === "string") this.#frames.writeText(opcode, data, fin, tap);
      else this.#frames.writeBytes(opcode, 0, data, 0, data.length, fin, tap, null);
      return;
    }
    META.first = isFirst;
    META.fin = fin;
    META.compress = compress;
    const bytes = typeof data === "string" ? encodeUtf8(data) : data;
    const encoded = extension.encode(bytes, META satisfies EncodeMeta);
    if (isFirst) this.#encoded = encoded !== null;
    this.writeEncoded(opcode, bytes, encoded, fin, tap);
  }

  /** Writes a message of which the extension has made `encoded`, or null to send it as it is. */
  writeEncoded(
    opcode: number,
    bytes: Uint8Array,
    encoded: Uint8Array | null,
    fin: boolean,
    tap: SessionTap | null,
  ): void {
    const rsv = encoded === null || opcode === CONTINUATION ? 0 : (this.#extension?.rsv ?? 0);
    const sent = encoded ?? bytes;
    const shown = encoded === null ? null : bytes;
    this.#frames.writeBytes(opcode, rsv, sent, 0, sent.length, fin, tap, shown);
  }
}
