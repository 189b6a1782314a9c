/** Delays between attempts to connect: they grow, and all of them are drawn at random, so that clients do not come in step. */
import { checkNames, checkNumber, LONGEST_DELAY, show } from "./options.ts";

/** Times in milliseconds. */
export interface BackoffOptions {
  /** The first delay is drawn from zero to this. Default 5 000, or WEBSOCKETS_BACKOFF_INITIAL_DELAY (in seconds). */
  readonly initialDelay?: number;
  /** The second is drawn from zero to this. Default 3 100, or WEBSOCKETS_BACKOFF_MIN_DELAY (in seconds). */
  readonly minDelay?: number;
  /** No delay is longer. Default 90 000, or WEBSOCKETS_BACKOFF_MAX_DELAY (in seconds). */
  readonly maxDelay?: number;
  /** By how much what a delay is drawn from grows each time. Default 1.618, or WEBSOCKETS_BACKOFF_FACTOR. */
  readonly factor?: number;
  /** Where chance comes from: a number from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
}

const KNOWN = new Set(["initialDelay", "minDelay", "maxDelay", "factor", "random"]);

/**
 * An endless sequence of delays, in milliseconds: those of Python's `websockets`, but each with full jitter, which is to
 * say drawn evenly from zero to what it would have been. (There only the first is drawn.)
 *
 * The environment is read when it is called, not when the library is loaded.
 *
 * @throws TypeError, RangeError for a wrong option, or a variable of the environment that is no such number.
 */
export function backoff(options: BackoffOptions = {}): Generator<number, never, void> {
  checkNames(options, KNOWN, "backoff");
  const initial = settle("initialDelay", options.initialDelay, "INITIAL_DELAY", 5000);
  const min = settle("minDelay", options.minDelay, "MIN_DELAY", 3100);
  const max = settle("maxDelay", options.maxDelay, "MAX_DELAY", 90_000);
  const factor =
    options.factor === undefined
      ? (readVariable("FACTOR", 1, 1, 1000) ?? 1.618)
      : checkNumber("factor", options.factor, 1, 1000);
  const { random = Math.random } = options;
  if (typeof random !== "function")
    throw new TypeError(`random is ${show(random)}: it must be a function`);
  return draw(initial, min, max, factor, random);
}

function* draw(
  initial: number,
  min: number,
  max: number,
  factor: number,
  random: () => number,
): Generator<number, never, void> {
  yield random() * Math.min(initial, max);
  let bound = min;
  while (true) {
    yield random() * Math.min(bound, max);
    bound = Math.min(bound * factor, LONGEST_DELAY);
  }
}

function settle(
  name: string,
  given: number | undefined,
  variable: string,
  standard: number,
): number {
  if (given !== undefined) return checkNumber(name, given, 0, LONGEST_DELAY);
  return readVariable(variable, 1000, 0, LONGEST_DELAY) ?? standard;
}

interface Host {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
}

/** A number of the environment times `unit`, or null when it is not set. */
function readVariable(variable: string, unit: number, least: number, most: number): number | null {
  const name = `WEBSOCKETS_BACKOFF_${variable}`;
  let text: string | undefined;
  try {
    text = (globalThis as Host).process?.env?.[name]?.trim();
  } catch {
    return null; // Deno asks for leave to read it
  }
  if (text === undefined || text === "") return null;
  const value = Number(text) * unit;
  if (value >= least && value <= most) return value;
  throw new RangeError(
    `${name} is ${JSON.stringify(text)}: it must be a number from ${least / unit} to ${most / unit}`,
  );
}
