/**
 * Logger: takes what is said, and hands records to its handlers and its ancestors'.
 *
 * Rule for whoever edits this file: a parent may be a Logger of another copy of this module (see registry.ts), so other
 * loggers are spoken to through public members only; and a call that is switched off must allocate nothing.
 */
import { LoggerAdapter, withError } from "./adapter.ts";
import { applyFilters, type FilterLike } from "./filter.ts";
import type { Handler } from "./handler.ts";
import { handleLast } from "./last-resort.ts";
import { CRITICAL, DEBUG, ERROR, INFO, type Level, NOTSET, toLevel, WARNING } from "./level.ts";
import { countArguments } from "./message.ts";
import { isMarked, type LogCallOptions, optionsOf } from "./options.ts";
import { addExtra, type LogRecord, makeRecord, type RecordOptions } from "./record.ts";
import { bumpGeneration, switches } from "./registry.ts";

/** Above every level: the threshold of a logger that is switched off. */
const NEVER = 2 ** 31 - 1;

const NO_ARGUMENTS: readonly unknown[] = [];

/** The names that other loggers of JavaScript give to levels. */
const FOREIGN_LEVELS: ReadonlyMap<string, number> = new Map([
  ["trace", DEBUG / 2],
  ["debug", DEBUG],
  ["info", INFO],
  ["warn", WARNING],
  ["error", ERROR],
  ["fatal", CRITICAL],
]);

/** The tree that a logger stands in. */
export interface LoggerTree {
  readonly root: Logger;
  /** Changes whenever an answer of any logger's `isEnabledFor` may have; as long as it stays, an answer may be kept. */
  readonly generation: number;
  /** The level up to which all records are dropped; see the function `disable`. */
  disable: number;
  getChild(logger: Logger, suffix: string): Logger;
  getChildren(logger: Logger): ReadonlySet<Logger>;
}

/**
 * A named logger. Get one from `getLogger`; names form a tree by their dots.
 *
 * The methods `debug` to `critical` take a message and its arguments, printf-style. A last argument that is an Error, or
 * was made by `options`, is not an argument of the message: the error's stack is printed behind it.
 */
export class Logger {
  readonly name: string;
  /** The nearest ancestor; `null` for the root. */
  parent: Logger | null = null;
  /** The tree; `null` for a logger that `getLogger` did not make. */
  manager: LoggerTree | null = null;
  /** Whether records go on to the handlers of the ancestors. */
  propagate = true;
  /** Do not change in place while a record may be under way: use `addHandler` and `removeHandler`. */
  handlers: Handler[] = [];
  filters: readonly FilterLike[] = [];
  /**
   * Whether this logger's filters also see the records of its descendants, before any handler does. False as in Python,
   * but true for the logger `websockets`, whose filter so silences the whole library.
   */
  filterDescendants = false;
  #level: number;
  #disabled = false;
  /** What `isEnabledFor` found, and of which generation of the registry it is true. */
  #threshold = NEVER;
  #generation = 0;

  constructor(name: string, level: Level = NOTSET) {
    this.name = name;
    this.#level = toLevel(level);
  }

  /** The level set on this logger; NOTSET to take an ancestor's. */
  get level(): number {
    return this.#level;
  }

  set level(level: Level) {
    this.#level = toLevel(level);
    bumpGeneration();
  }

  /** A logger that is disabled drops everything; its descendants do not. */
  get disabled(): boolean {
    return this.#disabled;
  }

  set disabled(disabled: boolean) {
    this.#disabled = disabled;
    bumpGeneration();
  }

  /** @throws RangeError `Unknown level: 'x'`, or TypeError, for what is no level. */
  setLevel(level: Level): void {
    this.level = level;
  }

  /** The level of the nearest of this logger and its ancestors that has one; NOTSET if none has. */
  getEffectiveLevel(): number {
    let logger: Logger | null = this;
    while (logger !== null) {
      if (logger.level !== NOTSET) return logger.level;
      logger = logger.parent;
    }
    return NOTSET;
  }

  /** Whether a record of this level would be made. The answer is cached until any level changes. */
  isEnabledFor(level: number): boolean {
    if (this.#generation !== switches.generation) this.#refresh();
    return level >= this.#threshold;
  }

  #refresh(): void {
    this.#generation = switches.generation;
    this.#threshold = this.#disabled
      ? NEVER
      : Math.max(this.getEffectiveLevel(), switches.disable + 1);
  }

  // The rest arrays below are read, never passed on, so that the engine can do without them.

  debug(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(DEBUG)) this.#write(DEBUG, msg, copy(args));
  }

  info(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(INFO)) this.#write(INFO, msg, copy(args));
  }

  warning(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(WARNING)) this.#write(WARNING, msg, copy(args));
  }

  /** The same as `warning`. */
  warn(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(WARNING)) this.#write(WARNING, msg, copy(args));
  }

  error(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(ERROR)) this.#write(ERROR, msg, copy(args));
  }

  /** At ERROR, with the stack of `error`. */
  exception(msg: unknown, error: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(ERROR)) this.#write(ERROR, msg, withError(error, args));
  }

  critical(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(CRITICAL)) this.#write(CRITICAL, msg, copy(args));
  }

  /** The same as `critical`. */
  fatal(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(CRITICAL)) this.#write(CRITICAL, msg, copy(args));
  }

  /** @throws TypeError when `level` is not a whole number, unless `raiseExceptions` is false. */
  log(level: number, msg: unknown, ...args: unknown[]): void {
    if (!Number.isInteger(level)) {
      if (switches.raiseExceptions) throw new TypeError("level must be an integer");
      return;
    }
    if (this.isEnabledFor(level)) this.#write(level, msg, copy(args));
  }

  #write(level: number, msg: unknown, args: readonly unknown[]): void {
    const given = args.length === 0 ? null : optionsOf(args);
    if (given === null) {
      this.handle(makeRecord(this.name, level, msg, args));
      return;
    }
    this.handle(this.makeRecord(level, msg, messageArguments(msg, args), given));
  }

  /**
   * A record of this logger, not yet handled.
   *
   * @throws ReferenceError `Attempt to overwrite 'name' in LogRecord`, when `extra` names a field of every record.
   */
  makeRecord(
    level: number,
    msg: unknown,
    args: readonly unknown[],
    given: LogCallOptions = {},
  ): LogRecord {
    const { error, extra, stackInfo } = given;
    const options: RecordOptions = { error, stackInfo: stackInfo ? callStack() : undefined };
    const record = makeRecord(this.name, level, msg, args, options);
    if (extra != null) addExtra(record, extra);
    return record;
  }

  /** Handles a record that was made here or came from elsewhere: filters, then handlers. Its level is not asked. */
  handle(record: LogRecord): void {
    if (this.#disabled) return;
    const kept = this.filter(record);
    if (kept !== null) this.callHandlers(kept);
  }

  /** The record as this logger's filters let it through, and those of ancestors with `filterDescendants`. */
  filter(record: LogRecord): LogRecord | null {
    let kept: LogRecord | null = record;
    if (this.filters.length > 0) kept = applyFilters(this.filters, record);
    let { parent } = this;
    while (parent !== null && kept !== null) {
      if (parent.filterDescendants && parent.filters.length > 0) {
        kept = applyFilters(parent.filters, kept);
      }
      parent = parent.parent;
    }
    return kept;
  }

  /** Hands `record` to this logger's handlers, then to those of each ancestor until one that does not propagate. */
  callHandlers(record: LogRecord): void {
    let found = false;
    let logger: Logger | null = this;
    while (logger !== null) {
      for (const handler of logger.handlers) {
        found = true;
        if (record.levelno >= handler.level) handler.handle(record);
      }
      logger = logger.propagate ? logger.parent : null;
    }
    if (!found) handleLast(record, this.name);
  }

  /** Whether a record would reach a handler, here or on the way up. */
  hasHandlers(): boolean {
    let logger: Logger | null = this;
    while (logger !== null) {
      if (logger.handlers.length > 0) return true;
      logger = logger.propagate ? logger.parent : null;
    }
    return false;
  }

  /** Adds a handler; one that is there already counts once. */
  addHandler(handler: Handler): void {
    if (!this.handlers.includes(handler)) this.handlers = [...this.handlers, handler];
  }

  removeHandler(handler: Handler): void {
    this.handlers = this.handlers.filter((one) => one !== handler);
  }

  /** Adds a filter for the records of this logger; one that is there already counts once. */
  addFilter(filter: FilterLike): void {
    if (!this.filters.includes(filter)) this.filters = [...this.filters, filter];
  }

  removeFilter(filter: FilterLike): void {
    this.filters = this.filters.filter((one) => one !== filter);
  }

  /** The descendant called `suffix` after this logger's name. */
  getChild(suffix: string): Logger {
    return this.#tree().getChild(this, suffix);
  }

  /** The loggers directly below this one that exist. */
  getChildren(): ReadonlySet<Logger> {
    return this.#tree().getChildren(this);
  }

  #tree(): LoggerTree {
    if (this.manager === null) throw new TypeError(`logger ${this.name} was not made by getLogger`);
    return this.manager;
  }

  /** Whether a record would be made at a level by the name that other loggers give it: `"debug"`, `"warn"` … */
  isLevelEnabled(level: string): boolean {
    return this.isEnabledFor(FOREIGN_LEVELS.get(level.toLowerCase()) ?? toLevel(level));
  }

  /** A logger before this one that adds `fields` to each record; as pino's `child`. */
  child(fields: Readonly<Record<string, unknown>>): LoggerAdapter {
    return new LoggerAdapter(this, fields, { mergeExtra: true });
  }
}

/** A copy of a rest array that reads it by constant places, which engines can do without making the array. */
function copy(args: readonly unknown[]): readonly unknown[] {
  switch (args.length) {
    case 0:
      return NO_ARGUMENTS;
    case 1:
      return [args[0]];
    case 2:
      return [args[0], args[1]];
    default: {
      const all: unknown[] = [];
      for (let at = 0; at < args.length; at += 1) all.push(args[at]);
      return all;
    }
  }
}

/**
 * The arguments without the options behind them. An Error for which the message has a place left (`"failed: %s", error`)
 * is an argument too.
 */
function messageArguments(msg: unknown, args: readonly unknown[]): readonly unknown[] {
  if (args.length === 1 && isMarked(args[0])) return NO_ARGUMENTS;
  const isPlain = !isMarked(args[args.length - 1]);
  if (isPlain && typeof msg === "string" && countArguments(msg) === args.length) return args;
  return args.slice(0, -1);
}

/** The stack of whoever logs: without the frames of this file. */
function callStack(): string {
  const lines = new Error().stack?.split("\n").slice(1) ?? [];
  const outside = lines.filter((line) => !/[\\/]logging[\\/](?:logger|adapter)\.[jt]s/.test(line));
  return ["Stack (most recent call first):", ...outside].join("\n");
}
