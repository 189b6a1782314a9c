/** Every value of the entry, by its name: for `index.ts`, which makes one object of them too. */
export { adaptLogger, fromDebug, fromLog4js, fromTslog } from "./adapt.ts";
export { LoggerAdapter } from "./adapter.ts";
export { BridgeHandler } from "./bridges/bridge.ts";
export { LogTapeHandler } from "./bridges/logtape.ts";
export { OTelHandler } from "./bridges/otel.ts";
export { captureLogs } from "./capture.ts";
export { ColourFormatter, wantsColour } from "./colour.ts";
export {
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
export { ConnectionFormatter } from "./connection-formatter.ts";
export { addConnection, currentConnection, followConnections } from "./context.ts";
export { dictConfig } from "./dict-config.ts";
export { configureFromEnvironment } from "./environment.ts";
export { escapeText } from "./escape.ts";
export { FileHandler } from "./file.ts";
export { Filter, ignorePeerLoss } from "./filter.ts";
export { BASIC_FORMAT, Formatter } from "./formatter.ts";
export { getHandlerByName, getHandlerNames, Handler, shutdown } from "./handler.ts";
export { JSONFormatter } from "./json.ts";
export {
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
export { Logger } from "./logger.ts";
export { disable, getLogger, getLoggerClass, setLoggerClass } from "./manager.ts";
export { MemoryHandler } from "./memory.ts";
export { NullHandler } from "./null.ts";
export { options } from "./options.ts";
export { RateLimitFilter } from "./rate-limit.ts";
export { getLogRecordFactory, LogRecord, makeLogRecord, setLogRecordFactory } from "./record.ts";
export { StreamHandler } from "./stream.ts";
