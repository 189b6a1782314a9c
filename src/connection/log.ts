/**
 * Every text that a connection logs, made from its events. Servers' and clients' own lines stand in `server/log` and
 * `client/log`.
 *
 * Whoever edits this file: what a peer has sent goes through `escapeText`, secrets through the redaction rule, and texts
 * are final: they are never used as printf templates.
 */
import { describeClose, describeFrame } from "../frames/describe.ts";
import { CLOSE } from "../frames/opcode.ts";
import type { RawHeaders } from "../http/headers.ts";
import type { LogTarget } from "../logging/adapt.ts";
import { hasAnySubscribers, hasVerboseSubscribers, publish } from "../logging/channels.ts";
import { bound, escapeText } from "../logging/escape.ts";
import { DEBUG, ERROR, INFO, WARNING } from "../logging/level.ts";
import { type RedactRule, redactHeader, redactPath } from "../logging/redact.ts";
import { show } from "./options.ts";
import type { ConnectionEvent, FrameBytes, InternalError, Step, Subject, Tap } from "./tap.ts";

/** LOGGING.md: the longest header value and path that a line shows. */
const VALUE_MOST = 256;
const PATH_MOST = 512;

const STEPS: { readonly [step in Step]: string } = {
  "eof sent": "> EOF",
  "eof received": "< EOF",
  "half-closing": "x half-closing TCP connection",
  closing: "x closing TCP connection",
  aborting: "x aborting TCP connection",
  "close timeout": "! timed out waiting for closing handshake",
  "end timeout": "! timed out waiting for TCP close",
  "stream reset": "< RST_STREAM",
  "session lost": "! HTTP/2 session lost",
  "open timeout": "! timed out during opening handshake",
  "opening lost": "! connection lost during opening handshake",
};

/** LOGGING.md §1.8: over HTTP/2 these stand for what a connection of its own would have done (RFC 8441 §5). */
const HTTP2_STEPS: { readonly [step in Step]?: string } = {
  "eof sent": "> END_STREAM",
  "eof received": "< END_STREAM",
  "half-closing": "x half-closing HTTP/2 stream",
  closing: "x half-closing HTTP/2 stream",
  aborting: "x aborting HTTP/2 stream",
  "end timeout": "! timed out waiting for END_STREAM",
};

/** Pseudo-header fields that the first line of a head says already. */
const SAID: ReadonlySet<string> = new Set([":method", ":path", ":status"]);

const INTERNAL_ERRORS: {
  readonly [what in InternalError]: readonly [level: number, text: string];
} = {
  keepalive: [ERROR, "keepalive ping failed"],
  parser: [ERROR, "parser failed"],
  sending: [DEBUG, "! error while sending data"],
  unexpected: [ERROR, "unexpected internal error"],
};

export class ConnectionLog implements Tap {
  readonly target: LogTarget;
  readonly #redact: RedactRule;
  /** Until when the event loop was blocked when that was last told. */
  #blockedUntil = Number.NEGATIVE_INFINITY;

  constructor(target: LogTarget, redact: RedactRule = true) {
    checkRedact(redact);
    this.target = target;
    this.#redact = redact;
  }

  verbose(subject: Subject): boolean {
    return subject.debug || this.target.isEnabledFor(DEBUG) || hasVerboseSubscribers();
  }

  tell(subject: Subject, event: ConnectionEvent, detail?: FrameBytes | unknown): void {
    switch (event.type) {
      case "connection.state":
        this.emit(subject, DEBUG, `= connection is ${event.state.toUpperCase()}`, event);
        return;
      case "connection.open":
        this.#life(subject, "connection open", this.#shown(event));
        return;
      case "connection.close":
        this.#life(subject, "connection closed", event);
        return;
      case "connection.failing":
        this.emit(subject, DEBUG, describeFailing(event.code, event.reason), event);
        return;
      case "connection.step":
        this.emit(subject, DEBUG, describeStep(subject, event), event);
        return;
      case "frame.sent":
      case "frame.received":
        this.#frame(subject, event, detail as FrameBytes);
        return;
      case "keepalive.ping":
        this.emit(subject, DEBUG, "% sent keepalive ping", event);
        return;
      case "keepalive.pong":
        this.emit(subject, DEBUG, "% received keepalive pong", event);
        return;
      case "keepalive.timeout":
        this.emit(subject, DEBUG, "! timed out waiting for keepalive pong", event);
        return;
      case "loop.blocked":
        this.#blocked(subject, event);
        return;
      case "handler.failed":
        this.emit(subject, ERROR, "connection handler failed", event, event.error);
        return;
      case "internal.error": {
        const [level, text] = INTERNAL_ERRORS[event.what];
        this.emit(subject, level, text, event, event.error);
        return;
      }
      case "broadcast.skipped":
        this.emit(subject, WARNING, `skipped broadcast: ${escapeText(event.reason)}`, event);
        return;
      default:
        event satisfies never;
    }
  }

  /**
   * Publishes an event about `subject` and logs its line. DEBUG lines of a connection that is being debugged come whatever
   * the logger's level.
   */
  emit(subject: Subject, level: number, text: string, event: object | null, error?: unknown): void {
    const logged = (subject.debug && level <= DEBUG) || this.target.isEnabledFor(level);
    // Most lines and events of most servers are wanted by nobody: then nothing is made for them.
    if (!logged && !hasAnySubscribers()) return;
    const described = event === null ? null : this.describe(subject, event);
    if (described !== null) publish(described, subject.websocket);
    if (logged) this.record(subject, level, text, described, error);
  }

  /** A server logs when its connections open and close; a client, who has asked for it, is not told. */
  #life(subject: Subject, text: string, event: ConnectionEvent): void {
    if (subject.side === "server") this.emit(subject, INFO, text, event);
    else if (hasAnySubscribers()) publish(this.describe(subject, event), subject.websocket);
  }

  /** All connections notice that the event loop was blocked; it is told once. */
  #blocked(subject: Subject, event: Extract<ConnectionEvent, { type: "loop.blocked" }>): void {
    const { late, at } = event;
    if (at - late < this.#blockedUntil) return;
    this.#blockedUntil = at;
    const seconds = (late / 1000).toFixed(1);
    this.emit(subject, WARNING, `event loop was blocked for ${seconds} seconds`, event);
  }

  /** What the peer has said of itself, as event data may show it. */
  #shown(event: Extract<ConnectionEvent, { type: "connection.open" }>): ConnectionEvent {
    const { origin, userAgent, subprotocol } = event;
    return {
      ...event,
      origin: this.value("Origin", origin),
      userAgent: this.value("User-Agent", userAgent),
      subprotocol: this.value("Sec-WebSocket-Protocol", subprotocol),
    };
  }

  /** The event with what every event about a connection has. */
  describe(subject: Subject, event: object): { readonly type: string } {
    const { id, side, remoteAddress } = subject;
    const about = { connection: id, side, remote: describeAddress(remoteAddress) };
    return { ...(event as { readonly type: string }), ...about };
  }

  /** Logs a line about an event that has been published, or about none. */
  record(
    subject: Subject,
    level: number,
    text: string,
    event: object | null,
    error?: unknown,
  ): void {
    const forced = subject.debug && level <= DEBUG;
    if (!forced && !this.target.isEnabledFor(level)) return;
    const { websocket } = subject;
    const fields: { websocket?: unknown; event?: unknown } = {};
    if (websocket !== null) fields.websocket = websocket;
    if (event !== null) fields.event = event;
    this.target.emit(level, text, fields, error, forced);
  }

  /** The line and the headers of a request or a response that was sent (`>`) or received (`<`). */
  head(
    subject: Subject,
    prefix: ">" | "<",
    line: string,
    headers: RawHeaders,
    event: object,
  ): void {
    this.emit(subject, DEBUG, `${prefix} ${escapeText(line)}`, event);
    for (const [name, value] of headers) {
      if (SAID.has(name)) continue;
      const shown = this.value(name, value);
      this.emit(subject, DEBUG, escapeText(`${prefix} ${bound(name, VALUE_MOST)}: ${shown}`), null);
    }
  }

  /** A path as lines may show it. */
  path(path: string): string {
    return bound(redactPath(path, this.#redact), PATH_MOST);
  }

  /** The value of a header as lines and event data may show it. */
  value<Value extends string | null>(name: string, value: Value): Value {
    if (value === null) return value;
    return bound(redactHeader(name, value, this.#redact), VALUE_MOST) as Value;
  }

  /** Headers as event data may show them. */
  headers(headers: RawHeaders): RawHeaders {
    return headers
      .filter(([name]) => !SAID.has(name))
      .map(([name, value]) => [bound(name, VALUE_MOST), this.value(name, value)]);
  }

  #frame(
    subject: Subject,
    event: Extract<ConnectionEvent, { type: "frame.sent" | "frame.received" }>,
    { bytes, start, end }: FrameBytes,
  ): void {
    const described = this.describe(subject, event);
    publish(described, subject.websocket);
    // Rendering is what a frame's line costs: only where a line will be.
    if (!subject.debug && !this.target.isEnabledFor(DEBUG)) return;
    const prefix = event.type === "frame.sent" ? ">" : "<";
    const text = describeFrame(event.opcode, bytes.subarray(start, end), event.fin, maxLogSize());
    // A Close frame's reason is shown as it is; all other payloads are quoted already.
    const safe = event.opcode === CLOSE ? escapeText(text) : text;
    this.record(subject, DEBUG, `${prefix} ${safe}`, described);
  }
}

/** A step's line; the peer's reset of a stream with its reason: `< RST_STREAM CANCEL`. */
function describeStep(
  { http }: Subject,
  { step, reset }: Extract<ConnectionEvent, { type: "connection.step" }>,
): string {
  const text = (http === "2" ? HTTP2_STEPS[step] : undefined) ?? STEPS[step];
  return reset === undefined ? text : `${text} ${reset}`;
}

/** `1002 reserved bits must be 0`, or with no reason what the code means. */
function describeFailing(code: number, reason: string): string {
  const text = reason === "" ? describeClose(code, "").replace(/^\d+ \((.*)\)$/, "$1") : reason;
  return escapeText(`! failing connection: ${code} ${text}`);
}

/** `127.0.0.1:80`, `[::1]:80`, or the path of a Unix socket. */
export function describeAddress(
  address: { readonly address: string; readonly port: number } | string | null,
): string | null {
  if (address === null || typeof address === "string") return address;
  // What listens on all interfaces sees IPv4 peers by their address in IPv6 (RFC 4291 §2.5.5.2).
  const name = address.address.replace(/^::ffff:(?=\d+\.)/, "");
  const host = name.includes(":") ? `[${name}]` : name;
  return `${host}:${address.port}`;
}

/** The number of characters that a payload is cut to. */
const MAX_LOG_SIZE = 75;
let readLogSize: number | null = null;

/** WEBSOCKETS_MAX_LOG_SIZE, or 75; read once, when the first frame is logged. */
function maxLogSize(): number {
  if (readLogSize === null) {
    const given = Number(globalThis.process?.env?.WEBSOCKETS_MAX_LOG_SIZE);
    readLogSize = Number.isInteger(given) && given > 0 ? given : MAX_LOG_SIZE;
  }
  return readLogSize;
}

/** @throws TypeError for what is no rule: it must not come to light when the first secret is to be hidden. */
function checkRedact(rule: unknown): void {
  if (typeof rule === "boolean" || typeof rule === "function") return;
  if (Array.isArray(rule) && rule.every((name) => typeof name === "string")) return;
  throw new TypeError(
    `redact is ${show(rule)}: it can be true, false, a list of names, or a function`,
  );
}
