/** AbortSignals and waiting. */
import { onAborted } from "./abort.ts";
import { defer, handled } from "./deferred.ts";

/**
 * The promise, unless `signal` aborts before: then it rejects with `signal.reason`. What the promise stands for goes on.
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  if (signal.aborted) return Promise.reject(signal.reason);
  const { promise: raced, resolve, reject } = defer<T>();
  const leave = onAborted(signal, () => reject(signal.reason));
  promise.finally(leave).then(resolve, reject);
  return handled(raced);
}

/** An error as Python's `websockets` and the platform name it when time runs out. */
export class TimeoutError extends Error {
  static {
    TimeoutError.prototype.name = "TimeoutError";
  }

  /** The same for every timeout of this library. */
  readonly code = "ERR_WEBSOCKET_TIMEOUT";
}
