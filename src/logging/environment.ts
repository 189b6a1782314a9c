/**
 * WEBSOCKETS_LOG: logging switched on from the environment, without a line of code.
 *
 * `WEBSOCKETS_LOG=debug`, `WEBSOCKETS_LOG=websockets.server=debug,websockets.client=info`, `WEBSOCKETS_LOG=json,debug`.
 */
import { ColourFormatter } from "./colour.ts";
import { bound, escapeText } from "./escape.ts";
import { JSONFormatter } from "./json.ts";
import { CRITICAL, DEBUG, ERROR, INFO, WARNING } from "./level.ts";
import type { Logger } from "./logger.ts";
import { findLogger, getLogger } from "./manager.ts";
import { NullHandler } from "./null.ts";
import type { LogRecord } from "./record.ts";
import { shared } from "./registry.ts";
import { writeStderr } from "./stderr.ts";
import { StreamHandler } from "./stream.ts";

const VARIABLE = "WEBSOCKETS_LOG";

/** The logger above all of this library's. */
const OWN = "websockets";

const FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s";

/** Above every level of a record. */
const OFF = 2 * CRITICAL;

const LEVELS: ReadonlyMap<string, number> = new Map([
  ["debug", DEBUG],
  ["info", INFO],
  ["warning", WARNING],
  ["warn", WARNING],
  ["error", ERROR],
  ["critical", CRITICAL],
  ["fatal", CRITICAL],
  ["off", OFF],
]);

/** What the variable says. */
export interface LogSetting {
  /** Levels by the names of their loggers. */
  readonly levels: ReadonlyMap<string, number>;
  readonly json: boolean;
  /** Parts that mean nothing. */
  readonly unknown: readonly string[];
}

/**
 * Reads a setting: parts with commas between them, each a level for all loggers of this library, `name=level` for one
 * logger of anybody, or `json`. Levels in any case: debug, info, warning, error, critical, off. `json` alone is INFO.
 */
export function parseLogSetting(setting: string): LogSetting {
  const levels = new Map<string, number>();
  const unknown: string[] = [];
  let json = false;
  for (const part of setting.split(",").map((one) => one.trim())) {
    const equals = part.lastIndexOf("=");
    const name = equals === -1 ? OWN : part.slice(0, equals).trim();
    const level = LEVELS.get(
      part
        .slice(equals + 1)
        .trim()
        .toLowerCase(),
    );
    if (level !== undefined && name !== "") levels.set(name, level);
    else if (part.toLowerCase() === "json") json = true;
    else if (part !== "") unknown.push(part);
  }
  if (json && levels.size === 0) levels.set(OWN, INFO);
  return { levels, json, unknown };
}

/** Writes to standard error what no handler of the application writes, so that nothing is printed twice. */
class EnvironmentHandler extends StreamHandler {
  override handle(record: LogRecord): boolean {
    return !hasHandlerOfItsOwn(record.name) && super.handle(record);
  }
}

function hasHandlerOfItsOwn(name: string): boolean {
  let logger: Logger | null = findLogger(name);
  while (logger !== null) {
    for (const handler of logger.handlers) {
      if (!(handler instanceof EnvironmentHandler || handler instanceof NullHandler)) return true;
    }
    logger = logger.propagate ? logger.parent : null;
  }
  return false;
}

interface Host {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
}

function readVariable(): string {
  try {
    return (globalThis as Host).process?.env?.[VARIABLE] ?? "";
  } catch {
    return ""; // Deno asks for leave to read it
  }
}

/** The loggers that get a handler: those named, but none below another. */
function handledNames(names: Iterable<string>): ReadonlySet<string> {
  const tops = new Set([...names].map((name) => (name.startsWith(`${OWN}.`) ? OWN : name)));
  if (tops.has("root")) return new Set(["root"]);
  return new Set([...tops].filter((name) => ![...tops].some((top) => name.startsWith(`${top}.`))));
}

const state: { done: boolean } = shared("environment", () => ({ done: false }));

/**
 * Does what WEBSOCKETS_LOG says, once in a process; `serve` and `connect` call it. Without the variable it does nothing.
 *
 * The levels that it names are set, over those of the application. Lines are printed on standard error unless the
 * application has handlers for them, whose form is then kept.
 */
export function configureFromEnvironment(): void {
  if (state.done) return;
  state.done = true;
  const variable = readVariable();
  if (variable === "") return;
  const { levels, json, unknown } = parseLogSetting(variable);
  if (unknown.length > 0) {
    const parts = escapeText(bound(unknown.join(", "), 100));
    writeStderr(`${VARIABLE}: unknown ${parts}; use a level, name=level, or json\n`);
  }
  for (const [name, level] of levels) getLogger(name).setLevel(level);
  const handler = new EnvironmentHandler();
  handler.setFormatter(json ? new JSONFormatter() : new ColourFormatter(FORMAT));
  for (const name of handledNames(levels.keys())) getLogger(name).addHandler(handler);
}
