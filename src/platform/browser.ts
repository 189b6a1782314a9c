/**
 * The seam `#platform` where there is no Node: browsers and other platforms of the web, for the protocol without I/O and the
 * logging. It exports the same names as `node.ts`, with the same types.
 */
import { sha1 } from "./sha1.ts";

const ENCODER = new TextEncoder();
const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether `bytes` is well-formed UTF-8 (RFC 3629). */
export function isUtf8(bytes: Uint8Array): boolean {
  return decodeUtf8(bytes, 0, bytes.length) !== null;
}

/** Decodes `bytes[start, end)` as UTF-8, or gives `null` when it is not well-formed. A leading U+FEFF is kept. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string | null {
  try {
    return STRICT.decode(bytes.subarray(start, end));
  } catch {
    return null;
  }
}

/** So many characters are made of codes at a time: each is an argument of a call. */
const CODES = 4096;

/** Decodes `bytes[start, end)` with one character for each byte (ISO 8859-1), as HTTP heads are read. */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += CODES) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + CODES, end)));
  }
  return text;
}

/** How many bytes `text` takes in UTF-8; a lone surrogate counts as U+FFFD. */
export function utf8Length(text: string): number {
  return ENCODER.encode(text).length;
}

/** Writes `text` as UTF-8 at `target[at]`, where there must be room for it, and returns how many bytes it took. */
export function encodeUtf8Into(text: string, target: Uint8Array, at: number): number {
  return ENCODER.encodeInto(text, target.subarray(at)).written;
}

/** `text` as UTF-8. */
export function encodeUtf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** The platform gives so many random bytes at once, and no more. */
const RANDOM_MOST = 65_536;

/** Fills `target` with bytes that nobody can foretell, and returns it. */
export function fillRandom(target: Uint8Array): Uint8Array {
  for (let at = 0; at < target.length; at += RANDOM_MOST) {
    crypto.getRandomValues(target.subarray(at, at + RANDOM_MOST) as Uint8Array<ArrayBuffer>);
  }
  return target;
}

/** A new random UUID. */
export function randomId(): string {
  return crypto.randomUUID();
}

/** The SHA-1 of `text`, which is ASCII, in base64, for Sec-WebSocket-Accept (RFC 6455 §4.2.2). */
export function sha1Base64(text: string): string {
  return toBase64(sha1(encodeUtf8(text)));
}

/** `bytes` in base64. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(decodeLatin1(bytes, 0, bytes.length));
}

/** The bytes that `text` stands for in base64. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Calls `callback` when what runs now, and the promises that it settles, have had their turn. */
export function deferTick(callback: () => void): void {
  setTimeout(callback, 0);
}

/** Masking keys are taken from this many random bytes at a time. */
const POOL = new Int32Array(2048);
let taken = POOL.length;

/** 32 random bits that nobody can foretell, for a masking key (RFC 6455 §5.3, §10.3). */
export function randomKey(): number {
  if (taken === POOL.length) {
    crypto.getRandomValues(POOL);
    taken = 0;
  }
  const key = POOL[taken] as number;
  POOL[taken] = 0;
  taken += 1;
  return key;
}
