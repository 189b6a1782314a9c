/** `basicConfig`, and the functions that log on the root and configure it when nobody has. */
import { withError } from "./adapter.ts";
import { ColourFormatter } from "./colour.ts";
import { FileHandler } from "./file.ts";
import { basicFormat, Formatter } from "./formatter.ts";
import type { Handler } from "./handler.ts";
import { CRITICAL, DEBUG, ERROR, INFO, type Level, WARNING } from "./level.ts";
import { getLogger } from "./manager.ts";
import { StreamHandler, type TextStream } from "./stream.ts";
import type { Style } from "./style.ts";

/** What `basicConfig` takes. */
export interface BasicConfig {
  /** The format of the lines. Default `%(levelname)s:%(name)s:%(message)s`, or the same in another style. */
  readonly format?: string | null | undefined;
  /** How `asctime` is written, in the directives of `strftime`. */
  readonly datefmt?: string | null | undefined;
  /** How the format names its fields. Default `%`. */
  readonly style?: Style | undefined;
  /** The level of the root. Default: left as it is, WARNING. */
  readonly level?: Level | null | undefined;
  /** Where to. Default standard error. */
  readonly stream?: TextStream | null | undefined;
  /** A file to write to instead. */
  readonly filename?: string | null | undefined;
  /** `a` appends, `w` begins anew. Default `a`. */
  readonly filemode?: "a" | "w" | "x" | undefined;
  /** Handlers to use instead; those without a formatter get the format. */
  readonly handlers?: Iterable<Handler> | null | undefined;
  /** Colours for a terminal: `"auto"` if the stream is one and the environment allows it. Never in a file. Default false. */
  readonly color?: boolean | "auto" | undefined;
  /** Removes and closes the root's handlers first; without it, nothing is done if there are any. Default false. */
  readonly force?: boolean | undefined;
}

const KNOWN: ReadonlySet<string> = new Set([
  "format",
  "datefmt",
  "style",
  "level",
  "stream",
  "filename",
  "filemode",
  "handlers",
  "color",
  "force",
  "encoding",
  "errors",
]);

function checkTogether({ handlers, stream, filename }: BasicConfig): void {
  const given = stream !== undefined || filename !== undefined;
  if (handlers == null && stream !== undefined && filename !== undefined) {
    throw new RangeError("'stream' and 'filename' should not be specified together");
  }
  if (handlers != null && given) {
    throw new RangeError("'stream' or 'filename' should not be specified together with 'handlers'");
  }
}

function makeHandlers({ handlers, filename, filemode, stream }: BasicConfig): Iterable<Handler> {
  if (handlers != null) return handlers;
  if (filename) return [new FileHandler(filename, { mode: filemode })];
  return [new StreamHandler(stream)];
}

function makeFormatter(config: BasicConfig): Formatter {
  const { style = "%", datefmt, color = false, filename, stream } = config;
  const basic = basicFormat(style);
  const format = config.format === undefined ? basic : config.format;
  if (color === false || filename) return new Formatter(format, { datefmt, style });
  return new ColourFormatter(format, {
    datefmt,
    style,
    colour: color,
    ...(stream == null ? {} : { stream }),
  });
}

/**
 * Configures the root of all loggers: a handler, its format, and a level. Does nothing, not even the level, when the
 * root has a handler already, unless `force` is true.
 *
 * ```ts
 * logging.basicConfig({ format: "%(asctime)s %(message)s", level: logging.INFO });
 * ```
 *
 * @throws RangeError for arguments that exclude each other, an unknown style, level or argument. As in Python, an
 *   unknown argument or level is found after the handlers were added.
 */
export function basicConfig(config: BasicConfig = {}): void {
  const root = getLogger();
  if (config.force) {
    for (const handler of root.handlers) {
      root.removeHandler(handler);
      handler.close();
    }
  }
  if (root.handlers.length > 0) return;
  checkTogether(config);
  const handlers = [...makeHandlers(config)];
  const formatter = makeFormatter(config);
  for (const handler of handlers) {
    if (handler.formatter === null) handler.setFormatter(formatter);
    root.addHandler(handler);
  }
  if (config.level != null) root.setLevel(config.level);
  const unknown = Object.keys(config).filter((key) => !KNOWN.has(key));
  if (unknown.length > 0) {
    throw new RangeError(`Unrecognised argument(s): ${unknown.join(", ")}`);
  }
}

/** Logs on the root, which is configured first if it has no handler. */
export function log(level: number, msg: unknown, ...args: unknown[]): void {
  const root = getLogger();
  if (root.handlers.length === 0) basicConfig();
  root.log(level, msg, ...args);
}

export function debug(msg: unknown, ...args: unknown[]): void {
  log(DEBUG, msg, ...args);
}

export function info(msg: unknown, ...args: unknown[]): void {
  log(INFO, msg, ...args);
}

export function warning(msg: unknown, ...args: unknown[]): void {
  log(WARNING, msg, ...args);
}

/** The same as `warning`. */
export function warn(msg: unknown, ...args: unknown[]): void {
  log(WARNING, msg, ...args);
}

export function error(msg: unknown, ...args: unknown[]): void {
  log(ERROR, msg, ...args);
}

/** At ERROR, with the stack of `thrown`. */
export function exception(msg: unknown, thrown: unknown, ...args: unknown[]): void {
  log(ERROR, msg, ...withError(thrown, args));
}

export function critical(msg: unknown, ...args: unknown[]): void {
  log(CRITICAL, msg, ...args);
}

/** The same as `critical`. */
export function fatal(msg: unknown, ...args: unknown[]): void {
  log(CRITICAL, msg, ...args);
}
