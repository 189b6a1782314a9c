/** What permessage-deflate needs of a codec: ours in `codec/`, or what a platform brings. */
import { PayloadTooBig, ProtocolError } from "../frames/errors.ts";
import type { DecodeSink } from "./extension.ts";

/** RFC 7692 §7.2.1: a sync flush ends with 00 00 ff ff, and a message without. */
export const FLUSH_TAIL = 4;

/** Compresses the messages that one connection sends (RFC 7692 §7.2.1). */
export interface MessageDeflater {
  /** Bytes of memory that it keeps for itself. */
  readonly memory: number;
  /**
   * Compresses `payload`, the next piece of a message, the last one if `fin`: without 00 00 ff ff at the end then, and
   * with it if not.
   *
   * @param must Whether a result is wanted even if it is not smaller than the payload.
   * @returns The compressed piece, which the next call may overwrite; or null, and then it is as if it had not been called.
   */
  deflate(payload: Uint8Array, fin: boolean, must: boolean): Uint8Array | null;
  /** A copy of the window, or null while it is empty: what a message to come may refer to. */
  recall(): Uint8Array | null;
  /** Adds to the window what was compressed by somebody else, after the last message. */
  remember(bytes: Uint8Array): void;
  /** Releases its memory. */
  close(): void;
}

/** Decompresses the messages that one connection receives (RFC 7692 §7.2.2). */
export interface MessageInflater {
  /** Bytes of memory that it keeps for itself. */
  readonly memory: number;
  /**
   * Decompresses `piece[start, end)`, the next piece of a message, the last one if `fin`.
   *
   * @returns How far it came: less than `end` only if the sink asked for a pause.
   * @throws ProtocolError when the data is bad; PayloadTooBig when more than `sink.limit` bytes come out.
   */
  inflate(piece: Uint8Array, start: number, end: number, fin: boolean, sink: DecodeSink): number;
  /** A copy of the window, or null while it is empty: what a message to come may refer to. */
  recall(): Uint8Array | null;
  /** Adds to the window what was decompressed by somebody else, after the last message. */
  remember(bytes: Uint8Array): void;
  /** Releases its memory. */
  close(): void;
}

/** Makes both. `takeover` says whether the window is kept from one message to the next. */
export interface Codec {
  deflater(windowBits: number, takeover: boolean, level: number): MessageDeflater;
  inflater(windowBits: number, takeover: boolean): MessageInflater;
}

/** What a platform may bring: raw DEFLATE over one piece of data at a time. */
export interface OneShot {
  /**
   * Compresses `data`, which may refer to `dictionary`, and ends with a sync flush: 00 00 ff ff.
   *
   * @param windowBits 9 to 15.
   */
  deflateSync(
    data: Uint8Array,
    dictionary: Uint8Array | null,
    windowBits: number,
    level: number,
  ): Uint8Array;
  /** As `deflateSync`, off the loop. */
  deflate(
    data: Uint8Array,
    dictionary: Uint8Array | null,
    windowBits: number,
    level: number,
  ): Promise<Uint8Array>;
  /**
   * Decompresses the message `data`, which has no 00 00 ff ff at its end and may refer to `dictionary`.
   *
   * @throws ProtocolError by `badData`; PayloadTooBig by `tooBig` when more than `limit` bytes come out.
   */
  inflateSync(
    data: Uint8Array,
    dictionary: Uint8Array | null,
    windowBits: number,
    limit: number,
  ): Uint8Array;
  /** As `inflateSync`, off the loop. */
  inflate(
    data: Uint8Array,
    dictionary: Uint8Array | null,
    windowBits: number,
    limit: number,
  ): Promise<Uint8Array>;
}

/** What to throw at data that cannot be decompressed; `cause` says what is wrong with it. */
export function badData(cause: unknown): ProtocolError {
  return new ProtocolError("decompression failed", "RFC 7692 §7.2.2", undefined, { cause });
}

/** What to throw when more than `limit` bytes come out. */
export function tooBig(limit: number): PayloadTooBig {
  return new PayloadTooBig(null, limit);
}

/** Whether `error` is by `tooBig`. */
export function isTooBig(error: unknown): boolean {
  return error instanceof PayloadTooBig;
}
