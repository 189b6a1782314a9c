/**
 * The reading half of a connection: messages wait in an inbox for one reader, or go straight to a consumer.
 *
 * Nothing is emitted before somebody asks: the first message cannot be lost. When too much waits the peer is made to wait.
 */
import { decodeUtf8, deferTick, encodeUtf8 } from "#platform";
import { INVALID_DATA } from "../frames/close-code.ts";
import { explainInvalidUtf8 } from "../frames/utf8.ts";
import type { Closure } from "./closure.ts";
import { type Deferred, defer, handled } from "./deferred.ts";
import type { Driver } from "./driver.ts";
import { ConcurrencyError, type ConnectionClosed, ConnectionClosedOK } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import type { Message } from "./message.ts";
import { show } from "./options.ts";

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
  /** The one who waits for a message to come, until it has taken it. */
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
    return this.#inbox.length === 0 && !this.#busy;
  }

  /** The promise is marked as handled. */
  recv(options: ReadOptions = {}): Promise<Message> {
    return handled(this.#recv(options));
  }

  async #recv(options: ReadOptions): Promise<Message> {
    const { as = "auto", signal } = options;
    if (as !== "auto" && as !== "text" && as !== "bytes") {
      throw new TypeError(`as is ${show(as)}: it can be "auto", "text" or "bytes"`);
    }
    signal?.throwIfAborted();
    this.#checkFree();
    if (this.#isDry) await this.#arrival(signal);
    this.#waiting = null;
    if (this.#inbox.length === 0) throw this.#closedError();
    return this.#convert(this.#take(), as);
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
      if (typeof onMessage !== "function") {
        throw new TypeError(`onMessage is ${show(onMessage)}: it must be a function`);
      }
    } catch (error) {
      return handled(Promise.reject(error));
    }
    const consumed = defer<Closure>();
    this.#consumed = consumed;
    this.#consumer = onMessage;
    this.#busy = false;
    handled(consumed.promise);
    while (this.#consumer !== null && this.#inbox.length > 0) {
      const isText = this.#inbox.isText;
      this.#call(this.#inbox.take() as Message, isText);
    }
    this.#makeRoom();
    if (this.#ended) {
      this.#consumer = null;
      void closed().then(consumed.resolve);
    } else if (this.isIdle) {
      this.#driver.onReaderIdle();
    }
    return consumed.promise;
  }

  /** Bytes of messages that wait to be read. */
  get held(): number {
    return this.#inbox.bytes;
  }

  /** Drops all messages that wait. */
  discard(): void {
    this.#inbox.takeAll();
  }

  // --- what the connection is told

  onMessage(message: Message, size: number, isText: boolean): void {
    if (this.#consumer !== null) {
      this.#call(message, isText);
      return;
    }
    // After our own Close the peer is not made to wait any more, so what nobody reads must not pile up.
    if (this.#driver.session.state !== "open" && this.#inbox.isFull) return;
    this.#inbox.add(message, size, isText);
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
    // Node's next tick comes before the promises that are settled now: so the next tick after those.
    void Promise.resolve().then(() => deferTick(() => this.#judge()));
  }

  #judge(): void {
    this.#judging = false;
    if (this.#inbox.isFull) this.#driver.pauseReading();
  }

  onRoom(): void {
    if (this.#consumer === null) this.#makeRoom();
    else if (!this.#driver.outbox.congested) this.#driver.resumeReading();
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
        if (this.isIdle) this.#driver.onReaderIdle();
        return Promise.resolve(END);
      },
    };
  }

  async #next<T>(take: () => T): Promise<IteratorResult<T, void>> {
    this.#checkFree();
    if (this.#isDry) await this.#arrival(undefined);
    this.#waiting = null;
    if (this.#inbox.length > 0) return { done: false, value: take() };
    const error = this.#closedError();
    if (error instanceof ConnectionClosedOK) return END;
    throw error;
  }

  /** Whether there is nothing to take yet, but perhaps later. */
  get #isDry(): boolean {
    return this.#inbox.length === 0 && !this.#ended;
  }

  #take(): Message {
    const message = this.#inbox.take() as Message;
    this.#busy = true;
    this.#makeRoom();
    return message;
  }

  /** Waits until there is something to take, or the end. Until its caller has taken it, nobody else may read. */
  #arrival(signal: AbortSignal | undefined): Promise<void> {
    const waiting = defer<void>();
    this.#waiting = waiting;
    this.#busy = false;
    if (signal !== undefined) {
      const onAbort = (): void => {
        if (!this.#isDry) return;
        this.#waiting = null;
        waiting.reject(signal.reason);
      };
      const leave = (): void => signal.removeEventListener("abort", onAbort);
      signal.addEventListener("abort", onAbort, { once: true });
      waiting.promise.then(leave, leave);
    }
    this.#driver.onReaderIdle();
    return waiting.promise;
  }

  #wake(): void {
    if (this.#waiting === null) return;
    this.#busy = true;
    this.#waiting.resolve();
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

  #convert(message: Message, as: "auto" | "text" | "bytes"): Message {
    if (as === "bytes") return typeof message === "string" ? encodeUtf8(message) : message;
    if (as === "auto" || typeof message === "string") return message;
    const text = decodeUtf8(message, 0, message.length);
    if (text !== null) return text;
    const error = explainInvalidUtf8(message, 0, message.length);
    this.#driver.fail(INVALID_DATA, error.message, error);
    throw this.#closedError();
  }
}
