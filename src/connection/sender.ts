/**
 * The sending half of a connection: messages go out in the order of the calls, whole, in fragments, or compressed elsewhere.
 *
 * While a message is being sent in fragments or compressed elsewhere, others wait for it; so does a Close frame.
 */
import { encodeUtf8, utf8Length } from "#platform";
import { TRY_AGAIN_LATER } from "../frames/close-code.ts";
import type { PreparedMessage } from "../protocol/prepared.ts";
import { orAborted } from "./deadline.ts";
import { defer, handled } from "./deferred.ts";
import type { Driver } from "./driver.ts";
import type { ConnectionClosed } from "./errors.ts";
import { type FragmentSource, isFragmentSource, sendFragments } from "./fragments.ts";
import { badMessage, isMessage, type Message } from "./message.ts";
import { checkSendOptions, type SendOptions } from "./send-options.ts";

/** The fulfilled promise that `send` returns where there is nothing to wait for. */
const SENT: Promise<void> = Promise.resolve();

export class Sender {
  /** Whether a message is under way that others wait for. */
  busy = false;
  /** Whether it is sent in fragments, so that nothing may come between. */
  fragmenting = false;
  /** Bytes of messages that wait. */
  behind = 0;
  /** Whether a message waits for room, of which there was none when it was to be sent. */
  patient = false;

  readonly #driver: Driver;
  readonly #closedError: () => ConnectionClosed;
  /** What is to be done when that message is written, in the order of the calls. */
  #later: (() => void)[] | null = null;
  /** Ends the waiting for room. */
  #hurry: (() => void) | null = null;
  #hurried = false;
  /** Ends the waiting for the next fragment. */
  #interrupt: ((reason: unknown) => void) | null = null;

  constructor(driver: Driver, closedError: () => ConnectionClosed) {
    this.#driver = driver;
    this.#closedError = closedError;
  }

  /** As `Connection.send`. The promise is marked as handled. */
  send(data: Message | FragmentSource, options?: SendOptions): Promise<void> {
    try {
      if (!isMessage(data) && !isFragmentSource(data)) throw badMessage(data);
      if (options !== undefined) checkSendOptions(options);
      if (this.busy) return this.#sendAfter(data, options);
      if (!isMessage(data)) return this.#sendFragments(data, options);
      if (this.#isLarge(data, options)) return this.#sendLarge(data, options);
      this.#write(data, options);
      return this.#room(options?.signal);
    } catch (error) {
      return handled(Promise.reject(error));
    }
  }

  /** As `Connection.post`. */
  post(data: Message, options?: SendOptions): boolean {
    if (!isMessage(data)) throw badMessage(data);
    if (options !== undefined) checkSendOptions(options);
    const { outbox, session, settings } = this.#driver;
    if (session.state !== "open" || this.fragmenting) return false;
    if (this.busy || this.#isLarge(data, options)) {
      void this.send(data, options);
      return outbox.bufferedAmount + this.behind <= settings.writeLimit.high;
    }
    try {
      this.#write(data, options);
    } catch {
      // It was given up just now, because its peer has stopped reading.
      return false;
    }
    return !outbox.congested;
  }

  /**
   * Sends a message that was framed for many, without waiting.
   *
   * @returns "sent"; "busy" when a fragmented message is being sent; "closed" when the connection is not open.
   */
  postPrepared(
    message: PreparedMessage,
    compress: boolean | undefined,
  ): "sent" | "busy" | "closed" {
    const { session } = this.#driver;
    if (session.state !== "open") return "closed";
    if (this.fragmenting) return "busy";
    if (this.busy) {
      const as = message.isText ? "text" : "binary";
      void this.send(message.payload, compress === undefined ? { as } : { as, compress });
      return "sent";
    }
    this.#prepare(message.payload.length);
    session.sendPrepared(message, compress);
    return "sent";
  }

  /**
   * Sends a message of which more than `writeLimit.max` may wait before it: then it waits for room, and all that comes after it
   * waits for it. The bytes must stay as they are.
   */
  sendPatiently(payload: Uint8Array, isText: boolean, compress: boolean | undefined): void {
    const as = isText ? "text" : "binary";
    const options: SendOptions = compress === undefined ? { as } : { as, compress };
    const size = payload.length;
    this.behind += size;
    this.#driver.onHeld(size);
    this.#inTurn(size, true, () => void this.send(payload, options));
  }

  /**
   * Sends what `behind` counts when its turn has come.
   *
   * @param patient Whether it waits for room then, as all do that have come behind one who does.
   */
  #inTurn(size: number, patient: boolean, send: () => void): void {
    const take = (): void => {
      if (patient && this.#mustWait) {
        this.#later ??= [];
        this.#later.unshift(take);
        this.#waitForRoom();
        return;
      }
      this.behind -= size;
      send();
    };
    if (this.busy) this.after(take);
    else take();
  }

  get #mustWait(): boolean {
    const { outbox, session } = this.#driver;
    return session.state === "open" && outbox.overflows && !this.#hurried;
  }

  /** Nothing waits for room any more: the connection is to be closed. */
  hurry(): void {
    this.#hurried = true;
    this.#hurry?.();
  }

  #waitForRoom(): void {
    const { outbox } = this.#driver;
    const { promise, resolve } = defer<void>();
    this.patient = true;
    this.#hurry = resolve;
    // Whoever is told of congestion hears when it ends.
    if (outbox.congested) outbox.drained().then(resolve, resolve);
    else resolve();
    void this.#occupy(
      promise.then(() => {
        this.patient = false;
        this.#hurry = null;
      }),
    );
  }

  /** Does `act` when the message under way is written, after all that waits already. */
  after(act: () => void): void {
    this.#later ??= [];
    this.#later.push(act);
  }

  /** The connection has closed: who waits for the next fragment of a message waits no longer. */
  close(): void {
    this.#interrupt?.(this.#closedError());
  }

  #write(data: Message, options: SendOptions | undefined): void {
    const { session } = this.#driver;
    this.#prepare(typeof data === "string" ? utf8Length(data) : data.length);
    const compress = options?.compress;
    if (typeof data !== "string") session.sendBytes(data, options?.as === "text", true, compress);
    else if (options?.as === "binary") session.sendBytes(encodeUtf8(data), false, true, compress);
    else session.sendText(data, true, compress);
  }

  /**
   * Before a message is written. When more than `writeLimit.max` waits already, the peer has stopped reading: then the
   * connection is given up.
   */
  #prepare(size: number): void {
    const driver = this.#driver;
    driver.listen();
    if (driver.session.state === "open" && driver.outbox.overflows && !this.#hurried) {
      driver.fail(TRY_AGAIN_LATER, "too much data waits to be sent");
    }
    if (driver.session.state !== "open") throw this.#closedError();
    driver.messagesOut += 1;
    driver.bytesOut += size;
  }

  /** Another message is on its way: this one goes when that has gone. Its bytes are taken now. */
  #sendAfter(data: Message | FragmentSource, options: SendOptions | undefined): Promise<void> {
    // Not by `slice`, which of a Buffer gives the same memory.
    const kept = data instanceof Uint8Array ? new Uint8Array(data) : data;
    const size = isMessage(kept) ? kept.length : 0;
    this.behind += size;
    this.#driver.onHeld(size);
    const sent = defer<void>();
    this.#inTurn(size, this.patient, () => {
      this.send(kept, options).then(sent.resolve, sent.reject);
    });
    return handled(orAborted(handled(sent.promise), options?.signal));
  }

  #sendFragments(source: FragmentSource, options: SendOptions | undefined): Promise<void> {
    if (this.#driver.session.state !== "open") throw this.#closedError();
    this.fragmenting = true;
    const sent = sendFragments(this.#driver, source, options, {
      closedError: this.#closedError,
      room: () => this.#room(undefined),
      whileOpen: (promise) => this.#whileOpen(promise),
    });
    return handled(orAborted(this.#occupy(sent), options?.signal));
  }

  /** Waits for `promise`, but no longer than the connection lives. */
  #whileOpen<T>(promise: T | PromiseLike<T>): Promise<T> {
    const { promise: raced, resolve, reject } = defer<T>();
    this.#interrupt = reject;
    Promise.resolve(promise).then(resolve, reject);
    return raced;
  }

  #isLarge(data: Message, options: SendOptions | undefined): boolean {
    const large = this.#driver.session.extension?.large;
    return large !== undefined && options?.compress !== false && data.length >= large;
  }

  async #compressAndWrite(bytes: Uint8Array, isText: boolean): Promise<void> {
    const { session } = this.#driver;
    let encoded: Uint8Array | null;
    try {
      encoded = (await session.extension?.encodeLarge?.(bytes)) ?? null;
    } finally {
      this.behind -= bytes.length;
    }
    this.#prepare(bytes.length);
    session.sendEncoded(bytes, encoded, isText);
  }

  /** Compresses a large message elsewhere, and sends it then. */
  #sendLarge(data: Message, options: SendOptions | undefined): Promise<void> {
    if (this.#driver.session.state !== "open") throw this.#closedError();
    const isText = (options?.as ?? (typeof data === "string" ? "text" : "binary")) === "text";
    const bytes = typeof data === "string" ? encodeUtf8(data) : new Uint8Array(data);
    this.behind += bytes.length;
    this.#driver.onHeld(bytes.length);
    const written = this.#occupy(this.#compressAndWrite(bytes, isText));
    return handled(written.then(() => this.#room(options?.signal)));
  }

  /** Others wait for `written`. */
  #occupy(written: Promise<void>): Promise<void> {
    this.busy = true;
    // Whoever waits comes before whoever calls when `written` has resolved.
    const free = (): void => {
      this.busy = false;
      this.fragmenting = false;
      this.#interrupt = null;
      while (!this.busy) {
        const next = this.#later?.shift();
        if (next === undefined) return;
        next();
      }
    };
    written.then(free, free);
    return handled(written);
  }

  #room(signal: AbortSignal | undefined): Promise<void> {
    const { outbox } = this.#driver;
    return outbox.congested ? handled(orAborted(outbox.drained(), signal)) : SENT;
  }
}
