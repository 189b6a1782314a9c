/**
 * Colour for terminals: the prefix of a DEBUG line by its direction, WARNING and above as a whole, and the id of the
 * connection by its own, so that connections whose lines are mixed can be told apart.
 */
import { describeConnection } from "./connection-formatter.ts";
import { escapeText } from "./escape.ts";
import { connectionId } from "./fields.ts";
import { Formatter, type FormatterOptions } from "./formatter.ts";
import { CRITICAL, DEBUG, ERROR, WARNING } from "./level.ts";
import type { LogRecord } from "./record.ts";

/** SGR parameters (ECMA-48) of the prefixes. */
const PREFIXES: Readonly<Record<string, string>> = {
  ">": "36", // cyan
  "<": "32", // green
  "=": "34", // blue
  x: "35", // magenta
  "%": "90", // grey
  "!": "33", // yellow
};

/** Colours that can be read on black and on white, for ids. */
const IDS = [33, 34, 35, 64, 92, 97, 99, 130, 132, 136, 161, 166, 168, 172] as const;

/** How many characters of an id are shown. */
const ID = 6;

function paint(text: string, colour: string): string {
  return `\u001b[${colour}m${text}\u001b[0m`;
}

function levelColour(level: number): string | null {
  if (level >= CRITICAL) return "1;31"; // bold red
  if (level >= ERROR) return "31"; // red
  return level >= WARNING ? "33" : null; // yellow
}

function paintMessage(message: string, level: number): string {
  const colour = levelColour(level);
  if (colour !== null) return paint(message, colour);
  if (level > DEBUG || message[1] !== " ") return message;
  const prefix = message.slice(0, 1);
  const direction = Object.hasOwn(PREFIXES, prefix) ? PREFIXES[prefix] : undefined;
  return direction === undefined ? message : paint(prefix, direction) + message.slice(1);
}

function paintId(id: string): string {
  let hash = 0;
  for (let at = 0; at < id.length; at += 1) hash = (Math.imul(hash, 31) + id.charCodeAt(at)) | 0;
  return paint(id.slice(0, ID), `38;5;${IDS[Math.abs(hash) % IDS.length]}`);
}

interface Terminal {
  readonly isTTY?: boolean;
}

/** The variables that decide on colour. */
export interface ColourEnvironment {
  readonly [name: string]: string | undefined;
}

interface Host {
  readonly process?: { readonly env?: ColourEnvironment; readonly stderr?: object };
}

function environmentOf(host: Host): ColourEnvironment {
  try {
    return host.process?.env ?? {};
  } catch {
    return {}; // Deno asks for leave to read it
  }
}

/**
 * Whether what is written to `stream` should be coloured: if it is a terminal, unless NO_COLOR is set or TERM is `dumb`.
 * FORCE_COLOR decides before all that: `0` or `false` is no, anything else is yes.
 */
export function wantsColour(
  stream: object | null | undefined,
  environment: ColourEnvironment = environmentOf(globalThis as Host),
): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = environment;
  if (force !== undefined) return force !== "0" && force !== "false";
  if (no !== undefined && no !== "") return false;
  return term !== "dumb" && (stream as Terminal | null | undefined)?.isTTY === true;
}

export interface ColourFormatterOptions extends FormatterOptions {
  /** Default `auto`: if `stream` wants it. */
  readonly colour?: boolean | "auto" | undefined;
  /** Where the lines go, for `auto`. Default standard error, as of a StreamHandler. */
  readonly stream?: object | undefined;
  /** Whether the line begins with the id of its connection, cut to 6 characters. Default: if it is coloured. */
  readonly ids?: boolean | undefined;
  /** Whether lines about connections have the details of a ConnectionFormatter. Default false. */
  readonly details?: boolean | undefined;
}

/** A Formatter whose messages are coloured where the stream is a terminal, and plain elsewhere. */
export class ColourFormatter extends Formatter {
  readonly #colour: boolean;
  readonly #ids: boolean;
  readonly #details: boolean;

  /** @param format default: the message alone. */
  constructor(format?: string | null, options: ColourFormatterOptions = {}) {
    super(format, options);
    const { colour = "auto", stream = (globalThis as Host).process?.stderr } = options;
    this.#colour = colour === "auto" ? wantsColour(stream) : colour;
    this.#ids = options.ids ?? this.#colour;
    this.#details = options.details ?? false;
  }

  override format(record: LogRecord): string {
    const described = this.#details ? describeConnection(record) : record;
    const id = this.#ids ? idOf(record) : undefined;
    if (!this.#colour && id === undefined) return super.format(described);
    const copy: LogRecord = Object.assign(
      Object.create(Object.getPrototypeOf(described)),
      described,
    );
    const message = described.getMessage();
    const shown = this.#colour ? paintMessage(message, record.levelno) : message;
    copy.msg =
      id === undefined ? shown : `${this.#colour ? paintId(id) : id.slice(0, ID)} ${shown}`;
    copy.args = [];
    return super.format(copy);
  }
}

function idOf({ websocket, event }: LogRecord): string | undefined {
  const id = (event as { connection?: unknown } | null | undefined)?.connection;
  const found = typeof id === "string" ? id : connectionId(websocket);
  return found === undefined ? undefined : escapeText(found);
}
