/** How a peer can break the framing; each error carries the close code that answers it (RFC 6455 §7.4.1). */
import { WebSocketError } from "../error.ts";
import { INVALID_DATA, MESSAGE_TOO_BIG, POLICY_VIOLATION, PROTOCOL_ERROR } from "./close-code.ts";

/** The peer broke a rule of the protocol: the root of the errors that fail a connection. */
export class ProtocolError extends WebSocketError {
  static override readonly code: string = "ERR_WEBSOCKET_PROTOCOL";

  static {
    ProtocolError.prototype.name = "ProtocolError";
  }

  /** The close code that answers it. */
  readonly closeCode: number;
  /** Where the rule stands, such as `RFC 6455 §5.2`. */
  readonly rule: string;

  constructor(
    message: string,
    rule: string,
    closeCode: number = PROTOCOL_ERROR,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.closeCode = closeCode;
    this.rule = rule;
  }
}

/** Bytes that should be UTF-8 are not (RFC 6455 §8.1): 1007. */
export class InvalidUtf8 extends ProtocolError {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_UTF8";

  static {
    InvalidUtf8.prototype.name = "InvalidUtf8";
  }

  /** Where in the message the first bad sequence starts, in bytes. */
  readonly position: number;

  constructor(problem: string, position: number) {
    super(`${problem} at position ${position}`, "RFC 6455 §8.1", INVALID_DATA);
    this.position = position;
  }
}

/** A message is larger than `maxSize` (RFC 6455 §10.4): 1009. */
export class PayloadTooBig extends ProtocolError {
  static override readonly code: string = "ERR_WEBSOCKET_PAYLOAD_TOO_BIG";

  static {
    PayloadTooBig.prototype.name = "PayloadTooBig";
  }

  /** The size of the frame at fault in bytes, or null when it is not known (compressed data). */
  readonly size: number | null;
  /** The limit in bytes. */
  readonly limit: number;
  /** Bytes of the same message that came in earlier frames. */
  readonly before: number;

  constructor(size: number | null, limit: number, before = 0) {
    const frame = size === null ? "frame" : `frame with ${size} bytes`;
    const after = before > 0 ? ` after reading ${before} bytes` : "";
    super(`${frame}${after} exceeds limit of ${limit} bytes`, "RFC 6455 §10.4", MESSAGE_TOO_BIG);
    this.size = size;
    this.limit = limit;
    this.before = before;
  }
}

/** A message came in more frames than is allowed (RFC 6455 §10.4): 1008. */
export class TooManyFrames extends ProtocolError {
  static override readonly code: string = "ERR_WEBSOCKET_TOO_MANY_FRAMES";

  static {
    TooManyFrames.prototype.name = "TooManyFrames";
  }

  readonly limit: number;

  constructor(limit: number) {
    super(`message exceeds limit of ${limit} frames`, "RFC 6455 §10.4", POLICY_VIOLATION);
    this.limit = limit;
  }
}
