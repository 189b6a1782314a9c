/**
 * What was thrown, as text: the stack, then its causes.
 *
 * An exception's text may hold what a peer sent (a close reason, a path), so control characters are escaped and every
 * line but the first is moved in: none can pass for a record of its own.
 */
import { escapeLines } from "./escape.ts";
import { repr } from "./repr.ts";

/** Causes and members of an AggregateError are followed this deep, and this many of each are printed. */
const DEPTH = 8;
const MEMBERS = 16;

/** Characters of one error that are printed. */
const LENGTH = 16_384;

function property(value: object, name: string): unknown {
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    return undefined; // a getter that throws has nothing to show
  }
}

function textOf(value: unknown, name: string): string {
  const text = typeof value === "object" && value !== null ? property(value, name) : undefined;
  return typeof text === "string" ? text : "";
}

/** Whether `value` is an Error, also one of another realm. */
export function isError(value: unknown): value is Error {
  if (typeof value !== "object" || value === null) return false;
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
  } catch {
    return false; // a proxy that refuses to be looked at
  }
}

/** `Name: message`, as the first line of a stack has it. */
function headOf(error: Error): string {
  const name = textOf(error, "name") || "Error";
  const message = textOf(error, "message");
  return message === "" ? name : `${name}: ${message}`;
}

/** The stack of `error`, under the name and message that it has now. */
function stackOf(error: Error): string {
  const head = headOf(error);
  const stack = textOf(error, "stack");
  if (stack === "" || stack.startsWith(head)) return stack || head;
  // The name is often set after the stack was taken; other engines have frames alone.
  const frames = stack.search(/^\s+at /m);
  return frames === -1 ? `${head}\n${stack}` : `${head}\n${stack.slice(frames)}`;
}

function printSafely(value: unknown): string {
  try {
    return repr(value);
  } catch {
    return "<unprintable object>";
  }
}

function printOne(value: unknown): string {
  const text = isError(value) ? stackOf(value) : `Uncaught ${printSafely(value)}`;
  return escapeLines(text.length > LENGTH ? `${text.slice(0, LENGTH)}…` : text);
}

function indent(text: string): string {
  return text.replaceAll("\n", "\n  ");
}

function print(value: unknown, seen: ReadonlySet<unknown>): string {
  let text = printOne(value);
  if (!isError(value)) return text;
  if (seen.size >= DEPTH) return text;
  const inner = new Set([...seen, value]);
  const add = (label: string, other: unknown): void => {
    const shown = inner.has(other) ? "[Circular]" : indent(print(other, inner));
    text += `\n  [${label}]: ${shown}`;
  };
  const cause = property(value, "cause");
  if (cause !== undefined && cause !== null) add("cause", cause);
  const errors = property(value, "errors");
  if (Array.isArray(errors)) {
    for (const [at, error] of errors.slice(0, MEMBERS).entries()) add(`errors ${at}`, error);
  }
  return text;
}

/** `error` with its stack and its causes, safe to write to a terminal or a file. */
export function printError(error: unknown): string {
  return error === null ? "NoneType: None" : print(error, new Set());
}
