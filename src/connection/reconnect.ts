/**
 * Again and again: a connection that is opened anew whenever it is lost, with delays between.
 *
 * Whoever edits this file: it does not know how connections are opened, nor on which platform; `open` is an argument.
 */
import { GOING_AWAY, INTERNAL_ERROR, TRY_AGAIN_LATER } from "../frames/close-code.ts";
import { onAborted } from "./abort.ts";
import type { Clock } from "./clock.ts";
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
        if (isOwn) continue;
        await rounds.finish(INTERNAL_ERROR).catch(() => {});
        throw error;
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
    const finished = handled(this.#rounds.finish());
    this.#rounds.stop();
    await this.#last;
    // When the user's signal aborts, the connection goes on closing; whoever leaves the loop need not hear of it.
    await finished.catch(() => {});
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

/** A connection's life, as going round sees it. */
interface Life<C> {
  readonly connection: C;
  readonly ended: Promise<{ readonly closure: Closure; readonly uptime: number }>;
}

/** The delays, the attempts and the one connection under way. */
class Rounds<C extends Connection<unknown>> {
  readonly #parts: ReconnectParts<C>;
  readonly #aborter = new AbortController();
  readonly #leave: () => void = () => {};
  #delays: Iterator<number> | null = null;
  #number = 0;
  #failures = 0;
  #delay = 0;
  #error: unknown = null;
  #life: Life<C> | null = null;

  constructor(parts: ReconnectParts<C>) {
    this.#parts = parts;
    const { signal } = parts;
    if (signal?.aborted === true) this.#aborter.abort(signal.reason);
    else if (signal !== undefined) this.#leave = onAborted(signal, () => this.#onAbort());
  }

  /** Aborts with the user's signal, and when it is stopped. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Opens the next connection, after the one before has been closed, as often as it takes. */
  async next(): Promise<Opened<C>> {
    const { signal } = this;
    signal.throwIfAborted();
    if (this.#life !== null) await this.#outlive(this.#life);
    while (true) {
      this.#number += 1;
      try {
        const connection = await this.#parts.open(signal);
        this.#life = this.#watch(connection);
        if (signal.aborted) void connection.close(GOING_AWAY);
        signal.throwIfAborted();
        return { connection, attempt: this.#describe() };
      } catch (error) {
        signal.throwIfAborted();
        await this.#judge(error);
        this.#failures += 1;
        const rest = retryAfter(error, this.#parts.clock.date());
        await this.#pause(error, true, (delay) => rest + delay);
      }
    }
  }

  /** Closes the connection under way, if there is one, and waits for its end. */
  async finish(code?: number): Promise<void> {
    if (this.#life !== null) await orAborted(this.#life.connection.close(code), this.#parts.signal);
  }

  /** No further attempt is made. */
  stop(): void {
    this.#leave();
    this.#aborter.abort(STOPPED);
  }

  #describe(): Attempt {
    return {
      number: this.#number,
      failures: this.#failures,
      delay: this.#delay,
      error: this.#error,
    };
  }

  #watch(connection: C): Life<C> {
    const { clock } = this.#parts;
    const openedAt = clock.now();
    const ended = connection.closed.then((closure) => ({
      closure,
      uptime: clock.now() - openedAt,
    }));
    return { connection, ended };
  }

  /** Throws the error unless it is worth another attempt. */
  async #judge(error: unknown): Promise<void> {
    const { processException } = this.#parts;
    const verdict = await orAborted((async () => processException(error))(), this.signal);
    if (verdict === null || verdict === undefined) return;
    if (typeof verdict === "boolean") {
      throw new TypeError(
        `processException returned ${verdict}: it must return null to try again, or the error to give up with`,
      );
    }
    throw verdict;
  }

  /** Waits after a connection has ended. Closes it if its turn has ended before. */
  async #outlive({ connection, ended }: Life<C>): Promise<void> {
    await this.finish();
    const { closure, uptime } = await ended;
    this.#life = null;
    const { minUptime, random } = this.#parts;
    const code = closure.received?.code;
    // Who is overloaded is not helped by one who begins anew, however long it went well.
    if (uptime >= minUptime && code !== TRY_AGAIN_LATER) {
      this.#delays = null;
      this.#failures = 0;
    } else {
      this.#failures += 1;
    }
    const error: unknown = connection.signal.reason;
    const isOurWish = closure.order === "sent" && error instanceof ConnectionClosedOK;
    const rest = restAfterClose(code, random);
    await this.#pause(error, !isOurWish, (delay) => Math.max(rest, delay));
  }

  /** Waits as long as the next delay of the sequence, and the server, want it. */
  async #pause(error: unknown, tells: boolean, join: (delay: number) => number): Promise<void> {
    this.#delays ??= this.#parts.delays()[Symbol.iterator]();
    const { done = false, value } = this.#delays.next();
    if (done) throw error;
    const own = checkNumber("a delay of reconnectDelays", value, 0, LONGEST_DELAY);
    const delay = Math.min(join(own), LONGEST_DELAY);
    this.#delay = delay;
    this.#error = error;
    if (tells) this.#parts.onWait(delay, this.#number, error);
    const { promise, resolve } = defer<void>();
    const timer = this.#parts.clock.after(delay, resolve, true);
    try {
      await orAborted(promise, this.signal);
    } finally {
      timer.cancel();
    }
  }

  #onAbort(): void {
    this.#aborter.abort(this.#parts.signal?.reason);
    void this.#life?.connection.close(GOING_AWAY);
  }
}
