/**
 * Header fields as they stand in a message: names and values in order, nothing merged (RFC 9110 §5).
 *
 * WHATWG `Headers` merges fields and lowers their names; what must be validated or logged is read from the raw pairs.
 */
import { encodeUtf8 } from "#platform";
import { InvalidHeader } from "./errors.ts";
import { isControl, isToken } from "./grammar.ts";

/** Header fields in the order of the message, names as they were written, values as ISO 8859-1. */
export type RawHeaders = readonly (readonly [name: string, value: string])[];

/** The values of all fields called `name`, in order; case of names does not matter (RFC 9110 §5.1). */
export function headerValues(raw: RawHeaders, name: string): string[] {
  const lower = name.toLowerCase();
  const values: string[] = [];
  for (const [key, value] of raw) {
    if (key.length === lower.length && key.toLowerCase() === lower) values.push(value);
  }
  return values;
}

/**
 * The value of the one field called `name`, or null when there is none.
 *
 * @throws {InvalidHeader} `missing … header` when it is `required` and there is none; `multiple values` when there are
 * several
 */
export function singleHeader(
  raw: RawHeaders,
  name: string,
  options: { readonly required: true },
): string;
export function singleHeader(
  raw: RawHeaders,
  name: string,
  options?: { readonly required?: boolean },
): string | null;
export function singleHeader(
  raw: RawHeaders,
  name: string,
  options?: { readonly required?: boolean },
): string | null {
  const values = headerValues(raw, name);
  if (values.length > 1) throw new InvalidHeader(name, "multiple values");
  const [value] = values;
  if (value !== undefined) return value;
  if (options?.required === true) throw new InvalidHeader(name);
  return null;
}

/** What is wrong with a field that should be sent, or null. The text names the character, not the value: it may be secret. */
function findFault(name: string, value: string): string | null {
  if (typeof name !== "string" || !isToken(name)) {
    return `invalid header name ${JSON.stringify(name)}: a token is expected`;
  }
  if (typeof value !== "string") {
    return `invalid value of header ${name}: a string is expected, not ${typeof value}`;
  }
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (isControl(code) || code > 0xff) {
      const character = code.toString(16).toUpperCase().padStart(4, "0");
      return `invalid value of header ${name}: U+${character} at ${at}; allowed are TAB and U+0020 to U+00FF but U+007F`;
    }
  }
  return null;
}

/**
 * Checks a field that we are about to send, so that no value can end its line and begin another (RFC 9110 §5.5).
 *
 * @throws {TypeError} when `name` is not a token, or `value` is not a string of TAB, printable ASCII and ISO 8859-1
 */
export function checkHeader(name: string, value: string): void {
  const fault = findFault(name, value);
  if (fault !== null) throw new TypeError(fault);
}

/**
 * WHATWG `Headers` of `raw`.
 *
 * Never throws: a field that is none (HTTP/2's `:path`, or what a lenient parser let through) is left out.
 */
export function toHeaders(raw: RawHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of raw) {
    if (findFault(name, value) === null) headers.append(name, value);
  }
  return headers;
}

/**
 * The bytes of a head: `firstLine`, the fields, an empty line (RFC 9112 §2.1).
 *
 * It trusts its caller to have checked each field with `checkHeader`.
 */
export function serialiseHead(firstLine: string, raw: RawHeaders): Uint8Array {
  let text = `${firstLine}\r\n`;
  for (const [name, value] of raw) text += `${name}: ${value}\r\n`;
  text += "\r\n";
  const bytes = encodeUtf8(text);
  if (bytes.length === text.length) return bytes;
  // Not ASCII: field values are ISO 8859-1, one byte a character.
  const latin1 = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) latin1[at] = text.charCodeAt(at);
  return latin1;
}
