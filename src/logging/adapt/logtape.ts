/** Loggers of LogTape: a whole record, so that `{` in a text begins no placeholder. */
import type { Call, Foreign, Method, Severity } from "./target.ts";

/** A logger of LogTape 1.1 or later. */
export interface LogTapeLike {
  readonly category: readonly string[];
  readonly emit: Method;
  readonly isEnabledFor?: Method;
}

type Level = "debug" | "info" | "warning" | "error" | "fatal";

/** The names of LogTape's levels. */
export const LOGTAPE_LEVELS: Readonly<Record<Severity, Level>> = {
  debug: "debug",
  info: "info",
  warning: "warning",
  error: "error",
  critical: "fatal",
};

/** LogTape reads placeholders in a message, but not in the record that its `emit` takes. */
export function logTapeForeign(logger: LogTapeLike): Foreign {
  const emit = logger.emit as Call;
  const isEnabledFor = logger.isEnabledFor as Call | undefined;
  return {
    slow: true,
    enabled: (severity) => isEnabledFor?.call(logger, LOGTAPE_LEVELS[severity]) !== false,
    write(severity, text, fields, error) {
      emit.call(logger, {
        level: LOGTAPE_LEVELS[severity],
        message: [text],
        rawMessage: text,
        timestamp: Date.now(),
        properties: error === undefined ? fields : { ...fields, error },
      });
    },
  };
}
