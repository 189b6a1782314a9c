/** A reader's messages, one at a time or all that one read has brought, for a loop of `for await`. */
import { type Deferred, defer, handled } from "./deferred.ts";
import { type ConnectionClosed, ConnectionClosedOK } from "./errors.ts";

/** What an iteration needs of its reader. */
export interface IterationSource {
  /** Whether nobody else is reading. */
  readonly isFree: boolean;
  /** How many messages are there. */
  readonly length: number;
  /** Whether no more will come. */
  readonly hasEnded: boolean;
  /** Waits until something is there to be taken, or the end. @throws ConcurrencyError (rejects), `signal.reason` (rejects) */
  arrival(signal: AbortSignal | undefined): Promise<void>;
  /** Calls `waiting.resolve` at the moment when something is there to be taken, or the end has come. */
  await(waiting: Pick<Deferred<void>, "resolve" | "reject">): void;
  /** The iteration is over. */
  leave(): void;
  /** How the connection has closed. */
  closedError(): ConnectionClosed;
}

const END: IteratorResult<never, void> = { done: true, value: undefined };

export class Iteration<T> implements AsyncIterator<T, void, void> {
  readonly #source: IterationSource;
  readonly #take: () => T;
  readonly #signal: AbortSignal | undefined;
  readonly #soon: boolean;

  /** @param soon Whether what comes is taken as soon as it is here, and not when all that comes with it is. */
  constructor(
    source: IterationSource,
    take: () => T,
    signal: AbortSignal | undefined,
    soon: boolean,
  ) {
    this.#source = source;
    this.#take = take;
    this.#signal = signal;
    this.#soon = soon;
  }

  next(): Promise<IteratorResult<T, void>> {
    const source = this.#source;
    if (source.isFree && this.#signal?.aborted !== true) {
      if (source.length > 0) return Promise.resolve({ done: false, value: this.#take() });
      if (this.#soon && !source.hasEnded) return this.#coming();
    }
    return handled(this.#next());
  }

  return(): Promise<IteratorResult<T, void>> {
    this.#source.leave();
    return Promise.resolve(END);
  }

  /** As `#next`, without the promises in between: they took half of the time that a loop spends in the library. */
  #coming(): Promise<IteratorResult<T, void>> {
    const source = this.#source;
    const result = defer<IteratorResult<T, void>>();
    source.await({
      reject: result.reject,
      resolve: () => {
        if (source.length > 0) {
          result.resolve({ done: false, value: this.#take() });
          return;
        }
        const error = source.closedError();
        if (error instanceof ConnectionClosedOK) {
          result.resolve(END);
          return;
        }
        void handled(result.promise);
        result.reject(error);
      },
    });
    return result.promise;
  }

  async #next(): Promise<IteratorResult<T, void>> {
    await this.#source.arrival(this.#signal);
    if (this.#source.length > 0) return { done: false, value: this.#take() };
    const error = this.#source.closedError();
    if (error instanceof ConnectionClosedOK) return END;
    throw error;
  }
}
