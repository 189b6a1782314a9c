/**
 * ConnectionFormatter: the lines about connections with their details, as the access log of an HTTP server has them.
 *
 * By default a line is Python's: `connection closed`. Here it is
 * `connection closed 1000 (OK) 3m12s in 120/4.1 kB out 118/3.9 kB`, from the data of the record's event.
 */
import { currentConnection } from "./context.ts";
import { bound, escapeText } from "./escape.ts";
import { connectionId } from "./fields.ts";
import { Formatter, type FormatterOptions } from "./formatter.ts";
import { type LogRecord, RECORD_FIELDS } from "./record.ts";
import { quote } from "./repr.ts";

type Data = Readonly<Record<string, unknown>>;

/** What the close codes mean (RFC 6455 §7.4.1 and IANA's registry); frames/close-code.ts is on another floor. */
const MEANINGS: Readonly<Record<number, string>> = {
  1000: "OK",
  1001: "going away",
  1002: "protocol error",
  1003: "unsupported data",
  1005: "no status received",
  1006: "abnormal closure",
  1007: "invalid frame payload data",
  1008: "policy violation",
  1009: "message too big",
  1010: "mandatory extension",
  1011: "internal error",
  1012: "service restart",
  1013: "try again later",
  1014: "bad gateway",
  1015: "TLS handshake failure",
};

/** Fields of events that any format may name; where an event has none, `-` stands for it. */
const FIELDS = ["connection", "side", "remote", "path", "subprotocol", "origin", "status", "code"];

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function twoUnits(whole: number, big: string, part: number, small: string): string {
  return `${Math.floor(whole)}${big}${String(Math.floor(part)).padStart(2, "0")}${small}`;
}

/** A duration in ms as people read it: `850ms`, `12.3s`, `3m12s`, `2h05m`, `3d04h`. */
export function formatDuration(duration: number): string {
  if (duration < SECOND) return `${Math.floor(duration)}ms`;
  if (duration < MINUTE) return `${(Math.floor(duration / 100) / 10).toFixed(1)}s`;
  if (duration < HOUR) return twoUnits(duration / MINUTE, "m", (duration % MINUTE) / SECOND, "s");
  if (duration < DAY) return twoUnits(duration / HOUR, "h", (duration % HOUR) / MINUTE, "m");
  return twoUnits(duration / DAY, "d", (duration % DAY) / HOUR, "h");
}

/** A size in bytes as people read it, in powers of 1000: `512 B`, `4.1 kB`, `3.9 MB`. */
export function formatSize(size: number): string {
  if (size < 1000) return `${size} B`;
  let value = size;
  for (const unit of ["kB", "MB", "GB"]) {
    value /= 1000;
    // 999.96 would be rounded to 1000.0
    if (value < 999.95) return `${value.toFixed(1)} ${unit}`;
  }
  return `${(value / 1000).toFixed(1)} TB`;
}

function meaningOf(code: number): string {
  if (code >= 3000 && code < 4000) return "registered";
  if (code >= 4000 && code < 5000) return "private use";
  return MEANINGS[code] ?? "unknown";
}

function traffic(data: Data, direction: "In" | "Out"): string {
  const messages = data[`messages${direction}`];
  const bytes = data[`bytes${direction}`];
  if (typeof messages !== "number" || typeof bytes !== "number") return "";
  return ` ${direction.toLowerCase()} ${messages}/${formatSize(bytes)}`;
}

function describeOpen(data: Data): string {
  let text = "";
  if (typeof data.path === "string") text += ` ${escapeText(data.path)}`;
  if (typeof data.remote === "string") text += ` from ${escapeText(data.remote)}`;
  if (typeof data.subprotocol === "string") text += ` as ${escapeText(data.subprotocol)}`;
  return text;
}

function describeRejected(data: Data): string {
  const { origin } = data;
  return describeOpen(data) + (typeof origin === "string" ? ` origin ${escapeText(origin)}` : "");
}

/** Characters of what ended a connection. */
const CAUSE = 512;

function describeClose(data: Data): string {
  const { code, reason, duration, cause } = data;
  let text = typeof code === "number" ? ` ${code} (${meaningOf(code)})` : "";
  if (typeof reason === "string" && reason !== "") text += ` ${quote(reason)}`;
  if (typeof duration === "number") text += ` ${formatDuration(duration)}`;
  text += traffic(data, "In") + traffic(data, "Out");
  if (cause instanceof Error)
    text += ` because of ${escapeText(bound(`${cause.name}: ${cause.message}`, CAUSE))}`;
  return text;
}

const DESCRIBE: Readonly<Record<string, (data: Data) => string>> = {
  "connection.open": describeOpen,
  "connection.rejected": describeRejected,
  "connection.close": describeClose,
};

function dataOf({ event }: LogRecord): Data {
  return typeof event === "object" && event !== null ? (event as Data) : {};
}

function plainText(value: unknown): string | number | undefined {
  return typeof value === "number"
    ? value
    : typeof value === "string"
      ? escapeText(value)
      : undefined;
}

/**
 * A copy of `record` whose message has the details of its event behind it, and whose fields `connection`, `side`,
 * `remote`, `path`, `subprotocol`, `origin`, `status` and `code` are those of the event, or `-`.
 */
export function describeConnection(record: LogRecord): LogRecord {
  const copy: LogRecord = Object.assign(Object.create(Object.getPrototypeOf(record)), record);
  const data = dataOf(record);
  for (const name of FIELDS) {
    if (RECORD_FIELDS.has(name) || Object.hasOwn(record, name)) continue;
    copy[name] = plainText(data[name]) ?? "-";
  }
  if (copy.connection === "-") {
    copy.connection = connectionId(record.websocket) ?? connectionId(currentConnection()) ?? "-";
  }
  const type = typeof data.type === "string" ? data.type : "";
  const details = Object.hasOwn(DESCRIBE, type) ? DESCRIBE[type]?.(data) : undefined;
  if (details) {
    copy.msg = record.getMessage() + details;
    copy.args = [];
  }
  return copy;
}

/**
 * A Formatter whose lines about connections have details, and whose format may name the fields of their events:
 * `new ConnectionFormatter("%(asctime)s %(connection)s %(message)s")`. Records that are not about a connection have `-`
 * there, so no format fails for want of a field.
 */
export class ConnectionFormatter extends Formatter {
  /** @param format default `%(asctime)s %(message)s`, or the same in another style. */
  constructor(format?: string | null, options: FormatterOptions = {}) {
    super(format ?? DEFAULTS[options.style ?? "%"], options);
  }

  override format(record: LogRecord): string {
    return super.format(describeConnection(record));
  }
}

const DEFAULTS = {
  "%": "%(asctime)s %(message)s",
  "{": "{asctime} {message}",
  $: "$asctime $message",
} as const;
