/** BridgeHandler: our records into any logger that the option `logger` takes. */
import { adaptLogger, type LoggerLike, type LogTarget } from "../adapt.ts";
import { Handler } from "../handler.ts";
import { extraOf, type LogRecord } from "../record.ts";

/**
 * Sends records to somebody's logger: pino, bunyan, winston, log4js, tslog, or what is shaped like console.
 *
 * ```ts
 * logging.getLogger("websockets").addHandler(new logging.BridgeHandler(pino()));
 * ```
 *
 * The name of the record's logger becomes the field `logger`, the data of its event and what `extra` added become fields
 * of their own, the connection its id. The foreign logger's own level decides what it writes; the level of our loggers,
 * what it gets.
 */
export class BridgeHandler extends Handler {
  readonly #target: LogTarget;

  /** @throws TypeError for a logger of no known shape. */
  constructor(logger: LoggerLike) {
    super();
    this.#target = adaptLogger(logger);
  }

  override emit(record: LogRecord): void {
    const { websocket, event, ...extra } = extraOf(record);
    const data = typeof event === "object" && event !== null ? event : {};
    this.#target.emit(
      record.levelno,
      record.getMessage(),
      { websocket, event: { ...extra, ...data, logger: record.name } },
      record.error,
    );
  }
}
