/** The client's own lines: the opening handshake (LOGGING.md §1.3). */
import { ConnectionLog } from "../connection/log.ts";
import type { Subject } from "../connection/tap.ts";
import type { ResponseHead } from "../http/head.ts";
import type { RawHeaders } from "../http/headers.ts";
import { publish } from "../logging/channels.ts";
import { bound, escapeText } from "../logging/escape.ts";
import { DEBUG, INFO } from "../logging/level.ts";
import { statusLine } from "../protocol/server.ts";

/** The longest text of an error, or reason phrase, that a line shows. */
const REASON_MOST = 512;

/** A request as the log needs it. */
interface Sent {
  readonly uri: { readonly path: string };
  readonly method: string;
  readonly http: string;
  readonly headers: RawHeaders;
}

/** The lines of a client. */
export class ClientLog extends ConnectionLog {
  /** The request line and the headers that we send. */
  request(subject: Subject, { uri, method, http, headers }: Sent): void {
    if (!this.verbose(subject)) return;
    const path = this.path(uri.path);
    this.head(subject, ">", `${method} ${path} HTTP/${http}`, headers, {
      type: "handshake.request",
      method,
      path,
      headers: this.headers(headers),
    });
  }

  /** The status line and the headers that have come, and the size of the body when there is one. */
  response(subject: Subject, head: ResponseHead): void {
    if (!this.verbose(subject)) return;
    const { status, statusText, rawHeaders } = head;
    const event = { type: "handshake.response", status, headers: this.headers(rawHeaders) };
    // HTTP/2 has no reason phrases (RFC 9113 §8.3.2).
    const line =
      subject.http === "2"
        ? `HTTP/2 ${status}`
        : statusLine(status, bound(statusText, REASON_MOST));
    this.head(subject, "<", line, rawHeaders, event);
  }

  /** Why the next attempt to connect is put off, and how long, in milliseconds. */
  reconnecting(delay: number, attempt: number, error: unknown): void {
    const about = { connection: null, side: "client", remote: null };
    const event = { type: "reconnect.wait", ...about, delay, attempt, error };
    publish(event, null);
    if (!this.target.isEnabledFor(INFO)) return;
    const seconds = (delay / 1000).toFixed(1);
    const reason = escapeText(bound(describeError(error), REASON_MOST));
    const text = `connect failed; reconnecting in ${seconds} seconds: ${reason}`;
    this.target.emit(INFO, text, { event });
  }

  /** The body of an answer that turned us down. */
  body(subject: Subject, size: number): void {
    if (size > 0 && this.verbose(subject)) {
      this.emit(subject, DEBUG, `< [body] (${size} bytes)`, null);
    }
  }
}

/** An error as the last line of a traceback in Python has it: `Error: can't connect to …`. */
function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
