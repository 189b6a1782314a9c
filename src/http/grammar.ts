/**
 * The grammar that header fields share: tokens, quoted strings, lists (RFC 9110 §5.6).
 *
 * Scanners go once from left to right, so that no value of a header can cost more than its length.
 */
import { InvalidHeaderFormat } from "./errors.ts";

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

/** RFC 9110 §5.6.2: tchar. One byte a character: 1 where it may stand in a token. */
const TOKEN_CHARACTERS: Uint8Array = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  TOKEN_CHARACTERS[character.charCodeAt(0)] = 1;
}

/** Whether the character with this code may stand in a token; codes above 255 and NaN may not. */
export function isTokenCharacter(code: number): boolean {
  return TOKEN_CHARACTERS[code] === 1;
}

/** Whether `text` is a token, that is, one or more token characters. */
export function isToken(text: string): boolean {
  return text.length > 0 && tokenEnd(text, 0) === text.length;
}

/** Where the token that starts at `text[at]` ends; `at` itself when there is none. */
export function tokenEnd(text: string, at: number): number {
  let end = at;
  while (TOKEN_CHARACTERS[text.charCodeAt(end)] === 1) end += 1;
  return end;
}

/** Whether the character with this code is a control character that no field value may hold: all but TAB. */
export function isControl(code: number): boolean {
  return (code < SPACE && code !== TAB) || code === DELETE;
}

/** Whether the character with this code is white space in a field value (RFC 9110 §5.6.3: OWS). */
export function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Reads one value of a header from left to right; what does not fit throws InvalidHeaderFormat. */
export class HeaderScanner {
  readonly #header: string;
  readonly #text: string;
  #at = 0;

  /** Reads `text`, a value of `header`. */
  constructor(header: string, text: string) {
    this.#header = header;
    this.#text = text;
  }

  /** The error that `problem` is at the place where we stand. */
  fail(problem: string): InvalidHeaderFormat {
    return new InvalidHeaderFormat(this.#header, problem, this.#text, this.#at);
  }

  /** Goes past white space. */
  skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1;
  }

  /** Goes past `character` if it stands here, and tells whether it did. */
  skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  /** Whether everything has been read. */
  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  /**
   * Reads a token.
   *
   * @throws {InvalidHeaderFormat} `expected token`, when none stands here
   */
  token(): string {
    const end = tokenEnd(this.#text, this.#at);
    if (end === this.#at) throw this.fail("expected token");
    const token = this.#text.slice(this.#at, end);
    this.#at = end;
    return token;
  }

  /** Whether a quoted string begins here. */
  get atQuote(): boolean {
    return this.#text.charCodeAt(this.#at) === QUOTE;
  }

  /**
   * Reads a quoted string and gives what it quotes (RFC 9110 §5.6.4).
   *
   * @throws {InvalidHeaderFormat} `expected quoted string`, when none stands here or it has no end
   */
  quotedString(): string {
    if (!this.atQuote) throw this.fail("expected quoted string");
    let text = "";
    let from = this.#at + 1;
    for (let at = from; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return text + this.#text.slice(from, at);
      }
      if (code === BACKSLASH) {
        text += this.#text.slice(from, at);
        from = at + 1;
        at += 1;
      }
      if (isControl(this.#text.charCodeAt(at))) break;
    }
    throw this.fail("expected quoted string");
  }
}

/**
 * Reads `text`, a value of `header`, as a list of at least one item with commas between them (RFC 9110 §5.6.1).
 *
 * "A recipient MUST parse and ignore a reasonable number of empty list elements."
 *
 * @throws {InvalidHeaderFormat} `expected comma`, when something else follows an item; and what `scanItem` throws
 */
export function scanList<T>(
  header: string,
  text: string,
  scanItem: (scanner: HeaderScanner) => T,
): T[] {
  const scanner = new HeaderScanner(header, text);
  const items: T[] = [];
  skipEmptyElements(scanner);
  do {
    items.push(scanItem(scanner));
    scanner.skipSpace();
    if (scanner.ended) break;
    if (!scanner.skip(",")) throw scanner.fail("expected comma");
    skipEmptyElements(scanner);
  } while (!scanner.ended);
  return items;
}

function skipEmptyElements(scanner: HeaderScanner): void {
  do scanner.skipSpace();
  while (scanner.skip(","));
}

/**
 * The tokens of all `values` of `header`, in order.
 *
 * @throws {InvalidHeaderFormat} when a value is not a list of tokens
 */
export function parseTokens(header: string, values: readonly string[]): string[] {
  const [only] = values;
  // The usual case: one token, and nothing else.
  if (values.length === 1 && only !== undefined && isToken(only)) return [only];
  return values.flatMap((value) => scanList(header, value, (scanner) => scanner.token()));
}
