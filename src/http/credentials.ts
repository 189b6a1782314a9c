/**
 * What stands in Authorization and Proxy-Authorization: Basic (RFC 7617) and Bearer (RFC 6750), both ways.
 *
 * Reading gives null for whatever is wrong, and no error holds a credential: errors end in logs.
 */
import { decodeLatin1, decodeUtf8, encodeUtf8, fromBase64, toBase64 } from "#platform";
import { isControl } from "./grammar.ts";

/** A name and a password. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const BASE64 = /^[A-Za-z0-9+/]*$/;
const B64TOKEN = /^[A-Za-z0-9._~+/-]+$/;

/**
 * The name and the password in the value of a header, or null when it is not Basic or malformed.
 *
 * They are read as UTF-8, or as ISO 8859-1 when they are not UTF-8 (RFC 7617 §2.1 leaves it open).
 */
export function parseBasic(value: string): Credentials | null {
  const encoded = afterScheme(value, "basic");
  if (encoded === null || !isBase64(encoded)) return null;
  const bytes = fromBase64(encoded);
  const text = decodeUtf8(bytes, 0, bytes.length) ?? decodeLatin1(bytes, 0, bytes.length);
  // RFC 7617 §2: "everything after the first colon is considered part of the password."
  const colon = text.indexOf(":");
  if (colon < 0 || hasControl(text)) return null;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * The value of a header that says who we are.
 *
 * @throws {TypeError} when the name has a colon, or either has a control character (RFC 7617 §2)
 */
export function serialiseBasic({ username, password }: Credentials): string {
  if (username.includes(":")) throw new TypeError("invalid username: a colon is not allowed");
  if (hasControl(username))
    throw new TypeError("invalid username: no control characters are allowed");
  if (hasControl(password))
    throw new TypeError("invalid password: no control characters are allowed");
  return `Basic ${toBase64(encodeUtf8(`${username}:${password}`))}`;
}

/** The token in the value of a header, or null when it is not Bearer or malformed (RFC 6750 §2.1). */
export function parseBearer(value: string): string | null {
  const token = afterScheme(value, "bearer");
  return token !== null && isB64Token(token) ? token : null;
}

/**
 * The value of a header that brings `token`.
 *
 * @throws {TypeError} when `token` is not a b64token (RFC 6750 §2.1)
 */
export function serialiseBearer(token: string): string {
  if (!isB64Token(token)) {
    throw new TypeError("invalid token: letters, digits and -._~+/ are allowed, then =");
  }
  return `Bearer ${token}`;
}

/** RFC 9110 §11.4: credentials = auth-scheme 1*SP token68; the scheme is case-insensitive and given in lower case. */
function afterScheme(value: string, scheme: string): string | null {
  const space = value.indexOf(" ");
  if (space < 0 || value.slice(0, space).toLowerCase() !== scheme) return null;
  let at = space;
  while (value.charCodeAt(at) === 0x20) at += 1;
  return value.slice(at);
}

/** `text` without the "=" at its end. */
function withoutPadding(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 0x3d) end -= 1;
  return text.slice(0, end);
}

/** Whether `text` is base64, with its padding or without any (RFC 4648 §4, §3.2). */
function isBase64(text: string): boolean {
  const { length } = withoutPadding(text);
  const padded = text.length > length;
  return (
    BASE64.test(text.slice(0, length)) &&
    length % 4 !== 1 &&
    (!padded || (text.length % 4 === 0 && text.length - length <= 2))
  );
}

/** RFC 6750 §2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" */
function isB64Token(text: string): boolean {
  return B64TOKEN.test(withoutPadding(text));
}

/** RFC 7617 §2: "The user-id and password MUST NOT contain any control characters". TAB is one. */
function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isControl(code) || code === 0x09) return true;
  }
  return false;
}
