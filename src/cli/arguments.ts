/** The command line: its commands, their options, and what each option may be. */
import { type Given, readOptions, UsageError } from "./options.ts";
import {
  LOAD,
  LOAD_HELP,
  LOG_LEVELS,
  ORIGINS,
  SERVE,
  SERVE_HELP,
  TALK,
  TALK_HELP,
} from "./usage.ts";

/** `clearsocket serve`. */
export interface ServeCommand {
  readonly kind: "serve";
  readonly port: number;
  readonly host: string;
  /** Bytes; null: no limit; undefined: the library's default. */
  readonly maxSize: number | null | undefined;
  readonly compression: boolean;
  readonly origins: "same-origin" | "any";
  readonly logLevel: LogLevel;
  readonly debug: boolean;
}

/** What `clearsocket <url>` and `clearsocket load` say of the connection. */
export interface Target {
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly subprotocols: readonly string[];
  readonly origin: string | null;
  /** Takes any certificate. */
  readonly insecure: boolean;
  readonly compression: boolean;
  /** Its address; null: none; undefined: what the environment says. */
  readonly proxy: string | null | undefined;
  readonly maxSize: number | null | undefined;
  readonly debug: boolean;
  readonly json: boolean;
}

/** `clearsocket <url>`. */
export interface TalkCommand extends Target {
  readonly kind: "talk";
  /** How often to ping, in milliseconds; null: not. */
  readonly ping: number | null;
  readonly binary: boolean;
  readonly pipe: boolean;
  readonly reconnect: boolean;
  /** How long to listen on after the input's end, in milliseconds; undefined: it depends on what the input is. */
  readonly wait: number | undefined;
}

/** `clearsocket load <url>`. */
export interface LoadCommand extends Target {
  readonly kind: "load";
  readonly connections: number;
  /** Messages a second, over all connections; null: each connection sends when it has its answer. */
  readonly rate: number | null;
  /** Bytes of a message. */
  readonly size: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly binary: boolean;
}

/** What the command line asks for. */
export type Command =
  | ServeCommand
  | TalkCommand
  | LoadCommand
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" };

export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Reads the command line.
 *
 * @throws UsageError for whatever is wrong with it. Addresses are judged by `connect`.
 */
export function readArguments(words: readonly string[]): Command {
  const [first, ...rest] = words;
  if (first === "serve") return readServe(readOptions(rest, SERVE));
  if (first === "load") return readLoad(readOptions(rest, LOAD));
  return readTalk(readOptions(words, TALK));
}

function readServe(given: Given): Command {
  if (given.flag("help")) return { kind: "help", text: SERVE_HELP };
  if (given.flag("version")) return { kind: "version" };
  const [extra] = given.positionals;
  if (extra !== undefined) throw new UsageError(`serve takes options only, not ${show(extra)}`);
  const debug = given.flag("debug");
  return {
    kind: "serve",
    port: wholeNumber(given, "port", 8765, 0, 65_535),
    host: given.value("host") ?? "127.0.0.1",
    maxSize: maxSize(given),
    compression: !given.flag("no-compression"),
    origins: choice(given, "origins", ORIGINS, "same-origin"),
    logLevel: choice(given, "log-level", LOG_LEVELS, debug ? "debug" : "info"),
    debug,
  };
}

function readTalk(given: Given): Command {
  if (given.flag("help")) return { kind: "help", text: TALK_HELP };
  if (given.flag("version")) return { kind: "version" };
  if (given.flag("pipe") && given.flag("json")) {
    throw new UsageError("--pipe and --json exclude each other");
  }
  const ping = given.value("ping");
  const wait = given.value("wait");
  return {
    kind: "talk",
    ...readTarget(given),
    ping: ping === undefined ? null : 1000 * number("ping", ping, 0.01, 86_400),
    binary: given.flag("binary"),
    pipe: given.flag("pipe"),
    reconnect: given.flag("reconnect"),
    wait:
      wait === undefined
        ? wait
        : wait === "forever"
          ? Number.POSITIVE_INFINITY
          : 1000 * number("wait", wait, 0, 86_400),
  };
}

function readLoad(given: Given): Command {
  if (given.flag("help")) return { kind: "help", text: LOAD_HELP };
  if (given.flag("version")) return { kind: "version" };
  const rate = given.value("rate");
  return {
    kind: "load",
    ...readTarget(given),
    connections: wholeNumber(given, "connections", 10, 1, 1_000_000),
    rate: rate === undefined ? null : number("rate", rate, 0.001, 10_000_000),
    size: wholeNumber(given, "size", 32, 0, 2 ** 30),
    duration: 1000 * number("duration", given.value("duration") ?? "10", 0.001, 86_400),
    binary: given.flag("binary"),
  };
}

function readTarget(given: Given): Target {
  const [url, extra] = given.positionals;
  if (url === undefined) throw new UsageError("there is no address to connect to");
  if (extra !== undefined) throw new UsageError(`there is one address too many: ${show(extra)}`);
  const headers = given.list("header").map(readHeader);
  const auth = given.value("auth");
  const proxy = given.value("proxy");
  if (auth !== undefined) {
    if (!auth.includes(":")) throw new UsageError("--auth has no colon: it must be USER:PASSWORD");
    headers.push(["Authorization", `Basic ${Buffer.from(auth).toString("base64")}`]);
  }
  return {
    url,
    headers,
    subprotocols: given.list("subprotocol"),
    origin: given.value("origin") ?? null,
    insecure: given.flag("insecure"),
    compression: !given.flag("no-compression"),
    proxy: proxy === "none" ? null : proxy,
    maxSize: maxSize(given),
    debug: given.flag("debug"),
    json: given.flag("json"),
  };
}

function readHeader(text: string): readonly [string, string] {
  const colon = text.indexOf(":");
  if (colon < 1) throw new UsageError(`--header is ${show(text)}: it must be 'NAME: VALUE'`);
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

function maxSize(given: Given): number | null | undefined {
  const value = given.value("max-size");
  if (value === undefined) return undefined;
  if (value === "none") return null;
  if (/^\d+$/.test(value)) return Number(value);
  throw new UsageError(`--max-size is ${show(value)}: it must be a number of bytes, or none`);
}

function choice<T extends string>(given: Given, name: string, all: readonly T[], standard: T): T {
  const value = given.value(name);
  if (value === undefined) return standard;
  const found = all.find((one) => one === value.toLowerCase());
  if (found !== undefined) return found;
  throw new UsageError(`--${name} is ${show(value)}: it can be ${all.join(", ")}`);
}

function wholeNumber(
  given: Given,
  name: string,
  standard: number,
  least: number,
  most: number,
): number {
  const text = given.value(name);
  if (text === undefined) return standard;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(
    `--${name} is ${show(text)}: it must be a whole number from ${least} to ${most}`,
  );
}

function number(name: string, text: string, least: number, most: number): number {
  const value = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name} is ${show(text)}: it must be a number from ${least} to ${most}`);
}

/** A word in a sentence; long ones are cut. */
function show(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
}
