/** The server's own lines: its life, and the opening handshakes (LOGGING.md §1.1, §1.2). */
import { ConnectionLog, describeAddress } from "../connection/log.ts";
import type { Subject } from "../connection/tap.ts";
import type { Address } from "../http/address.ts";
import type { RequestHead } from "../http/head.ts";
import { headerValues, type RawHeaders } from "../http/headers.ts";
import { statusText } from "../http/status.ts";
import { publish } from "../logging/channels.ts";
import { bound, escapeText } from "../logging/escape.ts";
import { DEBUG, ERROR, INFO } from "../logging/level.ts";
import { statusLine } from "../protocol/server.ts";

export class ServerLog extends ConnectionLog {
  listening(address: Address): void {
    this.#server(`server listening on ${describeAddress(address)}`, {
      type: "server.listening",
      address,
    });
  }

  closing(): void {
    this.#server("server closing", { type: "server.closing" });
  }

  closed(): void {
    this.#server("server closed", { type: "server.closed" });
  }

  /** The request line and the headers, as they came. */
  request(subject: Subject, head: RequestHead): void {
    if (!this.verbose(subject)) return;
    const path = this.path(head.target);
    this.head(subject, "<", `${head.method} ${path} HTTP/${head.version}`, head.rawHeaders, {
      type: "handshake.request",
      method: head.method,
      path,
      headers: this.headers(head.rawHeaders),
    });
  }

  /** What is wrong with a request: `! invalid handshake` and the like. */
  fault(subject: Subject, fault: string, error: unknown): void {
    if (this.verbose(subject)) this.emit(subject, DEBUG, `! ${fault}`, null, error);
  }

  /** A callback of the user's, or our own code, has thrown. */
  crashed(subject: Subject, what: "opening handshake" | "process_request", error: unknown): void {
    this.emit(subject, ERROR, `${what} failed`, { type: "internal.error", error }, error);
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
    this.head(subject, ">", statusLine(status, text), headers, event);
    if (body > 0) this.emit(subject, DEBUG, `> [body] (${body} bytes)`, null);
  }

  /** A request for a WebSocket was turned down. */
  rejected(subject: Subject, status: number, head: RequestHead | null, reason: string): void {
    this.emit(subject, INFO, `connection rejected (${status} ${statusText(status)})`, {
      type: "connection.rejected",
      status,
      reason,
      origin: head === null ? null : (headerValues(head.rawHeaders, "Origin")[0] ?? null),
      path: head === null ? null : this.path(head.target),
    });
  }

  /** A request was answered as plain HTTP. */
  answered(subject: Subject, status: number, text: string, head: RequestHead | null): void {
    this.emit(subject, INFO, escapeText(`HTTP response sent (${status} ${text})`), {
      type: "handshake.response",
      status,
      path: head === null ? null : this.path(head.target),
    });
  }

  /** Which Origin was turned down, and which option says so. */
  originRefused(subject: Subject, origin: string, rule: string): void {
    const shown = escapeText(bound(origin, 256));
    this.emit(
      subject,
      INFO,
      `origin ${shown} is not allowed by the option origins (${rule})`,
      null,
    );
  }

  /** Which Host was turned down, and which option says so. */
  hostRefused(subject: Subject, host: string): void {
    const shown = escapeText(bound(host, 256));
    this.emit(subject, INFO, `host ${shown} is not allowed by the option hosts`, null);
  }

  #server(text: string, event: { readonly type: string; readonly address?: Address }): void {
    publish(event, null);
    if (this.target.isEnabledFor(INFO)) this.target.emit(INFO, text, { event });
  }
}
