/** What users may say about compression, and the defaults with their reasons. */

/** The option `compression` of servers and clients: permessage-deflate (RFC 7692). */
export interface CompressionOptions {
  /** Short for `serverMaxWindowBits` and `clientMaxWindowBits`, 9 to 15; those go before. */
  readonly windowBits?: number;
  /** Short for both `…NoContextTakeover`: false forgets both windows after each message; those go before. Default true. */
  readonly contextTakeover?: boolean;
  /**
   * Messages of fewer bytes go as they are, unless they are sent with `compress: true`. Default 128: what they could save
   * is less than what a packet costs.
   */
  readonly threshold?: number;
  /**
   * The window of what the server sends: 2^n bytes. On a server 9 to 15, default 12, and what the client asks for if that is
   * less; on a client, 8 to 15, what to ask for. `null`: no restriction, the default on a client.
   */
  readonly serverMaxWindowBits?: number | null;
  /**
   * The window of what the client sends: 2^n bytes. On a server, 8 to 15, what to ask of clients that can; default 12. On a
   * client 9 to 15, or `true`, the default: what the server asks for; `null`: 15, and the server must not ask for less.
   */
  readonly clientMaxWindowBits?: number | true | null;
  /** Whether the server forgets its window after each message: no memory for it, larger messages. Default false. */
  readonly serverNoContextTakeover?: boolean;
  /** Whether the client forgets its window after each message. Default false. */
  readonly clientNoContextTakeover?: boolean;
  /** How hard to compress: 1, the fastest, to 9, the smallest. Default 4, which comes within a
   * twentieth of zlib's 6. */
  readonly level?: number;
  /** Which code compresses and decompresses: our own, the default, or `zlib`, where the platform has it. */
  readonly codec?: "built-in" | "zlib";
  /**
   * Messages of so many bytes are compressed, and messages of so many compressed bytes in one frame decompressed, off the
   * loop, where the platform has threads for it. Default 262,144, which zlib compresses in 1 to 3 ms; `null`: never.
   */
  readonly largeFrom?: number | null;
}

/** The options with their defaults filled in. */
export type FullCompressionOptions = Required<
  Omit<CompressionOptions, "windowBits" | "contextTakeover">
>;

/** Small windows: 4 KiB in each direction of each connection, instead of 32, for messages a few per cent larger. */
const SERVER_DEFAULTS: FullCompressionOptions = {
  threshold: 128,
  serverMaxWindowBits: 12,
  clientMaxWindowBits: 12,
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  level: 4,
  codec: "built-in",
  largeFrom: 256 * 1024,
};

/** A client has few connections, and some servers break when they are asked for a window. */
const CLIENT_DEFAULTS: FullCompressionOptions = {
  ...SERVER_DEFAULTS,
  serverMaxWindowBits: null,
  clientMaxWindowBits: true,
};

/**
 * Checks the options of one side, and fills in its defaults.
 *
 * @throws TypeError, RangeError naming the option, the value and what is allowed
 */
export function checkCompression(
  options: CompressionOptions,
  side: "server" | "client",
): FullCompressionOptions {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`compression is ${show(options)}; an object or null is expected`);
  const defaults = side === "server" ? SERVER_DEFAULTS : CLIENT_DEFAULTS;
  const { windowBits, contextTakeover, ...others } = options;
  const full: Record<string, unknown> = { ...defaults };
  if (windowBits !== undefined) {
    checkInteger("windowBits", windowBits, 9, 15);
    full.serverMaxWindowBits = windowBits;
    full.clientMaxWindowBits = windowBits;
  }
  if (contextTakeover !== undefined) {
    checkBoolean("contextTakeover", contextTakeover);
    full.serverNoContextTakeover = !contextTakeover;
    full.clientNoContextTakeover = !contextTakeover;
  }
  for (const [name, value] of Object.entries(others)) {
    if (!Object.hasOwn(defaults, name))
      throw new TypeError(
        `compression.${name} is not an option; expected one of windowBits, contextTakeover, ${Object.keys(defaults).join(", ")}`,
      );
    if (value !== undefined) full[name] = value;
  }
  const server = side === "server";
  checkInteger("threshold", full.threshold, 0, Number.MAX_SAFE_INTEGER);
  // A window of 2^8 is beyond zlib's compressor, so we never offer to compress with one.
  if (full.serverMaxWindowBits !== null)
    checkInteger("serverMaxWindowBits", full.serverMaxWindowBits, server ? 9 : 8, 15, "null");
  if (full.clientMaxWindowBits !== null && (server || full.clientMaxWindowBits !== true))
    checkInteger(
      "clientMaxWindowBits",
      full.clientMaxWindowBits,
      server ? 8 : 9,
      15,
      server ? "null" : "true or null",
    );
  checkBoolean("serverNoContextTakeover", full.serverNoContextTakeover);
  checkBoolean("clientNoContextTakeover", full.clientNoContextTakeover);
  checkInteger("level", full.level, 1, 9);
  if (full.codec !== "built-in" && full.codec !== "zlib")
    throw new TypeError(
      `compression.codec is ${show(full.codec)}; "built-in" or "zlib" is expected`,
    );
  if (full.largeFrom !== null)
    checkInteger("largeFrom", full.largeFrom, 1, Number.MAX_SAFE_INTEGER, "null");
  return full as unknown as FullCompressionOptions;
}

function checkInteger(
  name: string,
  value: unknown,
  least: number,
  most: number,
  or?: string,
): void {
  const range =
    most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  const expected = `an integer ${range}${or === undefined ? "" : `, or ${or},`} is expected`;
  if (typeof value !== "number")
    throw new TypeError(`compression.${name} is ${show(value)}; ${expected}`);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`compression.${name} is ${value}; ${expected}`);
}

function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== "boolean")
    throw new TypeError(`compression.${name} is ${show(value)}; true or false is expected`);
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
