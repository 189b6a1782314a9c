/** What a call may say besides its message: the last argument of `debug`, `info` and the rest. */
import { isError } from "./traceback.ts";

/** The options of one call. */
export interface LogCallOptions {
  /** What was thrown; its stack is printed after the message. */
  readonly error?: unknown;
  /** Fields for the record. */
  readonly extra?: Readonly<Record<string, unknown>> | null | undefined;
  /** Whether to print the stack of the call. */
  readonly stackInfo?: boolean | undefined;
}

const BRAND: unique symbol = Symbol.for("clearsocket.logging/options") as never;

/** Options that a logger tells apart from arguments of the message. */
export interface MarkedOptions extends LogCallOptions {
  readonly [BRAND]: true;
}

/**
 * Marks `given` as options, for the last argument of a call:
 *
 * ```ts
 * logger.error("order %d failed", 7, logging.options({ error, extra: { order: 7 } }));
 * ```
 */
export function options(given: LogCallOptions): MarkedOptions {
  return { ...given, [BRAND]: true };
}

/** The options that stand at the end of `args`, if there are any: an Error, or what `options` made. */
export function optionsOf(args: readonly unknown[]): LogCallOptions | null {
  const last = args[args.length - 1];
  if (typeof last !== "object" || last === null) return null;
  if ((last as Partial<MarkedOptions>)[BRAND] === true) return last as MarkedOptions;
  return isError(last) ? { error: last } : null;
}
