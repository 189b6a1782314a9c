/** Writes frames into an output: header, payload and mask in one place, with nothing made in between. */
import { encodeUtf8Into, utf8Length } from "#platform";
import { applyMask } from "../frames/mask.ts";
import { headerSize, MAX_HEADER_SIZE, writeHeader } from "../frames/serialise.ts";
import type { Output } from "./output.ts";
import type { SessionTap } from "./sink.ts";

/** UTF-8 takes at most three bytes for each unit of a JavaScript string. */
const UTF8_MOST = 3;

/** Longer texts are measured before room is taken for them. */
const MEASURED_FROM = 4096;

export class FrameWriter {
  readonly #out: Output;
  readonly #makeKey: (() => number) | null;

  constructor(output: Output, makeKey: (() => number) | null) {
    this.#out = output;
    this.#makeKey = makeKey;
  }

  /**
   * Writes a frame with the payload `bytes[start, end)`. The bytes are copied before it returns.
   *
   * @param shown What the tap hears in its place: the payload before an extension has changed it.
   */
  writeBytes(
    opcode: number,
    rsv: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    fin: boolean,
    tap: SessionTap | null,
    shown: Uint8Array | null,
  ): void {
    const out = this.#out;
    const length = end - start;
    out.reserve(length + MAX_HEADER_SIZE);
    const target = out.bytes;
    // §5.3: "A masking key … is chosen at random by the client", for each frame anew.
    const key = this.#makeKey === null ? null : this.#makeKey();
    const at = writeHeader(target, out.at, opcode, fin, rsv, length, key);
    target.set(length === bytes.length ? bytes : bytes.subarray(start, end), at);
    this.#finish(opcode, fin, at, length, key, tap, shown);
  }

  /** Writes a frame whose payload is `text` in UTF-8, encoded straight into its place. */
  writeText(opcode: number, text: string, fin: boolean, tap: SessionTap | null): void {
    const out = this.#out;
    const masked = this.#makeKey !== null;
    const units = text.length;
    // The header's size follows from the payload's; only where the bounds leave it open must the text be measured first.
    const measured =
      units > MEASURED_FROM || headerSize(units, masked) !== headerSize(units * UTF8_MOST, masked);
    const most = measured ? utf8Length(text) : units * UTF8_MOST;
    out.reserve(most + MAX_HEADER_SIZE);
    const target = out.bytes;
    const key = this.#makeKey === null ? null : this.#makeKey();
    const payload = out.at + headerSize(most, masked);
    const length = units === 0 ? 0 : encodeUtf8Into(text, target, payload);
    writeHeader(target, out.at, opcode, fin, 0, length, key);
    this.#finish(opcode, fin, payload, length, key, tap, null);
  }

  #finish(
    opcode: number,
    fin: boolean,
    start: number,
    length: number,
    key: number | null,
    tap: SessionTap | null,
    shown: Uint8Array | null,
  ): void {
    const out = this.#out;
    const { bytes, at } = out;
    const end = start + length;
    out.commit(end);
    // Told before the mask is laid over the payload.
    if (tap !== null) {
      if (shown === null) tap.onFrame(false, opcode, fin, bytes, start, end, end - at, false);
      else tap.onFrame(false, opcode, fin, shown, 0, shown.length, end - at, true);
    }
    if (key !== null) applyMask(bytes, start, end, key);
  }
}
