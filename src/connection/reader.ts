/**
 * The reading half of a connection: messages wait in an inbox for one reader, or go straight to a consumer.
 *
 * Nothing is emitted before somebody asks: the first message cannot be lost. When too much waits the peer is made to wait.
 */
import { deferTick } from "#platform";
import { INVALID_DATA } from "../frames/close-code.ts";
import { keepMessage, viewMessage } from "../protocol/keep.ts";
import { onAborted, signalOf, type WaitOptions } from "./abort.ts";
import type { Closure } from "./closure.ts";
import { type Deferred, defer, handled } from "./deferred.ts";
import type { Driver } from "./driver.ts";
import { ConcurrencyError, type ConnectionClosed } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import { Iteration, type IterationSource } from "./iteration.ts";
import type { Message } from "./message.ts";
import { MessageStream, type Piece } from "./message-stream.ts";
import { show } from "./options.ts";
import { checkAs, convert, type ReadOptions } from "./read-options.ts";

type OnMessage = (data: Message, isText: boolean) => void;

export class Reader implements IterationSource {
  readonly #driver: Driver;
  readonly #closedError: () => ConnectionClosed;
  readonly #inbox: Inbox;
  /** The one who waits for a message to come, until it has taken it. */
  #waiting: Omit<Deferred<void>, "promise"> | null = null;
  /** Whether a message was handed out and its taker has not come back for more. */
  #busy = false;
  #consumer: OnMessage | null = null;
  #consumed: Deferred<Closure> | null = null;
  #ended = false;
  #judging = false;
  /** Whether a message was dropped. Then all that come after it are: what can be read has no gaps. */
  #drops = false;
  /** What has come of the message that is being read piece by piece, until its last piece is taken. */
  #pieces: Inbox | null = null;
  /** Whether more of it is to come, the last piece is among them, or some were dropped, so that it never ends. */
  #rest: "comes" | "came" | "lost" = "comes";
  /** Whether the message that comes next is wanted in pieces. */
  #wantsPieces = false;

  constructor(driver: Driver, closedError: () => ConnectionClosed) {
    this.#driver = driver;
    this.#closedError = closedError;
    const { queueBytes, queueMessages } = driver.settings;
    this.#inbox = new Inbox(queueBytes, queueMessages);
  }

  /** Whether all messages were taken, and their taker has come back, if there is one. */
  get isIdle(): boolean {
    return this.#inbox.length === 0 && !this.#busy && (this.#pieces?.length ?? 0) === 0;
  }

  /** The promise is marked as handled. */
  recv(options: ReadOptions | undefined): Promise<Message> {
    return handled(this.#recv(options));
  }

  async #recv(options: ReadOptions | undefined): Promise<Message> {
    const signal = options?.signal;
    const as = options === undefined ? "auto" : checkAs(options);
    signal?.throwIfAborted();
    this.#checkFree();
    if (this.#isDry) await this.#arrival(signal);
    this.#waiting = null;
    if (this.#inbox.length === 0) throw this.#closedError();
    return convert(this.#take(), as, (error) => this.refuse(error));
  }

  stream(options: ReadOptions = {}): MessageStream {
    return new MessageStream(this, checkAs(options), options.signal);
  }

  /** As `PieceSource`. The promise is marked as handled. */
  nextPiece(signal: AbortSignal | undefined): Promise<Piece> {
    return handled(this.#nextPiece(signal));
  }

  async #nextPiece(signal: AbortSignal | undefined): Promise<Piece> {
    signal?.throwIfAborted();
    this.#checkFree(true);
    if (this.#isDry) {
      this.#wantsPieces = this.#pieces === null;
      if (this.#wantsPieces) this.#driver.stream(true);
      try {
        // What had come of it already may be here now.
        if (this.#isDry) await this.#arrival(signal);
      } finally {
        this.#wantNoPieces();
      }
    }
    this.#waiting = null;
    const pieces = this.#pieces;
    if (pieces === null && this.#inbox.length > 0) return { data: this.#take(), last: true };
    if (pieces === null || pieces.length === 0) {
      this.#pieces = null;
      throw this.#closedError();
    }
    const data = pieces.take() as Message;
    const last = this.#rest === "came" && pieces.length === 0;
    if (last) this.#pieces = null;
    this.#busy = true;
    this.#makeRoom();
    return { data, last };
  }

  iterate(): AsyncIterator<Message, void, void> {
    return new Iteration(this, () => this.#take(), undefined, true);
  }

  iterateBatches(signal: AbortSignal | undefined): AsyncIterator<readonly Message[], void, void> {
    const takeAll = (): readonly Message[] => {
      this.#busy = true;
      const all = this.#inbox.takeAll();
      this.#makeRoom();
      return all;
    };
    return new Iteration(this, takeAll, signal, false);
  }

  consume(
    onMessage: OnMessage,
    closed: () => Promise<Closure>,
    options: WaitOptions | undefined,
  ): Promise<Closure> {
    let signal: AbortSignal | undefined;
    try {
      signal = signalOf(options, "consume");
      signal?.throwIfAborted();
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
    if (signal !== undefined) this.#stopWhenAborted(consumed, signal);
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

  #stopWhenAborted(consumed: Deferred<Closure>, signal: AbortSignal): void {
    const leave = onAborted(signal, () => {
      if (this.#consumed === consumed) this.#stopConsumer(signal.reason);
    });
    consumed.promise.then(leave, leave);
  }

  /** Bytes of messages that wait to be read. */
  get held(): number {
    return this.#inbox.bytes + (this.#pieces?.bytes ?? 0);
  }

  /** Drops all messages that wait. */
  discard(): void {
    this.#drops = true;
    this.#inbox.takeAll();
    if (this.#pieces === null) return;
    // A message of which a part is gone does not end.
    this.#pieces.takeAll();
    this.#rest = "lost";
  }

  // --- what the connection is told

  onMessage(message: Message, size: number, isText: boolean): void {
    if (this.#consumer !== null) {
      this.#call(message, isText);
      return;
    }
    // After our own Close the peer is not made to wait any more, so what nobody reads must not pile up.
    if (this.#driver.session.state !== "open" && this.#inbox.isFull) this.#drops = true;
    if (this.#drops) return;
    this.#inbox.add(message, size, isText);
    this.#wake();
  }

  /** As `Delegate.onData`. A consumer gets a view on what was read; what has to wait gets memory of its own. */
  onData(isText: boolean, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    if (this.#consumer !== null) this.#call(viewMessage(bytes, start, end, owned), isText);
    else this.onMessage(keepMessage(bytes, start, end, owned), end - start, isText);
  }

  /** A piece of a message of which pieces were asked for. */
  onPiece(isText: boolean, piece: Message, size: number, fin: boolean): void {
    if (this.#pieces === null) {
      const { queueBytes, queueMessages } = this.#driver.settings;
      this.#pieces = new Inbox(queueBytes, queueMessages);
      this.#rest = "comes";
    }
    // As with messages: what nobody reads must not pile up.
    if (this.#driver.session.state !== "open" && this.#pieces.isFull) this.#drops = true;
    if (this.#drops) this.#rest = "lost";
    if (this.#rest === "lost") return;
    this.#pieces.add(piece, size, isText);
    if (fin) this.#rest = "came";
    this.#wake();
  }

  /** What one read brought is here: judges it when the reader has had its turn. */
  onTurn(): void {
    if (this.#consumer !== null) {
      if (this.#driver.outbox.congested) this.#driver.pauseReading();
      return;
    }
    if (this.#judging || !this.#isFull) return;
    this.#judging = true;
    // Node's next tick comes before the promises that are settled now: so the next tick after those.
    void Promise.resolve().then(() => deferTick(() => this.#judge()));
  }

  #judge(): void {
    this.#judging = false;
    if (this.#isFull) this.#driver.pauseReading();
  }

  get #isFull(): boolean {
    return this.#inbox.isFull || this.#pieces?.isFull === true;
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

  /** As `IterationSource`. */
  async arrival(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    this.#checkFree();
    if (this.#isDry) await this.#arrival(signal);
    this.#waiting = null;
  }

  /** As `IterationSource`. */
  await({ resolve, reject }: Omit<Deferred<void>, "promise">): void {
    this.#busy = false;
    this.#waiting = {
      reject,
      resolve: () => {
        this.#waiting = null;
        resolve();
      },
    };
    this.#driver.onReaderIdle();
  }

  /** As `IterationSource`. */
  leave(): void {
    this.#busy = false;
    if (this.isIdle) this.#driver.onReaderIdle();
  }

  get isFree(): boolean {
    return this.#waiting === null && this.#consumer === null && this.#pieces === null;
  }

  get length(): number {
    return this.#inbox.length;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  closedError(): ConnectionClosed {
    return this.#closedError();
  }

  /** Whether there is nothing to take yet, but perhaps later. */
  get #isDry(): boolean {
    return (this.#pieces ?? this.#inbox).length === 0 && !this.#ended;
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
      const leave = onAborted(signal, () => {
        if (!this.#isDry) return;
        this.#waiting = null;
        waiting.reject(signal.reason);
      });
      waiting.promise.then(leave, leave);
    }
    this.#driver.onReaderIdle();
    return waiting.promise;
  }

  #wake(): void {
    if (this.#waiting === null) return;
    this.#wantNoPieces();
    this.#busy = true;
    this.#waiting.resolve();
  }

  /** From the message that comes after this one on, all come whole again. */
  #wantNoPieces(): void {
    if (!this.#wantsPieces) return;
    this.#wantsPieces = false;
    this.#driver.stream(false);
  }

  #makeRoom(): void {
    if (!this.#driver.isPaused || !this.#inbox.hasRoom || this.#pieces?.hasRoom === false) return;
    this.#driver.resumeReading();
  }

  /** @param forPieces Whether it is for the next piece of a message. */
  #checkFree(forPieces = false): void {
    if (this.#waiting !== null || this.#consumer !== null) {
      throw new ConcurrencyError(
        "can't read while another call of recv, batches, consume or an iteration is already reading",
      );
    }
    if (this.#pieces !== null && !forPieces) {
      throw new ConcurrencyError(
        "can't read before the message of recvStreaming is read to its end",
      );
    }
  }

  #stopConsumer(reason: unknown): void {
    this.#consumer = null;
    // Whoever drops the promise does not bring the process down.
    if (this.#consumed !== null) void handled(this.#consumed.promise);
    this.#consumed?.reject(reason);
  }

  #call(message: Message, isText: boolean): void {
    try {
      this.#consumer?.(message, isText);
    } catch (error) {
      this.#stopConsumer(error);
    }
  }

  /** What was to be text is none: fails the connection, and gives the error for the caller. */
  refuse(error: Error): ConnectionClosed {
    this.#pieces = null;
    this.#driver.fail(INVALID_DATA, error.message, error);
    return this.#closedError();
  }
}
