/** LoggerAdapter: a logger that adds something of its own to every record. */
import { CRITICAL, DEBUG, ERROR, INFO, type Level, WARNING } from "./level.ts";
import { type LogCallOptions, options, optionsOf } from "./options.ts";

/** What an adapter stands before: a Logger, or another adapter. */
export interface AdapterTarget {
  readonly name: string;
  log(level: number, msg: unknown, ...args: unknown[]): void;
  setLevel(level: Level): void;
  isEnabledFor(level: number): boolean;
  isLevelEnabled(level: string): boolean;
  getEffectiveLevel(): number;
  hasHandlers(): boolean;
}

/** How an adapter treats the call's own fields. */
export interface AdapterOptions {
  /** Keep the call's `extra` beside the adapter's, and prefer it. Default false: the adapter's replaces it. */
  readonly mergeExtra?: boolean | undefined;
}

/**
 * Adds `extra` to each record; a subclass may do more in `process`.
 *
 * ```ts
 * class Tagged extends logging.LoggerAdapter {
 *   override process(msg: unknown, call: LogCallOptions): [unknown, LogCallOptions] {
 *     return [`[shop] ${String(msg)}`, call];
 *   }
 * }
 * ```
 */
export class LoggerAdapter {
  readonly logger: AdapterTarget;
  readonly extra: Readonly<Record<string, unknown>> | null;
  readonly mergeExtra: boolean;

  constructor(
    logger: AdapterTarget,
    extra: Readonly<Record<string, unknown>> | null = null,
    { mergeExtra = false }: AdapterOptions = {},
  ) {
    this.logger = logger;
    this.extra = extra;
    this.mergeExtra = mergeExtra;
  }

  /** The name of the logger. */
  get name(): string {
    return this.logger.name;
  }

  /** The message and options that are logged in place of the call's. `call.extra` holds the fields of the call. */
  process(msg: unknown, call: LogCallOptions): [msg: unknown, call: LogCallOptions] {
    const extra =
      this.mergeExtra && call.extra != null ? { ...this.extra, ...call.extra } : this.extra;
    return [msg, { ...call, extra }];
  }

  debug(msg: unknown, ...args: unknown[]): void {
    this.log(DEBUG, msg, ...args);
  }

  info(msg: unknown, ...args: unknown[]): void {
    this.log(INFO, msg, ...args);
  }

  warning(msg: unknown, ...args: unknown[]): void {
    this.log(WARNING, msg, ...args);
  }

  /** The same as `warning`. */
  warn(msg: unknown, ...args: unknown[]): void {
    this.log(WARNING, msg, ...args);
  }

  error(msg: unknown, ...args: unknown[]): void {
    this.log(ERROR, msg, ...args);
  }

  /** At ERROR, with the stack of `error`. */
  exception(msg: unknown, error: unknown, ...args: unknown[]): void {
    this.log(ERROR, msg, ...withError(error, args));
  }

  critical(msg: unknown, ...args: unknown[]): void {
    this.log(CRITICAL, msg, ...args);
  }

  /** The same as `critical`. */
  fatal(msg: unknown, ...args: unknown[]): void {
    this.log(CRITICAL, msg, ...args);
  }

  /** At any level; see `Logger.log` for the arguments. */
  log(level: number, msg: unknown, ...args: unknown[]): void {
    if (!this.isEnabledFor(level)) return;
    const given = optionsOf(args);
    const rest = given === null ? args : args.slice(0, -1);
    const [text, call] = this.process(msg, { ...given });
    this.logger.log(level, text, ...rest, options(call));
  }

  setLevel(level: Level): void {
    this.logger.setLevel(level);
  }

  isEnabledFor(level: number): boolean {
    return this.logger.isEnabledFor(level);
  }

  /** The same by the name that other loggers give a level: `"debug"`, `"warn"` … */
  isLevelEnabled(level: string): boolean {
    return this.logger.isLevelEnabled(level);
  }

  getEffectiveLevel(): number {
    return this.logger.getEffectiveLevel();
  }

  hasHandlers(): boolean {
    return this.logger.hasHandlers();
  }

  /** An adapter before this one that adds `fields` too; as pino's `child`. */
  child(fields: Readonly<Record<string, unknown>>): LoggerAdapter {
    return new LoggerAdapter(this, fields, { mergeExtra: true });
  }
}

/** `args` with `error` among their options, whatever options they end with. */
export function withError(error: unknown, args: readonly unknown[]): unknown[] {
  const given = optionsOf(args);
  const rest = given === null ? args : args.slice(0, -1);
  return [...rest, options({ ...given, error: error ?? null })];
}
