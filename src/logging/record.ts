/** LogRecord: one event on its way to the handlers. */
import { nameLevel } from "./level.ts";
import { formatMessage } from "./message.ts";
import { shared } from "./registry.ts";
import { repr, str } from "./repr.ts";

/** Where a record comes from, for `%(pathname)s` and its kin. */
export interface Origin {
  readonly pathname: string;
  readonly lineno: number;
  readonly funcName: string;
}

/** What a record may have besides its message. */
export interface RecordOptions {
  /** What was thrown; its stack is printed after the message. `null` prints `NoneType: None`. */
  readonly error?: unknown;
  /** A stack to print after the message, as a text. */
  readonly stackInfo?: string | undefined;
  readonly origin?: Origin | undefined;
}

/** The attributes that Python and we know; `extra` may not overwrite them. */
export const RECORD_FIELDS: ReadonlySet<string> = new Set([
  "name",
  "msg",
  "args",
  "levelname",
  "levelno",
  "pathname",
  "filename",
  "module",
  "exc_info",
  "exc_text",
  "stack_info",
  "lineno",
  "funcName",
  "created",
  "msecs",
  "relativeCreated",
  "thread",
  "threadName",
  "process",
  "processName",
  "taskName",
  "message",
  "asctime",
  "error",
  "excText",
  "stackInfo",
]);

/** Names that would break the record itself. */
const FORBIDDEN: ReadonlySet<string> = new Set(["getMessage", "constructor", "__proto__"]);

const clock: { readonly start: number } = shared("clock", () => ({ start: Date.now() }));

function currentProcess(): { pid?: number } | undefined {
  return (globalThis as { process?: { pid?: number } }).process;
}

/**
 * One event. Besides the fields here it has those of `extra`, as fields of its own. Filters may change it.
 */
export class LogRecord {
  [extra: string]: unknown;

  /** The name of the logger. */
  name: string;
  levelno: number;
  levelname: string;
  /** The message before its arguments are put in; usually a string. */
  msg: unknown;
  args: readonly unknown[];
  /** When it was made: seconds since 1970. */
  created: number;
  /** The milliseconds of `created`, 0 to 999. */
  msecs: number;
  /** What was thrown, `undefined` if nothing was. */
  error: unknown;
  /** The text of `error`; the first formatter that prints it keeps it here. */
  excText: string | undefined;
  stackInfo: string | undefined;

  declare pathname: string;
  declare lineno: number;
  declare funcName: string;
  declare thread: number;
  declare threadName: string;
  declare processName: string;
  declare taskName: string | null;

  // Same for all records, so they stand on the prototype and cost a record nothing.
  static {
    Object.assign(LogRecord.prototype, {
      pathname: "(unknown file)",
      lineno: 0,
      funcName: "(unknown function)",
      thread: 0,
      threadName: "MainThread",
      processName: "MainProcess",
      taskName: null,
    });
  }

  constructor(
    name: string,
    level: number,
    msg: unknown,
    args: readonly unknown[],
    options?: RecordOptions,
  ) {
    const now = Date.now();
    this.name = name;
    this.levelno = level;
    this.levelname = nameLevel(level);
    this.msg = msg;
    this.args = args;
    this.created = now / 1000;
    this.msecs = now % 1000;
    this.error = options?.error;
    this.excText = undefined;
    this.stackInfo = options?.stackInfo;
    const origin = options?.origin;
    if (origin !== undefined) {
      this.pathname = origin.pathname;
      this.lineno = origin.lineno;
      this.funcName = origin.funcName;
    }
  }

  /** The last part of `pathname`. */
  get filename(): string {
    return this.pathname.slice(
      Math.max(this.pathname.lastIndexOf("/"), this.pathname.lastIndexOf("\\")) + 1,
    );
  }

  /** `filename` without its extension. */
  get module(): string {
    const name = this.filename;
    const dot = name.lastIndexOf(".");
    return dot > 0 ? name.slice(0, dot) : name;
  }

  /** Milliseconds since this module was loaded. */
  get relativeCreated(): number {
    return this.created * 1000 - clock.start;
  }

  get process(): number | null {
    return currentProcess()?.pid ?? null;
  }

  /**
   * The message with its arguments put in.
   *
   * @throws TypeError, RangeError or ReferenceError, in Python's words, when they do not fit.
   */
  getMessage(): string {
    return formatMessage(str(this.msg), this.args);
  }
}

/** Whether `value` is a record, also one of another copy of this module. */
export function isLogRecord(value: unknown): value is LogRecord {
  if (value instanceof LogRecord) return true;
  if (typeof value !== "object" || value === null) return false;
  const { levelno, getMessage } = value as { levelno?: unknown; getMessage?: unknown };
  return typeof levelno === "number" && typeof getMessage === "function";
}

/**
 * Puts the fields of `extra` on `record`.
 *
 * @throws ReferenceError `Attempt to overwrite 'name' in LogRecord` for the name of a field that every record has.
 */
export function addExtra(record: LogRecord, extra: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(extra)) {
    if (RECORD_FIELDS.has(key) || FORBIDDEN.has(key)) {
      throw new ReferenceError(`Attempt to overwrite ${repr(key)} in LogRecord`);
    }
    record[key] = extra[key];
  }
}

/** The fields that `extra` and filters added to `record`. */
export function extraOf(record: LogRecord): Record<string, unknown> {
  const extra: Record<string, unknown> = {};
  for (const key of Object.keys(record)) {
    if (!RECORD_FIELDS.has(key)) extra[key] = record[key];
  }
  return extra;
}

/** Makes the records of all loggers; see `setLogRecordFactory`. */
export type LogRecordFactory = (
  name: string,
  level: number,
  msg: unknown,
  args: readonly unknown[],
  options?: RecordOptions,
) => LogRecord;

const making: { factory: LogRecordFactory | null } = shared("records", () => ({ factory: null }));

const makePlain: LogRecordFactory = (name, level, msg, args, options) =>
  new LogRecord(name, level, msg, args, options);

/** Makes a record, by the factory that was set or else plainly. */
export function makeRecord(
  name: string,
  level: number,
  msg: unknown,
  args: readonly unknown[],
  options?: RecordOptions,
): LogRecord {
  const { factory } = making;
  return factory === null
    ? new LogRecord(name, level, msg, args, options)
    : factory(name, level, msg, args, options);
}

/** The function that makes the records. */
export function getLogRecordFactory(): LogRecordFactory {
  return making.factory ?? makePlain;
}

/** Has all records made by `factory`, which should return `LogRecord`s or the like. */
export function setLogRecordFactory(factory: LogRecordFactory): void {
  making.factory = factory;
}

/** A record with the given fields, for records that come from elsewhere (a socket, a worker). */
export function makeLogRecord(fields: Readonly<Record<string, unknown>>): LogRecord {
  return Object.assign(makeRecord("", 0, "", []), fields);
}
