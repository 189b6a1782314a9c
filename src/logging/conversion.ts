/** One conversion of a printf template, carried out: a value by `d`, `s`, `.2f` …, with Python's words for what is wrong. */
import { toExponential, toFixed, toGeneral } from "./decimal.ts";
import { ascii, Float, repr, str, typeName } from "./repr.ts";
import type { Conversion } from "./template.ts";

/** Widths and precisions above this are refused: they would be noughts and spaces, and could take all memory. */
const MOST_WIDTH = 1_000_000;

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
export interface SizedConversion extends Omit<Conversion, "width" | "precision"> {
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

/**
 * `value` by `conversion`.
 *
 * @throws TypeError or RangeError when they do not fit.
 */
export function convert(conversion: SizedConversion, value: unknown): string {
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
