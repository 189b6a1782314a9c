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
 */
import { adaptLogger, fromDebug, fromLog4js, fromTslog } from "./adapt.ts";
import { LoggerAdapter } from "./adapter.ts";
import { BridgeHandler } from "./bridges/bridge.ts";
import { LogTapeHandler } from "./bridges/logtape.ts";
import { OTelHandler } from "./bridges/otel.ts";
import { captureLogs } from "./capture.ts";
import { ColourFormatter, wantsColour } from "./colour.ts";
import {
  basicConfig,
  critical,
  debug,
  error,
  exception,
  fatal,
  info,
  log,
  warn,
  warning,
} from "./configure.ts";
import { ConnectionFormatter } from "./connection-formatter.ts";
import { addConnection, currentConnection } from "./context.ts";
import { dictConfig } from "./dict-config.ts";
import { configureFromEnvironment } from "./environment.ts";
import { escapeText } from "./escape.ts";
import { FileHandler } from "./file.ts";
import { Filter, ignorePeerLoss } from "./filter.ts";
import { Formatter } from "./formatter.ts";
import { getHandlerByName, getHandlerNames, Handler, shutdown } from "./handler.ts";
import { JSONFormatter } from "./json.ts";
import { getLastResort, type LastResort, setLastResort } from "./last-resort.ts";
import {
  addLevelName,
  CRITICAL,
  DEBUG,
  ERROR,
  FATAL,
  getLevelName,
  getLevelNamesMapping,
  INFO,
  NOTSET,
  WARN,
  WARNING,
} from "./level.ts";
import { Logger } from "./logger.ts";
import { disable, getLogger, getLoggerClass, setLoggerClass } from "./manager.ts";
import { MemoryHandler } from "./memory.ts";
import { NullHandler } from "./null.ts";
import { options } from "./options.ts";
import { RateLimitFilter } from "./rate-limit.ts";
import { getLogRecordFactory, LogRecord, makeLogRecord, setLogRecordFactory } from "./record.ts";
import { switches } from "./registry.ts";
import { StreamHandler } from "./stream.ts";

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
export type { LogCallOptions, MarkedOptions } from "./options.ts";
export type { RateLimitOptions } from "./rate-limit.ts";
export type { LogRecordFactory, Origin, RecordOptions } from "./record.ts";
export type { Redact, RedactPlace, RedactRule } from "./redact.ts";
export type { TextStream } from "./stream.ts";
export type { Style } from "./style.ts";
export {
  adaptLogger,
  addConnection,
  addLevelName,
  BridgeHandler,
  basicConfig,
  ColourFormatter,
  ConnectionFormatter,
  CRITICAL,
  captureLogs,
  configureFromEnvironment,
  critical,
  currentConnection,
  DEBUG,
  debug,
  dictConfig,
  disable,
  ERROR,
  error,
  escapeText,
  exception,
  FATAL,
  FileHandler,
  Filter,
  Formatter,
  fatal,
  fromDebug,
  fromLog4js,
  fromTslog,
  getHandlerByName,
  getHandlerNames,
  getLevelName,
  getLevelNamesMapping,
  getLogger,
  getLoggerClass,
  getLogRecordFactory,
  Handler,
  INFO,
  ignorePeerLoss,
  info,
  JSONFormatter,
  Logger,
  LoggerAdapter,
  LogRecord,
  LogTapeHandler,
  log,
  MemoryHandler,
  makeLogRecord,
  NOTSET,
  NullHandler,
  OTelHandler,
  options,
  RateLimitFilter,
  StreamHandler,
  setLoggerClass,
  setLogRecordFactory,
  shutdown,
  WARN,
  WARNING,
  wantsColour,
  warn,
  warning,
};

/** All names as one object, as Python's module is one. */
export interface Logging {
  readonly adaptLogger: typeof adaptLogger;
  readonly addConnection: typeof addConnection;
  readonly addLevelName: typeof addLevelName;
  readonly basicConfig: typeof basicConfig;
  readonly BridgeHandler: typeof BridgeHandler;
  readonly captureLogs: typeof captureLogs;
  readonly ColourFormatter: typeof ColourFormatter;
  readonly configureFromEnvironment: typeof configureFromEnvironment;
  readonly ConnectionFormatter: typeof ConnectionFormatter;
  readonly critical: typeof critical;
  readonly CRITICAL: typeof CRITICAL;
  readonly currentConnection: typeof currentConnection;
  readonly debug: typeof debug;
  readonly DEBUG: typeof DEBUG;
  readonly dictConfig: typeof dictConfig;
  readonly disable: typeof disable;
  readonly error: typeof error;
  readonly ERROR: typeof ERROR;
  readonly escapeText: typeof escapeText;
  readonly exception: typeof exception;
  readonly fatal: typeof fatal;
  readonly FATAL: typeof FATAL;
  readonly FileHandler: typeof FileHandler;
  readonly Filter: typeof Filter;
  readonly Formatter: typeof Formatter;
  readonly fromDebug: typeof fromDebug;
  readonly fromLog4js: typeof fromLog4js;
  readonly fromTslog: typeof fromTslog;
  readonly getHandlerByName: typeof getHandlerByName;
  readonly getHandlerNames: typeof getHandlerNames;
  readonly getLevelName: typeof getLevelName;
  readonly getLevelNamesMapping: typeof getLevelNamesMapping;
  readonly getLogger: typeof getLogger;
  readonly getLoggerClass: typeof getLoggerClass;
  readonly getLogRecordFactory: typeof getLogRecordFactory;
  readonly Handler: typeof Handler;
  readonly ignorePeerLoss: typeof ignorePeerLoss;
  readonly info: typeof info;
  readonly INFO: typeof INFO;
  readonly JSONFormatter: typeof JSONFormatter;
  readonly log: typeof log;
  readonly Logger: typeof Logger;
  readonly LoggerAdapter: typeof LoggerAdapter;
  readonly LogRecord: typeof LogRecord;
  readonly LogTapeHandler: typeof LogTapeHandler;
  readonly makeLogRecord: typeof makeLogRecord;
  readonly MemoryHandler: typeof MemoryHandler;
  readonly NOTSET: typeof NOTSET;
  readonly NullHandler: typeof NullHandler;
  readonly options: typeof options;
  readonly OTelHandler: typeof OTelHandler;
  readonly RateLimitFilter: typeof RateLimitFilter;
  readonly setLoggerClass: typeof setLoggerClass;
  readonly setLogRecordFactory: typeof setLogRecordFactory;
  readonly shutdown: typeof shutdown;
  readonly StreamHandler: typeof StreamHandler;
  readonly wantsColour: typeof wantsColour;
  readonly warn: typeof warn;
  readonly WARN: typeof WARN;
  readonly warning: typeof warning;
  readonly WARNING: typeof WARNING;
  /** The logger above all others. */
  readonly root: Logger;
  /** What handles a record that finds no handler: WARNING and above on standard error. `null` for nothing. */
  lastResort: LastResort | null;
  /** Whether errors in handlers are printed on standard error. Default true. */
  raiseExceptions: boolean;
}

const logging: Logging = {
  adaptLogger,
  addConnection,
  addLevelName,
  basicConfig,
  BridgeHandler,
  captureLogs,
  ColourFormatter,
  configureFromEnvironment,
  ConnectionFormatter,
  critical,
  CRITICAL,
  currentConnection,
  debug,
  DEBUG,
  dictConfig,
  disable,
  error,
  ERROR,
  escapeText,
  exception,
  fatal,
  FATAL,
  FileHandler,
  Filter,
  Formatter,
  fromDebug,
  fromLog4js,
  fromTslog,
  getHandlerByName,
  getHandlerNames,
  getLevelName,
  getLevelNamesMapping,
  getLogger,
  getLoggerClass,
  getLogRecordFactory,
  Handler,
  ignorePeerLoss,
  info,
  INFO,
  JSONFormatter,
  log,
  Logger,
  LoggerAdapter,
  LogRecord,
  LogTapeHandler,
  makeLogRecord,
  MemoryHandler,
  NOTSET,
  NullHandler,
  options,
  OTelHandler,
  RateLimitFilter,
  setLoggerClass,
  setLogRecordFactory,
  shutdown,
  StreamHandler,
  wantsColour,
  warn,
  WARN,
  warning,
  WARNING,
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
