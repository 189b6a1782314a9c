/**
 * The open connection, without I/O: receive, send, close (RFC 6455 §5 to §7).
 *
 * Whoever edits this file: there is no clock, no socket, no logger and no randomness here. What the peer does wrong never
 * throws at the caller: it stops the session with "failing" and becomes a close code. What the caller does wrong throws.
 */
import { decodeUtf8, isUtf8 } from "#platform";
import type { Close } from "../frames/close.ts";
import { checkClose, fitReason, parseClose, serialiseClose } from "../frames/close.ts";
import { ABNORMAL_CLOSURE, checkCloseCode, NO_STATUS_RECEIVED } from "../frames/close-code.ts";
import { PayloadTooBig, ProtocolError, TooManyFrames } from "../frames/errors.ts";
import { checkControlPayload, MAX_CONTROL_PAYLOAD } from "../frames/frame.ts";
import { applyMask, releaseMask, rotateKey } from "../frames/mask.ts";
import { BINARY, CLOSE, CONTINUATION, isControl, PING, PONG, TEXT } from "../frames/opcode.ts";
import { FrameParser } from "../frames/parse.ts";
import { explainInvalidUtf8 } from "../frames/utf8.ts";
import { Assembler } from "./assembler.ts";
import type { CloseFrames } from "./closure.ts";
import { InvalidState } from "./errors.ts";
import { FrameWriter } from "./frame-writer.ts";
import { FRAMES_A_TURN, maxFrames } from "./limits.ts";
import type { Output } from "./output.ts";
import type { SessionSink, SessionTap, Stop } from "./sink.ts";
import { moves, type State } from "./state.ts";

export interface SessionOptions {
  readonly side: "client" | "server";
  /** The most bytes that a message may have, inclusive; null: no limit. */
  readonly maxSize: number | null;
  /** Whether text messages are decoded ("string"), or checked and handed over as they are ("bytes"). */
  readonly text: "string" | "bytes";
  /** A client's source of masking keys: 32 bits that nobody can foretell, new for each frame (§5.3). */
  readonly makeKey: (() => number) | null;
}

export class Session implements CloseFrames {
  readonly side: "client" | "server";
  /** Whom to tell of frames and states; null, and nothing is spent on it. */
  tap: SessionTap | null = null;

  sent: Close | null = null;
  received: Close | null = null;
  order: "sent" | "received" | null = null;
  /** What has failed the connection, when that was the peer's doing or an error of ours. */
  failure: Error | null = null;

  readonly #maxSize: number | null;
  readonly #maxFrames: number;
  readonly #decodes: boolean;
  readonly #out: Output;
  readonly #writer: FrameWriter;
  readonly #parser: FrameParser;
  #state: State = "open";
  /** Nothing that comes is looked at any more: a Close frame has come, or the connection has failed. */
  #deaf = false;
  #ended = false;
  #chunk: Uint8Array = NOTHING;
  #at = 0;
  /** Bytes that the payload under way still misses; -1 between frames. */
  #missing = -1;
  #message: Assembler | null = null;
  /** Where in the message the frame under way begins. */
  #frameStart = 0;
  #control: Uint8Array | null = null;
  /** The newest ping that waits for room in the output to be answered. */
  #owedPong: Uint8Array | null = null;

  constructor(options: SessionOptions, output: Output) {
    this.side = options.side;
    this.#maxSize = options.maxSize;
    this.#maxFrames = maxFrames(options.maxSize);
    this.#decodes = options.text === "string";
    this.#out = output;
    this.#writer = new FrameWriter(output, options.makeKey);
    this.#parser = new FrameParser(options.side === "server");
  }

  get state(): State {
    return this.#state;
  }

  /** Whether all that comes is dropped: the peer's Close frame has come, or the connection has failed. */
  get deaf(): boolean {
    return this.#deaf;
  }

  // --- receiving

  /** Takes what the peer has sent. The chunk is the session's from now on: payloads are unmasked in place. */
  receive(chunk: Uint8Array, sink: SessionSink): Stop {
    this.#chunk = chunk;
    this.#at = 0;
    return this.resume(sink);
  }

  /** Goes on where `receive` or `resume` stopped. */
  resume(sink: SessionSink): Stop {
    if (this.#deaf || this.#state === "closed") return this.#drop("done");
    try {
      return this.#run(sink);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.failure = error;
      return this.#drop("failing");
    } finally {
      releaseMask();
    }
  }

  /** Takes the end of the peer's stream, or of the connection below. Further calls do nothing. */
  receiveEof(): void {
    if (this.#state === "closed") return;
    if (!this.#deaf) this.tap?.onEof(true);
    this.#drop("done");
    this.#end();
    this.#move("closed");
  }

  /** After "closing" or "failing": sends the Close frame that is owed, and on a server the end of the stream (§7.1.1). */
  answer(): void {
    const { failure } = this;
    if (failure instanceof ProtocolError) {
      this.#fail(failure.closeCode, failure.message, failure.rule);
      return;
    }
    if (this.#state === "open" && this.received !== null) {
      // §5.5.1: "the endpoint MUST send a Close frame in response. (When sending a Close frame in response, the endpoint
      // typically echos the status code it received.)"
      this.#sendClose(this.received);
    }
    this.#endIfServer();
  }

  #run(sink: SessionSink): Stop {
    const chunk = this.#chunk;
    const end = chunk.length;
    let left = FRAMES_A_TURN;
    while (!this.#deaf) {
      if (this.#missing < 0) {
        if (this.#at >= end) break;
        if (left === 0) return "turn";
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
    if (this.#deaf) return this.#drop(this.#state === "open" ? "closing" : "done");
    this.#chunk = NOTHING;
    this.#at = 0;
    return "done";
  }

  #drop(stop: Stop): Stop {
    this.#deaf = true;
    this.#chunk = NOTHING;
    this.#at = 0;
    this.#message = null;
    return stop;
  }

  /** A header is whole: judges it against the message under way. */
  #begin(): void {
    const { opcode, length, rsv } = this.#parser;
    this.#missing = length;
    if (isControl(opcode)) return;
    const message = this.#message;
    if (opcode === CONTINUATION) {
      // §5.4: fragments of a message follow its first frame, "terminated by a single frame with the FIN bit set".
      if (message === null)
        throw new ProtocolError("unexpected continuation frame", "RFC 6455 §5.4");
      if (rsv !== 0) throw new ProtocolError("RSV1 bit set in continuation frame", "RFC 7692 §6.1");
      message.frames += 1;
      if (message.frames > this.#maxFrames) throw new TooManyFrames(this.#maxFrames);
      this.#frameStart = message.length;
    } else {
      // §5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message".
      if (message !== null)
        throw new ProtocolError("expected a continuation frame", "RFC 6455 §5.4");
      this.#frameStart = 0;
    }
    const before = this.#frameStart;
    if (this.#maxSize !== null && before + length > this.#maxSize) {
      throw new PayloadTooBig(length, this.#maxSize, before);
    }
  }

  #receiveData(size: number, sink: SessionSink): void {
    const { opcode, fin, rsv, length } = this.#parser;
    const chunk = this.#chunk;
    const start = this.#at;
    const end = start + size;
    this.#unmask(start, end);
    this.#at = end;
    this.#missing -= size;
    if (fin && size === length && this.#message === null) {
      // The usual case: a whole message in one frame in one chunk, read where it lies.
      this.#missing = -1;
      this.tap?.onFrame(true, opcode, true, chunk, start, end, this.#wireSize(), false);
      this.#deliver(opcode === TEXT, chunk, start, end, false, sink);
      return;
    }
    let message = this.#message;
    if (message === null) {
      message = new Assembler(opcode, rsv, opcode === TEXT);
      this.#message = message;
    }
    message.append(chunk, start, end, this.#missing);
    if (this.#missing > 0) return;
    this.#missing = -1;
    this.tap?.onFrame(
      true,
      opcode,
      fin,
      message.bytes,
      this.#frameStart,
      message.length,
      this.#wireSize(),
      false,
    );
    if (!fin) return;
    message.finish();
    this.#message = null;
    this.#deliver(message.opcode === TEXT, message.bytes, 0, message.length, true, sink);
  }

  #deliver(
    isText: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    owned: boolean,
    sink: SessionSink,
  ): void {
    if (!isText) {
      sink.onData(false, bytes, start, end, owned);
      return;
    }
    // §8.1: text that is not UTF-8 fails the connection. What was assembled has been checked as it came.
    if (this.#decodes) {
      const text = decodeUtf8(bytes, start, end);
      if (text === null) throw explainInvalidUtf8(bytes, start, end);
      sink.onText(text, end - start);
    } else {
      if (!owned && !isUtf8(bytes.subarray(start, end)))
        throw explainInvalidUtf8(bytes, start, end);
      sink.onData(true, bytes, start, end, owned);
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
    this.tap?.onFrame(true, opcode, true, bytes, start, end, this.#wireSize(), false);
    if (opcode === PING) this.#answerPing(bytes, start, end);
    else if (opcode === PONG) sink.onPong(bytes, start, end);
    else this.#receiveClose(bytes, start, end);
  }

  #receiveClose(bytes: Uint8Array, start: number, end: number): void {
    this.received = parseClose(bytes, start, end);
    this.order ??= "received";
    this.#deaf = true;
    // §7.1.1: the server closes the TCP connection first, once both have sent and received a Close frame.
    if (this.#state === "closing") this.#endIfServer();
  }

  #answerPing(bytes: Uint8Array, start: number, end: number): void {
    // §5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already received a
    // Close frame." After our own Close nothing may follow it (§5.5.1).
    if (this.#state !== "open") return;
    if (this.#out.congested) {
      // §5.5.3: with several pings unanswered an endpoint "MAY elect to send a Pong frame for only the most recently
      // processed Ping frame": a peer that does not read cannot make us keep more than one.
      this.#owedPong = bytes.slice(start, end);
      return;
    }
    // A pong that waits would come after one for a newer ping.
    this.#owedPong = null;
    this.#write(PONG, true, bytes, start, end);
  }

  #unmask(start: number, end: number): void {
    const { key, length } = this.#parser;
    if (this.side === "server" && end > start) {
      applyMask(this.#chunk, start, end, rotateKey(key, length - this.#missing));
    }
  }

  #wireSize(): number {
    const { length } = this.#parser;
    return (
      length + (length < 126 ? 2 : length < 0x1_0000 ? 4 : 10) + (this.side === "server" ? 4 : 0)
    );
  }

  // --- sending

  /**
   * Sends a text message, or with `fin` false its first fragment.
   *
   * @throws InvalidState unless the connection is open.
   */
  sendText(text: string, fin = true): void {
    this.#checkOpen();
    this.#writer.writeText(TEXT, text, fin, this.tap);
  }

  /**
   * Sends a message, or with `fin` false its first fragment, of which the bytes are at hand.
   *
   * @throws InvalidState unless the connection is open.
   */
  sendBytes(bytes: Uint8Array, isText: boolean, fin = true): void {
    this.#checkOpen();
    this.#write(isText ? TEXT : BINARY, fin, bytes, 0, bytes.length);
  }

  /**
   * Sends a further fragment (§5.4).
   *
   * @throws InvalidState unless the connection is open.
   */
  sendContinuation(data: string | Uint8Array, fin: boolean): void {
    this.#checkOpen();
    if (typeof data === "string") this.#writer.writeText(CONTINUATION, data, fin, this.tap);
    else this.#write(CONTINUATION, fin, data, 0, data.length);
  }

  /**
   * Sends a ping, of at most 125 bytes (§5.5.2).
   *
   * @throws InvalidState unless the connection is open. @throws RangeError when it is longer.
   */
  sendPing(payload: Uint8Array): void {
    checkControlPayload(payload);
    this.#checkOpen();
    this.#write(PING, true, payload, 0, payload.length);
  }

  /**
   * Sends a pong that nobody asked for, of at most 125 bytes (§5.5.3).
   *
   * @throws InvalidState unless the connection is open. @throws RangeError when it is longer.
   */
  sendPong(payload: Uint8Array): void {
    checkControlPayload(payload);
    this.#checkOpen();
    this.#write(PONG, true, payload, 0, payload.length);
  }

  /**
   * Starts the closing handshake (§7.1.2).
   *
   * @param code `null` for a Close frame without code and reason.
   * @throws InvalidState unless the connection is open. @throws RangeError for a code or reason that cannot be sent.
   */
  sendClose(code: number | null, reason: string): void {
    if (code !== null) checkClose(code, reason);
    else if (reason !== "") throw new RangeError("a reason can't be sent without a code");
    this.#checkOpen();
    this.#sendClose({ code: code ?? NO_STATUS_RECEIVED, reason });
    if (this.#deaf) this.#endIfServer();
  }

  /** The output has room again: answers the newest ping that waited for it. */
  drained(): void {
    const owed = this.#owedPong;
    if (owed === null || this.#state !== "open") return;
    this.#owedPong = null;
    this.#write(PONG, true, owed, 0, owed.length);
  }

  /**
   * Fails the connection (§7.1.7): sends a Close frame if none was sent, drops what else comes, and on a server ends the
   * stream. 1006 ends it without a Close frame. With `announce` false the tap is told of the Close frame only.
   *
   * @throws RangeError for a code that cannot be sent, other than 1006.
   */
  fail(code: number, reason: string, error: Error | null = null, announce = true): void {
    if (code !== ABNORMAL_CLOSURE) checkCloseCode(code);
    if (this.#state === "closed") return;
    this.failure ??= error;
    this.#fail(code, reason, null, announce);
  }

  /** The connection below was cut by us. */
  abort(): void {
    if (this.#state === "closed") return;
    this.#drop("done");
    this.#ended = true;
    this.#move("closed");
  }

  #fail(code: number, reason: string, rule: string | null, announce = true): void {
    this.#drop("done");
    if (this.#state === "open" && code !== ABNORMAL_CLOSURE) {
      const fitted = fitReason(reason);
      if (announce) this.tap?.onFailing(code, fitted, rule);
      this.#sendClose({ code, reason: fitted });
    }
    // Without a Close frame nothing may be sent any more either: the stream has ended, or is about to be cut.
    if (this.#state === "open") this.#move("closing");
    this.#endIfServer();
  }

  #sendClose(close: Close): void {
    const payload = serialiseClose(close);
    this.#write(CLOSE, true, payload, 0, payload.length);
    this.sent = close;
    this.order ??= "sent";
    this.#move("closing");
  }

  #write(opcode: number, fin: boolean, bytes: Uint8Array, start: number, end: number): void {
    this.#writer.writeBytes(opcode, bytes, start, end, fin, this.tap);
  }

  #checkOpen(): void {
    if (this.#state !== "open") throw new InvalidState(this.#state);
  }

  #endIfServer(): void {
    if (this.side === "server") this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.tap?.onEof(false);
    this.#out.end();
  }

  #move(state: State): void {
    if (!moves(this.#state, state))
      throw new Error(`bug: a connection moves from ${this.#state} to ${state}`);
    this.#state = state;
    this.tap?.onState(state);
  }
}

const NOTHING = new Uint8Array(0);
