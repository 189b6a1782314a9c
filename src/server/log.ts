/** The server's own lines: its life, and the opening handshakes (LOGGING.md §1.1, §1.2). */
import { ConnectionLog, describeAddress } from "../connection/log.ts";
import type { Subject } from "../connection/tap.ts";
import type { Address } from "../http/address.ts";
import { InvalidHandshake, InvalidHeader } from "../http/errors.ts";
import type { RequestHead } from "../http/head.ts";
import { headerValues, type RawHeaders } from "../http/headers.ts";
import { statusText } from "../http/status.ts";
import { publish } from "../logging/channels.ts";
import { bound, escapeText } from "../logging/escape.ts";
import { DEBUG, ERROR, INFO } from "../logging/level.ts";
import { statusLine } from "../protocol/server.ts";

/** The longest method, and the longest text of a fault, that a line shows. */
const METHOD_MOST = 32;
const MESSAGE_MOST = 512;

/** The log of one server. */
export class ServerLog extends ConnectionLog {
  listening(address: Address): void {
    const text = `server listening on ${describeAddress(address)}`;
    this.#server(text, "server.listening", address);
  }

  /** `address` is the first of those that it listens on, as in the next. */
  closing(address: Address | null): void {
    this.#server("server closing", "server.closing", address);
  }

  closed(address: Address | null): void {
    this.#server("server closed", "server.closed", address);
  }

  /** The request line and the headers, as they came. */
  request(subject: Subject, head: RequestHead): void {
    if (!this.verbose(subject)) return;
    const path = this.path(head.target);
    const method = bound(head.method, METHOD_MOST);
    this.head(subject, "<", `${method} ${path} HTTP/${head.version}`, head.rawHeaders, {
      type: "handshake.request",
      method,
      path,
      headers: this.headers(head.rawHeaders),
    });
  }

  /** What is wrong with a request: `! invalid handshake` and the like. */
  fault(subject: Subject, fault: string, error: unknown): void {
    if (this.verbose(subject))
      this.emit(subject, DEBUG, `! ${fault}`, null, this.#shownError(error));
  }

  /** A callback of the user's, or our own code, has thrown. */
  crashed(subject: Subject, what: "opening handshake" | "process_request", error: unknown): void {
    this.emit(subject, ERROR, `${what} failed`, { type: "internal.error", error, what }, error);
  }

  /** The status line, the headers, and the size of the body. */
  response(
    subject: Subject,
    status: number,
    text: string,
    headers: RawHeaders,
    body: number,
  ): void {
    if (!this.verbose(subject)) return;
    const event = { type: "handshake.response", status, headers: this.headers(headers) };
    // HTTP/2 has no reason phrases (RFC 9113 §8.3.2).
    const line = subject.http === "2" ? `HTTP/2 ${status}` : statusLine(status, text);
    this.head(subject, ">", line, headers, event);
    if (body > 0) this.emit(subject, DEBUG, `> [body] (${body} bytes)`, null);
  }

  /** A request for a WebSocket was turned down. */
  rejected(subject: Subject, status: number, head: RequestHead | null, reason: string): void {
    this.emit(subject, INFO, `connection rejected (${status} ${statusText(status)})`, {
      type: "connection.rejected",
      status,
      reason,
      origin: head === null ? null : this.value("Origin", originOf(head)),
      path: head === null ? null : this.path(head.target),
    });
  }

  /** A request was answered as plain HTTP. */
  answered(subject: Subject, status: number, text: string, head: RequestHead | null): void {
    const path = head === null ? null : this.path(head.target);
    const event = this.describe(subject, { type: "handshake.response", status, path });
    this.record(subject, INFO, escapeText(`HTTP response sent (${status} ${text})`), event);
  }

  /** Which Origin was turned down, and which option says so. */
  originRefused(subject: Subject, origin: string, rule: string): void {
    const shown = escapeText(this.value("Origin", origin));
    this.emit(
      subject,
      INFO,
      `origin ${shown} is not allowed by the option origins (${rule})`,
      null,
    );
  }

  /** Which Host was turned down, and which option says so. */
  hostRefused(subject: Subject, host: string): void {
    const shown = escapeText(this.value("Host", host));
    this.emit(subject, INFO, `host ${shown} is not allowed by the option hosts`, null);
  }

  /** An error of a request as the log may show it: what it quotes of a header is shown as the header is. */
  #shownError(error: unknown): unknown {
    if (!(error instanceof InvalidHandshake)) return error;
    const { message, stack = "" } = error;
    let shown = message;
    if (error instanceof InvalidHeader && error.value !== null) {
      shown = message.replace(error.value, () => this.value(error.header, error.value ?? ""));
    }
    shown = bound(shown, MESSAGE_MOST);
    const cause = this.#shownError(error.cause);
    if (shown === message && cause === error.cause) return error;
    const copy: Error = Object.create(Object.getPrototypeOf(error));
    return Object.defineProperties(copy, {
      message: { value: shown, ...LIKE_ERRORS },
      stack: { value: stack.replace(message, () => shown), ...LIKE_ERRORS },
      cause: { value: cause, ...LIKE_ERRORS },
    });
  }

  #server(text: string, type: string, address: Address | null): void {
    const event = { type, connection: null, side: "server", remote: null, address };
    publish(event, null);
    if (this.target.isEnabledFor(INFO)) this.target.emit(INFO, text, { event });
  }
}

/** As an error's own properties are: whoever escapes it makes changes to a copy. */
const LIKE_ERRORS = { writable: true, configurable: true, enumerable: false };

function originOf(head: RequestHead): string | null {
  return headerValues(head.rawHeaders, "Origin")[0] ?? null;
}
