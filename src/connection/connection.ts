/** What users hold: one open connection, on either side. */
import type { Extension } from "../extensions/extension.ts";
import { checkClose } from "../frames/close.ts";
import { INTERNAL_ERROR, NORMAL_CLOSURE, TRY_AGAIN_LATER } from "../frames/close-code.ts";
import type { Address } from "../http/address.ts";
import type { HandshakeRequest, HandshakeResponse } from "../http/message.ts";
import type { LoggerLike } from "../logging/adapt.ts";
import type { PreparedMessage } from "../protocol/prepared.ts";
import type { State } from "../protocol/state.ts";
import { signalOf, type WaitOptions } from "./abort.ts";
import type { Closure } from "./closure.ts";
import { orAborted } from "./deadline.ts";
import { type Deferred, defer, handled } from "./deferred.ts";
import type { Delegate } from "./delegate.ts";
import { Driver } from "./driver.ts";
import { type ConnectionClosed, connectionClosed } from "./errors.ts";
import type { FragmentSource } from "./fragments.ts";
import { type Message, toBytes } from "./message.ts";
import { type ConnectionSettings, show } from "./options.ts";
import { Pings } from "./pings.ts";
import type { ReadOptions } from "./read-options.ts";
import { Reader } from "./reader.ts";
import type { SendOptions } from "./send-options.ts";
import { Sender } from "./sender.ts";
import type { Subject, Tap } from "./tap.ts";
import type { Transport } from "./transport.ts";
import { makeReadable, makeWritable } from "./web-streams.ts";

/** What a connection is made of; for whoever opens connections. */
export interface ConnectionParts<D> {
  readonly transport: Transport;
  readonly settings: ConnectionSettings;
  readonly subject: Subject;
  readonly tap: Tap | null;
  readonly logger: LoggerLike | null;
  readonly request: HandshakeRequest;
  readonly response: HandshakeResponse;
  readonly subprotocol: string | null;
  /** The extension that was agreed on, if any. */
  readonly extension: Extension | null;
  readonly data: D;
}

/**
 * One open connection, on either side. `serve` hands it to the handler, `connect` returns it; `D` is the type of `data`.
 *
 * Messages are asked for (`for await`, `recv`) or pushed (`consume`), in one way at a time; what nobody has read waits, and
 * when too much waits the peer does.
 */
export class Connection<D = unknown> implements Delegate, AsyncIterable<Message>, AsyncDisposable {
  /** The request of the opening handshake. */
  readonly request: HandshakeRequest;
  /** The response of the opening handshake. */
  readonly response: HandshakeResponse;
  /** The subprotocol that was agreed on, or null. */
  readonly subprotocol: string | null;
  /** What `processRequest` has attached to the connection. */
  readonly data: D;

  readonly #transport: Transport;
  readonly #logger: LoggerLike | null;
  readonly #driver: Driver;
  readonly #reader: Reader;
  readonly #sender: Sender;
  /** @internal Called when it has closed. */
  whenClosed: ((connection: object) => void) | null = null;

  #pings: Pings | null = null;
  #closed: Deferred<Closure> | null = null;
  #aborter: AbortController | null = null;
  #error: ConnectionClosed | null = null;
  #readable: ReadableStream<Message> | null = null;
  #writable: WritableStream<Message> | null = null;
  /** @internal Connections are made by `serve` and `connect`. */
  constructor(parts: ConnectionParts<D>) {
    this.request = parts.request;
    this.response = parts.response;
    this.subprotocol = parts.subprotocol;
    this.data = parts.data;
    this.#transport = parts.transport;
    this.#logger = parts.logger;
    parts.subject.websocket = this;
    const { transport, settings, subject, tap, extension } = parts;
    this.#driver = new Driver(transport, settings, subject, this, tap, extension);
    const closedError = (): ConnectionClosed => this.#closedError();
    this.#reader = new Reader(this.#driver, closedError);
    this.#sender = new Sender(this.#driver, closedError);
  }

  /** @internal Begins to read; `head` is what came behind the opening handshake. */
  start(head: Uint8Array): void {
    this.#driver.start(head);
  }

  // --- receiving

  /**
   * The next message: a string for a text message, a Uint8Array for a binary one.
   *
   * What was received before the connection closed stays readable after.
   *
   * @throws ConnectionClosedOK or ConnectionClosedError (rejects) when there is none left and the connection is closed.
   * @throws ConcurrencyError (rejects) when another call already waits for the next message.
   * @throws `signal.reason` (rejects) when the signal aborts. No message is lost by it.
   */
  recv(options: ReadOptions & { readonly as: "text" }): Promise<string>;
  recv(options: ReadOptions & { readonly as: "bytes" }): Promise<Uint8Array>;
  recv(options?: ReadOptions): Promise<Message>;
  recv(options?: ReadOptions): Promise<Message> {
    return this.#reader.recv(options);
  }

  /**
   * The next message, piece by piece as it arrives: what has come since the last piece, at least one piece a message. Pieces
   * of text are strings, and no character is cut in two; how the peer has cut its frames cannot be told from them.
   *
   * When `maxQueue.bytes` of it wait the peer is made to wait, so that a message may be much larger than memory for it,
   * though not larger than `maxSize`. It must be read to its end: until then the other ways to read reject with
   * ConcurrencyError, and another call goes on where this one was left. (RFC 6455 §5.4)
   *
   * Errors are those of `recv`, thrown as the pieces are asked for; ConnectionClosed also when the connection closes before
   * the message has ended.
   *
   * @throws TypeError at once, for `as` that is not known.
   */
  recvStreaming(options: ReadOptions & { readonly as: "text" }): AsyncIterableIterator<string>;
  recvStreaming(options: ReadOptions & { readonly as: "bytes" }): AsyncIterableIterator<Uint8Array>;
  recvStreaming(options?: ReadOptions): AsyncIterableIterator<Message>;
  recvStreaming(options?: ReadOptions): AsyncIterableIterator<Message> {
    return this.#reader.stream(options);
  }

  /**
   * The messages, one after the other. It ends when the connection is closed with 1000, 1001 or no code.
   *
   * @throws ConnectionClosedError when the connection ends otherwise.
   */
  [Symbol.asyncIterator](): AsyncIterator<Message, void, void> {
    return this.#reader.iterate();
  }

  /**
   * What has come, at least one message at a time: all that one read has brought. Ends as iteration does.
   *
   * @throws `options.signal.reason` when the signal aborts. No message is lost by it.
   * @throws TypeError at once, for an option that is wrong.
   */
  batches(options?: WaitOptions): AsyncIterable<readonly Message[]> {
    const signal = signalOf(options, "batches");
    return { [Symbol.asyncIterator]: () => this.#reader.iterateBatches(signal) };
  }

  /**
   * Calls `onMessage` with each message, synchronously with the read, from now until the end. It excludes the other ways
   * to read. While more than `writeLimit.high` waits to be sent, nothing is read.
   *
   * Bytes are a view on what was read with them, at most 64 KiB: store `data.slice()`, not `data`.
   *
   * @returns The closure, when the connection has ended. Rejects with what `onMessage` throws.
   * @throws `options.signal.reason` (rejects) when the signal aborts: what comes then waits for another reader.
   */
  consume(
    onMessage: (data: Message, isText: boolean) => void,
    options?: WaitOptions,
  ): Promise<Closure> {
    return this.#reader.consume(onMessage, () => this.closed, options);
  }

  /**
   * The messages as a Web Stream, made on first use; it reads no message before somebody asks it for one. It ends as
   * iteration does. Cancelling it closes the connection with 1000.
   */
  get readable(): ReadableStream<Message> {
    this.#readable ??= makeReadable(this.#ends());
    return this.#readable;
  }

  // --- sending

  /**
   * A Web Stream, made on first use, each of whose chunks is sent as a message; it is ready for more when `send` would not
   * wait. Closing it closes the connection with 1000, aborting it with 1011. It errors when the connection ends otherwise than
   * with 1000, 1001 or no code, and at the first chunk after any end.
   */
  get writable(): WritableStream<Message> {
    this.#writable ??= makeWritable(this.#ends());
    return this.#writable;
  }

  /**
   * Sends a message: a string as text, bytes as binary, an iterable of either as one message in fragments.
   *
   * The bytes are taken at once. The promise is backpressure only: it resolves when no more than `writeLimit.high` waits to
   * be sent. Dropping it is safe. (RFC 6455 §5.6)
   *
   * @throws TypeError (rejects) for data of another type, or an option that is wrong.
   * @throws `options.signal.reason` (rejects) when the signal aborts while it waits.
   * @throws ConnectionClosed (rejects) unless the connection is open.
   */
  send(data: Message | FragmentSource, options?: SendOptions): Promise<void> {
    return this.#sender.send(data, options);
  }

  /**
   * Sends a message without waiting.
   *
   * @returns Whether it was sent and less than `writeLimit.high` waits; false also when the connection is not open, or a
   *   fragmented message is being sent.
   * @throws TypeError for data of another type, or an option that is wrong; never for the connection's state.
   */
  post(data: Message, options?: SendOptions): boolean {
    return this.#sender.post(data, options);
  }

  /**
   * Sends a ping and waits for its pong (RFC 6455 §5.5.2).
   *
   * @param data At most 125 bytes; default: 4 random bytes.
   * @param options.signal Stops waiting for the pong; when it has aborted before, no ping is sent.
   * @returns The latency in milliseconds. Dropping the promise is safe.
   * @throws ConcurrencyError (rejects) when a ping with the same data is under way.
   * @throws ConnectionClosed (rejects) when the connection closes before.
   * @throws `options.signal.reason` (rejects) when the signal aborts. @throws TypeError, RangeError (rejects) for wrong data.
   */
  ping(data?: Message, options?: WaitOptions): Promise<number> {
    return this.#pingsOf().send(this.#driver, data, () => this.#closedError(), options);
  }

  /** Sends a pong that nobody asked for (RFC 6455 §5.5.3), of at most 125 bytes. On a closed connection it does nothing. */
  pong(data: Message = ""): void {
    const payload = toBytes(data);
    if (this.#driver.session.state !== "open") return;
    this.#driver.listen();
    this.#driver.session.sendPong(payload);
  }

  // --- the end

  /**
   * Closes the connection: what was sent before is delivered, then a Close frame (RFC 6455 §7.1.2). Closing takes at most
   * `closeTimeout`. On a connection that is closing or closed it only waits.
   *
   * @param options.signal Stops waiting for the end; closing goes on, and begins also when it has aborted before.
   * @returns How the connection ended. Dropping the promise is safe; it does not reject for the peer's doing.
   * @throws `options.signal.reason` (rejects) when the signal aborts.
   * @throws RangeError (rejects) for a code that may not be sent, or a reason of more than 123 bytes of UTF-8.
   * @throws TypeError (rejects) for a reason that is no string.
   */
  close(code: number = NORMAL_CLOSURE, reason = "", options?: WaitOptions): Promise<Closure> {
    let signal: AbortSignal | undefined;
    try {
      signal = signalOf(options, "close");
      if (typeof reason !== "string") {
        throw new TypeError(`reason is ${show(reason)}: it must be a string`);
      }
      checkClose(code, reason);
      const { busy, fragmenting } = this.#sender;
      if (fragmenting) this.#driver.fail(INTERNAL_ERROR, "close during fragmented message");
      else if (busy) {
        this.#sender.after(() => void this.close(code, reason));
        this.#sender.hurry();
      } else this.#driver.close(code, reason);
    } catch (error) {
      return handled(Promise.reject(error));
    }
    return handled(orAborted(this.closed, signal));
  }

  /** Cuts the connection at once, without a closing handshake. What waits to be sent is lost. */
  abort(): void {
    this.#driver.abort();
  }

  /** How the connection ended, when it has. It never rejects. */
  get closed(): Promise<Closure> {
    if (this.#closed === null) {
      this.#closed = defer<Closure>();
      const { closure } = this.#driver;
      if (closure !== null) this.#closed.resolve(closure);
    }
    return this.#closed.promise;
  }

  /** Aborts when the connection has closed; its reason is a ConnectionClosed. */
  get signal(): AbortSignal {
    if (this.#aborter === null) {
      this.#aborter = new AbortController();
      if (this.#driver.closure !== null) this.#aborter.abort(this.#closedError());
    }
    return this.#aborter.signal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // --- looking

  /** A UUID, the same in the log. */
  get id(): string {
    return this.#driver.subject.id;
  }

  get state(): State {
    const { closure, session } = this.#driver;
    if (closure !== null) return "closed";
    return session.state === "closed" ? "closing" : session.state;
  }

  /** The code of the peer's Close frame, once the connection is closed: 1005 when it had none, 1006 when there was none. */
  get closeCode(): number | null {
    return this.#driver.closure?.code ?? null;
  }

  /** The reason in the peer's Close frame, once the connection is closed. */
  get closeReason(): string | null {
    return this.#driver.closure?.reason ?? null;
  }

  /** What the last ping has measured, in milliseconds; 0 before the first pong. */
  get latency(): number {
    return this.#driver.latency;
  }

  /** Bytes that wait to be sent. */
  get bufferedAmount(): number {
    return this.#driver.outbox.bufferedAmount + this.#sender.behind;
  }

  get localAddress(): Address | null {
    return this.#transport.localAddress;
  }

  get remoteAddress(): Address | null {
    return this.#driver.subject.remoteAddress;
  }

  /** The logger that the connection logs to; null is silence. */
  get logger(): LoggerLike | null {
    return this.#logger;
  }

  /** Whether the connection's frames and steps are logged, whatever the logger's level. May be changed at any time. */
  get debug(): boolean {
    return this.#driver.subject.debug;
  }

  set debug(value: boolean) {
    this.#driver.subject.debug = value;
  }

  /** @internal As its request's owner. */
  get secure(): boolean {
    return this.#transport.isEncrypted;
  }

  /** @internal Whom its events are about. */
  get subject(): Subject {
    return this.#driver.subject;
  }

  // --- what the driver tells

  /** @internal */
  get isIdle(): boolean {
    return this.#reader.isIdle;
  }

  /** @internal */
  onText(text: string, size: number): void {
    this.#reader.onMessage(text, size, true);
  }

  /** @internal */
  onData(isText: boolean, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.#reader.onData(isText, bytes, start, end, owned);
  }

  /** @internal */
  onPiece(isText: boolean, piece: Message, size: number, fin: boolean): void {
    this.#reader.onPiece(isText, piece, size, fin);
  }

  /** @internal */
  onTurn(): void {
    this.#reader.onTurn();
  }

  /** @internal */
  onPong(bytes: Uint8Array, start: number, end: number): void {
    const latency =
      this.#pings?.answer(bytes, start, end, this.#driver.settings.clock.now()) ?? null;
    if (latency !== null) this.#driver.latency = latency;
  }

  /** @internal */
  onRoom(): void {
    this.#reader.onRoom();
  }

  /** @internal */
  onClosed(closure: Closure): void {
    const error = (): ConnectionClosed => this.#closedError();
    this.#driver.outbox.close(error);
    this.#pings?.close(error);
    this.#sender.close();
    this.#reader.onClosed(closure);
    this.#aborter?.abort(this.#closedError());
    this.#closed?.resolve(closure);
    this.whenClosed?.(this);
  }

  /** @internal A broadcast: see `Sender.postPrepared`. */
  postPrepared(
    message: PreparedMessage,
    compress: boolean | undefined,
  ): "sent" | "busy" | "closed" {
    return this.#sender.postPrepared(message, compress);
  }

  /** @internal Whether more than `writeLimit.max` waits to be sent. */
  get isSlow(): boolean {
    return this.bufferedAmount > this.#driver.settings.writeLimit.max;
  }

  /** @internal Closes the connection for being slow. */
  closeSlow(): void {
    this.#driver.fail(TRY_AGAIN_LATER, "too much data waits to be sent");
  }

  /** @internal Whether a message that is to wait for room would have to, or others do already. */
  get waits(): boolean {
    return this.state === "open" && (this.isSlow || this.#sender.patient);
  }

  /** @internal A broadcast that waits: see `Sender.sendPatiently`. */
  sendPatiently(payload: Uint8Array, isText: boolean, compress: boolean | undefined): void {
    this.#sender.sendPatiently(payload, isText, compress);
  }

  /** @internal A broadcast has left this connection out. */
  skipped(reason: string): void {
    this.#driver.tell({ type: "broadcast.skipped", reason });
  }

  /** @internal The handler has thrown: logs it, and closes the connection. */
  crash(code: number, error: unknown): void {
    const driver = this.#driver;
    driver.tell({ type: "handler.failed", error });
    if (error instanceof Error) driver.fault ??= error;
    if (this.#sender.fragmenting) driver.fail(code, "");
    else driver.close(code, "", true);
  }

  /** @internal Bytes that the connection holds: received and not read, under way, and not yet sent. */
  get held(): number {
    return this.#driver.held + this.#sender.behind + this.#reader.held;
  }

  /** @internal Gives the connection up to free what it holds: what it has received and nobody has read goes too. */
  giveUp(reason: string): void {
    const driver = this.#driver;
    this.#reader.discard();
    driver.fail(TRY_AGAIN_LATER, reason);
    // Behind much that waits, the Close frame would not come through either.
    if (driver.outbox.congested) driver.abort();
  }

  // --- inside

  #ends(): Parameters<typeof makeReadable>[0] {
    return {
      messages: () => this.#reader.iterate(),
      send: (message) => this.send(message),
      close: (code) => this.close(code),
      closed: this.closed,
      closedError: () => this.#closedError(),
    };
  }

  #pingsOf(): Pings {
    this.#pings ??= new Pings();
    return this.#pings;
  }

  #closedError(): ConnectionClosed {
    const { session, closure, keepaliveFailed } = this.#driver;
    if (this.#error !== null && closure !== null) return this.#error;
    const error = connectionClosed(
      session,
      this,
      closure?.cause ?? session.failure,
      keepaliveFailed,
    );
    if (closure !== null) this.#error = error;
    return error;
  }
}
