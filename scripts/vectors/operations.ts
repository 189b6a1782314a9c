/**
 * The operations of the vectors, each as a call of the module under test. An operation that is not here, or a kind of
 * handler or filter that is not, makes its vector fail.
 */
import logging, {
  Filter,
  type FilterLike,
  Formatter,
  type FormatterOptions,
  Handler,
  type Level,
  type Logger,
  LoggerAdapter,
  LogRecord,
  NullHandler,
  StreamHandler,
  type TextStream,
} from "../../src/logging/index.ts";
import { findLogger } from "../../src/logging/manager.ts";
import { addExtra, extraOf } from "../../src/logging/record.ts";
import { Float, repr } from "../../src/logging/repr.ts";
import { DEFAULT_TIME, type ExceptionSpec, makeError, printException } from "./stand-ins.ts";

/** One operation of a vector: its name and its arguments. */
export interface Operation {
  readonly op: string;
  readonly [argument: string]: unknown;
}

/** Says that a vector asks for something that this runner does not know. */
export class UnknownOperation extends Error {}

type Fields = Readonly<Record<string, unknown>>;

class ListHandler extends Handler {
  readonly records: unknown[] = [];

  override emit(record: LogRecord): void {
    this.records.push({
      name: record.name,
      levelno: record.levelno,
      levelname: record.levelname,
      msg: record.msg,
      message: record.getMessage(),
      extra: extraOf(record),
      exc: record.error === undefined ? null : printException(record.error),
    });
  }
}

class RaisingHandler extends Handler {
  override emit(): void {
    throw makeError({ type: "RuntimeError", message: "handler bug" });
  }
}

class PrefixAdapter extends LoggerAdapter {
  prefix = "";

  override process(msg: unknown, call: Fields): [unknown, Fields] {
    return [`${this.prefix}${String(msg)}`, call];
  }
}

class Text implements TextStream {
  text = "";

  write(text: string): void {
    this.text += text;
  }
}

/** What an attribute of a record is called here. */
const NAMES: Readonly<Record<string, string>> = {
  exc_info: "error",
  exc_text: "excText",
  stack_info: "stackInfo",
};

/** What the operations of one vector have made, and the operations. */
export class Scene {
  readonly clock = { nanoseconds: DEFAULT_TIME };
  readonly #streams = new Map<string, Text>();
  readonly #handlers = new Map<string, Handler>();
  readonly #filters = new Map<string, FilterLike>();
  readonly #adapters = new Map<string, LoggerAdapter>();
  /** Of loggers that may not exist yet, and are not made for it. */
  readonly #filtersDescendants = new Map<string, boolean>();
  readonly #seen = new Map<string, Logger>();

  /** The text of each stream, by its id. */
  get streams(): Record<string, string> {
    return Object.fromEntries([...this.#streams].map(([id, { text }]) => [id, text]));
  }

  /** What each `list` handler saw, by its id. */
  get records(): Record<string, readonly unknown[]> {
    const lists = [...this.#handlers].flatMap(([id, handler]) =>
      handler instanceof ListHandler ? [[id, handler.records] as const] : [],
    );
    return Object.fromEntries(lists);
  }

  /**
   * Runs one operation.
   *
   * @throws UnknownOperation, or what the module under test throws.
   */
  run(operation: Operation): unknown {
    const known = Object.hasOwn(this.#operations, operation.op);
    const act = known ? this.#operations[operation.op] : undefined;
    if (act === undefined) throw new UnknownOperation(`unknown operation '${operation.op}'`);
    try {
      return act(operation) ?? null;
    } finally {
      for (const [name, value] of this.#filtersDescendants) {
        const logger = findLogger(name);
        if (logger !== null) logger.filterDescendants = value;
      }
    }
  }

  readonly #operations: Readonly<Record<string, (operation: Operation) => unknown>> = {
    getLogger: ({ logger }) => this.#describeSeen(String(logger)),
    describe: ({ logger }) => {
      const found = findLogger(String(logger));
      return found === null ? null : describe(found);
    },
    setLevel: (operation) => this.#target(operation).setLevel(operation.level as Level),
    propagate: ({ logger, value }) => {
      this.#logger(logger).propagate = value as boolean;
    },
    disabled: ({ logger, value }) => {
      this.#logger(logger).disabled = value as boolean;
    },
    filterDescendants: ({ logger, value }) => {
      this.#filtersDescendants.set(String(logger), value as boolean);
    },
    handler: (operation) => this.#makeHandler(operation),
    addHandler: ({ logger, handler }) => this.#logger(logger).addHandler(this.#handler(handler)),
    removeHandler: ({ logger, handler }) =>
      this.#logger(logger).removeHandler(this.#handler(handler)),
    filter: (operation) => {
      this.#filters.set(String(operation.id), makeFilter(operation));
    },
    addFilter: (operation) => this.#filtered(operation).addFilter(this.#filter(operation)),
    removeFilter: (operation) => this.#filtered(operation).removeFilter(this.#filter(operation)),
    log: (operation) => {
      const { adapter, logger } = operation;
      logOn(adapter === undefined ? this.#logger(logger) : this.#adapter(adapter), operation);
    },
    moduleLog: (operation) => logOn(logging, operation),
    adapter: (operation) => this.#makeAdapter(operation),
    isEnabledFor: (operation) => this.#source(operation).isEnabledFor(operation.level as number),
    getEffectiveLevel: (operation) => this.#source(operation).getEffectiveLevel(),
    hasHandlers: (operation) => this.#source(operation).hasHandlers(),
    getChild: ({ logger, suffix }) => this.#logger(logger).getChild(String(suffix)).name,
    getChildren: ({ logger }) =>
      [...this.#logger(logger).getChildren()].map(({ name }) => name).sort(),
    parent: ({ logger }) => this.#logger(logger).parent?.name,
    disable: ({ level }) => logging.disable(level as Level | undefined),
    getLevelName: ({ level }) => logging.getLevelName(level as number | string),
    addLevelName: ({ level, name }) => logging.addLevelName(level as number, String(name)),
    levelNamesMapping: () => logging.getLevelNamesMapping(),
    basicConfig: ({ kwargs }) => this.#basicConfig((kwargs ?? {}) as Fields),
    dictConfig: ({ config }) => logging.dictConfig(config as never),
    lastResort: ({ value }) => {
      logging.lastResort = value === null ? null : this.#handler(value);
    },
    raiseExceptions: ({ value }) => {
      logging.raiseExceptions = value as boolean;
    },
    format: (operation) => format(operation),
    time: ({ ns }) => {
      this.clock.nanoseconds = BigInt(ns instanceof Float ? ns.value : (ns as number | bigint));
    },
    tz: ({ name }) => {
      process.env.TZ = String(name);
    },
    shutdown: () => logging.shutdown(),
    getMessage: ({ msg, args }) => recordOf(msg, args).getMessage(),
  };

  #logger(name: unknown): Logger {
    return logging.getLogger(String(name));
  }

  #handler(id: unknown): Handler {
    return need(this.#handlers, id);
  }

  #adapter(id: unknown): LoggerAdapter {
    return need(this.#adapters, id);
  }

  #filter({ filter }: Operation): FilterLike {
    return need(this.#filters, filter);
  }

  /** The logger or adapter that an operation names. */
  #source({ logger, adapter }: Operation): Logger | LoggerAdapter {
    return adapter === undefined ? this.#logger(logger) : this.#adapter(adapter);
  }

  #target(operation: Operation): { setLevel(level: Level): void } {
    const { handler } = operation;
    return handler === undefined ? this.#source(operation) : this.#handler(handler);
  }

  #filtered({ logger, handler }: Operation): Logger | Handler {
    return handler === undefined ? this.#logger(logger) : this.#handler(handler);
  }

  /** The stream called `id`; `null` is standard error. */
  #stream(id: unknown): TextStream | null {
    if (id == null || id === "stderr") return null;
    let stream = this.#streams.get(String(id));
    if (stream === undefined) {
      stream = new Text();
      this.#streams.set(String(id), stream);
    }
    return stream;
  }

  #describeSeen(name: string): unknown {
    const logger = this.#logger(name);
    const before = this.#seen.get(name);
    this.#seen.set(name, logger);
    return { ...describe(logger), sameAsBefore: before === undefined ? null : before === logger };
  }

  #makeHandler(operation: Operation): void {
    const { id, type, level, terminator, stream } = operation;
    const handler = makeHandler(String(type), this.#stream(stream));
    if (level != null) handler.setLevel(level as Level);
    const asked = ["format", "datefmt", "style", "defaults"].some(
      (name) => operation[name] != null,
    );
    if (asked) handler.setFormatter(makeFormatter(operation));
    if (terminator !== undefined && handler instanceof StreamHandler) {
      handler.terminator = String(terminator);
    }
    this.#handlers.set(String(id), handler);
  }

  #makeAdapter(operation: Operation): void {
    const { id, extra, mergeExtra, prefix } = operation;
    const fields = (extra ?? null) as Fields | null;
    const options = { mergeExtra: mergeExtra === true };
    const source = this.#source(operation);
    if (prefix === undefined) {
      this.#adapters.set(String(id), new LoggerAdapter(source, fields, options));
      return;
    }
    const adapter = new PrefixAdapter(source, fields, options);
    adapter.prefix = String(prefix);
    this.#adapters.set(String(id), adapter);
  }

  #basicConfig(kwargs: Fields): void {
    const config: Record<string, unknown> = { ...kwargs };
    if (config.stream !== undefined) config.stream = this.#stream(config.stream);
    if (Array.isArray(config.handlers)) {
      config.handlers = config.handlers.map((id) => this.#handler(id));
    }
    logging.basicConfig(config as never);
  }
}

function need<T>(there: ReadonlyMap<string, T>, id: unknown): T {
  const value = there.get(String(id));
  if (value === undefined) throw new ReferenceError(repr(String(id)));
  return value;
}

function describe(logger: Logger): Record<string, unknown> {
  return {
    name: logger.name,
    level: logger.level,
    effective: logger.getEffectiveLevel(),
    parent: logger.parent?.name ?? null,
    propagate: logger.propagate,
    disabled: logger.disabled,
    handlers: logger.handlers.length,
  };
}

function makeHandler(type: string, stream: TextStream | null): Handler {
  switch (type) {
    case "stream":
      return new StreamHandler(stream);
    case "list":
      return new ListHandler();
    case "null":
      return new NullHandler();
    case "raising":
      return new RaisingHandler();
    default:
      throw new UnknownOperation(`unknown type of handler '${type}'`);
  }
}

function makeFilter({ type, value, name, level, text, attr, msg }: Operation): FilterLike {
  switch (type) {
    case "const":
      return () => value;
    case "object":
      return { filter: () => value };
    case "name":
      return new Filter(name == null ? undefined : String(name));
    case "minLevel":
      return (record) => record.levelno >= Number(level);
    case "contains":
      return (record) => record.getMessage().includes(String(text));
    case "set":
      return (record) => {
        record[NAMES[String(attr)] ?? String(attr)] = value;
        return true;
      };
    case "replace":
      return (record) =>
        Object.assign(new LogRecord(record.name, record.levelno, msg, []), {
          ...record,
          msg,
          args: [],
        });
    default:
      throw new UnknownOperation(`unknown type of filter '${String(type)}'`);
  }
}

function makeFormatter(operation: Operation): Formatter {
  const { format, datefmt, style, defaults, validate } = operation;
  const options = { datefmt, style: style ?? "%", defaults: defaults ?? undefined, validate };
  return new Formatter(format as string | null | undefined, options as FormatterOptions);
}

function recordOf(msg: unknown, args: unknown): LogRecord {
  return logging.getLogRecordFactory()("a.b", logging.INFO, msg, (args ?? []) as unknown[]);
}

function format(operation: Operation): string {
  const { msg = "hello", args, level = logging.INFO, logger = "a.b", exc, extra } = operation;
  const record = logging.getLogRecordFactory()(
    String(logger),
    typeof level === "string" ? Number(logging.getLevelName(level.toUpperCase())) : Number(level),
    msg,
    (args ?? []) as unknown[],
    {
      error: exc == null ? undefined : makeError(exc as ExceptionSpec),
      origin: { pathname: "/x/y.py", lineno: 7, funcName: "fn" },
    },
  );
  if (extra != null) addExtra(record, extra as Fields);
  return makeFormatter(operation).format(record);
}

/** The methods by which loggers, adapters and the module log. */
type Method = "debug" | "info" | "warning" | "warn" | "error" | "critical" | "fatal";

interface Voice extends Record<Method, (msg: unknown, ...args: unknown[]) => void> {
  exception(msg: unknown, error: unknown, ...args: unknown[]): void;
  log(level: number, msg: unknown, ...args: unknown[]): void;
}

const METHODS: ReadonlySet<unknown> = new Set<Method>([
  "debug",
  "info",
  "warning",
  "warn",
  "error",
  "critical",
  "fatal",
]);

function logOn(voice: Voice, operation: Operation): void {
  const { level, msg, exc, excInfo, extra, stackInfo } = operation;
  const args = [...((operation.args ?? []) as unknown[])];
  const raised = exc == null ? undefined : makeError(exc as ExceptionSpec);
  // Python's exc_info=True without an exception is an error that is null here.
  const error = raised ?? (excInfo === true ? null : undefined);
  const given = level !== "exception" && error !== undefined;
  if (given || extra != null || stackInfo) {
    args.push(
      logging.options({
        ...(given ? { error } : {}),
        extra: extra as Fields | undefined,
        stackInfo: stackInfo === true,
      }),
    );
  }
  if (level === "exception" && excInfo === false) voice.error(msg, ...args);
  else if (level === "exception") voice.exception(msg, error, ...args);
  else if (METHODS.has(level)) voice[level as Method](msg, ...args);
  else if (typeof level === "string") throw new UnknownOperation(`unknown method '${level}'`);
  else voice.log(level as number, msg, ...args);
}
