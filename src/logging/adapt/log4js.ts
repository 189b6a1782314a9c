/** Loggers of log4js. */
import type { Call, Foreign, Method, Severity } from "./target.ts";

/** A logger of log4js 6. */
export interface Log4jsLike {
  readonly category: string;
  readonly isLevelEnabled: Method;
  readonly addContext: Method;
  readonly debug: Method;
  readonly info: Method;
  readonly warn: Method;
  readonly error: Method;
  readonly fatal: Method;
}

type Name = "debug" | "info" | "warn" | "error" | "fatal";

const NAMES: Readonly<Record<Severity, Name>> = {
  debug: "debug",
  info: "info",
  warning: "warn",
  error: "error",
  critical: "fatal",
};

/**
 * Fields become the context of the event (`%X{connection}` in a pattern). `addContext` would change the application's
 * logger for everybody, so each event is logged by an object that inherits from it and has a context of its own.
 */
export function log4jsForeign(logger: Log4jsLike): Foreign {
  const isLevelEnabled = logger.isLevelEnabled as Call;
  return {
    slow: true,
    enabled: (severity) => isLevelEnabled.call(logger, NAMES[severity]) === true,
    write(severity, text, fields, error) {
      const { context } = logger as { context?: object };
      const one: Log4jsLike = Object.create(logger, {
        context: { value: { ...context, ...fields } },
      });
      const method = one[NAMES[severity]] as Call;
      // log4js formats its arguments like console does.
      if (error === undefined) method.call(one, text);
      else method.call(one, text.replaceAll("%", "%%"), error);
    },
  };
}
