/** Formats in the style `{`: `{asctime} {levelname:<8} {message}`, as Python's `str.format`. */
import { escapeText } from "./escape.ts";
import { type FieldDefaults, readField } from "./field.ts";
import { formatValue } from "./format-spec.ts";
import type { LogRecord } from "./record.ts";
import { ascii, isPlainObject, repr, str, typeName } from "./repr.ts";
import type { FormatStyle } from "./style.ts";

/** One `{name!conversion:spec}`. */
interface Place {
  readonly name: string;
  readonly conversion: string;
  readonly spec: string;
}

const SPEC = /^(?:.?[<=>^])?[+ -]?#?0?(?:\d+|\{\w+\})?[,_]?(?:\.(?:\d+|\{\w+\}))?[bcdefgnosx%]?$/iu;
const NAME = /^(?:\d+|\w+)(?:\.\w+|\[\d+\]|\[\w+\])*$/u;
const STEP = /\.([^.[]+)|\[([^\]]*)\]/gu;

/** Reads a format part by part; what is wrong is thrown when it is reached. */
class Reader {
  readonly #format: string;
  #at = 0;

  constructor(format: string) {
    this.#format = format;
  }

  /** The next text or place; `null` at the end. */
  next(): string | Place | null {
    const format = this.#format;
    if (this.#at >= format.length) return null;
    const brace = format.slice(this.#at).search(/[{}]/);
    const start = this.#at;
    if (brace !== 0) {
      this.#at = brace === -1 ? format.length : start + brace;
      return format.slice(start, this.#at);
    }
    const character = format[start] ?? "";
    this.#at += 1;
    if (format[this.#at] === character) {
      this.#at += 1;
      return character;
    }
    if (character === "}" || this.#at === format.length) {
      throw new RangeError(`Single '${character}' encountered in format string`);
    }
    return this.#place();
  }

  #place(): Place {
    const name = this.#name();
    const mark = this.#take();
    if (mark === "}") return { name, conversion: "", spec: "" };
    if (mark === "{") throw new RangeError("unexpected '{' in field name");
    if (mark === undefined) throw new RangeError("expected '}' before end of string");
    if (mark === ":") return { name, conversion: "", spec: this.#spec() };
    const conversion = this.#take();
    if (conversion === undefined) {
      throw new RangeError("end of string while looking for conversion specifier");
    }
    const behind = this.#take();
    if (behind === "}") return { name, conversion, spec: "" };
    if (behind !== undefined && behind !== ":") {
      throw new RangeError("expected ':' after conversion specifier");
    }
    return { name, conversion, spec: this.#spec() };
  }

  #take(): string | undefined {
    const code = this.#format.codePointAt(this.#at);
    if (code === undefined) return undefined;
    const character = String.fromCodePoint(code);
    this.#at += character.length;
    return character;
  }

  /** Up to what ends a name; in brackets, everything belongs to it. */
  #name(): string {
    const start = this.#at;
    const length =
      /^(?:\[[^\]]*(?:\]|$)|[^[{}:!])*/u.exec(this.#format.slice(start))?.[0].length ?? 0;
    this.#at += length;
    return this.#format.slice(start, this.#at);
  }

  /** Up to the brace that closes the place; places may stand in it. */
  #spec(): string {
    const start = this.#at;
    let open = 1;
    for (; this.#at < this.#format.length; this.#at += 1) {
      const character = this.#format[this.#at];
      if (character === "{") open += 1;
      else if (character === "}") open -= 1;
      if (open === 0) {
        this.#at += 1;
        return this.#format.slice(start, this.#at - 1);
      }
    }
    throw new RangeError("unmatched '{' in format spec");
  }
}

function* read(format: string): Generator<string | Place> {
  const reader = new Reader(format);
  for (let part = reader.next(); part !== null; part = reader.next()) yield part;
}

/** `value.name`, as Python's `getattr`; what has no such property throws. */
function attribute(value: unknown, name: string): unknown {
  if (typeof value === "object" && value !== null && name in value) {
    return (value as Record<string, unknown>)[name];
  }
  throw new TypeError(`'${typeName(value)}' object has no attribute '${name}'`);
}

/** As Python prints a KeyError: a number stands without quotes. */
function missingKey(key: string): ReferenceError {
  return new ReferenceError(/^\d+$/.test(key) ? key : repr(key));
}

/** `value[key]`, as in Python: a number counts in lists and strings, all else is a key. */
function item(value: unknown, key: string): unknown {
  if (Array.isArray(value) || typeof value === "string") {
    const isText = typeof value === "string";
    if (!/^\d+$/.test(key)) {
      throw new TypeError(
        isText
          ? "string indices must be integers, not 'str'"
          : "list indices must be integers or slices, not str",
      );
    }
    const members: readonly unknown[] = isText ? [...value] : value;
    if (Number(key) >= members.length) {
      throw new RangeError(`${isText ? "string" : "list"} index out of range`);
    }
    return members[Number(key)];
  }
  if (value instanceof Map) {
    if (value.has(key)) return value.get(key);
    throw missingKey(key);
  }
  if (isPlainObject(value)) {
    if (Object.hasOwn(value, key)) return value[key];
    throw missingKey(key);
  }
  throw new TypeError(`'${typeName(value)}' object is not subscriptable`);
}

/** Fields that the library puts on its records. */
const OURS: ReadonlySet<string> = new Set(["event", "websocket"]);

/** The style `{`. */
export class BraceStyle implements FormatStyle {
  readonly #format: string;
  readonly #defaults: FieldDefaults | undefined;
  #parts: readonly (string | Place)[] | undefined;

  constructor(format: string, defaults?: FieldDefaults) {
    this.#format = format;
    this.#defaults = defaults;
  }

  usesTime(): boolean {
    return this.#format.includes("{asctime");
  }

  validate(): void {
    let fields = 0;
    try {
      for (const part of read(this.#format)) {
        if (typeof part === "string") continue;
        const { name, conversion, spec } = part;
        if (name !== "") {
          if (!NAME.test(name))
            throw new RangeError(`invalid field name/expression: ${repr(name)}`);
          fields += 1;
        }
        if (conversion !== "" && !"rsa".includes(conversion)) {
          throw new RangeError(`invalid conversion: ${repr(conversion)}`);
        }
        if (spec !== "" && !SPEC.test(spec)) throw new RangeError(`bad specifier: ${repr(spec)}`);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`invalid format: ${error.message}`, { cause: error });
    }
    if (fields === 0) throw new RangeError("invalid format: no fields");
  }

  format(record: LogRecord): string {
    this.#parts ??= [...read(this.#format)];
    return this.#fill(this.#parts, record);
  }

  #fill(parts: readonly (string | Place)[], record: LogRecord): string {
    let text = "";
    for (const part of parts) text += typeof part === "string" ? part : this.#print(part, record);
    return text;
  }

  #print({ name, conversion, spec }: Place, record: LogRecord): string {
    const value = this.#read(name, record);
    if (conversion === "" && spec === "") return str(value);
    const inner = spec.includes("{") ? this.#fill([...read(spec)], record) : spec;
    return formatValue(convert(value, conversion), inner);
  }

  #read(name: string, record: LogRecord): unknown {
    const first = /^[^.[]*/u.exec(name)?.[0] ?? "";
    if (/^\d*$/.test(first)) {
      const index = first === "" ? 0 : Number(first);
      throw new RangeError(`Replacement index ${index} out of range for positional args tuple`);
    }
    let value = readField(record, first, this.#defaults);
    for (const [, property, key] of name.slice(first.length).matchAll(STEP)) {
      value = property === undefined ? item(value, key ?? "") : attribute(value, property);
    }
    // What an event or a connection holds may be a peer's: `{event.reason}` must not begin a line.
    return typeof value === "string" && OURS.has(first) ? escapeText(value) : value;
  }
}

function convert(value: unknown, conversion: string): unknown {
  switch (conversion) {
    case "r":
      return repr(value);
    case "s":
      return str(value);
    case "a":
      return ascii(value);
    default:
      return value;
  }
}
