/** AbortSignals and waiting. */
import { defer, handled } from "./deferred.ts";

/**
 * The promise, unless `signal` aborts before: then it rejects with `signal.reason`. What the promise stands for goes on.
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  if (signal.aborted) return Promise.reject(signal.reason);
  const { promise: raced, resolve, reject } = defer<T>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const leave = (): void => signal.removeEventListener("abort", onAbort);
  promise.then(resolve, reject).then(leave, leave);
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
