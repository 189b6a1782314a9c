/** OTelHandler: our records as OpenTelemetry's log records. */
import { type Severity, severityOf } from "../adapt/target.ts";
import { escapeLines, escapeText } from "../escape.ts";
import { type Fields, plainFields, plainValue } from "../fields.ts";
import { Handler } from "../handler.ts";
import { extraOf, type LogRecord } from "../record.ts";
import { printError } from "../traceback.ts";

/** A logger of `@opentelemetry/api-logs`. */
export interface OTelLoggerLike {
  emit(record: OTelRecord): void;
  enabled?(options: { severityNumber?: number }): boolean;
}

/** What its `emit` takes. */
interface OTelRecord {
  readonly timestamp: [seconds: number, nanoseconds: number];
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: Record<string, AttributeValue>;
  readonly eventName?: string;
}

type AttributeValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | AttributeValue[]
  | { [name: string]: AttributeValue };

/** OpenTelemetry's SeverityNumber. */
const SEVERITIES: Readonly<Record<Severity, number>> = {
  debug: 5,
  info: 9,
  warning: 13,
  error: 17,
  critical: 21,
};

/** Fields that have a name in OpenTelemetry's semantic conventions. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["connection", "websocket.connection.id"],
  ["code", "websocket.close_code"],
  ["reason", "websocket.close_reason"],
  ["method", "http.request.method"],
  ["status", "http.response.status_code"],
  ["userAgent", "user_agent.original"],
]);

const ADDRESS = /^(?:\[([^\]]+)\]|([^[\]:]+)):(\d+)$/;

function addAddress(attributes: Fields, address: string): void {
  const match = ADDRESS.exec(address);
  if (match === null) {
    attributes["network.peer.address"] = address; // the path of a Unix socket
  } else {
    attributes["network.peer.address"] = match[1] ?? match[2];
    attributes["network.peer.port"] = Number(match[3]);
  }
}

function addPath(attributes: Fields, path: string): void {
  const query = path.indexOf("?");
  attributes["url.path"] = query === -1 ? path : path.slice(0, query);
  if (query !== -1) attributes["url.query"] = path.slice(query + 1);
}

function addError(attributes: Fields, error: unknown, stack: string): void {
  if (error instanceof Error) {
    attributes["exception.type"] = escapeText(error.name);
    attributes["exception.message"] = escapeLines(error.message);
    attributes["exception.stacktrace"] = stack;
  } else {
    attributes["exception.type"] = typeof error;
    attributes["exception.message"] = stack;
  }
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * Sends records to OpenTelemetry; the logger is handed in, so this needs none of its packages.
 *
 * ```ts
 * import { logs } from "@opentelemetry/api-logs";
 * logging.getLogger("websockets").addHandler(new logging.OTelHandler(logs.getLogger("websockets")));
 * ```
 *
 * Attributes are `network.peer.address` and `.port`, `url.path` and `.query`, `websocket.close_code`,
 * `websocket.connection.id`, `exception.type`, `.message` and `.stacktrace`; other fields of events are
 * `websocket.…`, what `extra` added keeps its name. The event's type is the record's `eventName`.
 */
export class OTelHandler extends Handler {
  readonly #logger: OTelLoggerLike;

  constructor(logger: OTelLoggerLike) {
    super();
    this.#logger = logger;
  }

  override emit(record: LogRecord): void {
    const severityNumber = SEVERITIES[severityOf(record.levelno)];
    if (this.#logger.enabled?.({ severityNumber }) === false) return;
    const { websocket, event, ...extra } = extraOf(record);
    const { event: type, remote, path, error: _, ...fields } = plainFields(event, websocket);
    const attributes: Fields = { "logger.name": record.name };
    if (typeof remote === "string") addAddress(attributes, remote);
    if (typeof path === "string") addPath(attributes, path);
    for (const [name, value] of Object.entries(fields)) {
      attributes[NAMES.get(name) ?? `websocket.${snake(name)}`] = value;
    }
    for (const [name, value] of Object.entries(extra)) {
      attributes[name] ??= plainValue(value, escapeText);
    }
    if (record.error !== undefined) {
      addError(attributes, record.error, this.#stackOf(record));
    }
    const seconds = Math.floor(record.created);
    const microseconds = Math.min(Math.round((record.created - seconds) * 1e6), 999_999);
    this.#logger.emit({
      timestamp: [seconds, microseconds * 1000],
      severityNumber,
      severityText: record.levelname,
      body: escapeText(record.getMessage()),
      attributes: attributes as Record<string, AttributeValue>,
      ...(typeof type === "string" ? { eventName: type } : {}),
    });
  }

  #stackOf(record: LogRecord): string {
    return record.excText ?? printError(record.error);
  }
}
