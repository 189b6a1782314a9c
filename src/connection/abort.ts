/**
 * Listening to the signals that users hand in.
 *
 * One signal may end many waits. However many they are it gets one listener of ours: so Node sees no leak where there is none,
 * and nothing stays behind when the last wait is over.
 */
import { checkNames, show } from "./options.ts";

/** How to wait. */
export interface WaitOptions {
  /** Stops waiting: the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

const watches = new WeakMap<AbortSignal, Watch>();

class Watch {
  /** In the order of the calls. */
  readonly #acts = new Set<() => void>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
    watches.set(signal, this);
  }

  add(act: () => void): void {
    this.#acts.add(act);
  }

  delete(act: () => void): void {
    if (!this.#acts.delete(act) || this.#acts.size > 0) return;
    this.#signal.removeEventListener("abort", this.#onAbort);
    watches.delete(this.#signal);
  }

  readonly #onAbort = (): void => {
    watches.delete(this.#signal);
    const acts = [...this.#acts];
    this.#acts.clear();
    for (const act of acts) act();
  };
}

/**
 * Calls `act` once when `signal` aborts, unless what it returns is called before. A signal that has aborted already is the
 * caller's affair. `act` must not throw.
 */
export function onAborted(signal: AbortSignal, act: () => void): () => void {
  const watch = watches.get(signal) ?? new Watch(signal);
  // The same function given twice is to be called twice.
  const own = (): void => act();
  watch.add(own);
  return () => watch.delete(own);
}

/** An AbortSignal, of whatever realm, or undefined. @throws TypeError when it is something else. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const isSignal =
    typeof signal === "object" &&
    signal !== null &&
    typeof signal.aborted === "boolean" &&
    typeof signal.addEventListener === "function";
  if (!isSignal) throw new TypeError(`signal is ${show(signal)}: it must be an AbortSignal`);
}

const WAIT: ReadonlySet<string> = new Set(["signal"]);

/** The signal of what waits and has no other option. @throws TypeError for an option that is wrong. */
export function signalOf(options: WaitOptions | undefined, where: string): AbortSignal | undefined {
  if (options === undefined) return undefined;
  checkNames(options, WAIT, where);
  checkSignal(options.signal);
  return options.signal;
}
