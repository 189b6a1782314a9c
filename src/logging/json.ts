/**
 * JSONFormatter: a record as one line of JSON.
 *
 * JSON escapes C0 controls alone; what else could move a cursor or reorder a line is escaped as `\u202e` too, which any
 * parser reads back. So the application's own texts arrive exactly as they were logged.
 */
import { currentConnection } from "./context.ts";
import { bound, escapeLines, escapeText } from "./escape.ts";
import { connectionId, type Fields, plainFields, plainValue } from "./fields.ts";
import { Formatter } from "./formatter.ts";
import { extraOf, type LogRecord } from "./record.ts";

/**
 * Which keys a line has: `plain` has those of the guide of Python's websockets (`timestamp`, `message`, `level`,
 * `logger`, `exc_info`), `pino` those of pino (`level` as a number, `time`, `name`, `msg`, `err`), for its tools.
 */
export type JSONShape = "plain" | "pino";

export interface JSONFormatterOptions {
  /** Default `plain`. */
  readonly shape?: JSONShape | undefined;
  /** Fields that every line has, such as the name of a service. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

const UNSAFE = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const EVERY_UNSAFE = new RegExp(UNSAFE.source, "g");

function escapeOne(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** pino's numbers: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function pinoLevel(level: number): number {
  return Math.min(Math.max(Math.floor(level / 10), 0) * 10 + 10, 60);
}

/** Characters of an error's message. */
const LENGTH = 16_384;

/** The parts of an error, as pino's serialiser names them. */
function pinoError(error: unknown, stack: string): Fields {
  if (!(error instanceof Error)) return { type: typeof error, message: stack, stack };
  const { code } = error as { code?: unknown };
  return {
    type: escapeText(error.name),
    message: escapeLines(bound(error.message, LENGTH)),
    stack,
    ...(typeof code === "string" ? { code } : {}),
  };
}

/**
 * Writes each record as one line of JSON: time, message, level and logger, then the fields of its event, then what
 * `extra` added, then its error.
 *
 * A field that goes by the name of one of ours gets a `_` behind it. A connection is written as its id; records without
 * one that are logged inside a handler get the id of the handler's connection.
 */
export class JSONFormatter extends Formatter {
  readonly #shape: JSONShape;
  readonly #fields: Readonly<Record<string, unknown>>;

  /** @throws RangeError for an unknown shape. */
  constructor(options: JSONFormatterOptions = {}) {
    super();
    const { shape = "plain", fields = {} } = options;
    if (shape !== "plain" && shape !== "pino") {
      throw new RangeError(`shape must be "plain" or "pino", not ${JSON.stringify(shape)}`);
    }
    this.#shape = shape;
    this.#fields = fields;
  }

  override format(record: LogRecord): string {
    const pino = this.#shape === "pino";
    const message = record.getMessage();
    const line: Fields = pino
      ? {
          level: pinoLevel(record.levelno),
          time: Math.round(record.created * 1000),
          name: record.name,
          msg: message,
        }
      : {
          timestamp: new Date(Math.round(record.created * 1000)).toISOString(),
          message,
          level: record.levelname,
          logger: record.name,
        };
    const { websocket, event, ...extra } = extraOf(record);
    this.#add(line, this.#fields);
    this.#add(line, plainFields(event, websocket));
    this.#add(line, extra);
    const current = line.connection === undefined ? connectionId(currentConnection()) : undefined;
    if (current !== undefined) line.connection = current;
    if (record.error !== undefined) record.excText ??= this.formatException(record.error);
    if (record.excText) {
      if (pino) line.err = pinoError(record.error, record.excText);
      else line.exc_info = record.excText;
    }
    if (record.stackInfo) line.stack_info = this.formatStack(record.stackInfo);
    const text = JSON.stringify(line);
    return UNSAFE.test(text) ? text.replace(EVERY_UNSAFE, escapeOne) : text;
  }

  #add(line: Fields, fields: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(fields)) {
      const plain = plainValue(value);
      if (plain !== undefined && line[name] !== plain) line[this.#free(line, name)] = plain;
    }
  }

  #free(line: Fields, name: string): string {
    const taken = Object.hasOwn(line, name) || name === "exc_info" || name === "err";
    return taken || name === "__proto__" ? this.#free(line, `${name}_`) : name;
  }
}
