/** The command line: its commands, their options, and what each option may be. */
import {
  describeOptions,
  type Given,
  type OptionTable,
  readOptions,
  UsageError,
} from "./options.ts";

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

const LOG_LEVELS = ["debug", "info", "warning", "error", "critical", "off"] as const;
const ORIGINS = ["same-origin", "any"] as const;

const GENERAL: OptionTable = {
  debug: { kind: "flag", help: "log each step and frame on standard error; show stacks of errors" },
  help: { kind: "flag", short: "h", help: "tell the options" },
  version: { kind: "flag", short: "V", help: "tell the version" },
};

const SERVE: OptionTable = {
  port: { kind: "value", short: "p", placeholder: "N", help: "the port; 0: any free one (8765)" },
  host: { kind: "value", placeholder: "ADDRESS", help: "where to listen (127.0.0.1)" },
  "max-size": { kind: "value", placeholder: "N|none", help: "most bytes of a message (1048576)" },
  "no-compression": { kind: "flag", help: "do not compress" },
  origins: {
    kind: "value",
    placeholder: ORIGINS.join("|"),
    help: "which pages may connect (same-origin)",
  },
  "log-level": { kind: "value", placeholder: "LEVEL", help: `${LOG_LEVELS.join(", ")} (info)` },
  ...GENERAL,
};

const TARGET: OptionTable = {
  header: {
    kind: "list",
    short: "H",
    placeholder: "'NAME: VALUE'",
    help: "send a header too; may be repeated",
  },
  subprotocol: {
    kind: "list",
    short: "s",
    placeholder: "NAME",
    help: "offer a subprotocol; may be repeated",
  },
  origin: { kind: "value", short: "o", placeholder: "ORIGIN", help: "send an Origin" },
  auth: { kind: "value", placeholder: "USER:PASSWORD", help: "send them by Basic authentication" },
  insecure: { kind: "flag", short: "k", help: "take any certificate (wss)" },
  "no-compression": { kind: "flag", help: "do not offer compression" },
  "max-size": { kind: "value", placeholder: "N|none", help: "most bytes of a message (1048576)" },
};

const TALK: OptionTable = {
  ...TARGET,
  ping: { kind: "value", placeholder: "SECONDS", help: "ping as often, and tell the latency" },
  binary: {
    kind: "flag",
    short: "b",
    help: "send binary messages: lines in hexadecimal, with --pipe the input as it is",
  },
  pipe: {
    kind: "flag",
    help: "write the messages and nothing else: text with a line end, binary as it is",
  },
  json: { kind: "flag", help: "write what happens as JSON, a line each" },
  wait: {
    kind: "value",
    placeholder: "SECONDS",
    help: "at the input's end, close after so much silence; or forever (1; at a terminal 0)",
  },
  ...GENERAL,
};

const LOAD: OptionTable = {
  connections: { kind: "value", short: "c", placeholder: "N", help: "how many (10)" },
  rate: {
    kind: "value",
    short: "r",
    placeholder: "N",
    help: "messages a second, in all (each answer brings the next)",
  },
  size: { kind: "value", placeholder: "BYTES", help: "of a message (32)" },
  duration: { kind: "value", short: "d", placeholder: "SECONDS", help: "how long (10)" },
  binary: { kind: "flag", short: "b", help: "send binary messages" },
  json: { kind: "flag", help: "write the figures as JSON" },
  ...TARGET,
  ...GENERAL,
};

const USAGE = {
  talk: "clearsocket <url> [options]",
  serve: "clearsocket serve [options]",
  load: "clearsocket load <url> [options]",
} as const;

const TALK_HELP = `Talk to a WebSocket server, or be one.

usage: ${USAGE.talk}        talk to a server: ws://… or wss://…
       ${USAGE.serve}        start a server that sends back what it gets
       ${USAGE.load}   measure a server that sends back what it gets

Each line that you type is sent as a message; Ctrl-D or Ctrl-C closes. Options:
${describeOptions(TALK)}
clearsocket serve --help and clearsocket load --help tell their options.
`;

const SERVE_HELP = `usage: ${USAGE.serve}

Starts a server that sends back what it gets, with the library's defaults. Options:
${describeOptions(SERVE)}`;

const LOAD_HELP = `usage: ${USAGE.load}

Opens connections to a server that sends back what it gets, sends messages, and tells how long the answers took. Options:
${describeOptions(LOAD)}`;

/** The commands in a line each, for whoever has mistyped one. */
export const SHORT_USAGE: string = `usage: ${USAGE.talk}
       ${USAGE.serve}
       ${USAGE.load}
clearsocket --help tells more.
`;

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
