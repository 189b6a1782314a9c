/** What the program tells of its commands and their options. */
import { describeOptions, type OptionTable } from "./options.ts";

/** From which level on the server logs. */
export const LOG_LEVELS = ["debug", "info", "warning", "error", "critical", "off"] as const;
/** Which pages may connect. */
export const ORIGINS = ["same-origin", "any"] as const;

const GENERAL: OptionTable = {
  debug: { kind: "flag", help: "log each step and frame on standard error; show stacks of errors" },
  help: { kind: "flag", short: "h", help: "tell the options" },
  version: { kind: "flag", short: "V", help: "tell the version" },
};

/** The options of `clearsocket serve`. */
export const SERVE: OptionTable = {
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
  proxy: {
    kind: "value",
    placeholder: "URL|none",
    help: "go through a proxy (as the environment says)",
  },
  "max-size": { kind: "value", placeholder: "N|none", help: "most bytes of a message (1048576)" },
};

/** The options of `clearsocket <url>`. */
export const TALK: OptionTable = {
  ...TARGET,
  reconnect: {
    kind: "flag",
    help: "connect again when the connection is lost, until the server closes with 1000",
  },
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

/** The options of `clearsocket load`. */
export const LOAD: OptionTable = {
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

/** What `clearsocket --help` tells. */
export const TALK_HELP: string = `Talk to a WebSocket server, or be one.

usage: ${USAGE.talk}        talk to a server: ws://… or wss://…
       ${USAGE.serve}        start a server that sends back what it gets
       ${USAGE.load}   measure a server that sends back what it gets

Each line that you type is sent as a message; Ctrl-D or Ctrl-C closes. Options:
${describeOptions(TALK)}
clearsocket serve --help and clearsocket load --help tell their options.
`;

/** What `clearsocket serve --help` tells. */
export const SERVE_HELP: string = `usage: ${USAGE.serve}

Starts a server that sends back what it gets, with the library's defaults. Options:
${describeOptions(SERVE)}`;

/** What `clearsocket load --help` tells. */
export const LOAD_HELP: string = `usage: ${USAGE.load}

Opens connections to a server that sends back what it gets, sends messages, and tells how long the answers took. Options:
${describeOptions(LOAD)}`;

/** The commands in a line each, for whoever has mistyped one. */
export const SHORT_USAGE: string = `usage: ${USAGE.talk}
       ${USAGE.serve}
       ${USAGE.load}
clearsocket --help tells more.
`;
