/**
 * What the machines of `clearsocket/protocol` have in common: five verbs round one opening and one session.
 *
 * Bytes go in by `receive` and `receiveEof`, wishes by `send…`; what happened comes out by `events`, and what to write to
 * the peer by `output`. There is no socket, no timer and no logger in here; keys and dates are options with defaults.
 *
 * Whoever edits this file: what the peer does never throws here, and what the caller does wrong throws at once.
 */
import type { WebSocketError } from "../error.ts";
import type { Extension, ExtensionFactory } from "../extensions/extension.ts";
import type { Close } from "../frames/close.ts";
import { ProtocolError } from "../frames/errors.ts";
import { closeCode, closeReason } from "./closure.ts";
import { InvalidState } from "./errors.ts";
import { EventQueue } from "./event-queue.ts";
import type { ProtocolEvent } from "./events.ts";
import { GatheredOutput } from "./gathered-output.ts";
import { Session } from "./session.ts";
import type { Stop } from "./sink.ts";
import type { State } from "./state.ts";

/** What both machines can be told. */
export interface ProtocolOptions {
  /** The most bytes that a message may have, inclusive; above: 1009. `null`: no limit. Default 1 MiB. */
  readonly maxSize?: number | null;
  /**
   * Whether the Close frame that is owed after the peer's Close frame or its breach of the protocol is sent at once. With
   * `false` it waits for `answer`, so that what came before can still be replied to. Default `true`.
   */
  readonly autoAnswer?: boolean;
  /**
   * Extensions that may be agreed on, best first; one is, at the most. Default none; `deflateForClient()` and
   * `deflateForServer()` make permessage-deflate.
   */
  readonly extensions?: readonly ExtensionFactory[];
}

/** What is to be done with the stream to the peer. */
export interface ProtocolOutput {
  /** To be written now; may be empty. The memory is yours. */
  readonly bytes: Uint8Array;
  /** Whether the stream is to be ended after them. Once `true` it stays so, and no more bytes come. */
  readonly end: boolean;
}

/** Python's limit. */
const MAX_SIZE = 1024 * 1024;

/** One end of a WebSocket connection, without I/O: `ClientProtocol` or `ServerProtocol`. */
export abstract class Protocol {
  readonly side: "client" | "server";
  readonly #maxSize: number | null;
  readonly #autoAnswer: boolean;
  readonly #makeKey: (() => number) | null;
  readonly #queue = new EventQueue();
  readonly #out = new GatheredOutput();
  #session: Session | null = null;
  /** Before there is a session: "connecting", or "closed" when there never was one. */
  #state: State = "connecting";
  #failure: Error | null = null;
  /** Whether the opening handshake is over without success. */
  #over = false;
  /** Whether a Close frame is owed. */
  #owes = false;
  #toldClose = false;
  /** Whether the message that we send misses its last fragment. */
  #fragmented = false;

  /** @internal */
  constructor(
    side: "client" | "server",
    { maxSize = MAX_SIZE, autoAnswer = true }: ProtocolOptions,
    makeKey: (() => number) | null,
  ) {
    if (maxSize !== null && typeof maxSize !== "number") {
      throw new TypeError(`maxSize is of type ${typeof maxSize}: it must be a number or null`);
    }
    if (maxSize !== null && !(maxSize >= 0)) {
      throw new RangeError(`maxSize is ${maxSize}: it must be 0 or more, or null`);
    }
    this.side = side;
    this.#maxSize = maxSize;
    this.#autoAnswer = autoAnswer;
    this.#makeKey = makeKey;
  }

  // --- what is known

  get state(): State {
    return this.#session?.state ?? this.#state;
  }

  /** Why the opening handshake or the connection has failed, or null: the peer's fault, or what `fail` was given. */
  get failure(): Error | null {
    return this.#session?.failure ?? this.#failure;
  }

  /** The Close frame that was sent, or null. `code` is 1005 when it held none. */
  get closeSent(): Close | null {
    return this.#session?.sent ?? null;
  }

  /** The Close frame that came, or null. `code` is 1005 when it held none. */
  get closeReceived(): Close | null {
    return this.#session?.received ?? null;
  }

  /** Which Close frame was the first: ours ("sent") or the peer's ("received"). */
  get closeOrder(): "sent" | "received" | null {
    return this.#session?.order ?? null;
  }

  /** RFC 6455 §7.1.5: the code of the peer's Close frame; 1005 without one in it, 1006 without such a frame. */
  get closeCode(): number | null {
    if (this.state !== "closed") return null;
    return closeCode({ sent: null, received: this.closeReceived, order: null });
  }

  /** §7.1.6: the reason in the peer's Close frame, or the empty string; null before the connection is closed. */
  get closeReason(): string | null {
    if (this.state !== "closed") return null;
    return closeReason({ sent: null, received: this.closeReceived, order: null });
  }

  /**
   * Whether the end of the peer's stream is expected now, so that its owner should not wait for it for ever: the closing
   * handshake is under way, or the opening handshake has failed.
   */
  get closeExpected(): boolean {
    const { state } = this;
    return state === "closing" || (state === "connecting" && this.#over);
  }

  /** The extension that was agreed on, or null. */
  get extension(): Extension | null {
    return this.#session?.extension ?? null;
  }

  // --- receiving

  /**
   * Takes what the peer has sent, cut anywhere. Nothing that the peer sends throws: what is wrong with it becomes a
   * "failing" event, and its answer goes into the output. After the end, bytes are dropped.
   *
   * @param bytes They are read before it returns, and neither changed nor kept.
   * @throws TypeError when it is no Uint8Array.
   */
  receive(bytes: Uint8Array): void {
    checkBytes("bytes", bytes);
    if (bytes.length === 0) return;
    if (this.#session !== null) this.#receive(this.#session, bytes);
    else if (this.#state === "connecting" && !this.#over) this.receiveOpening(bytes);
  }

  /** Takes the end of the peer's stream, or the loss of the connection. Further calls do nothing. */
  receiveEof(): void {
    if (this.state === "closed") return;
    this.#queue.push({ kind: "eof" });
    if (this.#session !== null) {
      // The peer may have ended its own direction only: what is owed can still reach it.
      this.answer();
      this.#session.receiveEof();
      return;
    }
    if (!this.#over) this.loseOpening();
    this.#state = "closed";
    this.#queue.push({ kind: "state", state: "closed" });
  }

  /**
   * With `autoAnswer: false`, after a "close" or "failing" event on an open connection: sends the Close frame that is owed,
   * and on a server ends the stream (§7.1.1). Does nothing when none is owed.
   */
  answer(): void {
    if (!this.#owes) return;
    this.#owes = false;
    this.#session?.answer();
  }

  // --- taking

  /** Takes what has happened since the last call, in order. */
  events(): ProtocolEvent[] {
    return this.#queue.take();
  }

  /** Takes what is to be written to the peer. Ask after each `receive…`, `send…` and `fail`. */
  output(): ProtocolOutput {
    this.#session?.drained();
    return { bytes: this.#out.take(), end: this.#out.ended };
  }

  // --- sending

  /**
   * Sends a text message, or with `fin` false its first fragment (§5.6).
   *
   * @param compress As an extension is asked: `true` whatever the size, `false` never; by default it decides.
   * @throws InvalidState unless the connection is open. @throws ProtocolError while another message misses its last
   * fragment. @throws TypeError when `data` is no string.
   */
  sendText(data: string, fin = true, compress?: boolean): void {
    checkText("data", data);
    this.#begin(fin).sendText(data, fin, compress);
  }

  /**
   * Sends a binary message, or with `fin` false its first fragment (§5.6). The bytes are copied.
   *
   * @param compress As an extension is asked: `true` whatever the size, `false` never; by default it decides.
   * @throws InvalidState unless the connection is open. @throws ProtocolError while another message misses its last
   * fragment. @throws TypeError when `data` is no Uint8Array.
   */
  sendBinary(data: Uint8Array, fin = true, compress?: boolean): void {
    checkBytes("data", data);
    this.#begin(fin).sendBytes(data, false, fin, compress);
  }

  /**
   * Sends a further fragment of the message, with `fin` its last one (§5.4). The fragments of a text may be cut between
   * any two characters.
   *
   * @throws InvalidState unless the connection is open. @throws ProtocolError when no message has begun.
   * @throws TypeError when `data` is neither a string nor a Uint8Array.
   */
  sendContinuation(data: string | Uint8Array, fin: boolean): void {
    if (typeof data !== "string") checkBytes("data", data);
    const session = this.#opened();
    if (!this.#fragmented) throw new ProtocolError("unexpected continuation frame", FRAGMENTS);
    session.sendContinuation(data, fin);
    this.#fragmented = !fin;
  }

  /**
   * Sends a ping (§5.5.2).
   *
   * @throws InvalidState unless the connection is open. @throws RangeError for more than 125 bytes.
   */
  sendPing(data: Uint8Array = NOTHING): void {
    checkBytes("data", data);
    this.#opened().sendPing(data);
  }

  /**
   * Sends a pong that nobody asked for (§5.5.3). Pings are answered without it.
   *
   * @throws InvalidState unless the connection is open. @throws RangeError for more than 125 bytes.
   */
  sendPong(data: Uint8Array = NOTHING): void {
    checkBytes("data", data);
    this.#opened().sendPong(data);
  }

  /**
   * Starts the closing handshake (§7.1.2), or answers the peer's Close frame in other words than its own.
   *
   * @param code `null` for a Close frame without code and reason.
   * @throws InvalidState unless the connection is open. @throws RangeError for a code or reason that cannot be sent.
   */
  sendClose(code: number | null = 1000, reason = ""): void {
    this.#opened().sendClose(code, reason);
  }

  /**
   * Fails the connection (§7.1.7): sends a Close frame if none was sent, drops what else comes, and on a server ends the
   * stream. 1006 does so without a Close frame. Does nothing once the connection is closed.
   *
   * @throws InvalidState before the connection is open. @throws RangeError for a code that cannot be sent.
   */
  fail(code: number, reason = "", error: Error | null = null): void {
    if (this.state === "closed") return;
    if (this.#session === null) throw new InvalidState(this.#state);
    this.#owes = false;
    this.#session.fail(code, reason, error);
  }

  /** Takes it that its owner has cut the connection. Nothing is left to be written. */
  abort(): void {
    if (this.state === "closed") return;
    this.#owes = false;
    this.#out.take();
    this.#out.end();
    if (this.#session !== null) {
      this.#session.abort();
      return;
    }
    this.#state = "closed";
    this.#queue.push({ kind: "state", state: "closed" });
  }

  // --- for the two sides

  /** @internal */
  protected abstract receiveOpening(bytes: Uint8Array): void;

  /** The stream has ended in the middle of the opening handshake. @internal */
  protected abstract loseOpening(): void;

  /** For events of the opening handshake. @internal */
  protected tell(event: ProtocolEvent): void {
    this.#queue.push(event);
  }

  /** @internal */
  protected write(bytes: Uint8Array): void {
    this.#out.write(bytes);
  }

  /** The opening handshake has succeeded; `rest` came behind it. @internal */
  protected open(rest: Uint8Array, extension: Extension | null): void {
    const session = new Session(
      {
        side: this.side,
        maxSize: this.#maxSize,
        text: "string",
        makeKey: this.#makeKey,
        extension: extension === null ? null : atOnce(extension),
      },
      this.#out,
    );
    session.tap = this.#queue;
    this.#session = session;
    this.#queue.push({ kind: "state", state: session.state });
    if (rest.length > 0) this.#receive(session, rest);
  }

  /** The opening handshake has failed by `error`, or with null by our own wish. @internal */
  protected endOpening(error: WebSocketError | null): void {
    this.#over = true;
    this.#out.end();
    if (error === null) return;
    this.#failure = error;
    this.#queue.push({ kind: "failing", error });
  }

  #receive(session: Session, bytes: Uint8Array): void {
    // The memory is the caller's, but a server unmasks in place, and a message may be a view on what has come.
    let stop: Stop = session.receive(new Uint8Array(bytes), this.#queue);
    while (stop === "turn") stop = session.resume(this.#queue);
    if (session.received !== null && !this.#toldClose) {
      this.#toldClose = true;
      this.#queue.push({ kind: "close", ...session.received });
    }
    if (stop === "failing" && session.failure instanceof ProtocolError) {
      this.#queue.push({ kind: "failing", error: session.failure });
    }
    if (stop !== "closing" && stop !== "failing") return;
    this.#owes = true;
    if (this.#autoAnswer) this.answer();
  }

  #opened(): Session {
    const session = this.#session;
    if (session === null || session.state !== "open") throw new InvalidState(this.state);
    return session;
  }

  /** §5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message". */
  #begin(fin: boolean): Session {
    const session = this.#opened();
    if (this.#fragmented) throw new ProtocolError("expected a continuation frame", FRAGMENTS);
    this.#fragmented = !fin;
    return session;
  }
}

const FRAGMENTS = "RFC 6455 §5.4";

const NOTHING = new Uint8Array(0);

/** The same extension without its ways to work elsewhere: what a machine is asked, it has done when it returns. */
function atOnce(extension: Extension): Extension {
  return {
    name: extension.name,
    parameters: extension.parameters,
    rsv: extension.rsv,
    encode: (payload, meta) => extension.encode(payload, meta),
    decode: (source, start, end, fin, sink) => extension.decode(source, start, end, fin, sink),
    close: () => extension.close(),
  };
}

function checkBytes(name: string, value: unknown): void {
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(`${name} is of type ${typeof value}: it must be a Uint8Array`);
  }
}

function checkText(name: string, value: unknown): void {
  if (typeof value !== "string") {
    throw new TypeError(`${name} is of type ${typeof value}: it must be a string`);
  }
}
