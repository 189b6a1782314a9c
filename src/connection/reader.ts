/**
 * The reading half of a connection: messages wait in an inbox for one reader, or go straight to a consumer.
 *
 * Nothing is emitted before somebody asks: the first message cannot be lost. When too much waits the peer is made to wait.
 */
import { decodeUtf8, deferTick, encodeUtf8 } from "#platform";
import { INVALID_DATA } from "../frames/close-code.ts";
import { explainInvalidUtf8 } from "../frames/utf8.ts";
import type { Closure } from "./closure.ts";
import { orAborted } from "./deadline.ts";
import { type Deferred, defer, handled } from "./deferred.ts";
import type { Driver } from "./driver.ts";
import { ConcurrencyError, type ConnectionClosed, ConnectionClosedOK } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import type { Message } from "./message.ts";

export interface ReadOptions {
  /** "text" gives strings, "bytes" Uint8Arrays, whatever the peer sent; "auto" (default) what it sent. */
  readonly as?: "auto" | "text" | "bytes";
  /** Stops waiting. */
  readonly signal?: AbortSignal;
}

type OnMessage = (data: Message, isText: boolean) => void;

const END: IteratorResult<never, void> = { done: true, value: undefined };

export class Reader {
  readonly #driver: Driver;
  readonly #closedError: () => ConnectionClosed;
  readonly #inbox: Inbox;
  /** The one who waits for a message to come. */
  #waiting: Deferred<void> | null = null;
  /** Whether a message was handed out and its taker has not come back for more. */
  #busy = false;
  #consumer: OnMessage | null = null;
  #consumed: Deferred<Closure> | null = null;
  #ended = false;
  #judging = false;

  constructor(driver: Driver, closedError: () => ConnectionClosed) {
    this.#driver = driver;
    this.#closedError = closedError;
    const { queueBytes, queueMessages } = driver.settings;
    this.#inbox = new Inbox(queueBytes, queueMessages);
  }

  /** Whether all messages were taken, and their taker has come back, if there is one. */
  get isIdle(): boolean {
    return this.#inbox.length === 0 && (!this.#busy || this.#waiting !== null);
  }

  /** The promise is marked as handled. */
  recv(options: ReadOptions = {}): Promise<Message> {
    return handled(this.#recv(options));
  }

  async #recv(options: ReadOptions): Promise<Message> {
    options.signal?.throwIfAborted();
    this.#checkFree();
    while (this.#inbox.length === 0) {
      if (this.#ended) throw this.#closedError();
      await this.#wait(options.signal);
    }
    return this.#convert(this.#take(), options.as);
  }

  iterate(): AsyncIterator<Message, void, void> {
    return this.#iterator(() => this.#take());
  }

  iterateBatches(): AsyncIterator<readonly Message[], void, void> {
    return this.#iterator(() => {
      this.#busy = true;
      const all = this.#inbox.takeAll();
      this.#makeRoom();
      return all;
    });
  }

  consume(onMessage: OnMessage, closed: () => Promise<Closure>): Promise<Closure> {
    try {
      this.#checkFree();
    } catch (error) {
      return handled(Promise.reject(error));
    }
    this.#consumed = defer<Closure>();
    this.#consumer = onMessage;
    handled(this.#consumed.promise);
    while (this.#consumer !== null && this.#inbox.length > 0) {
      const message = this.#inbox.take() as Message;
      this.#call(message, typeof message === "string" || this.#driver.settings.text === "bytes");
    }
    this.#makeRoom();
    if (this.#ended) void closed().then(this.#consumed.resolve);
    return this.#consumed.promise;
  }

  // --- what the connection is told

  onMessage(message: Message, size: number, isText: boolean): void {
    if (this.#consumer !== null) {
      this.#call(message, isText);
      return;
    }
    // After our own Close the peer is not made to wait any more, so what nobody reads must not pile up.
    if (this.#driver.session.state !== "open" && this.#inbox.isFull) return;
    this.#inbox.add(message, size);
    this.#wake();
  }

  /** What one read brought is here: judges it when the reader has had its turn. */
  onTurn(): void {
    if (this.#consumer !== null) {
      if (this.#driver.outbox.congested) this.#driver.pauseReading();
      return;
    }
    if (this.#judging || !this.#inbox.isFull) return;
    this.#judging = true;
    deferTick(() => {
      this.#judging = false;
      if (this.#inbox.isFull) this.#driver.pauseReading();
    });
  }

  onRoom(): void {
    if (this.#consumer !== null && !this.#driver.outbox.congested) this.#driver.resumeReading();
  }

  onClosed(closure: Closure): void {
    this.#ended = true;
    this.#wake();
    this.#consumer = null;
    this.#consumed?.resolve(closure);
  }

  // --- inside

  #iterator<T>(take: () => T): AsyncIterator<T, void, void> {
    return {
      next: () => {
        const ready = this.#waiting === null && this.#consumer === null && this.#inbox.length > 0;
        return ready ? Promise.resolve({ done: false, value: take() }) : handled(this.#next(take));
      },
      return: () => {
        this.#busy = false;
        return Promise.resolve(END);
      },
    };
  }

  async #next<T>(take: () => T): Promise<IteratorResult<T, void>> {
    this.#checkFree();
    while (this.#inbox.length === 0) {
      if (this.#ended) {
        const error = this.#closedError();
        if (error instanceof ConnectionClosedOK) return END;
        throw error;
      }
      await this.#wait(undefined);
    }
    return { done: false, value: take() };
  }

  #take(): Message {
    const message = this.#inbox.take() as Message;
    this.#busy = true;
    this.#makeRoom();
    return message;
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const waiting = defer<void>();
    this.#waiting = waiting;
    this.#driver.onReaderIdle();
    try {
      await orAborted(waiting.promise, signal);
    } finally {
      if (this.#waiting === waiting) this.#waiting = null;
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    this.#busy = true;
    waiting.resolve();
  }

  #makeRoom(): void {
    if (this.#driver.isPaused && this.#inbox.hasRoom) this.#driver.resumeReading();
  }

  #checkFree(): void {
    if (this.#waiting !== null || this.#consumer !== null) {
      throw new ConcurrencyError(
        "can't read while another call of recv, batches, consume or an iteration is already reading",
      );
    }
  }

  #call(message: Message, isText: boolean): void {
    try {
      this.#consumer?.(message, isText);
    } catch (error) {
      this.#consumer = null;
      this.#consumed?.reject(error);
    }
  }

  #convert(message: Message, as: "auto" | "text" | "bytes" = "auto"): Message {
    if (as === "bytes") return typeof message === "string" ? encodeUtf8(message) : message;
    if (as === "auto" || typeof message === "string") return message;
    const text = decodeUtf8(message, 0, message.length);
    if (text !== null) return text;
    const error = explainInvalidUtf8(message, 0, message.length);
    this.#driver.fail(INVALID_DATA, error.message, error);
    throw this.#closedError();
  }
}
