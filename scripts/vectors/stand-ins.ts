/**
 * What stands in for Python's surroundings while a vector runs: the clock, standard error, the exceptions, the text of
 * tracebacks. The module under test is not changed; its own seams are used (the factory of records, subclasses,
 * `process.stderr`), and `Formatter.prototype.formatException` is replaced as Python's vectors replaced it.
 */
import { Formatter } from "../../src/logging/formatter.ts";
import { LogRecord, setLogRecordFactory } from "../../src/logging/record.ts";
import { quote } from "../../src/logging/repr.ts";

/** An exception of Python that a vector raises. */
export interface ExceptionSpec {
  readonly type: string;
  readonly message: string;
  readonly cause?: ExceptionSpec | null;
}

/** The error that stands for an exception of Python. */
export function makeError({ type, message, cause }: ExceptionSpec): Error {
  const error = new Error(message, cause == null ? undefined : { cause: makeError(cause) });
  Object.defineProperty(error, "name", { value: type, configurable: true });
  return error;
}

/** `str()` of an exception: a KeyError shows its key in quotes. */
function printMessage({ name, message }: Error): string {
  return name === "KeyError" ? quote(message) : message;
}

/** The text that the vectors have for a traceback. */
export function printException(error: unknown): string {
  if (!(error instanceof Error)) return "NoneType: None";
  const own = `<<exc ${error.name}: ${printMessage(error)}>>`;
  return error.cause instanceof Error ? `${printException(error.cause)} -> ${own}` : own;
}

/** Has all formatters print exceptions as the vectors have them. */
export function replaceTracebacks(): void {
  Formatter.prototype.formatException = printException;
}

/** The time of the vectors when they say nothing else: 2023-11-14 22:13:20.123456789 UTC. */
export const DEFAULT_TIME = 1_700_000_000_123_456_789n;

const SECOND = 1_000_000_000n;
const MILLISECOND = 1_000_000n;

/** Has all records made at `nanoseconds` since 1970, which may change. */
export function replaceClock(clock: { nanoseconds: bigint }): void {
  setLogRecordFactory((name, level, msg, args, options) => {
    const record = new LogRecord(name, level, msg, args, options);
    const { nanoseconds } = clock;
    const whole = nanoseconds / SECOND;
    record.msecs = Number((nanoseconds % SECOND) / MILLISECOND);
    record.created = Number(nanoseconds) / 1e9;
    // As Python does: a second must not round up while its milliseconds are 999.
    const rounded = BigInt(Math.floor(record.created)) !== whole;
    if (record.msecs === 999 && rounded) record.created = Number(whole) + record.msecs / 1000;
    return record;
  });
}

/** Catches what is written to standard error until `stop` is called. */
export function catchStderr(): { readonly text: () => string; readonly stop: () => void } {
  const { stderr } = process;
  let text = "";
  stderr.write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  return {
    text: () => text,
    // The replacement is an own property: without it, the method of the prototype is back.
    stop: () => void Reflect.deleteProperty(stderr, "write"),
  };
}

const BLOCK =
  /--- Logging error ---\n(?<errors>.*?)\nCall stack:\n.*?(?=Message: |Unable to print the message)/gsu;

/** The first lines of an error and of its causes, outermost first, without their frames. */
function headsOf(errors: string): string[] {
  const lines = errors.split("\n").filter((line) => !/^\s*at /.test(line));
  return lines
    .join("\n")
    .split(/\n {2}\[cause\]: /)
    .map((head) => head.replace(/\n +/g, "\n"));
}

/** Our report of an error in a handler, with the traceback and the stack named instead of shown, in Python's order. */
export function normaliseReports(stderr: string): string {
  return stderr.replace(BLOCK, (_block, errors: string) => {
    const heads = headsOf(errors).reverse();
    const shown = heads.map((head) => `<<traceback>>\n${head}`);
    const chain = shown.join(
      "\n\nDuring handling of the above exception, another exception occurred:\n\n",
    );
    return `--- Logging error ---\n${chain}\nCall stack:\n<<stack>>\n`;
  });
}

/** A stack that was asked for, named instead of shown. */
export function normaliseStacks(text: string): string {
  return text.replace(
    /Stack \(most recent call first\):(?:\n +at [^\n]*)*/g,
    "Stack (most recent call last):\n<<stack>>",
  );
}
