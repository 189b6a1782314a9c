/**
 * `template % args`: printf-style formatting as Python does it, with Python's words for what is wrong.
 *
 * The grammar of a conversion: `%`, `(key)`, flags `-+ #0`, width or `*`, `.` precision or `*`, a length `hlL` that is
 * ignored, and one of `d i u o x X e E f F g G c r s a`. `%%` is a per cent sign.
 */
import { toExponential, toFixed, toGeneral } from "./decimal.ts";
import { ascii, Float, isPlainObject, repr, str, typeName } from "./repr.ts";

/** What `%(key)s` looks up. */
export type Lookup = (key: string) => unknown;

/** One conversion of a template. */
interface Conversion {
  readonly key: string | null;
  readonly left: boolean;
  readonly plus: boolean;
  readonly space: boolean;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number | "*" | null;
  readonly precision: number | "*" | null;
  readonly type: string;
  /** Where its letter stands, in characters. */
  readonly at: number;
}

/** Widths and precisions above this are refused: they would be noughts and spaces, and could take all memory. */
const MOST_WIDTH = 1_000_000;

/** Text and conversions in turn. What is wrong with the grammar of one is said when it is reached. */
type Part = string | Conversion | Fault;

interface Fault {
  readonly fault: Error;
  readonly key: string | null;
  /** Whether a mapping is missed before the fault is seen. */
  readonly named: boolean;
}

/** A template that was read once, to be used many times. */
export type Template = readonly Part[];

const CONVERSION =
  /(?<flags>[-+ #0]*)(?<width>\*|\d*)(?:\.(?<precision>\*|\d*))?[hlL]?(?<type>.?)/suy;

/** The end of the key that begins at `start`, one behind its closing bracket, or -1. */
function endOfKey(template: string, start: number): number {
  let open = 1;
  for (let at = start; at < template.length; at += 1) {
    if (template[at] === "(") open += 1;
    else if (template[at] === ")") open -= 1;
    if (open === 0) return at + 1;
  }
  return -1;
}

function toSize(digits: string | undefined): number | "*" | null {
  if (digits === undefined) return null;
  return digits === "*" ? "*" : Number(digits);
}

/** Reads `template` into text and conversions. */
export function parseTemplate(template: string): Template {
  const parts: Part[] = [];
  let at = 0;
  for (;;) {
    const percent = template.indexOf("%", at);
    if (percent === -1) {
      if (at < template.length) parts.push(template.slice(at));
      return parts;
    }
    if (percent > at) parts.push(template.slice(at, percent));
    let key: string | null = null;
    at = percent + 1;
    if (template[at] === "%") {
      parts.push("%");
      at += 1;
      continue;
    }
    if (template[at] === "(") {
      const end = endOfKey(template, at + 1);
      if (end === -1) {
        parts.push({ fault: new RangeError("incomplete format key"), key: null, named: true });
        return parts;
      }
      key = template.slice(at + 1, end - 1);
      at = end;
    }
    CONVERSION.lastIndex = at;
    const groups = CONVERSION.exec(template)?.groups ?? {};
    at = CONVERSION.lastIndex;
    const { flags = "", type = "" } = groups;
    if (type === "") {
      parts.push({ fault: new RangeError("incomplete format"), key, named: false });
      return parts;
    }
    parts.push({
      key,
      left: flags.includes("-"),
      plus: flags.includes("+"),
      space: flags.includes(" "),
      alternate: flags.includes("#"),
      zero: flags.includes("0"),
      width: groups.width === "" ? null : toSize(groups.width),
      precision: groups.precision === "" ? 0 : toSize(groups.precision),
      type,
      at: [...template.slice(0, at - type.length)].length,
    });
  }
}

/** The arguments of one formatting, taken in order; Python's rules for a mapping in their place. */
class Arguments {
  readonly #lookup: Lookup | null;
  #values: readonly unknown[];
  #next = 0;

  constructor(values: readonly unknown[], lookup: Lookup | null) {
    this.#values = values;
    this.#lookup = lookup;
  }

  /** @throws TypeError where there is no mapping. */
  needMapping(): Lookup {
    if (this.#lookup === null) throw new TypeError("format requires a mapping");
    return this.#lookup;
  }

  /** Makes the value of `key` the next one. */
  select(key: string): void {
    this.#values = [this.needMapping()(key)];
    this.#next = 0;
  }

  take(): unknown {
    if (this.#next >= this.#values.length) {
      throw new TypeError("not enough arguments for format string");
    }
    const value = this.#values[this.#next];
    this.#next += 1;
    return value;
  }

  /** A width or precision given as `*`; `type` is what C would hold it in, `max` the most that it can. */
  takeSize(type: string, max: bigint): number {
    const value = this.take();
    const isWhole = typeof value === "bigint" || Number.isInteger(value);
    if (!isWhole && typeof value !== "boolean") throw new TypeError("* wants int");
    const whole = BigInt(value as number | bigint | boolean);
    if (whole > max || whole < -max - 1n) {
      throw new RangeError(`Python int too large to convert to C ${type}`);
    }
    return Number(value);
  }

  finish(): void {
    if (this.#lookup === null && this.#next < this.#values.length) {
      throw new TypeError("not all arguments converted during string formatting");
    }
  }
}

function pad(text: string, sign: string, width: number, left: boolean, fill: string): string {
  const missing = width - [...text].length - sign.length;
  if (missing <= 0) return sign + text;
  if (missing > MOST_WIDTH) throw new RangeError("width too big");
  if (left) return sign + text + " ".repeat(missing);
  return fill === "0" ? sign + "0".repeat(missing) + text : " ".repeat(missing) + sign + text;
}

function toNumber(value: unknown): number | bigint | null {
  if (value instanceof Float) return value.value;
  if (typeof value === "number" || typeof value === "bigint") return value;
  return typeof value === "boolean" ? Number(value) : null;
}

/** The digits of a whole number for `d`, `o`, `x`, without sign, and whether it is negative. */
function integerDigits(value: unknown, { type, alternate, precision }: SizedConversion): Signed {
  let number = toNumber(value);
  const decimal = type === "d" || type === "i" || type === "u";
  if (number === null || (!decimal && typeName(value) === "float")) {
    const wanted = decimal ? "a real number is required" : "an integer is required";
    throw new TypeError(`%${type} format: ${wanted}, not ${typeName(value)}`);
  }
  if (typeof number === "number") {
    if (Number.isNaN(number)) throw new RangeError("cannot convert float NaN to integer");
    if (!Number.isFinite(number)) {
      throw new RangeError("cannot convert float infinity to integer");
    }
    number = BigInt(Math.trunc(number));
  }
  const negative = number < 0n;
  const size = negative ? -number : number;
  const base = decimal ? 10 : type === "o" ? 8 : 16;
  if (precision > MOST_WIDTH) throw new RangeError("precision too big");
  const digits = size.toString(base).padStart(precision, "0");
  return {
    negative,
    prefix: alternate && !decimal ? `0${type}` : "",
    text: type === "X" ? digits.toUpperCase() : digits,
  };
}

interface Signed {
  readonly negative: boolean;
  readonly prefix: string;
  readonly text: string;
}

/** A conversion whose `*` were taken; precision is -1 where there is none. */
interface SizedConversion extends Omit<Conversion, "width" | "precision"> {
  readonly width: number;
  readonly precision: number;
}

function floatDigits(value: unknown, conversion: SizedConversion): Signed {
  const number = toNumber(value);
  if (number === null) throw new TypeError(`must be real number, not ${typeName(value)}`);
  const float = Number(number);
  const precision = conversion.precision < 0 ? 6 : conversion.precision;
  const options = { precision, alternate: conversion.alternate };
  const lower = conversion.type.toLowerCase();
  const write = lower === "f" ? toFixed : lower === "e" ? toExponential : toGeneral;
  const text = write(float, options);
  return {
    negative: float < 0 || Object.is(float, -0),
    prefix: "",
    text: lower === conversion.type ? text : text.toUpperCase(),
  };
}

function character(value: unknown): string {
  if (typeof value === "string" && [...value].length === 1) return value;
  const number = value instanceof Float ? null : toNumber(value);
  if (number === null || (typeof number === "number" && !Number.isInteger(number))) {
    throw new TypeError("%c requires int or char");
  }
  if (number < 0 || number > 0x10ffff) throw new RangeError("%c arg not in range(0x110000)");
  return String.fromCodePoint(Number(number));
}

function cut(text: string, precision: number): string {
  return precision < 0 || text.length <= precision ? text : [...text].slice(0, precision).join("");
}

function signed(number: Signed, conversion: SizedConversion): string {
  const { left, plus, space, zero, width } = conversion;
  const sign = number.negative ? "-" : plus ? "+" : space ? " " : "";
  return pad(number.text, sign + number.prefix, width, left, zero ? "0" : " ");
}

function convert(conversion: SizedConversion, value: unknown): string {
  const { width, precision, left } = conversion;
  switch (conversion.type) {
    case "s":
      return pad(cut(str(value), precision), "", width, left, " ");
    case "r":
      return pad(cut(repr(value), precision), "", width, left, " ");
    case "a":
      return pad(cut(ascii(value), precision), "", width, left, " ");
    case "c":
      return pad(character(value), "", width, left, " ");
    case "d":
    case "i":
    case "u":
    case "o":
    case "x":
    case "X":
      return signed(integerDigits(value, conversion), conversion);
    case "e":
    case "E":
    case "f":
    case "F":
    case "g":
    case "G":
      return signed(floatDigits(value, conversion), conversion);
    default:
      throw unsupported(conversion);
  }
}

function unsupported({ type, at }: SizedConversion): RangeError {
  const code = type.codePointAt(0) ?? 0;
  const shown = code > 31 && code < 128 ? type : "?";
  return new RangeError(
    `unsupported format character '${shown}' (0x${code.toString(16)}) at index ${at}`,
  );
}

const MOST_SSIZE = 2n ** 63n - 1n;
const MOST_INT = 2n ** 31n - 1n;

function takeSizes(conversion: Conversion, args: Arguments): SizedConversion {
  let { left } = conversion;
  let width =
    conversion.width === "*" ? args.takeSize("ssize_t", MOST_SSIZE) : (conversion.width ?? 0);
  if (width < 0) {
    left = true;
    width = -width;
  }
  const { precision } = conversion;
  const given = precision === "*" ? args.takeSize("int", MOST_INT) : precision;
  if (width > MOST_SSIZE) throw new RangeError("width too big");
  if (given !== null && given > MOST_INT) throw new RangeError("precision too big");
  return { ...conversion, left, width, precision: given === null ? -1 : Math.max(given, 0) };
}

function fill(template: Template, args: Arguments): string {
  let text = "";
  for (const part of template) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    if (part.key !== null) args.select(part.key);
    if ("fault" in part) {
      if (part.named) args.needMapping();
      throw part.fault;
    }
    if (part.type === "s" && part.width === null && part.precision === null) {
      text += str(args.take());
      continue;
    }
    text += convert(takeSizes(part, args), args.take());
  }
  args.finish();
  return text;
}

/** Fills a template of `%(key)s` from a lookup, which throws for a key that it does not have. */
export function fillByName(template: Template, lookup: Lookup): string {
  return fill(template, new Arguments([], lookup));
}

/** The mapping that stands for all arguments, if the only one is a mapping that is not empty. */
function mappingOf(args: readonly unknown[]): Lookup | null {
  const only = args.length === 1 ? args[0] : undefined;
  if (typeof only !== "object" || only === null) return null;
  if (only instanceof Map) {
    return only.size === 0 ? null : (key) => need(only.has(key), key, only.get(key));
  }
  if (!isPlainObject(only) || Object.keys(only).length === 0) return null;
  return (key) => need(Object.hasOwn(only, key), key, only[key]);
}

function need(found: boolean, key: string, value: unknown): unknown {
  if (!found) throw new ReferenceError(repr(key));
  return value;
}

const SIMPLE = /^[^%]*(?:%s[^%]*)*$/;

/**
 * The text of a message: `template % args`. Without arguments the template is the message, whatever it holds. One
 * mapping (an object literal or a Map) as the only argument is what `%(name)s` takes its values from.
 *
 * @throws TypeError or RangeError, in Python's words, when template and arguments do not fit; ReferenceError for a
 *   `%(name)s` that the mapping does not have.
 */
export function formatMessage(template: string, args: readonly unknown[]): string {
  if (args.length === 0) return template;
  const lookup = mappingOf(args);
  if (lookup === null && SIMPLE.test(template)) return fillSimple(template, args);
  // A mapping counts as one value for conversions without a key.
  return fill(parseTemplate(template), new Arguments(args, lookup));
}

/** The common case, `%s` alone, without reading the template into parts. */
function fillSimple(template: string, args: readonly unknown[]): string {
  let text = "";
  let from = 0;
  for (const value of args) {
    const at = template.indexOf("%s", from);
    if (at === -1) throw new TypeError("not all arguments converted during string formatting");
    text += template.slice(from, at) + str(value);
    from = at + 2;
  }
  if (template.includes("%s", from)) throw new TypeError("not enough arguments for format string");
  return text + template.slice(from);
}

/** How many arguments `template` takes; one that names its values, or is at fault, takes none. */
export function countArguments(template: string): number {
  if (!template.includes("%")) return 0;
  let count = 0;
  for (const part of parseTemplate(template)) {
    if (typeof part === "string") continue;
    if ("fault" in part || part.key !== null) return 0;
    count += Number(part.width === "*") + Number(part.precision === "*");
    count += 1;
  }
  return count;
}
