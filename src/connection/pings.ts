/** Pings that wait for their pongs, and the latency that they measure (RFC 6455 §5.5.2, §5.5.3). */
import { decodeLatin1, fillRandom } from "#platform";
import { checkControlPayload } from "../frames/frame.ts";
import { onAborted, signalOf, type WaitOptions } from "./abort.ts";
import { type Deferred, defer, handled } from "./deferred.ts";
import type { Driver } from "./driver.ts";
import { ConcurrencyError } from "./errors.ts";
import { type Message, toBytes } from "./message.ts";

interface Waiting {
  readonly sentAt: number;
  readonly answered: Deferred<number>;
}

export class Pings {
  /** By payload, oldest first. */
  readonly #waiting = new Map<string, Waiting>();

  /**
   * Sends a ping.
   *
   * @param closedError The error for when the connection is not open.
   * @param options.signal Stops waiting; the pong is then no answer of ours any more.
   * @returns A promise of its latency in milliseconds, marked as handled. It rejects with a ConcurrencyError when a ping
   *   with the same payload is under way, with a TypeError or RangeError for a payload that no ping can have.
   */
  send(
    driver: Driver,
    data: Message | undefined,
    closedError: () => unknown,
    options?: WaitOptions,
  ): Promise<number> {
    const answered = defer<number>();
    try {
      const signal = signalOf(options, "ping");
      const payload = data === undefined ? this.#makePayload() : toBytes(data);
      checkControlPayload(payload);
      signal?.throwIfAborted();
      if (driver.session.state !== "open") throw closedError();
      const key = decodeLatin1(payload, 0, payload.length);
      if (this.#waiting.has(key)) {
        throw new ConcurrencyError("a ping with the same data is already waiting for its pong");
      }
      this.#waiting.set(key, { sentAt: driver.settings.clock.now(), answered });
      driver.listen();
      driver.session.sendPing(payload);
      if (signal !== undefined) this.#leaveWhenAborted(key, answered, signal);
    } catch (error) {
      answered.reject(error);
    }
    return handled(answered.promise);
  }

  #leaveWhenAborted(key: string, answered: Deferred<number>, signal: AbortSignal): void {
    const leave = onAborted(signal, () => {
      // It may have been answered, and its data be under way again.
      if (this.#waiting.get(key)?.answered === answered) this.#waiting.delete(key);
      answered.reject(signal.reason);
    });
    answered.promise.then(leave, leave);
  }

  /** Random bytes that no ping under way has. */
  #makePayload(): Uint8Array {
    const payload = fillRandom(new Uint8Array(4));
    return this.#waiting.has(decodeLatin1(payload, 0, 4)) ? this.#makePayload() : payload;
  }

  /**
   * A pong has come. It answers the ping with its payload, and all before it: §5.5.3 lets a peer answer only the newest.
   *
   * @returns The latency in milliseconds, or null when nobody asked for this pong.
   */
  answer(bytes: Uint8Array, start: number, end: number, now: number): number | null {
    const key = decodeLatin1(bytes, start, end);
    const asked = this.#waiting.get(key);
    if (asked === undefined) return null;
    for (const [name, waiting] of this.#waiting) {
      this.#waiting.delete(name);
      waiting.answered.resolve(now - waiting.sentAt);
      if (name === key) break;
    }
    return now - asked.sentAt;
  }

  /** The connection has closed: no pong will come. */
  close(error: () => unknown): void {
    if (this.#waiting.size === 0) return;
    const reason = error();
    for (const waiting of this.#waiting.values()) waiting.answered.reject(reason);
    this.#waiting.clear();
  }
}
