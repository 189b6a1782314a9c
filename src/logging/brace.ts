/** Formats in the style `{`: `{asctime} {levelname:<8} {message}`, as Python's `str.format`. */
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

/** Where the field that begins at `from`, behind its brace, ends: at its closing brace. */
function endOfPlace(format: string, from: number): number {
  let open = 1;
  for (let at = from; at < format.length; at += 1) {
    if (format[at] === "{") open += 1;
    else if (format[at] === "}") open -= 1;
    if (open === 0) return at;
  }
  throw new RangeError("expected '}' before end of string");
}

function parsePlace(text: string): Place {
  const end = /^(?:\[[^\]]*\]?|[^[:!{])*/u.exec(text)?.[0].length ?? 0;
  const name = text.slice(0, end);
  const rest = text.slice(end);
  if (rest === "") return { name, conversion: "", spec: "" };
  if (rest.startsWith("{")) throw new RangeError("unexpected '{' in field name");
  if (rest.startsWith(":")) return { name, conversion: "", spec: rest.slice(1) };
  const [conversion] = [...rest.slice(1)];
  if (conversion === undefined) {
    throw new RangeError("unmatched '{' in format spec");
  }
  const behind = rest.slice(1 + conversion.length);
  if (behind !== "" && !behind.startsWith(":")) {
    throw new RangeError("expected ':' after conversion specifier");
  }
  return { name, conversion, spec: behind.slice(1) };
}

/** The texts and fields of `format`. */
function parse(format: string): readonly (string | Place)[] {
  const parts: (string | Place)[] = [];
  let text = "";
  for (let at = 0; at < format.length; at += 1) {
    const character = format[at] ?? "";
    if (character !== "{" && character !== "}") {
      text += character;
    } else if (format[at + 1] === character) {
      text += character;
      at += 1;
    } else if (character === "}") {
      throw new RangeError("Single '}' encountered in format string");
    } else if (at === format.length - 1) {
      throw new RangeError("Single '{' encountered in format string");
    } else {
      const end = endOfPlace(format, at + 1);
      if (text !== "") parts.push(text);
      text = "";
      parts.push(parsePlace(format.slice(at + 1, end)));
      at = end;
    }
  }
  if (text !== "") parts.push(text);
  return parts;
}

/** `value.name`, as Python's `getattr`; what has no such property throws. */
function attribute(value: unknown, name: string): unknown {
  if (typeof value === "object" && value !== null && name in value) {
    return (value as Record<string, unknown>)[name];
  }
  throw new TypeError(`'${typeName(value)}' object has no attribute '${name}'`);
}

/** `value[key]`, as in Python: a number counts in lists and strings, all else is a key. */
function item(value: unknown, key: string): unknown {
  if (Array.isArray(value) || typeof value === "string") {
    const type = typeName(value);
    if (!/^\d+$/.test(key)) {
      throw new TypeError(
        `${type === "str" ? "string" : type} indices must be integers or slices, not str`,
      );
    }
    const members: readonly unknown[] = typeof value === "string" ? [...value] : value;
    if (Number(key) >= members.length) {
      throw new RangeError(`${type === "str" ? "string" : type} index out of range`);
    }
    return members[Number(key)];
  }
  if (value instanceof Map) {
    if (value.has(key)) return value.get(key);
    throw new ReferenceError(repr(key));
  }
  if (isPlainObject(value)) {
    if (Object.hasOwn(value, key)) return value[key];
    throw new ReferenceError(repr(key));
  }
  throw new TypeError(`'${typeName(value)}' object is not subscriptable`);
}

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
      for (const part of this.#parse()) {
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
    return this.#fill(this.#parse(), record);
  }

  #parse(): readonly (string | Place)[] {
    this.#parts ??= parse(this.#format);
    return this.#parts;
  }

  #fill(parts: readonly (string | Place)[], record: LogRecord): string {
    let text = "";
    for (const part of parts) text += typeof part === "string" ? part : this.#print(part, record);
    return text;
  }

  #print({ name, conversion, spec }: Place, record: LogRecord): string {
    const value = this.#read(name, record);
    if (conversion === "" && spec === "") return str(value);
    const inner = spec.includes("{") ? this.#fill(parse(spec), record) : spec;
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
    return value;
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
