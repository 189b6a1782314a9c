/** What a run of a vector brought, and how it compares with what was expected. */
import { Float, repr } from "../../src/logging/repr.ts";

/** What four things came of a vector's operations. */
export interface Outcome {
  /** All that was written to standard error. */
  readonly stderr: string;
  /** The text of each stream. */
  readonly streams: Readonly<Record<string, string>>;
  /** The records that each `list` handler saw. */
  readonly records: Readonly<Record<string, readonly unknown[]>>;
  /** The result of each operation: `null`, a value, or `{ error: { type, message } }`. */
  readonly results: readonly unknown[];
}

/** The result of an operation that threw. */
export interface ErrorResult {
  readonly error: { readonly type: string; readonly message: string };
}

export function isErrorResult(result: unknown): result is ErrorResult {
  const { error } = (result ?? {}) as { error?: { type?: unknown; message?: unknown } };
  return typeof error?.type === "string" && typeof error.message === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether both are the same value; the order of an object's fields does not count. */
function isSame(one: unknown, other: unknown): boolean {
  if (one instanceof Float) return isSame(one.value, other);
  if (other instanceof Float) return isSame(one, other.value);
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((member, at) => isSame(member, other[at]));
  }
  if (isObject(one) && isObject(other)) {
    const names = Object.keys(one);
    return (
      names.length === Object.keys(other).length &&
      names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]))
    );
  }
  return Object.is(one, other);
}

/** The parts in which two outcomes differ, a line each for what was expected and what came. */
export function compare(expected: Outcome, actual: Outcome): string[] {
  const lines: string[] = [];
  const check = (what: string, wanted: unknown, came: unknown): void => {
    if (isSame(wanted, came)) return;
    lines.push(`${what}:`, `  expected ${repr(wanted)}`, `  got      ${repr(came)}`);
  };
  check("stderr", expected.stderr, actual.stderr);
  check("streams", expected.streams, actual.streams);
  check("records", expected.records, actual.records);
  const count = Math.max(expected.results.length, actual.results.length);
  for (let at = 0; at < count; at += 1) {
    check(`result of operation ${at + 1}`, expected.results[at], actual.results[at]);
  }
  return lines;
}
