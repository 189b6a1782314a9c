/** Formatters, filters and handlers made from their entries in a `dictConfig`. */
import { FileHandler, type FileHandlerOptions } from "./file.ts";
import { Filter, type FilterLike } from "./filter.ts";
import { Formatter, type FormatterOptions, type RecordFormatter } from "./formatter.ts";
import { Handler } from "./handler.ts";
import { type Level, toLevel } from "./level.ts";
import { MemoryHandler, type MemoryHandlerOptions } from "./memory.ts";
import { NullHandler } from "./null.ts";
import { repr } from "./repr.ts";
import { StreamHandler, type TextStream } from "./stream.ts";

/** The fields of an entry. */
export type Entry = Readonly<Record<string, unknown>>;

/** A function or a class that makes a part from the rest of its entry. */
export type Factory = ((entry: Entry) => unknown) | (new (entry: Entry) => unknown);

interface TextProcess {
  readonly stdout?: TextStream;
  readonly stderr?: TextStream;
}

/** Whatever standard output is when it is written to. */
const STDOUT: TextStream = {
  write(text: string): void {
    const { process } = globalThis as { process?: TextProcess };
    if (process?.stdout === undefined) console.log(text.replace(/\n$/, ""));
    else process.stdout.write(text);
  },
};

/** What `ext://` stands for; `null` is the standard error of the moment. */
const EXTERNAL: ReadonlyMap<string, TextStream | null> = new Map([
  ["sys.stderr", null],
  ["process.stderr", null],
  ["sys.stdout", STDOUT],
  ["process.stdout", STDOUT],
]);

/** The value that `cfg://handlers.console.level` leads to in `config`. */
function follow(path: string, config: Entry): unknown {
  let value: unknown = config;
  for (const [, key, index] of path.matchAll(/\.?([^.[\]]+)|\[([^\]]*)\]/g)) {
    if (typeof value !== "object" || value === null) throw new RangeError(`no ${path} in config`);
    value = (value as Record<string, unknown>)[key ?? index ?? ""];
  }
  return value;
}

/** `value` itself, or what the text `ext://…` or `cfg://…` stands for. */
export function resolveValue(value: unknown, config: Entry): unknown {
  if (typeof value !== "string") return value;
  if (value.startsWith("cfg://")) return follow(value.slice("cfg://".length), config);
  if (!value.startsWith("ext://")) return value;
  const name = value.slice("ext://".length);
  if (!EXTERNAL.has(name)) throw new RangeError(`Cannot resolve ${repr(name)}`);
  return EXTERNAL.get(name);
}

function isClass(factory: Factory): factory is new (entry: Entry) => unknown {
  return /^class\b/.test(Function.prototype.toString.call(factory));
}

/** What `factory` makes of `entry`. */
function produce(factory: unknown, entry: Entry): unknown {
  if (typeof factory !== "function") {
    throw new TypeError(`'()' must be a function or a class, not ${repr(factory)}`);
  }
  const made = factory as Factory;
  return isClass(made) ? new made(entry) : made(entry);
}

/** `entry` without the fields that say how it is made. */
function without(entry: Entry, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entry).filter(([name]) => !names.includes(name)));
}

function checkOptions(entry: Entry, allowed: readonly string[], what: string): void {
  const unknown = Object.keys(entry).find((name) => !allowed.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `${what} takes no option ${repr(unknown)}: allowed are ${allowed.join(", ")}`,
    );
  }
}

type FormatterClass = new (format?: string | null, options?: FormatterOptions) => RecordFormatter;

/** The name of a class of ours, also as Python writes it: `logging.handlers.MemoryHandler`. */
function shortName(name: string): string {
  return name.replace(/^logging\.(?:handlers\.)?/, "");
}

function checkName(given: unknown, name: string): void {
  if (typeof given === "string" && shortName(given) !== name) {
    throw new RangeError(`Cannot resolve ${repr(given)}`);
  }
}

/** Makes a formatter; Python calls the format `fmt` where `()` names the class. */
export function makeFormatter(entry: Entry): RecordFormatter {
  const { "()": factory, class: given, ...rest } = entry;
  if (factory !== undefined && typeof factory !== "string") {
    return produce(factory, without(entry, "()")) as RecordFormatter;
  }
  checkName(factory ?? given, "Formatter");
  const made = typeof given === "function" ? (given as FormatterClass) : Formatter;
  const format = (rest.format ?? rest.fmt) as string | null | undefined;
  return new made(format, without(rest, "format", "fmt") as FormatterOptions);
}

export function makeFilter(entry: Entry): FilterLike {
  const { "()": factory } = entry;
  if (factory !== undefined && typeof factory !== "string") {
    return produce(factory, without(entry, "()")) as FilterLike;
  }
  checkName(factory, "Filter");
  return new Filter((entry.name as string | undefined) ?? "");
}

type HandlerMaker = (entry: Entry) => Handler;

const FILE_OPTIONS = ["mode", "delay", "bufferSize", "flushLevel", "flushInterval"];
const MEMORY_OPTIONS = ["flushLevel", "target", "flushOnClose"];

const HANDLERS: ReadonlyMap<string, HandlerMaker> = new Map<string, HandlerMaker>([
  [
    "StreamHandler",
    (entry) => {
      checkOptions(entry, ["stream"], "StreamHandler");
      return new StreamHandler(entry.stream as TextStream | null | undefined);
    },
  ],
  [
    "FileHandler",
    (entry) => {
      checkOptions(entry, ["filename", "encoding", "errors", ...FILE_OPTIONS], "FileHandler");
      const { filename } = entry;
      if (typeof filename !== "string") throw new TypeError("FileHandler needs a filename");
      return new FileHandler(filename, without(entry, "filename") as FileHandlerOptions);
    },
  ],
  [
    "NullHandler",
    (entry) => {
      checkOptions(entry, [], "NullHandler");
      return new NullHandler();
    },
  ],
  [
    "MemoryHandler",
    (entry) => {
      checkOptions(entry, ["capacity", ...MEMORY_OPTIONS], "MemoryHandler");
      const { capacity } = entry;
      if (typeof capacity !== "number") throw new TypeError("MemoryHandler needs a capacity");
      return new MemoryHandler(capacity, without(entry, "capacity") as MemoryHandlerOptions);
    },
  ],
]);

/** Makes a handler without its level, formatter and filters, which the caller sets. */
export function makeHandler(entry: Entry): Handler {
  const made = produceHandler(entry);
  if (!(made instanceof Handler) && typeof (made as Handler | null)?.handle !== "function") {
    throw new TypeError(`not a handler: ${repr(made)}`);
  }
  const handler = made as Handler;
  const properties = entry["."];
  if (typeof properties === "object" && properties !== null) Object.assign(handler, properties);
  return handler;
}

function produceHandler(entry: Entry): unknown {
  const options = without(entry, "()", "class", "level", "formatter", "filters", ".");
  const { class: given } = entry;
  const factory = entry["()"] ?? given;
  if (typeof factory !== "string" && factory !== undefined) return produce(factory, options);
  const make = HANDLERS.get(shortName(String(factory)));
  if (make === undefined) throw new RangeError(`Cannot resolve ${repr(factory)}`);
  return make(options);
}

/** The level of an entry, or `null` if it has none. */
export function levelOf(entry: Entry): number | null {
  const level = entry.level;
  return level == null ? null : toLevel(level as Level);
}
