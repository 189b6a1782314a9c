/** Filters: keep a record, drop it, or put another in its place. */
import { isLogRecord, type LogRecord } from "./record.ts";

/** A filter's answer: anything falsy drops the record, a record replaces it, anything else keeps it. */
export type FilterFunction = (record: LogRecord) => unknown;

/** A function, or an object with a method `filter`. */
export type FilterLike = FilterFunction | { filter(record: LogRecord): unknown };

/** Keeps the records of the logger called `name` and of its descendants; of all loggers if `name` is empty. */
export class Filter {
  readonly name: string;

  constructor(name = "") {
    this.name = name;
  }

  filter(record: LogRecord): boolean {
    const { name } = this;
    return name === "" || record.name === name || record.name.startsWith(`${name}.`);
  }
}

/**
 * Asks `filters` in order until one drops the record. What a filter throws reaches whoever logs.
 *
 * @returns the record, or the one that the filters put in its place, or `null`.
 */
export function applyFilters(filters: readonly FilterLike[], record: LogRecord): LogRecord | null {
  let kept = record;
  for (const filter of filters) {
    const answer = typeof filter === "function" ? filter(kept) : filter.filter(kept);
    if (!answer) return null;
    if (isLogRecord(answer)) kept = answer;
  }
  return kept;
}

const LOST_BY_PEER = "ERR_WEBSOCKET_CONNECTION_CLOSED_ERROR";

/**
 * A filter that drops the records of handlers which ended because their own connection was lost: without it, each peer
 * that vanishes while a handler awaits its message leaves an ERROR with a stack.
 *
 * ```ts
 * logging.getLogger("websockets.server").addFilter(logging.ignorePeerLoss);
 * ```
 */
export function ignorePeerLoss(record: LogRecord): boolean {
  const { error, event, websocket } = record;
  if (typeof error !== "object" || error === null) return true;
  const { code, connection } = error as { code?: unknown; connection?: unknown };
  if (code !== LOST_BY_PEER) return true;
  const type = (event as { type?: unknown } | null | undefined)?.type;
  if (type !== undefined && type !== "handler.failed") return true;
  return connection !== undefined && connection !== websocket;
}
