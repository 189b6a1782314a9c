/**
 * Where this library differs from Python on purpose, and why.
 *
 * A rule looks at an operation and its arguments, never at which vector it stands in. It says either what the expected
 * result is here, or how the operation is put so that Python's rule holds; everything else must then be equal. A vector
 * that needs a rule counts as "different".
 */
import { isPlainObject, repr } from "../../src/logging/repr.ts";
import type { Operation } from "./operations.ts";
import { type ErrorResult, isErrorResult, type Outcome } from "./outcome.ts";
import { type ExceptionSpec, makeError } from "./stand-ins.ts";

/** One deliberate difference. */
interface Difference {
  readonly reason: string;
  /** The operations that are run in the place of `operation`, the last of which gives its result. */
  readonly replace?: (operation: Operation) => readonly Operation[] | null;
  /** What `operation`'s expected result is here. */
  readonly expect?: (operation: Operation, result: unknown) => unknown;
  /** What is expected on standard error here, of all operations. */
  readonly expectStderr?: (stderr: string, operations: readonly Operation[]) => string;
}

/** What Python's exceptions are called here: the built-in error whose meaning fits. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["ValueError", "RangeError"],
  ["OverflowError", "RangeError"],
  ["IndexError", "RangeError"],
  ["KeyError", "ReferenceError"],
  ["AttributeError", "TypeError"],
]);

function translate({ error }: ErrorResult): ErrorResult {
  return { error: { type: TYPES.get(error.type) ?? error.type, message: error.message } };
}

/** The lines of a report that name an exception: they stand behind `<<traceback>>`. */
const NAMED = /(?<=^<<traceback>>\n)(?<type>\w+)(?=:|$)/gmu;

/** Values that are false in Python and true in JavaScript. */
function isEmptyContainer(value: unknown): boolean {
  return Array.isArray(value)
    ? value.length === 0
    : isPlainObject(value) && Object.keys(value).length === 0;
}

/** A sentence that Python shows in quotes because it is the key of a KeyError. */
function unquoteSentence(message: string): string {
  return /^"Attempt to overwrite '.*' in LogRecord"$/.test(message)
    ? message.slice(1, -1)
    : message;
}

/** Whether an operation puts a filter on the logger above all of this library's. */
function filtersOwnTree({ op, logger, config }: Operation): boolean {
  if (op === "addFilter") return logger === "websockets";
  if (op !== "dictConfig" || !isPlainObject(config)) return false;
  const own = isPlainObject(config.loggers) ? config.loggers.websockets : undefined;
  return isPlainObject(own) && own.filters != null;
}

/** How an exception and its causes begin in a report. */
function headsOf(exception: ExceptionSpec): readonly string[] {
  const { cause } = exception;
  const { name, message } = makeError(exception);
  const head = `${name}: ${name === "KeyError" ? repr(message) : message}`;
  const own = [head, `${name}${message === "" ? "" : `: ${message}`}`];
  return cause == null ? own : [...own, ...headsOf(cause)];
}

const CHAINS = [
  "During handling of the above exception, another exception occurred:",
  "The above exception was the direct cause of the following exception:",
];

/** A report without the exception called `head` before the one that it led to. */
function unchain(stderr: string, head: string): string {
  return CHAINS.reduce(
    (text, chain) => text.replaceAll(`<<traceback>>\n${head}\n\n${chain}\n\n`, ""),
    stderr,
  );
}

const DIFFERENCES: readonly Difference[] = [
  {
    reason:
      "an error in a handler is not chained to the exception that was being logged: JavaScript has no current exception",
    expectStderr: (stderr, operations) =>
      operations
        .flatMap(({ exc }) => (exc == null ? [] : headsOf(exc as ExceptionSpec)))
        .reduce(unchain, stderr),
  },
  {
    reason:
      "errors have JavaScript's types: RangeError for ValueError, OverflowError and IndexError, ReferenceError for KeyError, TypeError for AttributeError",
    expect: (_operation, result) => (isErrorResult(result) ? translate(result) : result),
    expectStderr: (stderr) => stderr.replace(NAMED, (type) => TYPES.get(type) ?? type),
  },
  {
    reason:
      "a reserved key in extra is refused with a sentence; Python's KeyError puts it in quotes",
    expect: ({ extra }, result) => {
      if (extra === undefined || !isErrorResult(result)) return result;
      const { type, message } = result.error;
      return { error: { type, message: unquoteSentence(message) } };
    },
  },
  {
    reason:
      "a filter on 'websockets' also sees the records of its descendants (filterDescendants), as websockets' documentation promises and Python does not do",
    replace: (operation) =>
      filtersOwnTree(operation)
        ? [{ op: "filterDescendants", logger: "websockets", value: false }, operation]
        : null,
  },
  {
    reason: "true and false as levels count as 1 and 0; Python shows them as they were given",
    expect: ({ op }, result) => {
      if (op !== "getLogger" && op !== "describe" && op !== "getEffectiveLevel") return result;
      if (typeof result === "boolean") return Number(result);
      if (!isPlainObject(result)) return result;
      const { level, effective } = result;
      return { ...result, level: toLevel(level), effective: toLevel(effective) };
    },
  },
  {
    reason: "an empty list or dict from a filter is true in JavaScript and false in Python",
    replace: (operation) => {
      const { op, type, value } = operation;
      const answers = op === "filter" && (type === "const" || type === "object");
      return answers && isEmptyContainer(value) ? [{ ...operation, value: false }] : null;
    },
  },
];

function toLevel(level: unknown): unknown {
  return typeof level === "boolean" ? Number(level) : level;
}

/** `operations` and `expected` as the rules have them, and the reasons of those that changed something. */
export interface Adapted {
  /** For each operation of the vector, what is run in its place. */
  readonly operations: readonly (readonly Operation[])[];
  readonly expected: Outcome;
  readonly reasons: readonly string[];
}

/** Applies all rules. */
export function adapt(operations: readonly Operation[], expected: Outcome): Adapted {
  const reasons = new Set<string>();
  const replaced = operations.map((operation) => {
    for (const { reason, replace } of DIFFERENCES) {
      const others = replace?.(operation) ?? null;
      if (others === null) continue;
      reasons.add(reason);
      return others;
    }
    return [operation];
  });
  const results = expected.results.map((result, at) => {
    const operation = operations[at];
    if (operation === undefined) return result;
    return DIFFERENCES.reduce((before, { reason, expect }) => {
      const after = expect?.(operation, before) ?? before;
      if (repr(after) !== repr(before)) reasons.add(reason);
      return after;
    }, result);
  });
  const stderr = DIFFERENCES.reduce((before, { reason, expectStderr }) => {
    const after = expectStderr?.(before, operations) ?? before;
    if (after !== before) reasons.add(reason);
    return after;
  }, expected.stderr);
  return {
    operations: replaced,
    expected: { ...expected, results, stderr },
    reasons: [...reasons],
  };
}
