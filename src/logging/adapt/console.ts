/** `console`, and whatever is shaped like it: consola, loglevel, signale. They get the text and the error. */
import type { Call, Foreign, Method, Severity } from "./target.ts";

/** An object with `info`, `warn` and `error`. Without `debug`, DEBUG is off. */
export interface ConsoleLike {
  readonly debug?: Method;
  readonly info: Method;
  readonly warn: Method;
  readonly error: Method;
  readonly fatal?: Method;
}

/** consola's `level`: what it shows at most. */
const CONSOLA: Readonly<Record<Severity, number>> = {
  debug: 4,
  info: 3,
  warning: 1,
  error: 0,
  critical: 0,
};

/** loglevel's `getLevel()`: what it shows at least. */
const LOGLEVEL: Readonly<Record<Severity, number>> = {
  debug: 1,
  info: 2,
  warning: 3,
  error: 4,
  critical: 4,
};

function isOn(logger: ConsoleLike, severity: Severity): boolean {
  const { level, getLevel } = logger as { level?: unknown; getLevel?: unknown };
  if (typeof getLevel === "function") {
    const least: unknown = (getLevel as Call).call(logger);
    return typeof least !== "number" || least <= LOGLEVEL[severity];
  }
  return typeof level !== "number" || level >= CONSOLA[severity];
}

function methodFor(logger: ConsoleLike, severity: Severity): Method | undefined {
  if (severity === "critical" && typeof logger.fatal === "function") return logger.fatal;
  if (severity === "warning") return logger.warn;
  return logger[severity === "critical" ? "error" : severity];
}

/** A first argument alone is no template; before another one each `%` is, and is doubled. */
export function consoleForeign(logger: ConsoleLike): Foreign {
  return {
    slow: false,
    enabled: (severity) =>
      typeof methodFor(logger, severity) === "function" && isOn(logger, severity),
    write(severity, text, _fields, error) {
      const method = methodFor(logger, severity) as Call | undefined;
      if (error === undefined) method?.call(logger, text);
      else method?.call(logger, text.replaceAll("%", "%%"), error);
    },
  };
}
