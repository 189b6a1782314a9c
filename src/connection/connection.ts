/** What users hold: one open connection, on either side. */
import { encodeUtf8 } from "#platform";
import type { Extension } from "../extensions/extension.ts";
import { checkClose } from "../frames/close.ts";
import { INTERNAL_ERROR, NORMAL_CLOSURE } from "../frames/close-code.ts";
import type { Address } from "../http/address.ts";
import type { HandshakeRequest, HandshakeResponse } from "../http/message.ts";
import type { LoggerLike } from "../logging/adapt.ts";
import type { State } from "../protocol/state.ts";
import type { Closure } from "./closure.ts";
import { orAborted } from "./deadline.ts";
import { type Deferred, defer, handled } from "./deferred.ts";
import { type Delegate, Driver } from "./driver.ts";
import { type ConnectionClosed, connectionClosed } from "./errors.ts";
import { type FragmentSource, sendFragments } from "./fragments.ts";
import { badMessage, isMessage, type Message, toBytes } from "./message.ts";
import type { ConnectionSettings } from "./options.ts";
import { Pings } from "./pings.ts";
import { Reader, type ReadOptions } from "./reader.ts";
import type { Subject, Tap } from "./tap.ts";
import type { Transport } from "./transport.ts";

/** How to send a message. */
export interface SendOptions {
  /** Sends a string as a binary message, or bytes that are UTF-8 as a text message. Default: as its type says. */
  readonly as?: "text" | "binary";
  /** Whether to compress it, where compression was negotiated. Default: above the threshold. */
  readonly compress?: boolean;
  /** Stops waiting for room; the message is sent all the same. */
  readonly signal?: AbortSignal;
}

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

/** The fulfilled promise that `send` returns where there is nothing to wait for. */
const SENT: Promise<void> = Promise.resolve();

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
  #pings: Pings | null = null;
  #closed: Deferred<Closure> | null = null;
  #aborter: AbortController | null = null;
  #error: ConnectionClosed | null = null;
  /** The message that is being sent in fragments or compressed elsewhere: others wait for it. */
  #busy: Promise<void> | null = null;
  /** Whether it is sent in fragments, so that nothing may come between. */
  #fragmenting = false;
  /** Bytes that wait for it. */
  #behind = 0;

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
    this.#reader = new Reader(this.#driver, () => this.#closedError());
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
   * The messages, one after the other. It ends when the connection is closed with 1000, 1001 or no code.
   *
   * @throws ConnectionClosedError when the connection ends otherwise.
   */
  [Symbol.asyncIterator](): AsyncIterator<Message, void, void> {
    return this.#reader.iterate();
  }

  /** What has come, at least one message at a time: all that one read has brought. Ends as iteration does. */
  batches(): AsyncIterable<readonly Message[]> {
    return { [Symbol.asyncIterator]: () => this.#reader.iterateBatches() };
  }

  /**
   * Calls `onMessage` with each message, synchronously with the read, from now until the end. It excludes the other ways
   * to read. While more than `writeLimit.high` waits to be sent, nothing is read.
   *
   * @returns The closure, when the connection has ended. Rejects with what `onMessage` throws.
   */
  consume(onMessage: (data: Message, isText: boolean) => void): Promise<Closure> {
    return this.#reader.consume(onMessage, () => this.closed);
  }

  // --- sending

  /**
   * Sends a message: a string as text, bytes as binary, an iterable of either as one message in fragments.
   *
   * The bytes are taken at once. The promise is backpressure only: it resolves when no more than `writeLimit.high` waits to
   * be sent. Dropping it is safe. (RFC 6455 §5.6)
   *
   * @throws TypeError (rejects) for data of another type.
   * @throws ConnectionClosed (rejects) unless the connection is open.
   */
  send(data: Message | FragmentSource, options?: SendOptions): Promise<void> {
    try {
      if (this.#busy !== null) return this.#sendAfter(this.#busy, data, options);
      if (!isMessage(data)) return this.#sendFragments(data, options);
      if (this.#driver.isLarge(data, options?.compress)) return this.#sendLarge(data, options);
      this.#write(data, options);
      return this.#room(options?.signal);
    } catch (error) {
      return handled(Promise.reject(error));
    }
  }

  /**
   * Sends a message without waiting.
   *
   * @returns Whether it was sent and less than `writeLimit.high` waits; false also when the connection is not open, or a
   *   fragmented message is being sent. It throws for data of another type only.
   */
  post(data: Message, options?: SendOptions): boolean {
    if (!isMessage(data)) throw badMessage(data);
    if (this.#driver.session.state !== "open" || this.#fragmenting) return false;
    if (this.#busy !== null || this.#driver.isLarge(data, options?.compress)) {
      void this.send(data, options);
      return this.bufferedAmount <= this.#driver.settings.writeLimit.high;
    }
    try {
      this.#write(data, options);
    } catch {
      // It was given up just now, because its peer has stopped reading.
      return false;
    }
    return !this.#driver.outbox.congested;
  }

  /**
   * Sends a ping and waits for its pong (RFC 6455 §5.5.2).
   *
   * @param data At most 125 bytes; default: 4 random bytes.
   * @returns The latency in milliseconds. Dropping the promise is safe.
   * @throws ConcurrencyError (rejects) when a ping with the same data is under way.
   * @throws ConnectionClosed (rejects) when the connection closes before.
   */
  ping(data?: Message): Promise<number> {
    return this.#pingsOf().send(this.#driver, data, () => this.#closedError());
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
   * @returns How the connection ended. Dropping the promise is safe; it does not reject for the peer's doing.
   * @throws RangeError (rejects) for a code that may not be sent, or a reason of more than 123 bytes of UTF-8.
   */
  close(code: number = NORMAL_CLOSURE, reason = ""): Promise<Closure> {
    try {
      checkClose(code, reason);
      if (this.#fragmenting) this.#driver.fail(INTERNAL_ERROR, "close during fragmented message");
      else if (this.#busy !== null) void this.#busy.then(() => this.close(code, reason));
      else this.#driver.close(code, reason);
    } catch (error) {
      return handled(Promise.reject(error));
    }
    return this.closed;
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
    return this.#driver.outbox.bufferedAmount + this.#behind;
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
  onData(isText: boolean, data: Uint8Array): void {
    this.#reader.onMessage(data, data.length, isText);
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
    this.#reader.onClosed(closure);
    this.#aborter?.abort(this.#closedError());
    this.#closed?.resolve(closure);
  }

  /** @internal The handler has thrown: logs it, and fails the connection. */
  crash(code: number, error: unknown): void {
    this.#driver.tell({ type: "handler.failed", error });
    this.#driver.fail(code, "", error instanceof Error ? error : null);
  }

  // --- inside

  #write(data: Message, options: SendOptions | undefined): void {
    const driver = this.#driver;
    const { session } = driver;
    if (session.state === "open") driver.beforeSend(data.length);
    if (session.state !== "open") throw this.#closedError();
    const compress = options?.compress;
    if (typeof data !== "string") session.sendBytes(data, options?.as === "text", true, compress);
    else if (options?.as === "binary") session.sendBytes(encodeUtf8(data), false, true, compress);
    else session.sendText(data, true, compress);
  }

  /** Another message is on its way: this one goes when that has gone. Its bytes are taken now. */
  #sendAfter(
    busy: Promise<void>,
    data: Message | FragmentSource,
    options: SendOptions | undefined,
  ): Promise<void> {
    if (!isMessage(data)) return handled(busy.then(() => this.send(data, options)));
    const kept = typeof data === "string" ? data : data.slice();
    this.#behind += kept.length;
    const sent = busy.then(() => {
      this.#behind -= kept.length;
      return this.send(kept, options);
    });
    return handled(sent);
  }

  #sendFragments(source: FragmentSource, options: SendOptions | undefined): Promise<void> {
    if (this.#driver.session.state !== "open") throw this.#closedError();
    this.#fragmenting = true;
    const room = (): Promise<void> => this.#room(undefined);
    return this.#occupy(sendFragments(this.#driver, source, options?.as, options?.compress, room));
  }

  /** Compresses a large message elsewhere, and sends it then; others wait, so that the order is kept. */
  #sendLarge(data: Message, options: SendOptions | undefined): Promise<void> {
    if (this.#driver.session.state !== "open") throw this.#closedError();
    const isText = (options?.as ?? (typeof data === "string" ? "text" : "binary")) === "text";
    const bytes = typeof data === "string" ? encodeUtf8(data) : data.slice();
    this.#behind += bytes.length;
    const sent = this.#driver.sendLarge(bytes, isText).then((wasSent) => {
      this.#behind -= bytes.length;
      if (!wasSent) throw this.#closedError();
      return this.#room(options?.signal);
    });
    return this.#occupy(sent);
  }

  /** Others wait for `sent`. */
  #occupy(sent: Promise<void>): Promise<void> {
    const free = (): void => {
      if (this.#busy === busy) this.#busy = null;
      this.#fragmenting = false;
    };
    const busy: Promise<void> = sent.then(free, free);
    this.#busy = busy;
    return handled(sent);
  }

  #room(signal: AbortSignal | undefined): Promise<void> {
    const { outbox } = this.#driver;
    return outbox.congested ? handled(orAborted(outbox.drained(), signal)) : SENT;
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
