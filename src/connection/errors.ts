/** How a connection's end shows to whoever uses it: what was sent, what was received, and in what order. */
import { WebSocketError } from "../error.ts";
import type { Close } from "../frames/close.ts";
import { explainCloseCode, isNormalClosure } from "../frames/close-code.ts";
import { escapeText } from "../logging/escape.ts";
import type { CloseFrames } from "../protocol/closure.ts";

/** The connection is closed, or closing: what was asked for cannot be done. */
export class ConnectionClosed extends WebSocketError {
  static override readonly code: string = "ERR_WEBSOCKET_CONNECTION_CLOSED";

  static {
    ConnectionClosed.prototype.name = "ConnectionClosed";
  }

  /** The Close frame that we sent. */
  readonly sent: Close | null;
  /** The Close frame that the peer sent. */
  readonly received: Close | null;
  /** Which Close frame came first. */
  readonly order: "sent" | "received" | null;
  /** The connection that has closed. */
  readonly connection: object | null;

  constructor(frames: CloseFrames, connection: object | null = null, cause?: unknown) {
    super(sentence(frames), cause === undefined || cause === null ? undefined : { cause });
    this.sent = frames.sent;
    this.received = frames.received;
    this.order = frames.order;
    this.connection = connection;
    // A log that prints the error's fields would print the whole connection.
    Object.defineProperty(this, "connection", { enumerable: false });
  }
}

/** The connection ended as it should: with 1000, 1001 or no code, both sent and received. */
export class ConnectionClosedOK extends ConnectionClosed {
  static override readonly code: string = "ERR_WEBSOCKET_CONNECTION_CLOSED_OK";

  static {
    ConnectionClosedOK.prototype.name = "ConnectionClosedOK";
  }
}

/** The connection ended with another code, or without a closing handshake. */
export class ConnectionClosedError extends ConnectionClosed {
  static override readonly code: string = "ERR_WEBSOCKET_CONNECTION_CLOSED_ERROR";

  static {
    ConnectionClosedError.prototype.name = "ConnectionClosedError";
  }
}

/** The peer did not answer a keepalive ping in time, nor send anything else. */
export class KeepaliveTimeout extends ConnectionClosedError {
  static override readonly code: string = "ERR_WEBSOCKET_KEEPALIVE_TIMEOUT";

  static {
    KeepaliveTimeout.prototype.name = "KeepaliveTimeout";
  }
}

/** Two calls want what only one can have, such as the next message. */
export class ConcurrencyError extends WebSocketError {
  static override readonly code: string = "ERR_WEBSOCKET_CONCURRENCY";

  static {
    ConcurrencyError.prototype.name = "ConcurrencyError";
  }
}

/** Whether both Close frames were exchanged and say that all is well. */
export function isClosedOk(frames: CloseFrames): boolean {
  return (
    frames.sent !== null &&
    frames.received !== null &&
    isNormalClosure(frames.sent.code) &&
    isNormalClosure(frames.received.code)
  );
}

/** The error for what was asked of a connection that has ended so. */
export function connectionClosed(
  frames: CloseFrames,
  connection: object | null,
  cause: Error | null,
  keepaliveFailed: boolean,
): ConnectionClosed {
  if (isClosedOk(frames)) return new ConnectionClosedOK(frames, connection, cause);
  const Closed = keepaliveFailed ? KeepaliveTimeout : ConnectionClosedError;
  return new Closed(frames, connection, cause);
}

/** A Close frame in words: `1001 (going away) Bye!`. */
export function describeCloseFrame(close: Close): string {
  // The sentence of an error ends in logs, whoever writes them: a peer's reason must not begin a line there.
  const reason = close.reason === "" ? "" : ` ${escapeText(close.reason)}`;
  return `${close.code} (${explainCloseCode(close.code)})${reason}`;
}

function sentence({ sent, received, order }: CloseFrames): string {
  if (received === null) {
    if (sent === null) return "no close frame received or sent";
    return `sent ${describeCloseFrame(sent)}; no close frame received`;
  }
  if (sent === null) return `received ${describeCloseFrame(received)}; no close frame sent`;
  return order === "received"
    ? `received ${describeCloseFrame(received)}; then sent ${describeCloseFrame(sent)}`
    : `sent ${describeCloseFrame(sent)}; then received ${describeCloseFrame(received)}`;
}
