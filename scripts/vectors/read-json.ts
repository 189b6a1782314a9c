/**
 * JSON as Python writes it, without losing what JavaScript's numbers do not hold: a whole number with a point is a
 * `Float` (Python prints it as `1.0`), one too large is a bigint, and `NaN` and `Infinity` are read.
 */
import { Float } from "../../src/logging/repr.ts";

const TOKEN =
  /\s*(?:(?<text>"(?:[^"\\]|\\.)*")|(?<number>-?\d+(?<float>(?:\.\d+)?(?:[eE][-+]?\d+)?))|(?<word>true|false|null|NaN|-?Infinity)|(?<mark>[[\]{},:]))\s*/suy;

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

function toNumber(text: string, isFloat: boolean): unknown {
  const number = Number(text);
  if (isFloat) return Number.isInteger(number) ? new Float(number) : number;
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** Reads one value after another from the tokens of a text. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    const value = this.#value(this.#next());
    if (this.#at !== this.#text.length) throw this.#fault();
    return value;
  }

  #fault(): SyntaxError {
    return new SyntaxError(`not JSON at character ${this.#at}`);
  }

  #next(): Readonly<Record<string, string | undefined>> {
    TOKEN.lastIndex = this.#at;
    const groups = TOKEN.exec(this.#text)?.groups;
    if (groups === undefined) throw this.#fault();
    this.#at = TOKEN.lastIndex;
    return groups;
  }

  #value(token: Readonly<Record<string, string | undefined>>): unknown {
    const { text, number, float, word, mark } = token;
    if (text !== undefined) return JSON.parse(text) as string;
    if (number !== undefined) return toNumber(number, float !== "");
    if (word !== undefined) return WORDS.get(word);
    if (mark === "[") return this.#list();
    if (mark === "{") return this.#object();
    throw this.#fault();
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    let token = this.#next();
    while (token.mark !== "]") {
      if (list.length > 0) token = this.#after(token);
      list.push(this.#value(token));
      token = this.#next();
    }
    return list;
  }

  #object(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    let token = this.#next();
    while (token.mark !== "}") {
      if (entries.length > 0) token = this.#after(token);
      if (token.text === undefined || this.#next().mark !== ":") throw this.#fault();
      entries.push([JSON.parse(token.text) as string, this.#value(this.#next())]);
      token = this.#next();
    }
    return Object.fromEntries(entries);
  }

  /** The token behind a comma. */
  #after(
    token: Readonly<Record<string, string | undefined>>,
  ): Readonly<Record<string, string | undefined>> {
    if (token.mark !== ",") throw this.#fault();
    return this.#next();
  }
}

/** @throws SyntaxError when `text` is not JSON. */
export function readJson(text: string): unknown {
  return new Reader(text).read();
}
