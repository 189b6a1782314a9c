/**
 * The entry `clearsocket/logging`: Python's `logging`, its names in camelCase, and what this library adds.
 *
 * ```ts
 * import logging from "clearsocket/logging";
 *
 * logging.basicConfig({ format: "%(asctime)s %(message)s", level: logging.INFO });
 * ```
 *
 * Every name is also exported by itself, but for the module's three variables: a name that was imported cannot be
 * assigned to, and `root`, `lastResort` and `raiseExceptions` are read and set on the object.
 *
 * @module clearsocket/logging
 */
import { getLastResort, type LastResort, setLastResort } from "./last-resort.ts";
import type { Logger } from "./logger.ts";
import { getLogger } from "./manager.ts";
import * as names from "./names.ts";
import { switches } from "./registry.ts";

export type {
  BunyanLike,
  ConsoleLike,
  DebugLike,
  Log4jsLike,
  LogFields,
  LoggerLike,
  LogTapeLike,
  LogTarget,
  PinoLike,
  TslogLike,
  WinstonLike,
} from "./adapt.ts";
export type { AdapterOptions, AdapterTarget } from "./adapter.ts";
export type { OTelLoggerLike } from "./bridges/otel.ts";
export type { CapturedLogs } from "./capture.ts";
export type { ChannelMessage, ChannelName, EventType } from "./channels.ts";
export type { ColourFormatterOptions } from "./colour.ts";
export type { BasicConfig } from "./configure.ts";
export type {
  DictConfig,
  FilterConfig,
  FormatterConfig,
  HandlerConfig,
  LoggerConfig,
} from "./dict-config.ts";
export type { FileHandlerOptions } from "./file.ts";
export type { FilterFunction, FilterLike } from "./filter.ts";
export type { FormatterOptions, RecordFormatter } from "./formatter.ts";
export type { JSONFormatterOptions, JSONShape } from "./json.ts";
export type { LastResort } from "./last-resort.ts";
export type { Level, LevelName } from "./level.ts";
export type { LoggerTree } from "./logger.ts";
export type { LoggerClass } from "./manager.ts";
export type { MemoryHandlerOptions } from "./memory.ts";
export * from "./names.ts";
export type { LogCallOptions, MarkedOptions } from "./options.ts";
export type { RateLimitOptions } from "./rate-limit.ts";
export type { LogRecordFactory, Origin, RecordOptions } from "./record.ts";
export type { Redact, RedactPlace, RedactRule } from "./redact.ts";
export type { TextStream } from "./stream.ts";
export type { Style } from "./style.ts";

type Names = typeof names;

/** All names as one object, as Python's module is one. */
export interface Logging extends Names {
  /** The root logger. */
  readonly root: Logger;
  /** What writes the records for which no handler was found; null: nothing does. */
  lastResort: LastResort | null;
  /** Whether an error in a handler is reported on standard error. Default true. */
  raiseExceptions: boolean;
}

const logging: Logging = {
  ...names,
  get root() {
    return getLogger();
  },
  get lastResort() {
    return getLastResort();
  },
  set lastResort(handler) {
    setLastResort(handler);
  },
  get raiseExceptions() {
    return switches.raiseExceptions;
  },
  set raiseExceptions(raise) {
    switches.raiseExceptions = raise;
  },
};

export default logging;
