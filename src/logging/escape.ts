/**
 * What must never reach a terminal or a log file as it stands: characters by which a peer could begin a line of its
 * own, move the cursor, or reorder what is read.
 *
 * Escaped are C0 and C1 controls and DEL (ECMA-48), U+2028 and U+2029, which some readers take for ends of lines, the
 * bidirectional controls U+202A to U+202E and U+2066 to U+2069 (UAX #9; "Trojan Source"), and lone surrogates, which
 * cannot be written as UTF-8.
 *
 * A backslash stays as it is. Doubling it would make the text exact to read back, but then escaping twice would change
 * it, and a text passes several doors: the value, the line, the handler of last resort. Escaping is idempotent instead.
 * The price: a peer can write the two characters `\n` and it looks like an escaped end of line, but it forges nothing.
 */

/** What may need escaping; also whole surrogate pairs, since a search by code units is much faster. */
const SUSPECT = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;

const EVERY_UNSAFE = new RegExp(SUSPECT.source, "gu");

/** The same without the end of line, or a continuation line that does not begin with a space. */
const UNSAFE_IN_LINES =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|\n(?! |\n|$)/u;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** How far continuation lines are moved in, as V8 does with the lines of a stack. */
const INDENT = "    ";

/** Errors in errors (`cause`, `errors`) are followed this far. */
const DEPTH = 8;

/** What every error has, and how much of it is written. */
const OWN: ReadonlySet<string> = new Set(["name", "message", "stack"]);
const LENGTH = 16_384;

function escapeOne(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

/**
 * `text` on one line and without control characters: `\n`, `\r`, `\t`, `\x1b`, `\u202e` stand for them.
 *
 * Text that needs nothing is returned as it is, after one test.
 */
export function escapeText(text: string): string {
  return SUSPECT.test(text) ? text.replace(EVERY_UNSAFE, escapeOne) : text;
}

/**
 * `text` with its lines kept, for stacks: each line is escaped like `escapeText` does, and every line but the first is
 * moved in unless it already begins with a space, so that none can pass for a record of its own.
 */
export function escapeLines(text: string): string {
  if (!UNSAFE_IN_LINES.test(text)) return text;
  return text
    .split(/\r?\n/)
    .map((line, at) => {
      const escaped = escapeText(line);
      return at === 0 || escaped === "" || escaped.startsWith(" ") ? escaped : INDENT + escaped;
    })
    .join("\n");
}

/**
 * The first `max` characters (UTF-16 code units) of `text`, then `…` if there are more. A surrogate pair is not cut in
 * two. Bound before you escape: `escapeText(bound(path, 512))` never ends in half an escape.
 */
export function bound(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? max - 1 : max;
  return `${text.slice(0, Math.max(end, 0))}…`;
}

function property(value: object, name: string): unknown {
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    return undefined; // a getter that throws has nothing to show
  }
}

/** A field of an error: a text, or a plain object of texts; anything else stays as it is. */
function escapeField(value: unknown): unknown {
  if (typeof value === "string") return escapeText(bound(value, LENGTH));
  if (typeof value !== "object" || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value);
  const escaped = entries.map(([name, one]) => [
    name,
    typeof one === "string" ? escapeText(bound(one, LENGTH)) : one,
  ]);
  const isChanged = escaped.some(([, one], at) => one !== entries[at]?.[1]);
  return isChanged ? Object.fromEntries(escaped) : value;
}

/**
 * An error that somebody else's logger may write as it pleases: `error` itself if its texts are harmless, else a copy of
 * the same class whose `message`, `stack` and fields, and those of its causes, are escaped. What is not an Error is returned
 * as it is, but for a string, which is escaped.
 */
export function escapeError(error: unknown, depth: number = DEPTH): unknown {
  if (typeof error === "string") return escapeText(error);
  if (!(error instanceof Error) || depth === 0) return error;
  const changes: PropertyDescriptorMap = {};
  const change = (name: string, before: unknown, after: unknown): void => {
    if (before === after) return;
    changes[name] = { value: after, writable: true, configurable: true, enumerable: false };
  };
  for (const name of OWN) {
    const text = property(error, name);
    if (typeof text === "string") {
      const shown = bound(text, LENGTH);
      change(name, text, name === "name" ? escapeText(shown) : escapeLines(shown));
    }
  }
  // Fields of its own are printed too, by whoever prints a whole error.
  for (const name of Object.keys(error)) {
    if (OWN.has(name) || name === "cause" || name === "errors") continue;
    const value = property(error, name);
    change(name, value, escapeField(value));
    const changed = changes[name];
    if (changed !== undefined) changed.enumerable = true;
  }
  const cause = property(error, "cause");
  change("cause", cause, escapeError(cause, depth - 1));
  const errors = property(error, "errors");
  if (Array.isArray(errors)) {
    const escaped = errors.map((one) => escapeError(one, depth - 1));
    if (escaped.some((one, at) => one !== errors[at])) change("errors", errors, escaped);
  }
  if (Object.keys(changes).length === 0) return error;
  const copy = Object.create(Object.getPrototypeOf(error), Object.getOwnPropertyDescriptors(error));
  return Object.defineProperties(copy, changes);
}
