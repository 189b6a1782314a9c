/** `captureLogs`: what a piece of code logs, for tests. */
import { Handler } from "./handler.ts";
import { INFO, type Level, toLevel } from "./level.ts";
import { getLogger } from "./manager.ts";
import type { LogRecord } from "./record.ts";

/** What was logged since `captureLogs`. */
export interface CapturedLogs extends Disposable {
  /** The records, the oldest first. */
  readonly records: readonly LogRecord[];
  /** The records as `LEVEL:name:message`. */
  readonly output: readonly string[];
  /** Puts the logger back as it was; what was captured stays readable. */
  stop(): void;
}

class Collector extends Handler {
  readonly records: LogRecord[] = [];

  override emit(record: LogRecord): void {
    this.records.push(record);
  }
}

/**
 * Captures what is logged on the logger `name` and its descendants, at `level` and above, and keeps it from all other
 * handlers; like Python's `assertLogs`.
 *
 * ```ts
 * using logs = captureLogs("websockets.server");
 * await talk();
 * assert.deepEqual(logs.output, ["INFO:websockets.server:connection open"]);
 * ```
 *
 * @param name default: the root, so everything.
 * @param level default INFO.
 */
export function captureLogs(name?: string | null, level: Level = INFO): CapturedLogs {
  const logger = getLogger(name);
  const { handlers, level: levelBefore, propagate } = logger;
  const collector = new Collector(toLevel(level));
  logger.handlers = [collector];
  logger.setLevel(level);
  logger.propagate = false;
  let stopped = false;
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    logger.handlers = handlers;
    logger.propagate = propagate;
    logger.setLevel(levelBefore);
    collector.close();
  };
  return {
    records: collector.records,
    get output() {
      return collector.records.map(
        (record) => `${record.levelname}:${record.name}:${record.getMessage()}`,
      );
    },
    stop,
    [Symbol.dispose]: stop,
  };
}
