/**
 * Again and again: a connection that is opened anew whenever it is lost, with delays between.
 *
 * Whoever edits this file: it does not know how connections are opened, nor on which platform; `open` is an argument.
 */
import { GOING_AWAY, INTERNAL_ERROR } from "../frames/close-code.ts";
import type { Clock, Timer } from "./clock.ts";
import type { Closure } from "./closure.ts";
import type { Connection } from "./connection.ts";
import { orAborted } from "./deadline.ts";
import { defer, handled } from "./deferred.ts";
import { ConnectionClosed, ConnectionClosedOK } from "./errors.ts";
import { checkNumber, LONGEST_DELAY } from "./options.ts";
import { restAfterClose, retryAfter } from "./retry.ts";

/** What the handler of reconnect() learns of how its connection came about. Times in milliseconds. */
export interface Attempt {
  /** Counts the attempts to connect, from 1. */
  readonly number: number;
  /** How many attempts have failed, or had their connection lost too soon, since the last one that lasted. */
  readonly failures: number;
  /** How long was waited before this attempt. */
  readonly delay: number;
  /** Why the attempt before this one failed, or how its connection ended (ConnectionClosed); null for the first. */
  readonly error: unknown;
}

/** What going round needs. Times in milliseconds. */
export interface ReconnectParts<C> {
  /** Opens a connection. When the signal aborts it must reject and leave nothing behind. */
  readonly open: (signal: AbortSignal) => Promise<C>;
  /** The delays, from the first on; asked again when a connection has lasted. If they end, so does going round. */
  readonly delays: () => Iterable<number>;
  /** How long a connection must have lasted for the delays to begin anew. */
  readonly minUptime: number;
  /** Judges why an attempt failed: null or undefined to try again, else the error to give up with; or throws that. */
  readonly processException: (error: unknown) => unknown;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** Told before each wait. */
  readonly onWait: (delay: number, attempt: number, error: unknown) => void;
}

/** A connection, and how it came about. */
interface Opened<C> {
  readonly connection: C;
  readonly attempt: Attempt;
}

/**
 * Calls `handler` with one connection after the other. It ends when the handler returns; it goes on when the handler throws
 * the ConnectionClosed of its own connection, and rejects with everything else that it throws.
 *
 * @throws what `processException` gives up with (rejects). @throws `signal.reason` (rejects) when the signal aborts.
 */
export async function keepConnected<C extends Connection<unknown>>(
  parts: ReconnectParts<C>,
  handler: (connection: C, attempt: Attempt) => void | Promise<void>,
): Promise<void> {
  const rounds = new Rounds(parts);
  try {
    while (true) {
      const { connection, attempt } = await rounds.next();
      try {
        await orAborted(handled((async () => handler(connection, attempt))()), rounds.signal);
        await rounds.finish();
        return;
      } catch (error) {
        rounds.signal.throwIfAborted();
        const isOwn = error instanceof ConnectionClosed && error.connection === connection;
        if (!isOwn) {
          await rounds.finish(INTERNAL_ERROR);
          throw error;
        }
      }
    }
  } finally {
    rounds.stop();
  }
}

/** Gives one connection after the other; each turn closes its connection at its end. */
export function eachConnection<C extends Connection<unknown>>(
  parts: ReconnectParts<C>,
): AsyncIterable<C> {
  return { [Symbol.asyncIterator]: () => new Turns(parts) };
}

class Turns<C extends Connection<unknown>> implements AsyncIterator<C, void, void> {
  readonly #rounds: Rounds<C>;
  #last: Promise<unknown> = Promise.resolve();
  #done = false;

  constructor(parts: ReconnectParts<C>) {
    this.#rounds = new Rounds(parts);
  }

  next(): Promise<IteratorResult<C, void>> {
    const turn = this.#last.then(() => this.#turn());
    this.#last = handled(turn).catch(() => {});
    return turn;
  }

  async return(): Promise<IteratorResult<C, void>> {
    this.#done = true;
    const finished = this.#rounds.finish();
    this.#rounds.stop();
    await this.#last;
    await finished;
    return { done: true, value: undefined };
  }

  async #turn(): Promise<IteratorResult<C, void>> {
    if (this.#done) return { done: true, value: undefined };
    try {
      const { connection } = await this.#rounds.next();
      return { done: false, value: connection };
    } catch (error) {
      if (this.#done) return { done: true, value: undefined };
      this.#done = true;
      this.#rounds.stop();
      throw error;
    }
  }
}

/** The reason of the signal when nobody wants another connection. */
const STOPPED = new Error("reconnecting has ended");

/** The delays, the attempts and the one connection under way. */
class Rounds<C extends Connection<unknown>> {
  readonly #parts: ReconnectParts<C>;
  readonly #aborter = new AbortController();
  #delays: Iterator<number> | null = null;
  #number = 0;
  #failures = 0;
  #delay = 0;
  #error: unknown = null;
  #current: Life<C> | null = null;

  constructor(parts: ReconnectParts<C>) {
    this.#parts = parts;
    const { signal } = parts;
    if (signal?.aborted === true) this.#aborter.abort(signal.reason);
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Aborts with the user's signal, and when it is stopped. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Opens the next connection, after the one before has been closed, as often as it takes. */
  async next(): Promise<Opened<C>> {
    const { signal } = this;
    signal.throwIfAborted();
    if (this.#current !== null) await this.#afterLife(this.#current);
    while (true) {
      this.#number += 1;
      try {
        const connection = await this.#parts.open(signal);
        const { clock } = this.#parts;
        this.#current = new Life(connection, clock);
        if (signal.aborted) this.#onAbort();
        signal.throwIfAborted();
        const attempt: Attempt = {
          number: this.#number,
          failures: this.#failures,
          delay: this.#delay,
          error: this.#error,
        };
        return { connection, attempt };
      } catch (error) {
        signal.throwIfAborted();
        const verdict = this.#parts.processException(error);
        if (verdict !== null && verdict !== undefined) throw verdict;
        await this.#pause(error, retryAfter(error, this.#parts.clock.date()));
      }
    }
  }

  /** Closes the connection under way, if there is one, and waits for its end. */
  async finish(code?: number): Promise<void> {
    await orAborted(this.#current?.connection.close(code) ?? Promise.resolve(), this.signal);
  }

  /** No further attempt is made; what is under way is left. */
  stop(): void {
    this.#parts.signal?.removeEventListener("abort", this.#onAbort);
    this.#aborter.abort(STOPPED);
  }

  async #afterLife(life: Life<C>): Promise<void> {
    await this.finish();
    const { closure, uptime } = await life.ended;
    this.#current = null;
    const code = closure.received?.code;
    const rest = restAfterClose(code, this.#parts.random);
    const { signal } = life.connection;
    // Who is overloaded is not helped by one who begins anew, however long it went well.
    if (uptime >= this.#parts.minUptime && !isOverload(code)) {
      this.#delays = null;
      this.#failures = 0;
    }
    await this.#pause(signal.reason, rest);
  }

  /** Waits for the next delay of the sequence, on top of what the server wants. */
  async #pause(error: unknown, rest: number): Promise<void> {
    this.#delays ??= this.#parts.delays()[Symbol.iterator]();
    const { done = false, value } = this.#delays.next();
    if (done) throw error;
    const delay = Math.min(
      rest + checkNumber("a delay of reconnectDelays", value, 0, LONGEST_DELAY),
      LONGEST_DELAY,
    );
    this.#failures += 1;
    this.#delay = delay;
    this.#error = error;
    this.#parts.onWait(delay, this.#number, error);
    const { promise, resolve } = defer<void>();
    const timer: Timer = this.#parts.clock.after(delay, resolve, true);
    try {
      await orAborted(promise, this.signal);
    } finally {
      timer.cancel();
    }
  }

  readonly #onAbort = (): void => {
    const { signal } = this.#parts;
    if (signal?.aborted === true) this.#aborter.abort(signal.reason);
    void this.#current?.connection.close(GOING_AWAY);
  };
}
