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

/** Options that a logger tells apart from arguments of the message; made by `options`. */
export class MarkedOptions implements LogCallOptions {
  readonly error: unknown;
  readonly extra: Readonly<Record<string, unknown>> | null | undefined;
  readonly stackInfo: boolean | undefined;

  static {
    Object.assign(MarkedOptions.prototype, { [BRAND]: true });
  }

  constructor({ error, extra, stackInfo }: LogCallOptions) {
    this.error = error;
    this.extra = extra;
    this.stackInfo = stackInfo;
  }
}

/**
 * Marks `given` as options, for the last argument of a call:
 *
 * ```ts
 * logger.error("order %d failed", 7, logging.options({ error, extra: { order: 7 } }));
 * ```
 */
export function options(given: LogCallOptions): MarkedOptions {
  return new MarkedOptions(given);
}

/** Whether `value` was made by `options`, also by that of another copy of this module. */
export function isMarked(value: unknown): value is MarkedOptions {
  return (
    typeof value === "object" && value !== null && (value as { [BRAND]?: true })[BRAND] === true
  );
}

/** The options that stand at the end of `args`, if there are any: an Error, or what `options` made. */
export function optionsOf(args: readonly unknown[]): LogCallOptions | null {
  const last = args[args.length - 1];
  if (typeof last !== "object" || last === null) return null;
  if (isMarked(last)) return last;
  return isError(last) ? { error: last } : null;
}
