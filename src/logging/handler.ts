/** Handler: a record to somewhere. Subclasses say where in `emit`. */
import { argsOf } from "./field.ts";
import { applyFilters, type FilterLike } from "./filter.ts";
import { Formatter, type RecordFormatter } from "./formatter.ts";
import { type Level, NOTSET, toLevel } from "./level.ts";
import type { LogRecord } from "./record.ts";
import { shared, switches } from "./registry.ts";
import { repr, str } from "./repr.ts";
import { writeStderr } from "./stderr.ts";
import { printError } from "./traceback.ts";

/** A handler that logs while it handles may go round this often; then its records are dropped. */
const DEPTH = 3;

interface Handlers {
  /** All handlers that were made and not closed, for `shutdown`; held weakly. */
  readonly open: Set<WeakRef<Handler>>;
  readonly byName: Map<string, Handler>;
  /** When `open` has grown to this, the dead are swept out. */
  sweepAt: number;
}

const SWEEP = 64;

const handlers: Handlers = shared("handlers", () => ({
  open: new Set(),
  byName: new Map(),
  sweepAt: SWEEP,
}));

let plain: Formatter | undefined;

/** Methods `flush` and `close` that have nothing to do at the end of the process. */
const idle = new WeakSet<() => void>();

/** Says that `method`, a `flush` or a `close`, need not be called at the end of the process. */
export function markIdle(method: () => void): void {
  idle.add(method);
}

/**
 * The base of all handlers. A subclass writes `emit`; it may throw, `handle` reports it and the caller never sees it.
 *
 * ```ts
 * class ListHandler extends logging.Handler {
 *   lines: string[] = [];
 *   override emit(record: LogRecord): void {
 *     this.lines.push(this.format(record));
 *   }
 * }
 * ```
 */
export class Handler {
  level: number;
  formatter: RecordFormatter | null = null;
  /** Asked in order before `emit`; see `addFilter`. */
  filters: readonly FilterLike[] = [];
  readonly #reference: WeakRef<Handler>;
  #name: string | null = null;
  #depth = 0;

  static {
    markIdle(Handler.prototype.flush);
    markIdle(Handler.prototype.close);
  }

  /** @param level records below it are not handled. Default NOTSET: all are. */
  constructor(level: Level = NOTSET) {
    this.level = toLevel(level);
    this.#reference = new WeakRef(this);
    register(this.#reference);
    if (!idle.has(this.flush) || !idle.has(this.close)) shutdownAtExit();
  }

  /** A name by which `getHandlerByName` finds this handler; `dictConfig` gives one. */
  get name(): string | null {
    return this.#name;
  }

  set name(name: string | null) {
    if (this.#name !== null) handlers.byName.delete(this.#name);
    this.#name = name;
    if (name) handlers.byName.set(name, this);
  }

  /** @throws RangeError or TypeError for what is no level. */
  setLevel(level: Level): void {
    this.level = toLevel(level);
  }

  setFormatter(formatter: RecordFormatter | null): void {
    this.formatter = formatter;
  }

  /** Adds a filter; one that is there already counts once. */
  addFilter(filter: FilterLike): void {
    if (!this.filters.includes(filter)) this.filters = [...this.filters, filter];
  }

  removeFilter(filter: FilterLike): void {
    this.filters = this.filters.filter((one) => one !== filter);
  }

  /** The record as the filters let it through, or `null`. */
  filter(record: LogRecord): LogRecord | null {
    return this.filters.length === 0 ? record : applyFilters(this.filters, record);
  }

  /** The text of `record`, by this handler's formatter or else the message alone. */
  format(record: LogRecord): string {
    plain ??= new Formatter();
    return (this.formatter ?? plain).format(record);
  }

  /** Writes `record` to where this handler leads. */
  emit(record: LogRecord): void {
    throw new TypeError(`${this.constructor.name} must implement emit() (for ${record.name})`);
  }

  /**
   * Asks the filters, then emits. What a filter throws reaches whoever logs; what `emit` throws goes to `handleError`.
   *
   * @returns whether the record was let through.
   */
  handle(record: LogRecord): boolean {
    const kept = this.filters.length === 0 ? record : this.filter(record);
    if (kept === null) return false;
    // Deviation: Python recurses without end when a handler logs to itself.
    if (this.#depth >= DEPTH) return false;
    this.#depth += 1;
    try {
      this.emit(kept);
    } catch (error) {
      this.handleError(kept, error);
    } finally {
      this.#depth -= 1;
    }
    return true;
  }

  /** Prints what went wrong in `emit` on standard error, unless `raiseExceptions` is false. Never throws. */
  handleError(record: LogRecord, error: unknown): void {
    if (!switches.raiseExceptions) return;
    try {
      const call = new Error().stack?.replace(/^Error.*\n/, "") ?? "";
      writeStderr(
        `--- Logging error ---\n${printError(error)}\nCall stack:\n${call}\n${describe(record)}`,
      );
    } catch {
      // There is nowhere left to say it.
    }
  }

  /** Writes out what is held back. */
  flush(): void {}

  /** Lets go of what the handler holds. */
  close(): void {
    handlers.open.delete(this.#reference);
    if (this.#name !== null && handlers.byName.get(this.#name) === this) {
      handlers.byName.delete(this.#name);
    }
  }
}

function describe(record: LogRecord): string {
  try {
    return `Message: ${repr(record.msg)}\nArguments: ${str(argsOf(record))}\n`;
  } catch {
    return "Unable to print the message and arguments - possible formatting error.\nUse the traceback above to help find the error.\n";
  }
}

function register(reference: WeakRef<Handler>): void {
  handlers.open.add(reference);
  if (handlers.open.size > handlers.sweepAt) {
    for (const one of handlers.open) if (one.deref() === undefined) handlers.open.delete(one);
    handlers.sweepAt = 2 * handlers.open.size + SWEEP;
  }
}

/** Whether `shutdown` hangs on the end of the process. */
let hooked = false;

/** Has `shutdown` called at the end of the process, once. For handlers that have something to do then. */
export function shutdownAtExit(): void {
  if (hooked) return;
  hooked = true;
  const { process } = globalThis as { process?: { on?(event: string, run: () => void): unknown } };
  process?.on?.("exit", shutdown);
}

/** Flushes and closes all handlers, the latest first; called by itself at the end of the process. */
export function shutdown(): void {
  for (const reference of [...handlers.open].reverse()) {
    const handler = reference.deref();
    if (handler === undefined) continue;
    try {
      handler.flush();
      handler.close();
    } catch (error) {
      if (switches.raiseExceptions) writeStderr(`${printError(error)}\n`);
    }
  }
}

/** The handler with the given name, or `null`. */
export function getHandlerByName(name: string): Handler | null {
  return handlers.byName.get(name) ?? null;
}

/** The names of all handlers that have one. */
export function getHandlerNames(): ReadonlySet<string> {
  return new Set(handlers.byName.keys());
}
