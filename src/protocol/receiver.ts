/**
 * The receiving half of a session: chunks to frames, frames to messages (RFC 6455 §5, §6.2).
 *
 * Whoever edits this file: this is the hottest code of the library. A message that lies whole in a chunk is read where it
 * lies; nothing is made for it here.
 */
import { decodeUtf8, isUtf8 } from "#platform";
import type { Extension } from "../extensions/extension.ts";
import { PayloadTooBig, ProtocolError, TooManyFrames } from "../frames/errors.ts";
import { MAX_CONTROL_PAYLOAD } from "../frames/frame.ts";
import { applyMask, releaseMask, rotateKey } from "../frames/mask.ts";
import { CONTINUATION, isControl, PING, PONG, TEXT } from "../frames/opcode.ts";
import { FrameParser } from "../frames/parse.ts";
import { headerSize } from "../frames/serialise.ts";
import { explainInvalidUtf8 } from "../frames/utf8.ts";
import { Assembler } from "./assembler.ts";
import { Elsewhere } from "./elsewhere.ts";
import { plain, releaseMemory, viewMessage } from "./keep.ts";
import { BYTES_A_TURN, FRAMES_A_TURN, maxCompressed, maxFrames } from "./limits.ts";
import type { SessionSink, SessionTap } from "./sink.ts";

/** What a receiver is told. */
export interface ReceiverOptions {
  /** Whether the peer masks: it is a client. */
  readonly masked: boolean;
  /** The most bytes that a message may have, inclusive; null: no limit. */
  readonly maxSize: number | null;
  /** Whether text is decoded, or checked and handed over as it is. */
  readonly decodes: boolean;
  readonly extension: Extension | null;
}

/** Whom a receiver tells of control frames: its session. */
export interface ReceiverOwner {
  readonly tap: SessionTap | null;
  /** Whether nothing that comes is looked at any more. */
  readonly deaf: boolean;
  /** The payload is `bytes[start, end)`, valid during the call. */
  onPing(bytes: Uint8Array, start: number, end: number): void;
  onClose(bytes: Uint8Array, start: number, end: number): void;
}

export class Receiver {
  readonly #owner: ReceiverOwner;
  readonly #masked: boolean;
  readonly #maxSize: number | null;
  readonly #maxFrames: number;
  readonly #decodes: boolean;
  readonly #extension: Extension | null;
  readonly #parser: FrameParser;
  #chunk: Uint8Array = NOTHING;
  #at = 0;
  /** Whether the chunk's memory is lent for the call only. */
  #lent = false;
  /** Bytes that the payload under way still misses; -1 between frames. */
  #missing = -1;
  #message: Assembler | null = null;
  /** Where in the message the frame under way begins. */
  #frameStart = 0;
  /** Bytes that were decompressed in this turn. */
  #decompressed = 0;
  /** Whether a message is handed over piece by piece, if it does not lie whole in a chunk. */
  #streams = false;
  #control: Uint8Array | null = null;
  readonly #elsewhere = new Elsewhere();

  constructor(options: ReceiverOptions, owner: ReceiverOwner) {
    this.#owner = owner;
    this.#masked = options.masked;
    this.#maxSize = options.maxSize;
    this.#maxFrames = maxFrames(options.maxSize);
    this.#decodes = options.decodes;
    this.#extension = options.extension;
    this.#parser = new FrameParser(options.masked, options.extension?.rsv ?? 0);
  }

  /**
   * Takes a chunk, whose memory is the receiver's from now on: payloads are unmasked in place.
   *
   * @param lent Whether the memory is lent for the call only.
   * @throws ProtocolError at the first breach of a rule; what came before it has been handed over.
   */
  receive(chunk: Uint8Array, sink: SessionSink, lent = false): "done" | "turn" | "codec" {
    this.#chunk = plain(chunk);
    this.#at = 0;
    this.#lent = lent;
    const stop = this.resume(sink);
    if (lent && this.#at < this.#chunk.length) this.#keepRest();
    return stop;
  }

  /** The memory of the chunk goes back: what is still to be read is copied. */
  #keepRest(): void {
    this.#lent = false;
    this.#chunk = this.#chunk.slice(this.#at);
    this.#at = 0;
  }

  /** Goes on where it stopped. */
  resume(sink: SessionSink): "done" | "turn" | "codec" {
    try {
      if (this.#elsewhere.work !== null) this.#takeDecoded(sink);
      return this.#run(sink);
    } finally {
      releaseMask();
      releaseMemory();
    }
  }

  /** After "codec": resolves when `resume` may be called. */
  get work(): Promise<void> | null {
    return this.#elsewhere.work;
  }

  /** Bytes of memory that the message under way takes. */
  get pending(): number {
    return this.#message?.bytes.length ?? 0;
  }

  /** See `Session.stream`. */
  stream(sink: SessionSink | null): void {
    this.#streams = sink !== null;
    const message = this.#message;
    if (sink === null || message === null || !this.#isStreamed(message)) return;
    this.#handOver(message, false, sink);
  }

  /** Lets go of all that has come. */
  drop(): void {
    this.#chunk = NOTHING;
    this.#at = 0;
    this.#message = null;
  }

  #run(sink: SessionSink): "done" | "turn" | "codec" {
    const chunk = this.#chunk;
    const end = chunk.length;
    let left = FRAMES_A_TURN;
    this.#decompressed = 0;
    while (!this.#owner.deaf) {
      if (this.#elsewhere.work !== null) return "codec";
      if (this.#missing < 0) {
        if (this.#at >= end) break;
        if (left === 0 || this.#decompressed >= BYTES_A_TURN) return "turn";
        left -= 1;
        const at = this.#parser.read(chunk, this.#at, end);
        if (at < 0) break;
        this.#at = at;
        this.#begin();
      }
      const size = Math.min(this.#missing, end - this.#at);
      if (size < this.#missing && size === 0) break;
      if (isControl(this.#parser.opcode)) this.#receiveControl(size, sink);
      else this.#receiveData(size, sink);
    }
    this.#chunk = NOTHING;
    this.#at = 0;
    return "done";
  }

  /** A header is whole: judges it against the message under way. */
  #begin(): void {
    const { opcode, length, rsv } = this.#parser;
    this.#missing = length;
    if (isControl(opcode)) return;
    const message = this.#message;
    if (opcode === CONTINUATION) {
      // §5.4: fragments of a message follow its first frame, "terminated by a single frame with the FIN bit set".
      if (message === null) throw this.#outOfPlace("unexpected continuation frame");
      if (rsv !== 0) throw new ProtocolError("RSV1 bit set in continuation frame", "RFC 7692 §6.1");
      message.frames += 1;
      if (message.frames > this.#maxFrames) throw new TooManyFrames(this.#maxFrames);
      this.#frameStart = message.size;
    } else {
      // §5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message".
      if (message !== null) throw this.#outOfPlace("expected a continuation frame");
      this.#frameStart = 0;
    }
    if (this.#maxSize === null) return;
    // What is compressed is judged as it is decoded; here only what cannot become a legal message.
    if ((message?.rsv ?? rsv) !== 0) {
      if (length > maxCompressed(this.#maxSize)) throw new PayloadTooBig(null, this.#maxSize);
    } else if (this.#frameStart + length > this.#maxSize) {
      throw new PayloadTooBig(length, this.#maxSize, this.#frameStart);
    }
  }

  /** A frame has no place here. The log shows it, if it is here whole; it is not waited for. */
  #outOfPlace(problem: string): ProtocolError {
    const { opcode, fin, length } = this.#parser;
    const { tap } = this.#owner;
    const start = this.#at;
    const end = start + length;
    if (tap !== null && end <= this.#chunk.length) {
      this.#unmask(start, end);
      tap.onFrame(true, opcode, fin, this.#chunk, start, end, this.#wireSize(), false);
    }
    return new ProtocolError(problem, "RFC 6455 §5.4");
  }

  #receiveData(size: number, sink: SessionSink): void {
    const { opcode, fin, rsv, length } = this.#parser;
    const chunk = this.#chunk;
    const start = this.#at;
    const end = start + size;
    this.#unmask(start, end);
    this.#at = end;
    this.#missing -= size;
    if (fin && size === length && this.#message === null && rsv === 0) {
      // The usual case: a whole message in one frame in one chunk, read where it lies.
      this.#missing = -1;
      this.#owner.tap?.onFrame(true, opcode, true, chunk, start, end, this.#wireSize(), false);
      this.#deliver(opcode === TEXT, chunk, start, end, false, sink);
      return;
    }
    let message = this.#message;
    if (message === null) {
      const whole =
        rsv !== 0 && fin && !this.#streams && length >= (this.#extension?.large ?? length + 1);
      const limit = whole ? Number.POSITIVE_INFINITY : (this.#maxSize ?? Number.POSITIVE_INFINITY);
      // A large message is gathered as it came, and decoded elsewhere.
      message = new Assembler(opcode, rsv, opcode === TEXT && !whole, limit);
      message.isLarge = whole;
      this.#message = message;
    }
    if (message.rsv === 0 || message.isLarge) {
      message.append(chunk, start, end, this.#missing);
    } else {
      const before = message.size;
      this.#extension?.decode(chunk, start, end, fin && this.#missing === 0, message);
      this.#decompressed += message.size - before;
    }
    if (this.#missing > 0) {
      if (this.#isStreamed(message)) this.#handOver(message, false, sink);
      return;
    }
    this.#missing = -1;
    if (message.isLarge) this.#decodeLarge(message);
    else this.#endFrame(message, message.bytes, message.length, sink);
  }

  /** A frame is whole; with it, perhaps, its message. */
  #endFrame(message: Assembler, bytes: Uint8Array, length: number, sink: SessionSink): void {
    const { opcode, fin } = this.#parser;
    const compressed = message.rsv !== 0;
    this.#owner.tap?.onFrame(
      true,
      opcode,
      fin,
      bytes,
      // Of a streamed frame less is here if nobody looked when it began.
      Math.max(0, this.#frameStart - message.gone),
      length,
      this.#wireSize(),
      compressed,
    );
    if (fin) {
      message.finish();
      this.#message = null;
    }
    if (this.#isStreamed(message)) {
      this.#handOver(message, fin, sink);
      message.release();
      return;
    }
    if (!fin) return;
    this.#deliver(message.opcode === TEXT, bytes, 0, length, !message.isLarge, sink);
  }

  /** Whether the message is handed over piece by piece. What is gathered to be decoded elsewhere is not. */
  #isStreamed(message: Assembler): boolean {
    if (this.#streams && !message.isLarge) message.isStreamed = true;
    return message.isStreamed;
  }

  /** Hands over what has come of the message since the last time. */
  #handOver(message: Assembler, fin: boolean, sink: SessionSink): void {
    const isText = message.opcode === TEXT;
    const piece = message.takePiece();
    // Who looks at frames sees them whole: then they are kept until they end.
    if (this.#owner.tap === null) message.release();
    if (piece.length === 0 && !fin) return;
    const text = isText && this.#decodes ? decodeUtf8(piece, 0, piece.length) : null;
    sink.onPiece?.(isText, text ?? piece, piece.length, fin);
  }

  #decodeLarge(message: Assembler): void {
    const limit = this.#maxSize ?? Number.POSITIVE_INFINITY;
    const payload = message.bytes.subarray(0, message.length);
    this.#elsewhere.begin(
      this.#extension?.decodeLarge?.(payload, limit) ?? Promise.resolve(payload),
    );
  }

  /** What was decoded elsewhere is here. */
  #takeDecoded(sink: SessionSink): void {
    const decoded = this.#elsewhere.take();
    const message = this.#message;
    if (message !== null && decoded !== null)
      this.#endFrame(message, decoded, decoded.length, sink);
  }

  /** @param checked Whether a text is known to be UTF-8: what was assembled has been checked as it came (§8.1). */
  #deliver(
    isText: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    checked: boolean,
    sink: SessionSink,
  ): void {
    const owned = !this.#lent || bytes !== this.#chunk;
    if (!isText) {
      sink.onData(false, bytes, start, end, owned);
    } else if (this.#decodes) {
      const text = decodeUtf8(bytes, start, end);
      // §8.1: text that is not UTF-8 fails the connection.
      if (text === null) throw explainInvalidUtf8(bytes, start, end);
      sink.onText(text, end - start);
    } else if (checked) {
      sink.onData(true, bytes, start, end, owned);
    } else {
      const view = viewMessage(bytes, start, end, owned);
      if (!isUtf8(view)) throw explainInvalidUtf8(bytes, start, end);
      sink.onData(true, view, 0, view.length, true);
    }
  }

  #receiveControl(size: number, sink: SessionSink): void {
    const { opcode, length } = this.#parser;
    let bytes = this.#chunk;
    let start = this.#at;
    this.#unmask(start, start + size);
    this.#at += size;
    this.#missing -= size;
    if (size < length) {
      this.#control ??= new Uint8Array(MAX_CONTROL_PAYLOAD);
      this.#control.set(bytes.subarray(start, start + size), length - this.#missing - size);
      if (this.#missing > 0) return;
      bytes = this.#control;
      start = 0;
    }
    this.#missing = -1;
    const end = start + length;
    this.#owner.tap?.onFrame(true, opcode, true, bytes, start, end, this.#wireSize(), false);
    if (opcode === PING) this.#owner.onPing(bytes, start, end);
    else if (opcode === PONG) sink.onPong(bytes, start, end);
    else this.#owner.onClose(bytes, start, end);
  }

  #unmask(start: number, end: number): void {
    const { key, length } = this.#parser;
    if (this.#masked && end > start) {
      applyMask(this.#chunk, start, end, rotateKey(key, length - this.#missing));
    }
  }

  #wireSize(): number {
    const { length } = this.#parser;
    return length + headerSize(length, this.#masked);
  }
}

const NOTHING = new Uint8Array(0);
