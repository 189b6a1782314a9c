/** Loggers of winston: one object with the level, the message and the fields. */
import type { Call, Foreign, Method, Severity } from "./target.ts";

/** A logger of winston 3, with npm's levels, syslog's or its own. */
export interface WinstonLike {
  readonly levels: object;
  readonly isLevelEnabled: Method;
  readonly log: Method;
  readonly transports: object;
}

/** By which names a severity may go, the best first. A severity without a level of its own takes the next higher. */
const NAMES: Readonly<Record<Severity, readonly string[]>> = {
  debug: ["debug", "verbose", "trace"],
  info: ["info", "notice"],
  warning: ["warn", "warning", "error", "err"],
  error: ["error", "err", "crit", "fatal"],
  critical: ["fatal", "crit", "critical", "emerg", "error", "err"],
};

/** One text in `log(text, meta)` would be a template where `format.splat()` is on; in an object it is not. */
export function winstonForeign(logger: WinstonLike): Foreign {
  const isLevelEnabled = logger.isLevelEnabled as Call;
  const log = logger.log as Call;
  const nameOf = (severity: Severity): string | undefined =>
    NAMES[severity].find((name) => Object.hasOwn(logger.levels, name));
  return {
    slow: true,
    enabled(severity) {
      const name = nameOf(severity);
      return name !== undefined && isLevelEnabled.call(logger, name) === true;
    },
    write(severity, text, fields, error) {
      const level = nameOf(severity);
      if (level === undefined) return;
      const info: Record<string, unknown> = { ...fields, level, message: text };
      // As winston itself does with `(message, error)`, but the message stays what it is.
      if (error instanceof Error) {
        info.error = `${error.name}: ${error.message}`;
        info.stack = error.stack;
      } else if (error !== undefined) info.error = error;
      log.call(logger, info);
    },
  };
}
