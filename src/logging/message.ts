/**
 * `template % args`: printf-style formatting as Python does it, with Python's words for what is wrong.
 *
 * The grammar of a conversion: `%`, `(key)`, flags `-+ #0`, width or `*`, `.` precision or `*`, a length `hlL` that is
 * ignored, and one of `d i u o x X e E f F g G c r s a`. `%%` is a per cent sign.
 */
import { convert, type SizedConversion } from "./conversion.ts";
import { isPlainObject, repr, str } from "./repr.ts";
import { type Conversion, parseTemplate, type Template } from "./template.ts";

/** What `%(key)s` looks up. */
export type Lookup = (key: string) => unknown;

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
