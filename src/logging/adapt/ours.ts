/** Loggers and adapters of this library. */
import type { AdapterTarget, LoggerAdapter } from "../adapter.ts";
import { escapeText } from "../escape.ts";
import type { Logger } from "../logger.ts";
import { type LogCallOptions, options } from "../options.ts";
import { switches } from "../registry.ts";
import { type LogFields, reportFailure, TARGET, type Target } from "./target.ts";

function extraOf(fields: LogFields): Record<string, unknown> {
  const extra: Record<string, unknown> = {};
  // An event of a server has no connection, and its record no attribute `websocket`, as in Python.
  if (fields.websocket !== undefined) extra.websocket = fields.websocket;
  if (fields.event !== undefined) extra.event = fields.event;
  return extra;
}

function isAdapter(logger: AdapterTarget): logger is LoggerAdapter {
  return typeof (logger as Partial<LoggerAdapter>).process === "function";
}

/** Hands a record to the handlers whatever the logger's level, through the adapters before it. */
function force(logger: AdapterTarget, level: number, text: string, given: LogCallOptions): void {
  let target = logger;
  let message: unknown = text;
  let call = given;
  while (isAdapter(target)) {
    [message, call] = target.process(message, call);
    target = target.logger;
  }
  const { makeRecord, handle } = target as Partial<Logger>;
  if (makeRecord === undefined || handle === undefined) {
    target.log(level, message, options(call));
  } else {
    handle.call(target, makeRecord.call(target, level, message, [], call));
  }
}

class OurTarget implements Target {
  readonly [TARGET] = true as const;
  readonly logger: Logger | LoggerAdapter;
  #reported = false;

  constructor(logger: Logger | LoggerAdapter) {
    this.logger = logger;
  }

  isEnabledFor(level: number): boolean {
    return this.logger.isEnabledFor(level);
  }

  emit(level: number, text: string, fields: LogFields, error?: unknown, forced = false): void {
    try {
      // `disable()` silences the process, forced or not.
      if (forced ? level <= switches.disable : !this.logger.isEnabledFor(level)) return;
      const given: LogCallOptions = { error, extra: extraOf(fields) };
      const line = escapeText(text);
      if (forced) force(this.logger, level, line, given);
      else if (isAdapter(this.logger)) this.logger.log(level, line, options(given));
      else this.logger.handle(this.logger.makeRecord(level, line, [], given));
    } catch (failure) {
      // Deviation: in Python what a filter throws reaches whoever logs; a connection must not die of it.
      if (this.#reported) return;
      this.#reported = true;
      reportFailure(failure);
    }
  }
}

/** A target that writes to a Logger, or to a LoggerAdapter, whose `process` sees the fields as `extra`. */
export function ourTarget(logger: Logger | LoggerAdapter): Target {
  return new OurTarget(logger);
}
