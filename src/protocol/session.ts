/**
 * The open connection, without I/O: receive, send, close (RFC 6455 §5 to §7).
 *
 * Whoever edits this file: there is no clock, no socket, no logger and no randomness here. What the peer does wrong never
 * throws at the caller: it stops the session with "failing" and becomes a close code. What the caller does wrong throws.
 */
import type { Extension } from "../extensions/extension.ts";
import type { Close } from "../frames/close.ts";
import { checkClose, fitReason, parseClose, serialiseClose } from "../frames/close.ts";
import { ABNORMAL_CLOSURE, checkCloseCode, NO_STATUS_RECEIVED } from "../frames/close-code.ts";
import { ProtocolError } from "../frames/errors.ts";
import { checkControlPayload } from "../frames/frame.ts";
import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } from "../frames/opcode.ts";
import type { CloseFrames } from "./closure.ts";
import { InvalidState } from "./errors.ts";
import { FrameWriter } from "./frame-writer.ts";
import { MessageWriter } from "./message-writer.ts";
import type { Output } from "./output.ts";
import type { PreparedMessage } from "./prepared.ts";
import { Receiver, type ReceiverOwner } from "./receiver.ts";
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
  /** The extension that was agreed on, if any. */
  readonly extension?: Extension | null;
}

export class Session implements CloseFrames, ReceiverOwner {
  readonly side: "client" | "server";
  /** Whom to tell of frames and states; null, and nothing is spent on it. */
  tap: SessionTap | null = null;

  sent: Close | null = null;
  received: Close | null = null;
  order: "sent" | "received" | null = null;
  /** What has failed the connection, when that was the peer's doing or an error of ours. */
  failure: Error | null = null;

  readonly #out: Output;
  readonly #frames: FrameWriter;
  readonly #messages: MessageWriter;
  readonly #extension: Extension | null;
  readonly #receiver: Receiver;
  #state: State = "open";
  /** Nothing that comes is looked at any more: a Close frame has come, or the connection has failed. */
  #deaf = false;
  #ended = false;
  /** The newest ping that waits for room in the output to be answered. */
  #owedPong: Uint8Array | null = null;

  constructor(options: SessionOptions, output: Output) {
    this.side = options.side;
    this.#out = output;
    this.#extension = options.extension ?? null;
    this.#frames = new FrameWriter(output, options.makeKey);
    this.#messages = new MessageWriter(this.#frames, this.#extension);
    const { maxSize, text } = options;
    const masked = options.side === "server";
    const received = { masked, maxSize, decodes: text === "string", extension: this.#extension };
    this.#receiver = new Receiver(received, this);
  }

  /** After "codec": resolves when `resume` may be called. */
  get work(): Promise<void> | null {
    return this.#receiver.work;
  }

  /** Bytes of memory that the message under way takes. */
  get pending(): number {
    return this.#receiver.pending;
  }

  /** The extension that was agreed on. */
  get extension(): Extension | null {
    return this.#extension;
  }

  get state(): State {
    return this.#state;
  }

  /** Whether all that comes is dropped: the peer's Close frame has come, or the connection has failed. */
  get deaf(): boolean {
    return this.#deaf;
  }

  /** Whether we have ended our stream. */
  get ended(): boolean {
    return this.#ended;
  }

  // --- receiving

  /**
   * Takes what the peer has sent. The chunk is the session's from now on: payloads are unmasked in place.
   *
   * @param lent Whether its memory is lent for the call only: messages are copied out of it then.
   */
  receive(chunk: Uint8Array, sink: SessionSink, lent = false): Stop {
    return this.#receive(chunk, sink, lent);
  }

  /** Goes on where `receive` or `resume` stopped. */
  resume(sink: SessionSink): Stop {
    return this.#receive(null, sink, false);
  }

  /**
   * Whether the message under way, or the next one, is handed over piece by piece (`onPiece`): to `sink`, which gets what has
   * come already at once; null: no. A message that was begun so is ended so. One that lies whole in a chunk comes whole.
   */
  stream(sink: SessionSink | null): void {
    this.#receiver.stream(sink);
  }

  #receive(chunk: Uint8Array | null, sink: SessionSink, lent: boolean): Stop {
    if (this.#deaf || this.#state === "closed") return this.#drop("done");
    const receiver = this.#receiver;
    try {
      const stop = chunk === null ? receiver.resume(sink) : receiver.receive(chunk, sink, lent);
      if (!this.#deaf) return stop;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.failure = error;
      return this.#drop("failing");
    }
    return this.#drop(this.#state === "open" ? "closing" : "done");
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

  #drop(stop: Stop): Stop {
    this.#deaf = true;
    this.#receiver.drop();
    return stop;
  }

  /** @internal */
  onClose(bytes: Uint8Array, start: number, end: number): void {
    this.received = parseClose(bytes, start, end);
    this.order ??= "received";
    this.#deaf = true;
    // §5.4: "Control frames … MAY be injected in the middle of a fragmented message": a Close frame there is legal. (Python's
    // library answers 1002; the field's conformance suite, case 7.1.5, asks for a clean close.)
    // §7.1.1: the server closes the TCP connection first, once both have sent and received a Close frame.
    if (this.#state === "closing") this.#endIfServer();
  }

  /** @internal */
  onPing(bytes: Uint8Array, start: number, end: number): void {
    // §5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already received a
    // Close frame." After our own Close nothing may follow it (§5.5.1).
    if (this.#state !== "open") return;
    if (this.#out.congested) {
      // §5.5.3: with several pings unanswered an endpoint "MAY elect to send a Pong frame for only the most recently
      // processed Ping frame": a peer that does not read cannot make us keep more than one.
      this.#owedPong = new Uint8Array(bytes.subarray(start, end));
      return;
    }
    // A pong that waits would come after one for a newer ping.
    this.#owedPong = null;
    this.#write(PONG, true, bytes, start, end);
  }

  // --- sending

  /**
   * Sends a text message, or with `fin` false its first fragment.
   *
   * @throws InvalidState unless the connection is open.
   */
  sendText(text: string, fin = true, compress?: boolean): void {
    this.#checkOpen();
    this.#messages.write(TEXT, text, fin, compress, this.tap);
  }

  /**
   * Sends a message, or with `fin` false its first fragment, of which the bytes are at hand.
   *
   * @throws InvalidState unless the connection is open.
   */
  sendBytes(bytes: Uint8Array, isText: boolean, fin = true, compress?: boolean): void {
    this.#checkOpen();
    this.#messages.write(isText ? TEXT : BINARY, bytes, fin, compress, this.tap);
  }

  /**
   * Sends a message that the extension has encoded elsewhere, by its `encodeLarge`.
   *
   * @throws InvalidState unless the connection is open.
   */
  sendEncoded(bytes: Uint8Array, encoded: Uint8Array | null, isText: boolean): void {
    this.#checkOpen();
    this.#messages.writeEncoded(isText ? TEXT : BINARY, bytes, encoded, true, this.tap);
  }

  /**
   * Sends a message that was framed for many. On a client, and with an extension that encodes for one connection only, it is
   * framed anew.
   *
   * @throws InvalidState unless the connection is open.
   */
  sendPrepared(message: PreparedMessage, compress?: boolean): void {
    this.#checkOpen();
    const opcode = message.isText ? TEXT : BINARY;
    const { payload } = message;
    const out = this.#out;
    const shares = this.side === "server" && out.share !== undefined;
    const frame = shares ? message.frame(this.#extension, compress) : null;
    if (frame === null) {
      this.#messages.write(opcode, payload, true, compress, this.tap);
      return;
    }
    const { bytes, start, end, isEncoded } = frame;
    if (isEncoded) this.#extension?.onShared?.(payload);
    this.tap?.onFrame(false, opcode, true, payload, 0, payload.length, end - start, isEncoded);
    out.share?.(bytes, start, end);
  }

  /**
   * Sends a further fragment (§5.4).
   *
   * @throws InvalidState unless the connection is open.
   */
  sendContinuation(data: string | Uint8Array, fin: boolean): void {
    this.#checkOpen();
    this.#messages.write(CONTINUATION, data, fin, undefined, this.tap);
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
    this.#frames.writeBytes(opcode, 0, bytes, start, end, fin, this.tap, null);
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
    if (state === "closed") this.#extension?.close();
    this.tap?.onState(state);
  }
}
