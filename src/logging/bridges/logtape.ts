/** LogTapeHandler: our records into LogTape, each in the category of its logger. */
import { LOGTAPE_LEVELS, type LogTapeLike } from "../adapt/logtape.ts";
import { type Call, type Method, severityOf } from "../adapt/target.ts";
import { escapeError, escapeText } from "../escape.ts";
import { plainFields } from "../fields.ts";
import { Handler } from "../handler.ts";
import { extraOf, type LogRecord } from "../record.ts";

/** A logger of LogTape that has others below it. */
export interface LogTapeParent extends LogTapeLike {
  readonly getChild: Method;
}

/**
 * Sends records to LogTape: those of `websockets.server` to the category `["websockets", "server"]` below the logger
 * that is handed in.
 *
 * ```ts
 * logging.getLogger("websockets").addHandler(new logging.LogTapeHandler(getLogger()));
 * ```
 */
export class LogTapeHandler extends Handler {
  readonly #parent: LogTapeParent;
  readonly #children = new Map<string, LogTapeLike>();

  constructor(logger: LogTapeParent) {
    super();
    this.#parent = logger;
  }

  override emit(record: LogRecord): void {
    const { websocket, event, ...extra } = extraOf(record);
    const { error } = record;
    const text = escapeText(record.getMessage());
    const data = typeof event === "object" && event !== null ? event : {};
    const properties = plainFields({ ...extra, ...data }, websocket);
    if (error !== undefined) properties.error = escapeError(error);
    const child = this.#childFor(record.name);
    (child.emit as Call).call(child, {
      level: LOGTAPE_LEVELS[severityOf(record.levelno)],
      message: [text],
      rawMessage: text,
      timestamp: Math.round(record.created * 1000),
      properties,
    });
  }

  #childFor(name: string): LogTapeLike {
    let child = this.#children.get(name);
    if (child === undefined) {
      child = name.split(".").reduce<LogTapeParent>((parent, part) => {
        return (parent.getChild as Call).call(parent, part) as LogTapeParent;
      }, this.#parent);
      this.#children.set(name, child);
    }
    return child;
  }
}
