/**
 * The data of an event, as plain values that any logger can write.
 *
 * Events carry what people look at in a debugger: errors, bytes, headers, a connection. A logger that serialises them
 * would print half the library, so they become strings, numbers and small objects here.
 */
import { bound, escapeLines, escapeText } from "./escape.ts";

/** Plain values by name. */
export interface Fields {
  [name: string]: unknown;
}

/** Objects in objects are followed this far. */
const DEPTH = 4;

/** How many items of a list or an object are shown. */
const ITEMS = 128;

/** Characters of an error in a field, and of its message and stack each. */
const SUMMARY = 1024;
const LENGTH = 16_384;

/** What to do with a string: keep it, or make it harmless for a logger that writes it as it is. */
type Text = (text: string) => string;

const keep: Text = (text) => text;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function summary(error: Error): string {
  const { name, message } = error;
  return message === "" ? name : `${name}: ${message}`;
}

function plainObject(value: object, text: Text, depth: number): unknown {
  if (value instanceof Error) return text(bound(summary(value), SUMMARY));
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return text(value.href);
  if (depth === 0) return "…";
  if (typeof (value as Iterable<unknown>)[Symbol.iterator] === "function") {
    const items: unknown[] = [];
    for (const item of value as Iterable<unknown>) {
      if (items.push(plainValue(item, text, depth - 1)) === ITEMS) break;
    }
    return items;
  }
  const fields: Fields = {};
  for (const [name, item] of Object.entries(value).slice(0, ITEMS)) {
    const plain = plainValue(item, text, depth - 1);
    if (plain !== undefined && name !== "__proto__") fields[text(name)] = plain;
  }
  return fields;
}

/** `value` as something that JSON can hold; `undefined` for what has no plain form (functions, symbols). */
export function plainValue(value: unknown, text: Text = keep, depth: number = DEPTH): unknown {
  switch (typeof value) {
    case "string":
      return text(value);
    case "number":
      return Number.isFinite(value) ? value : null; // as JSON has it
    case "boolean":
      return value;
    case "bigint":
      return value.toString();
    case "object":
      try {
        return value === null ? null : plainObject(value, text, depth);
      } catch {
        return "[unreadable]"; // a getter or an iterator that throws
      }
    default:
      return undefined;
  }
}

/** The parts of an error for a logger that would write an Error as `{}`; other values by themselves. */
export function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return plainValue(error, escapeText);
  const { name, message, stack } = error;
  return {
    name: escapeText(name),
    message: escapeLines(bound(message, LENGTH)),
    ...(stack === undefined ? {} : { stack: escapeLines(bound(stack, LENGTH)) }),
  };
}

/** The id of a connection, if `websocket` is one. */
export function connectionId(websocket: unknown): string | undefined {
  if (!isRecord(websocket)) return undefined;
  const { id } = websocket;
  return typeof id === "string" ? id : undefined;
}

/**
 * The fields of one event, flat: its `type` under the name `event`, `connection` the id of the connection, and the rest
 * under its own names. Strings are escaped unless `text` says otherwise.
 */
export function plainFields(event: unknown, websocket?: unknown, text: Text = escapeText): Fields {
  const fields: Fields = {};
  if (isRecord(event)) {
    for (const [name, value] of Object.entries(event)) {
      const plain = plainValue(value, text);
      if (plain !== undefined && name !== "__proto__") {
        fields[name === "type" ? "event" : name] = plain;
      }
    }
  }
  if (fields.connection === undefined) {
    const id = connectionId(websocket);
    if (id !== undefined) fields.connection = text(id);
  }
  return fields;
}
