/** Loggers of tslog. */
import { plainError } from "../fields.ts";
import type { Call, Foreign, Method, Severity } from "./target.ts";

/** A logger of tslog 4.9 or later. */
export interface TslogLike {
  readonly settings: object;
  readonly getSubLogger: Method;
  readonly debug: Method;
  readonly info: Method;
  readonly warn: Method;
  readonly error: Method;
  readonly fatal: Method;
}

/** The name of the method, and the number that `minLevel` is compared with. */
const LEVELS = {
  debug: ["debug", 2],
  info: ["info", 3],
  warning: ["warn", 4],
  error: ["error", 5],
  critical: ["fatal", 6],
} as const satisfies Readonly<Record<Severity, readonly [keyof TslogLike, number]>>;

/**
 * tslog takes any arguments and joins an object that comes second with the line. Only the pretty type reads `%` in the
 * text; only it shows an error that is an argument of its own beside the fields.
 */
export function tslogForeign(logger: TslogLike): Foreign {
  const settings = logger.settings as { readonly minLevel?: unknown; readonly type?: unknown };
  return {
    slow: false,
    enabled(severity) {
      const { minLevel } = settings;
      return typeof minLevel !== "number" || minLevel <= LEVELS[severity][1];
    },
    write(severity, text, fields, error) {
      const method = (logger[LEVELS[severity][0]] as Call).bind(logger);
      if (settings.type !== "pretty") {
        method(text, error === undefined ? fields : { ...fields, error: plainError(error) });
        return;
      }
      const args = Object.keys(fields).length === 0 ? [] : [fields];
      const rest = error === undefined ? args : [...args, error];
      method(rest.length === 0 ? text : text.replaceAll("%", "%%"), ...rest);
    },
  };
}
