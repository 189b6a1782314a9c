/**
 * Values as Python prints them: `True`, `None`, `[1, 'a']`, `{'k': 1.5}`.
 *
 * `str` is for a value in the middle of a message, `repr` for one that should be told apart from others. What Python
 * does not have (functions, dates, objects of a class) is printed as a JavaScript reader expects.
 *
 * frames/quote.ts quotes text by the same rules, and neither may import the other.
 */
import { escapeText } from "./escape.ts";

/** A number that Python would hold as a float although it is whole: it prints as `123.0`. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Values that Python would hold as a tuple: they print as `('a', 1)`. */
export class Tuple {
  readonly members: readonly unknown[];

  constructor(members: readonly unknown[]) {
    this.members = members;
  }
}

/** Nested containers are printed this deep; below, `...` stands for them. */
const DEPTH = 16;

/** Containers print at most this many members, so that a message cannot take all memory. */
const MEMBERS = 1000;

/** What Python does not print as it is (categories C and Z but for the space), and what it escapes. */
const ODD = /(?! )[\\\p{C}\p{Z}]/u;
const EVERY_ODD = new RegExp(ODD.source, "gu");

const SHORT: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

function escapeOne(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

/** `text` in quotes, with Python's escapes. */
export function quote(text: string): string {
  const escaped = ODD.test(text) ? text.replace(EVERY_ODD, escapeOne) : text;
  if (!escaped.includes("'")) return `'${escaped}'`;
  if (!escaped.includes('"')) return `"${escaped}"`;
  return `'${escaped.replaceAll("'", "\\'")}'`;
}

/** A number as Python prints a float, or an int if it is whole. */
export function printNumber(value: number, float: boolean = !Number.isInteger(value)): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (!float) return Math.abs(value) < 1e21 ? String(value) : BigInt(value).toString();
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    const [digits = "", exponent = ""] = value.toExponential().split("e");
    return `${digits}e${exponent[0] ?? "+"}${exponent.slice(1).padStart(2, "0")}`;
  }
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

function printBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes.subarray(0, MEMBERS)) {
    const character = String.fromCharCode(byte);
    text += byte < 0x80 ? escapeOne8(character, byte) : `\\x${hex(byte, 2)}`;
  }
  const more = bytes.length > MEMBERS ? "..." : "";
  return text.includes("'") && !text.includes('"')
    ? `b"${text}"${more}`
    : `b'${text.replaceAll("'", "\\'")}'${more}`;
}

function escapeOne8(character: string, byte: number): string {
  return SHORT[character] ?? (byte < 0x20 || byte === 0x7f ? `\\x${hex(byte, 2)}` : character);
}

function printMembers<T>(members: Iterable<T>, print: (member: T) => string): string {
  const parts: string[] = [];
  for (const member of members) {
    if (parts.length === MEMBERS) {
      parts.push("...");
      break;
    }
    parts.push(print(member));
  }
  return parts.join(", ");
}

function printObject(value: object, outer: readonly object[]): string {
  if (value instanceof Float) return printNumber(value.value, true);
  const array = Array.isArray(value);
  if (outer.includes(value) || outer.length >= DEPTH) return array ? "[...]" : "{...}";
  const inner = [...outer, value];
  const print = (member: unknown): string => printValue(member, inner);
  if (value instanceof Tuple) {
    return `(${printMembers(value.members, print)}${value.members.length === 1 ? "," : ""})`;
  }
  if (array) return `[${printMembers(value, print)}]`;
  if (value instanceof Map) {
    return `{${printMembers(value, ([key, member]) => `${print(key)}: ${print(member)}`)}}`;
  }
  if (value instanceof Set) return value.size === 0 ? "set()" : `{${printMembers(value, print)}}`;
  if (value instanceof Uint8Array) return printBytes(value);
  if (isPlainObject(value)) {
    const members = Object.entries(value);
    return `{${printMembers(members, ([key, member]) => `${quote(key)}: ${print(member)}`)}}`;
  }
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  return describeObject(value);
}

/** An object of a class: what its own `toString` says, or else the name of its class. */
function describeObject(value: object): string {
  if (typeof value.toString === "function" && value.toString !== Object.prototype.toString) {
    return escapeText(String(value)); // an Error's message may be a peer's text
  }
  const name: unknown = value.constructor?.name;
  return `<${typeof name === "string" && name !== "" ? name : "object"} object>`;
}

/** Whether `value` is an object literal, or one without a prototype: what Python would have as a dict. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function printValue(value: unknown, outer: readonly object[]): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      return printNumber(value);
    case "boolean":
      return value ? "True" : "False";
    case "object":
      return value === null ? "None" : printObject(value, outer);
    case "function":
      return `<function ${value.name === "" ? "(anonymous)" : escapeText(value.name)}>`;
    default:
      return escapeText(String(value)); // bigint, symbol, undefined
  }
}

/** `value` as Python's `repr()` prints it. */
export function repr(value: unknown): string {
  return printValue(value, []);
}

/** `value` as Python's `str()` prints it: a string as it stands, everything else as `repr` does. */
export function str(value: unknown): string {
  return typeof value === "string" ? value : printValue(value, []);
}

/** `value` as Python's `ascii()` prints it: `repr` with everything beyond ASCII escaped. */
export function ascii(value: unknown): string {
  return repr(value).replace(/[^\u0000-\u007f]/gu, escapeOne);
}

/** The name of `value`'s type in Python's words, for errors: `str`, `int`, `NoneType`, `dict` … */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case "string":
      return "str";
    case "number":
      return Number.isInteger(value) ? "int" : "float";
    case "bigint":
      return "int";
    case "boolean":
      return "bool";
    case "object":
      break;
    default:
      return typeof value;
  }
  if (value === null) return "NoneType";
  if (value instanceof Float) return "float";
  if (value instanceof Tuple) return "tuple";
  if (Array.isArray(value)) return "list";
  if (value instanceof Map || isPlainObject(value)) return "dict";
  if (value instanceof Set) return "set";
  if (value instanceof Uint8Array) return "bytes";
  return value.constructor?.name ?? "object";
}
