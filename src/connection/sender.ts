/**
 * The sending half of a connection: messages go out in the order of the calls, whole, in fragments, or compressed elsewhere.
 *
 * While a message is being sent in fragments or compressed elsewhere, others wait for it; so does a Close frame.
 */
import { encodeUtf8 } from "#platform";
import { TRY_AGAIN_LATER } from "../frames/close-code.ts";
import type { PreparedMessage } from "../protocol/prepared.ts";
import { orAborted } from "./deadline.ts";
import { handled } from "./deferred.ts";
import type { Driver } from "./driver.ts";
import type { ConnectionClosed } from "./errors.ts";
import { type FragmentSource, sendFragments } from "./fragments.ts";
import { badMessage, isMessage, type Message } from "./message.ts";

/** How to send a message. */
export interface SendOptions {
  /** Sends a string as a binary message, or bytes that are UTF-8 as a text message. Default: as its type says. */
  readonly as?: "text" | "binary";
  /** Whether to compress it, where compression was negotiated. Default: above the threshold. */
  readonly compress?: boolean;
  /** Stops waiting for room; the message is sent all the same. */
  readonly signal?: AbortSignal;
}

/** The fulfilled promise that `send` returns where there is nothing to wait for. */
const SENT: Promise<void> = Promise.resolve();

export class Sender {
  /** Resolves when the message that others wait for is written. */
  busy: Promise<void> | null = null;
  /** Whether that is sent in fragments, so that nothing may come between. */
  fragmenting = false;
  /** Bytes of messages that wait. */
  behind = 0;

  readonly #driver: Driver;
  readonly #closedError: () => ConnectionClosed;

  constructor(driver: Driver, closedError: () => ConnectionClosed) {
    this.#driver = driver;
    this.#closedError = closedError;
  }

  /** As `Connection.send`. The promise is marked as handled. */
  send(data: Message | FragmentSource, options?: SendOptions): Promise<void> {
    try {
      if (this.busy !== null) return this.#sendAfter(this.busy, data, options);
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
    const { outbox, session, settings } = this.#driver;
    if (session.state !== "open" || this.fragmenting) return false;
    if (this.busy !== null || this.#isLarge(data, options)) {
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
    if (this.busy !== null) {
      void this.send(message.payload, { as: message.isText ? "text" : "binary" });
      return "sent";
    }
    this.#prepare(message.payload.length);
    session.sendPrepared(message, compress);
    return "sent";
  }

  #write(data: Message, options: SendOptions | undefined): void {
    const { session } = this.#driver;
    this.#prepare(data.length);
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
    if (driver.session.state === "open" && driver.outbox.overflows) {
      driver.fail(TRY_AGAIN_LATER, "too much data waits to be sent");
    }
    if (driver.session.state !== "open") throw this.#closedError();
    driver.messagesOut += 1;
    driver.bytesOut += size;
  }

  /** Another message is on its way: this one goes when that has gone. Its bytes are taken now. */
  #sendAfter(
    busy: Promise<void>,
    data: Message | FragmentSource,
    options: SendOptions | undefined,
  ): Promise<void> {
    if (!isMessage(data)) return handled(busy.then(() => this.send(data, options)));
    const kept = typeof data === "string" ? data : data.slice();
    this.behind += kept.length;
    const sent = busy.then(() => {
      this.behind -= kept.length;
      return this.send(kept, options);
    });
    return handled(sent);
  }

  #sendFragments(source: FragmentSource, options: SendOptions | undefined): Promise<void> {
    if (this.#driver.session.state !== "open") throw this.#closedError();
    this.fragmenting = true;
    const room = (): Promise<void> => this.#room(undefined);
    return this.#occupy(sendFragments(this.#driver, source, options?.as, options?.compress, room));
  }

  #isLarge(data: Message, options: SendOptions | undefined): boolean {
    const large = this.#driver.session.extension?.large;
    return large !== undefined && options?.compress !== false && data.length >= large;
  }

  async #compressAndWrite(bytes: Uint8Array, isText: boolean): Promise<void> {
    const { session } = this.#driver;
    const encoded = (await session.extension?.encodeLarge?.(bytes)) ?? null;
    this.behind -= bytes.length;
    this.#prepare(bytes.length);
    session.sendEncoded(bytes, encoded, isText);
  }

  /** Compresses a large message elsewhere, and sends it then. */
  #sendLarge(data: Message, options: SendOptions | undefined): Promise<void> {
    if (this.#driver.session.state !== "open") throw this.#closedError();
    const isText = (options?.as ?? (typeof data === "string" ? "text" : "binary")) === "text";
    const bytes = typeof data === "string" ? encodeUtf8(data) : data.slice();
    this.behind += bytes.length;
    const written = this.#occupy(this.#compressAndWrite(bytes, isText));
    return handled(written.then(() => this.#room(options?.signal)));
  }

  /** Others wait for `written`. */
  #occupy(written: Promise<void>): Promise<void> {
    const free = (): void => {
      if (this.busy === busy) this.busy = null;
      this.fragmenting = false;
    };
    const busy: Promise<void> = written.then(free, free);
    this.busy = busy;
    return handled(written);
  }

  #room(signal: AbortSignal | undefined): Promise<void> {
    const { outbox } = this.#driver;
    return outbox.congested ? handled(orAborted(outbox.drained(), signal)) : SENT;
  }
}
