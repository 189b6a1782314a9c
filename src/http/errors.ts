/**
 * How an opening handshake can fail.
 *
 * `InvalidURI`, `InvalidProxy` are the caller's fault and stand apart; everything else is an `InvalidHandshake`:
 *
 * - SecurityError: RequestLineTooLong, StatusLineTooLong, HeaderLineTooLong, TooManyHeaders
 * - ProxyError: InvalidProxyMessage, InvalidProxyStatus
 * - InvalidMessage, InvalidMethod, InvalidProtocol, InvalidStatus
 * - InvalidHeader: InvalidHeaderFormat, InvalidHeaderValue, InvalidOrigin, InvalidUpgrade
 * - NegotiationError: DuplicateParameter, InvalidParameterName, InvalidParameterValue
 *
 * InvalidStatus and InvalidProxyStatus carry a response and stand in `invalid-status.ts`. Texts hold what the peer sent
 * as it came: escape them before they reach a terminal or a body.
 */
import { WebSocketError } from "../error.ts";

/** The opening handshake failed: the root of the errors of this file. */
export class InvalidHandshake extends WebSocketError {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_HANDSHAKE";

  static {
    InvalidHandshake.prototype.name = "InvalidHandshake";
  }
}

/** A limit or a rule of security was broken: too large a head or body, too many redirects, a redirect to `ws:`. */
export class SecurityError extends InvalidHandshake {
  static override readonly code: string = "ERR_WEBSOCKET_SECURITY";

  static {
    SecurityError.prototype.name = "SecurityError";
  }
}

/** The request line is longer than `limit` bytes: 414. */
export class RequestLineTooLong extends SecurityError {
  static override readonly code: string = "ERR_WEBSOCKET_REQUEST_LINE_TOO_LONG";

  static {
    RequestLineTooLong.prototype.name = "RequestLineTooLong";
  }

  readonly limit: number;

  constructor(limit: number) {
    super(`request line too long; expected no more than ${limit} bytes`);
    this.limit = limit;
  }
}

/** The status line is longer than `limit` bytes. */
export class StatusLineTooLong extends SecurityError {
  static override readonly code: string = "ERR_WEBSOCKET_STATUS_LINE_TOO_LONG";

  static {
    StatusLineTooLong.prototype.name = "StatusLineTooLong";
  }

  readonly limit: number;

  constructor(limit: number) {
    super(`status line too long; expected no more than ${limit} bytes`);
    this.limit = limit;
  }
}

/** A header line is longer than `limit` bytes: 431. */
export class HeaderLineTooLong extends SecurityError {
  static override readonly code: string = "ERR_WEBSOCKET_HEADER_LINE_TOO_LONG";

  static {
    HeaderLineTooLong.prototype.name = "HeaderLineTooLong";
  }

  readonly limit: number;

  constructor(limit: number) {
    super(`header line too long; expected no more than ${limit} bytes`);
    this.limit = limit;
  }
}

/** There are more than `limit` header lines: 431. */
export class TooManyHeaders extends SecurityError {
  static override readonly code: string = "ERR_WEBSOCKET_TOO_MANY_HEADERS";

  static {
    TooManyHeaders.prototype.name = "TooManyHeaders";
  }

  readonly limit: number;

  constructor(limit: number) {
    super(`expected no more than ${limit} headers`);
    this.limit = limit;
  }
}

/** What came is not HTTP as RFC 9112 writes it; `cause` says where: 400. */
export class InvalidMessage extends InvalidHandshake {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_MESSAGE";

  static {
    InvalidMessage.prototype.name = "InvalidMessage";
  }

  constructor(kind: "request" | "response", options?: ErrorOptions) {
    super(`did not receive a valid HTTP ${kind}`, options);
  }
}

/** The request's method is not GET (over HTTP/2: not CONNECT): 405, with Allow. */
export class InvalidMethod extends InvalidHandshake {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_METHOD";

  static {
    InvalidMethod.prototype.name = "InvalidMethod";
  }

  readonly method: string;

  constructor(method: string) {
    super(`unsupported HTTP method: ${method}`);
    this.method = method;
  }
}

/** The message's HTTP version is not one that WebSocket runs on: 505. */
export class InvalidProtocol extends InvalidHandshake {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_PROTOCOL";

  static {
    InvalidProtocol.prototype.name = "InvalidProtocol";
  }

  /** The version alone, such as `1.0`. */
  readonly version: string;

  constructor(version: string) {
    super(`unsupported HTTP version: HTTP/${version}`);
    this.version = version;
  }
}

/**
 * A header is missing (`value` is null), empty, or has an invalid value: 400.
 *
 * `value` may also say what is wrong with it: `new InvalidHeader("Host", "multiple values")`.
 */
export class InvalidHeader extends InvalidHandshake {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_HEADER";

  static {
    InvalidHeader.prototype.name = "InvalidHeader";
  }

  readonly header: string;
  readonly value: string | null;

  constructor(header: string, value: string | null = null, options?: ErrorOptions) {
    if (value === null) super(`missing ${header} header`, options);
    else if (value === "") super(`empty ${header} header`, options);
    else super(`invalid ${header} header: ${value}`, options);
    this.header = header;
    this.value = value;
  }
}

/** A header does not obey its grammar: 400. */
export class InvalidHeaderFormat extends InvalidHeader {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_HEADER_FORMAT";

  static {
    InvalidHeaderFormat.prototype.name = "InvalidHeaderFormat";
  }

  /** Where in the value the error is, in characters. */
  readonly position: number;

  constructor(header: string, problem: string, text: string, position: number) {
    super(header, `${problem} at ${position} in ${text}`);
    this.position = position;
  }
}

/** A header obeys its grammar, but its value makes no sense: 400. */
export class InvalidHeaderValue extends InvalidHeader {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_HEADER_VALUE";

  static {
    InvalidHeaderValue.prototype.name = "InvalidHeaderValue";
  }
}

/** The Origin is not allowed: 403. */
export class InvalidOrigin extends InvalidHeader {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_ORIGIN";

  static {
    InvalidOrigin.prototype.name = "InvalidOrigin";
  }

  constructor(origin: string | null) {
    super("Origin", origin);
  }
}

/** Connection or Upgrade do not ask for, or do not grant, WebSocket: 426. */
export class InvalidUpgrade extends InvalidHeader {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_UPGRADE";

  static {
    InvalidUpgrade.prototype.name = "InvalidUpgrade";
  }
}

/** Extensions or subprotocol could not be agreed on: 400. */
export class NegotiationError extends InvalidHandshake {
  static override readonly code: string = "ERR_WEBSOCKET_NEGOTIATION";

  static {
    NegotiationError.prototype.name = "NegotiationError";
  }
}

/** A parameter of an extension stands there twice. */
export class DuplicateParameter extends NegotiationError {
  static override readonly code: string = "ERR_WEBSOCKET_DUPLICATE_PARAMETER";

  static {
    DuplicateParameter.prototype.name = "DuplicateParameter";
  }

  readonly parameter: string;

  constructor(parameter: string) {
    super(`duplicate parameter: ${parameter}`);
    this.parameter = parameter;
  }
}

/** An extension does not know this parameter. */
export class InvalidParameterName extends NegotiationError {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_PARAMETER_NAME";

  static {
    InvalidParameterName.prototype.name = "InvalidParameterName";
  }

  readonly parameter: string;

  constructor(parameter: string) {
    super(`invalid parameter name: ${parameter}`);
    this.parameter = parameter;
  }
}

/** A parameter of an extension has no value (`value` is null) where it needs one, or a value that it may not have. */
export class InvalidParameterValue extends NegotiationError {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_PARAMETER_VALUE";

  static {
    InvalidParameterValue.prototype.name = "InvalidParameterValue";
  }

  readonly parameter: string;
  readonly value: string | null;

  constructor(parameter: string, value: string | null) {
    if (value === null) super(`missing value for parameter ${parameter}`);
    else if (value === "") super(`empty value for parameter ${parameter}`);
    else super(`invalid value for parameter ${parameter}: ${value}`);
    this.parameter = parameter;
    this.value = value;
  }
}

/** The proxy did not give us a tunnel. */
export class ProxyError extends InvalidHandshake {
  static override readonly code: string = "ERR_WEBSOCKET_PROXY";

  static {
    ProxyError.prototype.name = "ProxyError";
  }
}

/** What the proxy sent is not HTTP; `cause` says where. */
export class InvalidProxyMessage extends ProxyError {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_PROXY_MESSAGE";

  static {
    InvalidProxyMessage.prototype.name = "InvalidProxyMessage";
  }

  constructor(options?: ErrorOptions) {
    super("did not receive a valid HTTP response from proxy", options);
  }
}

/** The address is not one of a WebSocket; `uri` has no password. */
export class InvalidURI extends WebSocketError {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_URI";

  static {
    InvalidURI.prototype.name = "InvalidURI";
  }

  readonly uri: string;

  constructor(uri: string, problem: string, options?: ErrorOptions) {
    const shown = hidePassword(uri);
    super(`${shown} isn't a valid URI: ${problem}`, options);
    this.uri = shown;
  }
}

/** The address is not one of a proxy; `proxy` has no password. */
export class InvalidProxy extends WebSocketError {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_PROXY";

  static {
    InvalidProxy.prototype.name = "InvalidProxy";
  }

  readonly proxy: string;

  constructor(proxy: string, problem: string, options?: ErrorOptions) {
    const shown = hidePassword(proxy);
    super(`${shown} isn't a valid proxy: ${problem}`, options);
    this.proxy = shown;
  }
}

/**
 * `uri` with `***` for the password of its authority, also when it cannot be parsed: errors end in logs.
 *
 * A password may hold a slash that should have been escaped; so what follows the colon and is not a port is taken for
 * one as far as the last "@".
 */
function hidePassword(uri: string): string {
  const slashes = uri.indexOf("//");
  const start = slashes < 0 ? 0 : slashes + 2;
  const length = uri.slice(start).search(/[/?#]/);
  const end = length < 0 ? uri.length : start + length;
  const colon = uri.indexOf(":", start);
  if (colon < 0 || colon > end) return uri;
  let at = uri.lastIndexOf("@", end);
  if (at < colon && !/^[0-9]*$/.test(uri.slice(colon + 1, end))) at = uri.lastIndexOf("@");
  return at < colon ? uri : `${uri.slice(0, colon + 1)}***${uri.slice(at)}`;
}
