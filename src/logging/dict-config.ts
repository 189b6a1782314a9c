/** `dictConfig`: the whole configuration as one value, by version 1 of Python's schema. */
import {
  type Entry,
  type Factory,
  levelOf,
  makeFilter,
  makeFormatter,
  makeHandler,
  resolveValue,
} from "./dict-factory.ts";
import type { FilterLike } from "./filter.ts";
import type { Formatter, RecordFormatter } from "./formatter.ts";
import { getHandlerByName, type Handler, shutdown } from "./handler.ts";
import { type Level, NOTSET } from "./level.ts";
import type { Logger } from "./logger.ts";
import { getLogger, namedLoggers } from "./manager.ts";
import { repr } from "./repr.ts";

/** The entry of a formatter; `()` is a factory that gets the other fields. */
export interface FormatterConfig {
  readonly "()"?: Factory;
  /** A subclass of Formatter. */
  readonly class?: string | typeof Formatter;
  readonly format?: string;
  readonly datefmt?: string;
  readonly style?: "%" | "{" | "$";
  readonly [option: string]: unknown;
}

/** The entry of a filter: by the name of a logger, or by a factory. */
export interface FilterConfig {
  readonly "()"?: Factory;
  readonly name?: string;
  readonly [option: string]: unknown;
}

/** The entry of a handler; what is not named here is handed to its class. */
export interface HandlerConfig {
  readonly "()"?: Factory;
  /** A class, or the name of one of ours, also as Python writes it: `logging.StreamHandler`. */
  readonly class?: string | Factory;
  readonly level?: Level;
  readonly formatter?: string;
  readonly filters?: readonly (string | FilterLike)[];
  readonly [option: string]: unknown;
}

/** The entry of a logger, or of the root. */
export interface LoggerConfig {
  readonly level?: Level | null;
  readonly propagate?: boolean | null;
  readonly handlers?: readonly string[];
  readonly filters?: readonly (string | FilterLike)[];
}

/** What `dictConfig` takes. */
export interface DictConfig {
  readonly version: number;
  readonly formatters?: Readonly<Record<string, FormatterConfig>>;
  readonly filters?: Readonly<Record<string, FilterConfig>>;
  readonly handlers?: Readonly<Record<string, HandlerConfig>>;
  readonly loggers?: Readonly<Record<string, LoggerConfig>>;
  readonly root?: LoggerConfig;
  /** Changes only levels and `propagate` of what is configured already. Default false. */
  readonly incremental?: boolean;
  /** Whether loggers that exist and are not named here are disabled. Default true. */
  readonly disableExistingLoggers?: boolean;
  /** The same, as Python writes it. */
  readonly disable_existing_loggers?: boolean;
}

/** Runs one step of the configuration; what it throws is the cause of an error that names the step. */
function attempt<T>(step: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new RangeError(`Unable to ${step}`, { cause });
  }
}

function need<T>(there: ReadonlyMap<string, T>, name: string): T {
  const value = there.get(name);
  if (value === undefined) throw new ReferenceError(repr(name));
  return value;
}

/** An entry that says nothing leaves the root as it is. */
function isEmpty(entry: LoggerConfig | undefined): entry is undefined {
  return entry === undefined || Object.keys(entry).length === 0;
}

/** Says that a handler's target may still be made. */
class TargetMissing extends Error {}

/** One run of `dictConfig`: what was made so far, by name. */
class Run {
  readonly #config: DictConfig;
  readonly #formatters = new Map<string, RecordFormatter>();
  readonly #filters = new Map<string, FilterLike>();
  readonly #handlers = new Map<string, Handler>();

  constructor(config: DictConfig) {
    this.#config = config;
  }

  configure(): void {
    const { formatters, filters, handlers, loggers, root } = this.#config;
    shutdown(); // the handlers of before are flushed and closed
    for (const [name, entry] of Object.entries(formatters ?? {})) {
      const formatter = attempt(`configure formatter ${repr(name)}`, () =>
        makeFormatter(this.#resolve(entry)),
      );
      this.#formatters.set(name, formatter);
    }
    for (const [name, entry] of Object.entries(filters ?? {})) {
      const filter = attempt(`configure filter ${repr(name)}`, () =>
        makeFilter(this.#resolve(entry)),
      );
      this.#filters.set(name, filter);
    }
    this.#makeHandlers(handlers ?? {});
    const before = namedLoggers();
    for (const [name, entry] of Object.entries(loggers ?? {})) {
      attempt(`configure logger ${repr(name)}`, () => this.#logger(getLogger(name), entry));
    }
    this.#treatExisting(before);
    if (!isEmpty(root)) attempt("configure root logger", () => this.#common(getLogger(), root));
  }

  #resolve(entry: Entry): Entry {
    const config = this.#config as unknown as Entry;
    return Object.fromEntries(
      Object.entries(entry).map(([key, value]) => [key, resolveValue(value, config)]),
    );
  }

  /** Makes the handlers by name, those whose target is not there yet after the others. */
  #makeHandlers(entries: Readonly<Record<string, HandlerConfig>>): void {
    const waiting: string[] = [];
    const make = (name: string): void => {
      const handler = this.#makeHandler(this.#resolve(entries[name] ?? {}));
      handler.name = name;
      this.#handlers.set(name, handler);
    };
    for (const name of Object.keys(entries).sort()) {
      attempt(`configure handler ${repr(name)}`, () => {
        try {
          make(name);
        } catch (error) {
          if (!((error as Error).cause instanceof TargetMissing)) throw error;
          waiting.push(name);
        }
      });
    }
    for (const name of waiting) attempt(`configure handler ${repr(name)}`, () => make(name));
  }

  #makeHandler(entry: Entry): Handler {
    const { formatter, filters, target } = entry;
    const chosen = formatter
      ? attempt(`set formatter ${repr(formatter)}`, () => need(this.#formatters, String(formatter)))
      : null;
    const handler = makeHandler(
      typeof target === "string" ? { ...entry, target: this.#target(target) } : entry,
    );
    if (chosen !== null) handler.setFormatter(chosen);
    const level = levelOf(entry);
    if (level !== null) handler.setLevel(level);
    if (filters) this.#addFilters(handler, filters as readonly (string | FilterLike)[]);
    return handler;
  }

  #target(name: string): Handler {
    return attempt(`set target handler ${repr(name)}`, () => {
      const known = Object.hasOwn(this.#config.handlers ?? {}, name);
      if (known && !this.#handlers.has(name)) throw new TargetMissing("target not configured yet");
      return need(this.#handlers, name);
    });
  }

  #addFilters(
    to: { addFilter(filter: FilterLike): void },
    filters: readonly (string | FilterLike)[],
  ): void {
    for (const filter of filters) {
      attempt(`add filter ${repr(filter)}`, () => {
        to.addFilter(typeof filter === "string" ? need(this.#filters, filter) : filter);
      });
    }
  }

  #logger(logger: Logger, entry: LoggerConfig): void {
    this.#common(logger, entry);
    logger.disabled = false;
    if (entry.propagate != null) logger.propagate = entry.propagate;
  }

  #common(logger: Logger, entry: LoggerConfig): void {
    const level = levelOf(entry as Entry);
    if (level !== null) logger.setLevel(level);
    logger.handlers = [];
    for (const name of entry.handlers ?? []) {
      attempt(`add handler ${repr(name)}`, () => logger.addHandler(need(this.#handlers, name)));
    }
    if (entry.filters) this.#addFilters(logger, entry.filters);
  }

  /** Loggers of before that are not named: below one that is, they begin anew; all others are disabled. */
  #treatExisting(before: ReadonlyMap<string, Logger | null>): void {
    const { loggers = {}, disableExistingLoggers, disable_existing_loggers } = this.#config;
    const disable = disableExistingLoggers ?? disable_existing_loggers ?? true;
    const named = Object.keys(loggers);
    for (const [name, logger] of before) {
      if (logger === null || named.includes(name)) continue;
      if (named.some((above) => name.startsWith(`${above}.`))) {
        logger.setLevel(NOTSET);
        logger.handlers = [];
        logger.propagate = true;
      } else {
        logger.disabled = disable;
      }
    }
  }
}

function changeLogger(logger: Logger, entry: LoggerConfig): void {
  const level = levelOf(entry as Entry);
  if (level !== null) logger.setLevel(level);
}

/** Changes levels and `propagate` of what is there, and nothing else. */
function configureIncrementally({ handlers, loggers, root }: DictConfig): void {
  for (const [name, entry] of Object.entries(handlers ?? {})) {
    const handler = getHandlerByName(name);
    if (handler === null) throw new RangeError(`No handler found with name ${repr(name)}`);
    attempt(`configure handler ${repr(name)}`, () => {
      const level = levelOf(entry as Entry);
      if (level) handler.setLevel(level);
    });
  }
  for (const [name, entry] of Object.entries(loggers ?? {})) {
    attempt(`configure logger ${repr(name)}`, () => {
      const logger = getLogger(name);
      changeLogger(logger, entry);
      logger.disabled = false;
      if (entry.propagate != null) logger.propagate = entry.propagate;
    });
  }
  if (!isEmpty(root)) attempt("configure root logger", () => changeLogger(getLogger(), root));
}

/**
 * Configures all loggers, handlers, formatters and filters at once.
 *
 * ```ts
 * logging.dictConfig({
 *   version: 1,
 *   formatters: { plain: { format: "%(levelname)s %(name)s %(message)s" } },
 *   handlers: { console: { class: "StreamHandler", formatter: "plain" } },
 *   loggers: { "websockets.client": { level: "ERROR" } },
 *   root: { level: "INFO", handlers: ["console"] },
 * });
 * ```
 *
 * Loggers that exist and are not named are disabled, unless `disableExistingLoggers` is false.
 *
 * @throws RangeError for a version other than 1, and, naming the entry, for one that cannot be configured; what was
 *   wrong is its `cause`.
 */
export function dictConfig(config: DictConfig): void {
  if (config.version === undefined) throw new RangeError("dictionary doesn't specify a version");
  if (config.version !== 1) {
    throw new RangeError(`Unsupported version: ${String(config.version)}`);
  }
  if (config.incremental) configureIncrementally(config);
  else new Run(config).configure();
}
