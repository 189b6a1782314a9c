/** One connection of a load: sends messages, and measures how long each answer takes. */
import type { ClientConnection } from "../client/options.ts";
import type { Histogram } from "./histogram.ts";

/** Above so many bytes that wait to be sent, the server is too slow and messages that are due are left out. */
const WAITING_MOST = 1024 * 1024;

export class LoadClient {
  readonly #connection: ClientConnection;
  readonly #message: string | Uint8Array;
  readonly #latencies: Histogram;
  /** When the messages that have no answer yet were due; those before `#next` have one. */
  #due: number[] = [];
  #next = 0;
  #until = 0;
  #sent = 0;

  constructor(connection: ClientConnection, message: string | Uint8Array, latencies: Histogram) {
    this.#connection = connection;
    this.#message = message;
    this.#latencies = latencies;
    void connection.consume(() => this.#onAnswer());
  }

  get sent(): number {
    return this.#sent;
  }

  /** Messages without an answer. */
  get waiting(): number {
    return this.#due.length - this.#next;
  }

  get isClosed(): boolean {
    return this.#connection.state !== "open";
  }

  /**
   * Sends a message.
   *
   * @param due when it should have been sent, as `performance.now` gives it
   * @returns Whether it was sent: not when the connection is closed, or too much waits already.
   */
  send(due: number): boolean {
    if (this.isClosed || this.#connection.bufferedAmount > WAITING_MOST) return false;
    this.#due.push(due);
    this.#sent += 1;
    this.#connection.post(this.#message);
    return true;
  }

  /** Sends a message, and one more with each answer, until a time as `performance.now` gives it. */
  sendOnAndOn(until: number): void {
    this.#until = until;
    this.send(performance.now());
  }

  /** Lets the answers bring no more messages. */
  stop(): void {
    this.#until = 0;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  abort(): void {
    this.#connection.abort();
  }

  #onAnswer(): void {
    const due = this.#due[this.#next];
    // A server may send what nobody asked for.
    if (due === undefined) return;
    this.#next += 1;
    const now = performance.now();
    this.#latencies.add(Math.max(0, now - due));
    if (this.#next === this.#due.length || this.#next > 1024) {
      this.#due = this.#due.slice(this.#next);
      this.#next = 0;
    }
    if (now < this.#until) this.send(now);
  }
}
