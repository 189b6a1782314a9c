/** Python's mini-language of format specs: `<10`, `*^8`, `+,.2f`, `#06x`. */
import { toExponential, toFixed, toGeneral } from "./decimal.ts";
import { Float, printNumber, str, typeName } from "./repr.ts";

interface Spec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly positiveZero: boolean;
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: string;
  /** -1 where there is none. */
  readonly precision: number;
  readonly type: string;
}

const SPEC =
  /^(?:(?<fill>.)?(?<align>[<=>^]))?(?<sign>[-+ ])?(?<z>z)?(?<alternate>#)?(?<zero>0)?(?<width>\d+)?(?<grouping>[,_])?(?:\.(?<precision>\d+))?(?<type>.)?$/su;

/** Widths above this are refused: they would be spaces, and could take all memory. */
const MOST_WIDTH = 100_000;

function parseSpec(spec: string, value: unknown, numeric: boolean): Spec {
  const groups = SPEC.exec(spec)?.groups;
  if (groups === undefined) {
    throw new RangeError(
      `Invalid format specifier '${spec}' for object of type '${typeName(value)}'`,
    );
  }
  const width = Number(groups.width ?? 0);
  if (width > MOST_WIDTH) throw new RangeError("Too many decimal digits in format string");
  checkGrouping(groups.grouping, groups.type ?? (numeric ? "" : "s"));
  const zero = groups.zero !== undefined && groups.align === undefined;
  return {
    fill: groups.fill ?? (groups.zero === undefined ? " " : "0"),
    align: groups.align ?? (zero && numeric ? "=" : numeric ? ">" : "<"),
    sign: groups.sign ?? "",
    positiveZero: groups.z !== undefined,
    alternate: groups.alternate !== undefined,
    width,
    grouping: groups.grouping ?? "",
    precision: Number(groups.precision ?? -1),
    type: groups.type ?? "",
  };
}

function checkGrouping(grouping: string | undefined, type: string): void {
  if (grouping === undefined || type === "" || "defgEG%F".includes(type)) return;
  if (grouping === "_" && "boxX".includes(type)) return;
  const code = type.codePointAt(0) ?? 0;
  const shown = code > 32 && code < 128 ? type : `\\x${code.toString(16)}`;
  throw new RangeError(`Cannot specify '${grouping}' with '${shown}'.`);
}

function unknownCode({ type }: Spec, value: unknown): RangeError {
  return new RangeError(`Unknown format code '${type}' for object of type '${typeName(value)}'`);
}

function align(sign: string, text: string, { fill, align: where, width }: Spec): string {
  const missing = width - [...sign].length - [...text].length;
  if (missing <= 0) return sign + text;
  if (where === "=") return sign + fill.repeat(missing) + text;
  if (where === "<") return sign + text + fill.repeat(missing);
  if (where === ">") return fill.repeat(missing) + sign + text;
  const left = Math.floor(missing / 2);
  return fill.repeat(left) + sign + text + fill.repeat(missing - left);
}

function formatText(value: string, spec: Spec): string {
  if (spec.type !== "" && spec.type !== "s") throw unknownCode(spec, value);
  if (spec.sign !== "") {
    const what = spec.sign === " " ? "Space" : "Sign";
    throw new RangeError(`${what} not allowed in string format specifier`);
  }
  if (spec.alternate) {
    throw new RangeError("Alternate form (#) not allowed in string format specifier");
  }
  if (spec.align === "=") {
    throw new RangeError("'=' alignment not allowed in string format specifier");
  }
  const cut = spec.precision < 0 ? value : [...value].slice(0, spec.precision).join("");
  return align("", cut, spec);
}

/** Puts `spec`'s separator between groups of digits; noughts that fill the width are grouped too. */
function group(digits: string, prefix: string, tail: string, spec: Spec, size: number): string {
  if (spec.grouping === "") return prefix + digits + tail;
  let whole = digits;
  if (spec.align === "=" && spec.fill === "0") {
    const room = spec.width - prefix.length - tail.length;
    while (whole.length + Math.floor((whole.length - 1) / size) < room) whole = `0${whole}`;
  }
  const grouped = whole.replace(new RegExp(`(?<=.)(?=(?:.{${size}})+$)`, "g"), spec.grouping);
  return prefix + grouped + tail;
}

function signOf(negative: boolean, { sign }: Spec): string {
  if (negative) return "-";
  return sign === "+" || sign === " " ? sign : "";
}

const BASES: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16, X: 16, d: 10, n: 10, "": 10 };

function formatInteger(value: bigint, original: unknown, spec: Spec): string {
  if (spec.precision >= 0)
    throw new RangeError("Precision not allowed in integer format specifier");
  if (spec.type === "c") return formatCharacter(value, spec);
  const base = BASES[spec.type];
  if (base === undefined) throw unknownCode(spec, original);
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString(base);
  const prefix = spec.alternate && base !== 10 ? `0${spec.type}` : "";
  const sign = signOf(negative, spec) + prefix;
  const cased = spec.type === "X" ? digits.toUpperCase() : digits;
  const size = base === 10 ? 3 : 4;
  const inner = { ...spec, width: spec.width - sign.length };
  return align(sign, group(cased, "", "", inner, size), spec);
}

function formatCharacter(value: bigint, spec: Spec): string {
  if (spec.sign !== "") throw new RangeError("Sign not allowed with integer format specifier 'c'");
  if (spec.alternate) {
    throw new RangeError("Alternate form (#) not allowed with integer format specifier 'c'");
  }
  if (value < 0n || value > 0x10ffffn) throw new RangeError("%c arg not in range(0x110000)");
  return align("", String.fromCodePoint(Number(value)), spec);
}

/** The digits of a float by a type that is one of `e f g n %` or none. */
function floatDigits(value: number, { type, precision, alternate }: Spec): string {
  const digits = precision < 0 ? 6 : precision;
  switch (type.toLowerCase()) {
    case "e":
      return toExponential(value, { precision: digits, alternate });
    case "f":
      return toFixed(value, { precision: digits, alternate });
    case "%":
      return `${toFixed(value * 100, { precision: digits, alternate })}%`;
    case "":
      if (precision < 0) {
        const text = printNumber(Math.abs(value), true);
        return alternate && !text.includes(".") ? text.replace("e", ".e") : text;
      }
      return toGeneral(value, { precision, alternate, fraction: true });
    default:
      return toGeneral(value, { precision: digits, alternate });
  }
}

function formatFloat(value: number, original: unknown, spec: Spec): string {
  if (!"eEfFgGn%".includes(spec.type)) throw unknownCode(spec, original);
  let text = floatDigits(value, spec);
  if (spec.type !== "" && spec.type === spec.type.toUpperCase()) text = text.toUpperCase();
  let negative = value < 0 || Object.is(value, -0);
  if (spec.positiveZero && /^[0.]+(?:e[-+]\d+)?%?$/i.test(text)) negative = false;
  const sign = signOf(negative, spec);
  const whole = /^\d*/.exec(text)?.[0] ?? "";
  const inner = { ...spec, width: spec.width - sign.length };
  const grouped = whole === "" ? text : group(whole, "", text.slice(whole.length), inner, 3);
  return align(sign, grouped, spec);
}

/**
 * `value` by `spec`, as Python's `format()`.
 *
 * @throws RangeError for a spec that is at fault or does not fit the type of `value`; TypeError for a value that takes
 *   no spec (`None`, lists, objects).
 */
export function formatValue(value: unknown, spec: string): string {
  if (spec === "") return str(value);
  if (typeof value === "string") return formatText(value, parseSpec(spec, value, false));
  const number = value instanceof Float ? value.value : value;
  if (typeof number !== "number" && typeof number !== "bigint" && typeof number !== "boolean") {
    throw new TypeError(`unsupported format string passed to ${typeName(value)}.__format__`);
  }
  const parsed = parseSpec(spec, value, true);
  if (parsed.type !== "" && parsed.type === "s") throw unknownCode(parsed, value);
  if (typeName(value) === "float" || "eEfFgG%".includes(parsed.type || "-")) {
    return formatFloat(Number(number), value, parsed);
  }
  return formatInteger(BigInt(number), value, parsed);
}
