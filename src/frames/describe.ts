/**
 * A frame as a line of the log: `TEXT 'hello' [5 bytes]`, `CLOSE 1000 (OK) [2 bytes]`, as Python's websockets shows it.
 *
 * Whether a payload is shown as text is guessed from its bytes, not taken from the opcode: it is text if it is
 * well-formed UTF-8 (a fragment may begin and end inside a sequence) in which nothing has to be shown as `\x`. Of a large
 * payload only the beginning and the end are looked at, so the cost does not depend on its size.
 */
import { decodeUtf8, isUtf8 } from "#platform";
import { explainCloseCode, isCloseCode } from "./close-code.ts";
import { BINARY, CLOSE, CONTINUATION, isOpcode, nameOpcode, TEXT } from "./opcode.ts";
import { quote } from "./quote.ts";

/** How many characters of a payload are shown when nothing else is said (`WEBSOCKETS_MAX_LOG_SIZE`). */
const MAX_LOG_SIZE = 75;

/** The longest part of a sequence that a cut can leave: one byte less than the longest sequence. */
const LONGEST_CUT = 4 - 1;

/** The kind of data that needs no mention; a kind that is another is shown among the details. */
const EXPECTED: { readonly [opcode: number]: string } = {
  [TEXT]: "text",
  [BINARY]: "binary",
  [CLOSE]: "text",
};

const SURROGATE = /[\ud800-\udfff]/;

/** Where the code point number `count` begins in `text`. */
function placeOf(text: string, count: number): number {
  if (!SURROGATE.test(text)) return Math.min(count, text.length);
  let at = 0;
  for (let left = count; left > 0 && at < text.length; left -= 1) {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return at;
}

/** Where the last `count` code points of `text` begin. */
function placeFromEnd(text: string, count: number): number {
  if (!SURROGATE.test(text)) return Math.max(text.length - count, 0);
  let at = text.length;
  for (let left = count; left > 0 && at > 0; left -= 1) {
    at -= at > 1 && (text.codePointAt(at - 2) ?? 0) > 0xffff ? 2 : 1;
  }
  return at;
}

function isLonger(text: string, max: number): boolean {
  return text.length > max && placeOf(text, max) < text.length;
}

/** `text` if it has at most `max` characters, else its beginning and half as much of its end. */
function elide(text: string, max: number): string {
  if (!isLonger(text, max)) return text;
  const cut = Math.floor(max / 3) - 1;
  // Python's text[:2 * cut] and text[-cut:], where a place below nought counts from the other end.
  const head = cut < 0 ? placeFromEnd(text, -2 * cut) : placeOf(text, 2 * cut);
  const tail = cut > 0 ? placeFromEnd(text, cut) : placeOf(text, -cut);
  return `${text.slice(0, head)}...${text.slice(tail)}`;
}

function describeBinary(payload: Uint8Array, max: number): string {
  const third = Math.floor(max / 3);
  if (payload.length <= third) return toHex(payload);
  const cut = Math.floor((third - 1) / 3);
  // Where the middle is left out stand two noughts, which `elide` takes out again for the usual sizes.
  const parts = [payload.slice(0, 2 * cut), new Uint8Array(2), payload.slice(-cut)];
  return parts
    .filter(({ length }) => length > 0)
    .map(toHex)
    .join(" ");
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 1) {
    text += at === 0 ? HEX[bytes[at] as number] : ` ${HEX[bytes[at] as number]}`;
  }
  return text;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** How many bytes a sequence that begins with `lead` has; 0 if none does. */
function sizeOf(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead <= 0xf4 ? 4 : 0;
}

/** Whether `next` may follow `lead` (RFC 3629 §4): no overlong sequences, no surrogates, nothing above U+10FFFF. */
function mayFollow(lead: number, next: number): boolean {
  if (lead === 0xe0) return next >= 0xa0 && next <= 0xbf;
  if (lead === 0xed) return next >= 0x80 && next <= 0x9f;
  if (lead === 0xf0) return next >= 0x90 && next <= 0xbf;
  if (lead === 0xf4) return next >= 0x80 && next <= 0x8f;
  return next >= 0x80 && next <= 0xbf;
}

/** How many bytes at the end of `bytes` are the beginning of a sequence that goes on elsewhere. */
function cutAtEnd(bytes: Uint8Array): number {
  for (let length = 1; length <= LONGEST_CUT; length += 1) {
    const lead = bytes.at(-length);
    if (lead === undefined) return 0;
    if (isContinuation(lead)) continue;
    const second = length > 1 ? bytes.at(1 - length) : undefined;
    const fits = second === undefined || mayFollow(lead, second);
    return sizeOf(lead) > length && fits ? length : 0;
  }
  return 0;
}

/** Whether `bytes` is UTF-8 but for a sequence that was cut at its beginning or its end, where that may be. */
function isLooseUtf8(bytes: Uint8Array, cutBefore: boolean, cutAfter: boolean): boolean {
  let start = 0;
  if (cutBefore) while (start < LONGEST_CUT && isContinuation(bytes[start])) start += 1;
  const rest = bytes.subarray(start);
  if (isUtf8(rest)) return true;
  // A single byte at the very end that begins nothing is forgiven too, as in Python.
  return cutAfter && isUtf8(rest.subarray(0, rest.length - (cutAtEnd(rest) || 1)));
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** How many bytes are looked at before a payload is decoded. */
const GLANCE = 24;

/**
 * Whether `bytes` begin with a control character that has no short escape: shown as `\\x`, it would make them binary.
 * Most binary payloads are known at a glance and need not be decoded.
 */
function looksBinary(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length, GLANCE);
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at] as number;
    if ((byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) || byte === 0x7f) {
      return true;
    }
  }
  return false;
}

/** The text of `bytes`, with U+FFFD where a sequence is cut; `null` if they are no text. */
function decode(bytes: Uint8Array, cutBefore: boolean, cutAfter: boolean): string | null {
  if (looksBinary(bytes)) return null;
  const text = decodeUtf8(bytes, 0, bytes.length);
  if (text !== null || !(cutBefore || cutAfter)) return text;
  return isLooseUtf8(bytes, cutBefore, cutAfter) ? decoder.decode(bytes) : null;
}

/** As `decode`, of the beginning and the end of `payload` alone. */
function decodeEnds(
  payload: Uint8Array,
  cutBefore: boolean,
  cutAfter: boolean,
  max: number,
): string | null {
  const head = payload.subarray(0, Math.floor((8 * max) / 3));
  const tail = payload.subarray(payload.length - Math.ceil((4 * max) / 3));
  if (looksBinary(head)) return null;
  const first = decodeUtf8(head, 0, head.length);
  const last = decodeUtf8(tail, 0, tail.length);
  if (first !== null && last !== null) return first + last;
  if (first === null && !isLooseUtf8(head, cutBefore, true)) return null;
  if (last === null && !isLooseUtf8(tail, true, cutAfter)) return null;
  const ends = new Uint8Array(head.length + tail.length);
  ends.set(head);
  ends.set(tail, head.length);
  return decoder.decode(ends);
}

/** The payload as quoted text, or `null` if it is to be shown as bytes. */
function describeText(
  opcode: number,
  payload: Uint8Array,
  fin: boolean,
  max: number,
): string | null {
  const isFragment = opcode === CONTINUATION;
  const text =
    payload.length > 4 * max
      ? decodeEnds(payload, isFragment, !fin, max)
      : decode(payload, isFragment, !fin);
  if (text === null) return null;
  const quoted = quote(text);
  return quoted.includes("\\x") ? null : quoted;
}

/** A close code with its meaning, and the reason as it stands: `1001 (going away) Bye!`. */
export function describeClose(code: number, reason: string): string {
  const text = `${code} (${explainCloseCode(code)})`;
  return reason === "" ? text : `${text} ${reason}`;
}

/** The payload of a Close frame, or `null` if it is malformed. */
function describeClosePayload(
  payload: Uint8Array,
  treatReason: (reason: string) => string,
): string | null {
  const [high, low] = payload;
  if (high === undefined || low === undefined) return null;
  const code = high * 256 + low;
  if (!isCloseCode(code)) return null;
  const reason = decodeUtf8(payload, 2, payload.length);
  return reason === null ? null : describeClose(code, treatReason(reason));
}

function describeLength(length: number): string {
  return length === 1 ? "1 byte" : `${length} bytes`;
}

/**
 * One frame as the log shows it behind `> ` or `< `.
 *
 * @param payload uncompressed and unmasked.
 * @param maxLogSize how many characters of the payload are shown at most; a multiple of 3. Default 75.
 * @param treatReason what is done with a Close frame's reason, which is shown as it stands; the log escapes it.
 */
export function describeFrame(
  opcode: number,
  payload: Uint8Array,
  fin: boolean,
  maxLogSize: number = MAX_LOG_SIZE,
  treatReason: (reason: string) => string = (reason) => reason,
): string {
  let kind = "";
  let data = opcode === CLOSE ? describeClosePayload(payload, treatReason) : null;
  if (data === null && payload.length === 0) {
    data = "''";
  } else if (data === null) {
    data = describeText(opcode, payload, fin, maxLogSize);
    kind = data === null ? "binary" : "text";
    data = elide(data ?? describeBinary(payload, maxLogSize), maxLogSize);
  }
  const name = isOpcode(opcode) ? nameOpcode(opcode) : String(opcode);
  const mention = kind === "" || kind === EXPECTED[opcode] ? "" : `${kind}, `;
  const more = fin ? "" : ", continued";
  return `${name} ${data} [${mention}${describeLength(payload.length)}${more}]`;
}
