/** What a connection can be told, its defaults, and the reason for each. */
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { WriteLimit } from "./outbox.ts";
import type { RateLimit, RateSettings } from "./rate-limit.ts";

/** Options that servers and clients share. Times in milliseconds, sizes in bytes; `null` switches a limit or timer off. */
export interface ConnectionOptions {
  /** The most bytes of a message, after decompression, inclusive; above: 1009. Default 1 MiB. */
  readonly maxSize?: number | null;
  /** What may wait to be read before the peer is made to wait. Default 1 MiB in at most 4 096 messages. */
  readonly maxQueue?: { readonly bytes?: number | null; readonly messages?: number | null } | null;
  /** When `send` waits (64 KiB), until when (16 KiB), and when the connection is given up with 1013 (16 MiB). */
  readonly writeLimit?: {
    readonly high?: number | null;
    readonly low?: number | null;
    readonly max?: number | null;
  } | null;
  /** "string" (default): text messages are strings; "bytes": they are checked and handed over undecoded. */
  readonly text?: "string" | "bytes";
  /**
   * How many messages, or bytes of messages, the peer may send in a time, by default 1 000 ms; above: 1008. As much may come
   * at once from who was silent as long. Default: no limit.
   */
  readonly rateLimit?: RateLimit | null;
  /** How often an idle peer is pinged. Default 20 000. */
  readonly pingInterval?: number | null;
  /** How long the peer may be silent after a ping before it is given up. Default 20 000. */
  readonly pingTimeout?: number | null;
  /** How long closing may take in all. Default 10 000. */
  readonly closeTimeout?: number | null;
  /** How long opening may take in all. Default 10 000. */
  readonly openTimeout?: number | null;
}

/** The same, checked and filled in; one object for all connections of a server. */
export interface ConnectionSettings {
  readonly maxSize: number | null;
  readonly queueBytes: number;
  readonly queueMessages: number;
  readonly writeLimit: WriteLimit;
  readonly text: "string" | "bytes";
  readonly pingInterval: number | null;
  readonly pingTimeout: number | null;
  readonly closeTimeout: number | null;
  readonly openTimeout: number | null;
  readonly rateLimit: RateSettings | null;
  /** What all connections of a server may hold together. */
  readonly budget: MemoryBudget | null;
  readonly clock: Clock;
}

/** Python's limit, and a quarter of what a browser's user would notice. */
const MAX_SIZE = 1024 * 1024;
/** One message of the largest size, or many small ones: memory is bounded by both. */
const QUEUE_BYTES = 1024 * 1024;
const QUEUE_MESSAGES = 4096;
/** Above 64 KiB the system's own buffers are usually full too; 16 MiB is more than a peer that lives would leave waiting. */
const WRITE_LIMIT: WriteLimit = { high: 64 * 1024, low: 16 * 1024, max: 16 * 1024 * 1024 };
/** Below the 30 or 60 seconds after which proxies cut idle connections. */
const PING_INTERVAL = 20_000;
const PING_TIMEOUT = 20_000;
const CLOSE_TIMEOUT = 10_000;
const OPEN_TIMEOUT = 10_000;
const RATE_PERIOD = 1000;

const UNLIMITED = Number.POSITIVE_INFINITY;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws TypeError for a wrong type. @throws RangeError for a wrong range.
 */
export function resolveConnectionOptions(
  options: ConnectionOptions,
  clock: Clock = SYSTEM_CLOCK,
  budget: MemoryBudget | null = null,
): ConnectionSettings {
  const queue = toGroup("maxQueue", options.maxQueue, QUEUE);
  const write = toGroup("writeLimit", options.writeLimit, WRITE);
  const limitOf = (name: string, value: number | null | undefined, standard: number): number =>
    checkLimit(name, value, standard) ?? UNLIMITED;
  // Who gives one of the three gets others that fit.
  const max = limitOf("writeLimit.max", write.max, Math.max(WRITE_LIMIT.max, write.high ?? 0));
  const high = limitOf("writeLimit.high", write.high, Math.min(WRITE_LIMIT.high, max));
  const low = limitOf("writeLimit.low", write.low, Math.min(WRITE_LIMIT.low, high));
  const limit: WriteLimit = { high, low, max };
  if (limit.low > limit.high || limit.high > limit.max) {
    throw new RangeError(
      `writeLimit is { high: ${limit.high}, low: ${limit.low}, max: ${limit.max} }: low can't be above high, nor high above max`,
    );
  }
  const { text = "string" } = options;
  if (text !== "string" && text !== "bytes") {
    throw new TypeError(`text is ${show(text)}: it can be "string" or "bytes"`);
  }
  return {
    maxSize: checkLimit("maxSize", options.maxSize, MAX_SIZE),
    queueBytes: limitOf("maxQueue.bytes", queue.bytes, QUEUE_BYTES),
    queueMessages: limitOf("maxQueue.messages", queue.messages, QUEUE_MESSAGES),
    writeLimit: limit,
    text,
    pingInterval: checkDelay("pingInterval", options.pingInterval, PING_INTERVAL),
    pingTimeout: checkDelay("pingTimeout", options.pingTimeout, PING_TIMEOUT),
    closeTimeout: checkDelay("closeTimeout", options.closeTimeout, CLOSE_TIMEOUT),
    openTimeout: checkDelay("openTimeout", options.openTimeout, OPEN_TIMEOUT),
    rateLimit: checkRateLimit(options.rateLimit),
    budget,
    clock,
  };
}

const QUEUE = ["bytes", "messages"] as const;
const WRITE = ["high", "low", "max"] as const;
const RATE: ReadonlySet<string> = new Set(["messages", "bytes", "per"]);

function checkRateLimit(given: RateLimit | null | undefined): RateSettings | null {
  if (given === undefined || given === null) return null;
  checkNames(given, RATE, "rateLimit");
  const [messages, bytes] = (["messages", "bytes"] as const).map((name) =>
    checkNumber(`rateLimit.${name}`, given[name] ?? UNLIMITED, 1, UNLIMITED),
  ) as [number, number];
  if (messages === UNLIMITED && bytes === UNLIMITED) {
    throw new TypeError("rateLimit limits nothing: give messages, bytes, or both");
  }
  const per = checkNumber("rateLimit.per", given.per ?? RATE_PERIOD, 1, LONGEST_DELAY);
  return { messages, bytes, per };
}

/** An option that is an object of limits; null switches all of them off. */
function toGroup<Name extends string>(
  option: string,
  given: { readonly [name in Name]?: number | null } | null | undefined,
  names: readonly Name[],
): { readonly [name in Name]?: number | null } {
  if (given === undefined) return {};
  if (given === null) {
    return Object.fromEntries(names.map((name) => [name, null])) as { [name in Name]: null };
  }
  checkNames(given, new Set<string>(names), option);
  return given;
}

/** The longest delay that timers take: 2^31 - 1 ms, nearly 25 days. */
export const LONGEST_DELAY = 0x7fff_ffff;

/** A time in milliseconds, or null for none. */
export function checkDelay(
  name: string,
  value: number | null | undefined,
  standard: number | null,
): number | null {
  if (value === undefined) return standard;
  if (value === null) return null;
  return checkNumber(name, value, 0, LONGEST_DELAY);
}

/** A size in bytes or a count, or null for none. */
export function checkLimit(
  name: string,
  value: number | null | undefined,
  standard: number | null,
): number | null {
  if (value === undefined) return standard;
  if (value === null) return null;
  return checkNumber(name, value, 0, UNLIMITED);
}

/**
 * A number in a range.
 *
 * @throws TypeError when it is no number. @throws RangeError when it is out of range.
 */
export function checkNumber(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number")
    throw new TypeError(`${name} is ${show(value)}: it must be a number`);
  if (!(value >= least && value <= most)) {
    throw new RangeError(`${name} is ${value}: it must be from ${least} to ${most}`);
  }
  return value;
}

/** A string, or undefined. @throws TypeError when it is something else. */
export function checkText(name: string, value: string | undefined): void {
  if (value !== undefined && typeof value !== "string") {
    throw new TypeError(`${name} is ${show(value)}: it must be a string`);
  }
}

/** A string that is not empty, or undefined. @throws TypeError when it is something else. */
export function checkName(name: string, value: string | undefined, what: string): void {
  if (value !== undefined && (typeof value !== "string" || value === "")) {
    throw new TypeError(`${name} is ${show(value)}: it must be ${what}`);
  }
}

/** A true or false, or undefined. @throws TypeError when it is something else. */
export function checkFlag(name: string, value: boolean | undefined): void {
  if (value !== undefined && typeof value !== "boolean") {
    throw new TypeError(`${name} is ${show(value)}: it can be true or false`);
  }
}

/** An object, or undefined. @throws TypeError when it is something else. */
export function checkObject(name: string, value: object | undefined, what: string): void {
  if (value !== undefined && (typeof value !== "object" || value === null)) {
    throw new TypeError(`${name} is ${show(value)}: it must be ${what}`);
  }
}

/** Headers as users give them, as a list of pairs. @throws TypeError when they are something else. */
export function toPairs(name: string, given: unknown): readonly (readonly [string, string])[] {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `${name} is ${show(given)}: it must be an object, a Headers, or a list of pairs`,
    );
  }
  const pairs: readonly unknown[] =
    Symbol.iterator in given ? [...(given as Iterable<unknown>)] : Object.entries(given);
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new TypeError(`${name} has ${show(pair)}: a pair of name and value is expected`);
    }
  }
  return pairs as readonly (readonly [string, string])[];
}

/** Refuses options that nobody knows: a slip of the pen must not pass for a default. */
export function checkNames(options: object, known: ReadonlySet<string>, where: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`the options of ${where} are ${show(options)}: an object is expected`);
  }
  for (const name of Object.keys(options)) {
    if (!known.has(name)) {
      throw new TypeError(
        `${where} has no option ${JSON.stringify(name)}: it knows ${[...known].join(", ")}`,
      );
    }
  }
}

/** A value in an error's sentence. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "an object";
  return String(value);
}

/** The names of the options above, for `checkNames`. */
export const CONNECTION_OPTIONS: readonly string[] = [
  "maxSize",
  "maxQueue",
  "writeLimit",
  "text",
  "pingInterval",
  "pingTimeout",
  "closeTimeout",
  "openTimeout",
  "rateLimit",
];
