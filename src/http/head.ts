/**
 * The head of one HTTP/1 message: request line or status line, and header fields (RFC 9112 §2 to §5).
 *
 * For whoever edits this file: it is the door where strangers come in. Where RFC 9112 lets a recipient be lenient, it is
 * strict, because two parsers that read one message differently are how requests are smuggled. What it makes of some
 * bytes must not depend on how they were cut into chunks, and the work must stay proportional to their number. It does
 * not know WebSocket, nor what headers mean.
 */
import { decodeLatin1 } from "#platform";
import {
  HeaderLineTooLong,
  InvalidMessage,
  RequestLineTooLong,
  StatusLineTooLong,
  TooManyHeaders,
} from "./errors.ts";
import { isControl, isSpace, isTokenCharacter, tokenEnd } from "./grammar.ts";
import type { RawHeaders } from "./headers.ts";
import {
  parseRequestLine,
  parseStatusLine,
  type RequestLine,
  type StatusLine,
} from "./start-line.ts";

/** A request line and its header fields. */
export interface RequestHead extends RequestLine {
  readonly rawHeaders: RawHeaders;
}

/** A status line and its header fields. */
export interface ResponseHead extends StatusLine {
  readonly rawHeaders: RawHeaders;
}

/** What one head may not exceed. */
export interface HeadLimits {
  /** Bytes of a line with its end; 8 192 by default. */
  readonly line?: number;
  /** Header lines; 128 by default. */
  readonly headers?: number;
}

interface Heads {
  request: RequestHead;
  response: ResponseHead;
}

const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
/** How a TLS connection begins: ContentType handshake (RFC 8446 §5.1). */
const TLS = 0x16;
const EMPTY: Uint8Array = new Uint8Array(0);
/** What the buffer of an unfinished line holds at first, in bytes; it doubles as needed. */
const FIRST_BUFFER = 256;

/**
 * Reads the head of one message from bytes that come in chunks of any size.
 *
 * Once `push` has returned a head or has thrown, the parser is used up.
 */
export class HeadParser<Kind extends "request" | "response"> {
  readonly #kind: Kind;
  readonly #maxLine: number;
  readonly #maxHeaders: number;
  #line: RequestLine | StatusLine | null = null;
  #rawHeaders: [string, string][] = [];
  /** The beginning of a line whose end has not come; a copy, since owners may read into the same chunk again. */
  #open: Uint8Array = EMPTY;
  #openLength = 0;
  #skippedEmptyLine = false;
  #started = false;
  #rest: Uint8Array = EMPTY;

  constructor(kind: Kind, limits: HeadLimits = {}) {
    this.#kind = kind;
    this.#maxLine = limits.line ?? 8192;
    this.#maxHeaders = limits.headers ?? 128;
  }

  /** Whether any byte came. */
  get started(): boolean {
    return this.#started;
  }

  /** The bytes after the head: a view of the chunk that ended it. */
  get rest(): Uint8Array {
    return this.#rest;
  }

  /**
   * Reads one more chunk, and returns the head when it is complete; `chunk` is not kept.
   *
   * @throws {RequestLineTooLong | StatusLineTooLong | HeaderLineTooLong | TooManyHeaders} when a limit is exceeded
   * @throws {InvalidMessage} when the bytes are not a head; `cause` says why
   */
  push(chunk: Uint8Array): Heads[Kind] | null {
    if (chunk.length === 0) return null;
    if (!this.#started) {
      this.#started = true;
      this.#checkFirstByte(chunk[0] ?? 0);
    }
    let at = 0;
    if (this.#openLength > 0) {
      at = chunk.indexOf(LF) + 1;
      this.#keepOpen(at === 0 ? chunk : chunk.subarray(0, at));
      if (at === 0) return null;
      const line = decodeLatin1(this.#open, 0, this.#openLength);
      this.#openLength = 0;
      if (this.#line === null) this.#readStartLine(line);
      else if (this.#readFieldLine(line, 0, line.length - 1)) return this.#end(chunk, at);
    }
    while (this.#line === null) {
      const end = chunk.indexOf(LF, at) + 1;
      if (end - at > this.#maxLine) throw this.#tooLong();
      if (end === 0) {
        this.#keepOpen(chunk.subarray(at));
        return null;
      }
      // Decoded for itself, so that the target does not keep the text of the fields alive.
      this.#readStartLine(decodeLatin1(chunk, at, end));
      at = end;
    }
    return this.#readFieldLines(chunk, at);
  }

  /** Turns away at once who speaks another protocol, and would otherwise be waited for until the deadline. */
  #checkFirstByte(byte: number): void {
    if (this.#kind === "request" ? isTokenCharacter(byte) || byte === CR : byte === 0x48) return;
    if (byte === TLS) throw this.#fault("TLS handshake where plain HTTP is expected");
    throw this.#fault(`${this.#lineName} starts with byte 0x${byte.toString(16).padStart(2, "0")}`);
  }

  /** Keeps the beginning of a line, or more of it. */
  #keepOpen(bytes: Uint8Array): void {
    const length = this.#openLength + bytes.length;
    if (length > this.#maxLine) throw this.#tooLong();
    if (length > this.#open.length) {
      const grown = new Uint8Array(Math.max(length, this.#open.length * 2, FIRST_BUFFER));
      grown.set(this.#open.subarray(0, this.#openLength));
      this.#open = grown;
    }
    this.#open.set(bytes, this.#openLength);
    this.#openLength = length;
  }

  /** Reads all whole lines of `chunk` from `from` on, and keeps what follows them. */
  #readFieldLines(chunk: Uint8Array, from: number): Heads[Kind] | null {
    let text = decodeLatin1(chunk, from, chunk.length);
    // The fields are slices of the text and keep all of it alive: no more of it than the head.
    const blank = text.indexOf("\r\n\r\n") + 4;
    if (blank >= 4 && blank < text.length) text = decodeLatin1(chunk, from, from + blank);
    let at = 0;
    for (let lf = text.indexOf("\n"); lf >= 0; lf = text.indexOf("\n", at)) {
      if (lf + 1 - at > this.#maxLine) throw this.#tooLong();
      if (this.#readFieldLine(text, at, lf)) return this.#end(chunk, from + lf + 1);
      at = lf + 1;
    }
    this.#keepOpen(chunk.subarray(from + at));
    return null;
  }

  #end(chunk: Uint8Array, at: number): Heads[Kind] {
    this.#rest = chunk.subarray(at);
    this.#open = EMPTY;
    return { ...this.#line, rawHeaders: this.#rawHeaders } as unknown as Heads[Kind];
  }

  /** Reads the first line, which `text` holds with its end. */
  #readStartLine(text: string): void {
    const end = this.#checkLineEnd(text, 0, text.length - 1);
    const isRequest = this.#kind === "request";
    // §2.2: "SHOULD ignore at least one empty line (CRLF) received prior to the request-line". We ignore one.
    if (end === 0 && isRequest && !this.#skippedEmptyLine) {
      this.#skippedEmptyLine = true;
      return;
    }
    const line = text.slice(0, end);
    this.#line = isRequest ? parseRequestLine(line) : parseStatusLine(line);
    if (this.#line === null) throw this.#fault(`invalid ${this.#lineName}: ${abridge(line)}`);
  }

  /** Reads the line `text[from, lf]`; whether it was the empty line that ends the head. */
  #readFieldLine(text: string, from: number, lf: number): boolean {
    const end = this.#checkLineEnd(text, from, lf);
    if (end === from) return true;
    if (this.#rawHeaders.length >= this.#maxHeaders) throw new TooManyHeaders(this.#maxHeaders);
    this.#rawHeaders.push(this.#readField(text, from, end));
    return false;
  }

  /** Where the line `text[from, lf]` ends before its CR LF. */
  #checkLineEnd(text: string, from: number, lf: number): number {
    // Deviation: RFC 9112 §2.2 lets a recipient take a bare LF for the end of a line; we do not.
    if (lf === from || text.charCodeAt(lf - 1) !== CR) {
      throw this.#fault("line ends with LF instead of CR LF");
    }
    return lf - 1;
  }

  /** Reads the field line `text[from, end)` (RFC 9112 §5). Its value stays out of errors: it may be a secret. */
  #readField(text: string, from: number, end: number): [string, string] {
    const colon = tokenEnd(text, from);
    if (colon === from || text.charCodeAt(colon) !== COLON) {
      // §5.2: a server "MUST either reject the message" or replace obs-fold. §5.1: "No whitespace is allowed between the
      // field name and colon […] A server MUST reject, with a response status code of 400".
      if (isSpace(text.charCodeAt(from))) throw this.#fault("folded HTTP header line");
      if (colon === end) throw this.#fault("HTTP header line without a colon");
      throw this.#fault(`invalid HTTP header name: ${abridge(text.slice(from, colon + 1))}`);
    }
    const name = text.slice(from, colon);
    let start = colon + 1;
    let stop = end;
    while (start < stop && isSpace(text.charCodeAt(start))) start += 1;
    while (stop > start && isSpace(text.charCodeAt(stop - 1))) stop -= 1;
    for (let at = start; at < stop; at += 1) {
      // RFC 9110 §5.5: "Field values containing CR, LF, or NUL characters are invalid and dangerous".
      if (isControl(text.charCodeAt(at))) {
        throw this.#fault(
          `invalid HTTP header value of ${name}: control character at ${at - start}`,
        );
      }
    }
    return [name, text.slice(start, stop)];
  }

  get #lineName(): string {
    return this.#kind === "request" ? "HTTP request line" : "HTTP status line";
  }

  #fault(problem: string): InvalidMessage {
    return new InvalidMessage(this.#kind, { cause: new SyntaxError(problem) });
  }

  #tooLong(): Error {
    if (this.#line !== null) return new HeaderLineTooLong(this.#maxLine);
    if (this.#kind === "request") return new RequestLineTooLong(this.#maxLine);
    return new StatusLineTooLong(this.#maxLine);
  }
}

/** The beginning of `line` without its query, for errors: a query may hold a secret, and a line 8 KiB. */
function abridge(line: string): string {
  const query = line.indexOf("?");
  const shown = query < 0 ? line : `${line.slice(0, query)}?…`;
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}
