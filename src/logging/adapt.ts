/**
 * Any logger as a LogTarget, known by its shape, never by an import.
 *
 * Known are our loggers and adapters; pino and bunyan; winston; LogTape; log4js and tslog; and whatever is shaped like
 * `console`. The package `debug` has no levels and comes through `fromDebug` alone, so that nobody hands in by accident
 * what cannot tell an error from a frame.
 */

import { type ConsoleLike, consoleForeign } from "./adapt/console.ts";
import { type DebugLike, debugForeign } from "./adapt/debug.ts";
import { type Log4jsLike, log4jsForeign } from "./adapt/log4js.ts";
import { type LogTapeLike, logTapeForeign } from "./adapt/logtape.ts";
import { ourTarget } from "./adapt/ours.ts";
import { type BunyanLike, bunyanForeign, type PinoLike, pinoForeign } from "./adapt/pino.ts";
import { foreignTarget, type LogFields, TARGET, type Target } from "./adapt/target.ts";
import { type TslogLike, tslogForeign } from "./adapt/tslog.ts";
import { type WinstonLike, winstonForeign } from "./adapt/winston.ts";
import type { LoggerAdapter } from "./adapter.ts";
import type { Logger } from "./logger.ts";

export type {
  BunyanLike,
  ConsoleLike,
  DebugLike,
  Log4jsLike,
  LogFields,
  LogTapeLike,
  PinoLike,
  TslogLike,
  WinstonLike,
};

/** A logger as the connections use it. */
export interface LogTarget extends Target {
  /** What was given. */
  readonly logger: LoggerLike;
}

/** What the option `logger` takes. */
export type LoggerLike =
  | Logger
  | LoggerAdapter
  | PinoLike
  | BunyanLike
  | WinstonLike
  | LogTapeLike
  | Log4jsLike
  | TslogLike
  | ConsoleLike
  | LogTarget;

/** The target of `logger: null`: it writes nothing. */
export const SILENCE: LogTarget = {
  logger: null as never,
  isEnabledFor: () => false,
  emit: () => undefined,
} as unknown as LogTarget;

type Shape = Readonly<Record<string, unknown>>;

function read(logger: Shape, name: string): unknown {
  try {
    return logger[name];
  } catch {
    return undefined; // a getter that throws tells nothing of the shape
  }
}

function has(logger: Shape, ...methods: readonly string[]): boolean {
  return methods.every((name) => typeof read(logger, name) === "function");
}

function isObject(value: unknown): value is Shape {
  return typeof value === "object" && value !== null;
}

/**
 * The shapes, the most telling first: many loggers are shaped like `console` too, and some methods go by one name and
 * mean two things.
 */
const SHAPES: readonly (readonly [
  is: (logger: Shape) => boolean,
  adapt: (logger: never) => Target,
])[] = [
  [(one) => one[TARGET as never] === true, (one: LogTarget) => one],
  [(one) => has(one, "isEnabledFor", "setLevel", "handle", "callHandlers"), ourTarget],
  [(one) => has(one, "isEnabledFor", "process") && isObject(one.logger), ourTarget],
  [
    (one) => Array.isArray(one.category) && has(one, "emit", "getChild"),
    (one: LogTapeLike) => foreignTarget(one, logTapeForeign(one)),
  ],
  [(one) => has(one, "isLevelEnabled", "addContext", "info"), fromLog4js],
  [(one) => has(one, "getSubLogger", "info") && isObject(one.settings), fromTslog],
  [
    (one) => has(one, "isLevelEnabled", "log") && isObject(one.levels) && isObject(one.transports),
    (one: WinstonLike) => foreignTarget(one, winstonForeign(one)),
  ],
  [
    (one) => has(one, "level", "addStream", "child", "debug", "info", "warn", "error", "fatal"),
    (one: BunyanLike) => foreignTarget(one, bunyanForeign(one)),
  ],
  [
    (one) => has(one, "isLevelEnabled", "child", "debug", "info", "warn", "error", "fatal"),
    (one: PinoLike) => foreignTarget(one, pinoForeign(one)),
  ],
  [
    (one) => has(one, "info", "warn", "error"),
    (one: ConsoleLike) => foreignTarget(one, consoleForeign(one)),
  ],
];

/** The target of each logger, so that all connections of one share what it has answered. */
const targets = new WeakMap<object, LogTarget>();

function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  const methods = Object.keys(value).slice(0, 8).join(", ");
  return `${typeof name === "string" && name !== "" ? name : "an object"} { ${methods} }`;
}

/**
 * The target that writes to `logger`.
 *
 * @throws TypeError if `logger` has no known shape.
 */
export function adaptLogger(logger: LoggerLike): LogTarget {
  if (isObject(logger)) {
    const known = targets.get(logger);
    if (known !== undefined) return known;
    for (const [is, adapt] of SHAPES) {
      if (!is(logger)) continue;
      const target = adapt(logger as never) as LogTarget;
      targets.set(logger, target);
      return target;
    }
  }
  throw new TypeError(
    `logger must be a Logger or LoggerAdapter of this library, a logger of pino, bunyan, winston or LogTape, or shaped ` +
      `like console (info, warn, error), not ${describe(logger)}; others come through fromLog4js(), fromTslog() or fromDebug()`,
  );
}

/** A logger of log4js: `logger: fromLog4js(log4js.getLogger("websockets"))`. */
export function fromLog4js(logger: Log4jsLike): LogTarget {
  return foreignTarget(logger, log4jsForeign(logger)) as LogTarget;
}

/** A logger of tslog: `logger: fromTslog(new Logger())`. */
export function fromTslog(logger: TslogLike): LogTarget {
  return foreignTarget(logger, tslogForeign(logger)) as LogTarget;
}

/** A logger of debug: `logger: fromDebug(debug("websockets"))`. It has no levels: switched on, it shows every frame. */
export function fromDebug(logger: DebugLike): LogTarget {
  return foreignTarget(logger, debugForeign(logger)) as LogTarget;
}
