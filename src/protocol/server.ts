/** The server's opening (RFC 6455 §4.2): judges a request, and says what to answer. */
import { acceptKey, isKey } from "../http/accept-key.ts";
import {
  HeaderLineTooLong,
  InvalidHeader,
  InvalidHeaderValue,
  InvalidMessage,
  InvalidMethod,
  InvalidOrigin,
  InvalidProtocol,
  InvalidUpgrade,
  NegotiationError,
  RequestLineTooLong,
  SecurityError,
  TooManyHeaders,
} from "../http/errors.ts";
import { type ExtensionOffer, parseExtensions } from "../http/extensions.ts";
import { parseTokens } from "../http/grammar.ts";
import type { RequestHead } from "../http/head.ts";
import { headerValues, type RawHeaders, singleHeader } from "../http/headers.ts";
import { isHost } from "../http/host.ts";
import { statusText } from "../http/status.ts";
import { parseSubprotocols } from "../http/subprotocols.ts";

/** What a valid request for a WebSocket asks for, in every version of HTTP. */
export interface Wishes {
  readonly origin: string | null;
  /** In the client's order of preference. */
  readonly subprotocols: readonly string[];
  readonly extensions: readonly ExtensionOffer[];
}

/** What a valid request asks for, and the key that its answer depends on. */
export interface ServerOpening extends Wishes {
  readonly key: string;
}

/** The version of the protocol that RFC 6455 defines, as text: `13.0` is another. */
const VERSION = "13";

/**
 * Checks what no request may have that we answer at all, on any path: a body, two Hosts, or none.
 *
 * RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a
 * Host header field and to any request message that contains more than one Host header field line or a Host header field
 * with an invalid field value."
 *
 * @throws InvalidMessage, with the reason as its cause.
 */
export function checkMessage(head: RequestHead): void {
  try {
    const raw = head.rawHeaders;
    checkNoBody(raw);
    const host = singleHeader(raw, "Host", { required: head.version !== "1.0" });
    if (host !== null && !isHost(host)) throw new InvalidHeaderValue("Host", host);
  } catch (cause) {
    throw new InvalidMessage("request", { cause });
  }
}

/**
 * Checks that a request announces no body.
 *
 * @throws SecurityError
 */
export function checkNoBody(raw: RawHeaders): void {
  if (headerValues(raw, "Transfer-Encoding").length > 0) {
    throw new SecurityError("transfer codings aren't supported");
  }
  for (const length of headerValues(raw, "Content-Length")) {
    if (length !== "0") throw new SecurityError("unsupported request body");
  }
}

/**
 * Reads a request for a WebSocket (§4.2.1).
 *
 * @throws InvalidHandshake, one of its kind for each rule; `refuse` says what to answer.
 */
export function readRequest(head: RequestHead): ServerOpening {
  const raw = head.rawHeaders;
  // §4.2.1: "The method of the request MUST be GET, and the HTTP version MUST be at least 1.1." (§4.1)
  if (head.method !== "GET") throw new InvalidMethod(head.method);
  if (head.version !== "1.1") throw new InvalidProtocol(head.version);
  // RFC 9112 §3.2.4: "The "asterisk-form" of request-target is only used for a server-wide OPTIONS request".
  if (head.target === "*") {
    throw new InvalidMessage("request", { cause: new SyntaxError("the target of GET is *") });
  }
  checkUpgrade(raw);
  // §4.2.1 (5): a Sec-WebSocket-Key "that, when decoded, is 16 bytes in length".
  const key = singleHeader(raw, "Sec-WebSocket-Key", { required: true });
  if (!isKey(key)) throw new InvalidHeaderValue("Sec-WebSocket-Key", key);
  return { key, ...readWishes(raw) };
}

/**
 * Reads what a request asks for.
 *
 * @throws InvalidHeader, one of its kind for each rule.
 */
export function readWishes(raw: RawHeaders): Wishes {
  // §4.2.1 (6): "A |Sec-WebSocket-Version| header field, with a value of 13."
  const version = singleHeader(raw, "Sec-WebSocket-Version", { required: true });
  if (version !== VERSION) throw new InvalidHeaderValue("Sec-WebSocket-Version", version);
  return {
    origin: singleHeader(raw, "Origin"),
    extensions: parseExtensions(headerValues(raw, "Sec-WebSocket-Extensions")),
    subprotocols: parseSubprotocols(headerValues(raw, "Sec-WebSocket-Protocol")),
  };
}

/** §4.2.1 (3, 4): Upgrade is `websocket`, and Connection has the token `Upgrade`. The client checks the same (§4.1). */
export function checkUpgrade(raw: RawHeaders): void {
  const connection = parseTokens("Connection", headerValues(raw, "Connection"));
  if (!connection.some((token) => token.toLowerCase() === "upgrade")) {
    throw new InvalidUpgrade("Connection", connection.length === 0 ? null : connection.join(", "));
  }
  const upgrade = parseTokens("Upgrade", headerValues(raw, "Upgrade"));
  if (upgrade.length !== 1 || upgrade[0]?.toLowerCase() !== "websocket") {
    throw new InvalidUpgrade("Upgrade", upgrade.length === 0 ? null : upgrade.join(", "));
  }
}

/**
 * Chooses a subprotocol: the first of ours that the client offers too (§4.2.2 (5.5)).
 *
 * @throws NegotiationError when we have some and the client has none of them.
 */
export function chooseSubprotocol(
  ours: readonly string[],
  offered: readonly string[],
): string | null {
  if (ours.length === 0) return null;
  if (offered.length === 0) throw new NegotiationError("missing subprotocol");
  const chosen = ours.find((name) => offered.includes(name));
  if (chosen === undefined) {
    throw new NegotiationError(`invalid subprotocol; expected one of ${ours.join(", ")}`);
  }
  return chosen;
}

/** What the answer that accepts a request says, beside what every one says. */
export interface Acceptance {
  readonly subprotocol: string | null;
  /** The value of Sec-WebSocket-Extensions, or null when none was agreed on. */
  readonly extensions: string | null;
  /** Further headers. */
  readonly headers: RawHeaders;
  /** The value of Server, or null for none. */
  readonly server: string | null;
  /** The value of Date. */
  readonly date: string;
}

/** The headers of the 101 that accepts a request (§4.2.2). */
export function acceptRequest(opening: ServerOpening, acceptance: Acceptance): RawHeaders {
  return [
    ["Date", acceptance.date],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptKey(opening.key)],
    ...grant(acceptance),
  ];
}

/** What was agreed on, and further headers, in every version of HTTP. */
export function grant(acceptance: Acceptance): RawHeaders {
  const { subprotocol, extensions, headers, server } = acceptance;
  const raw: [string, string][] = [];
  if (extensions !== null) raw.push(["Sec-WebSocket-Extensions", extensions]);
  if (subprotocol !== null) raw.push(["Sec-WebSocket-Protocol", subprotocol]);
  for (const [name, value] of headers) raw.push([name, value]);
  if (server !== null) raw.push(["Server", server]);
  return raw;
}

/** How to turn a request down. */
export interface Refusal {
  readonly status: number;
  /** A sentence for the body. It never repeats what the peer sent. */
  readonly text: string;
  /** Headers that belong to the status. */
  readonly headers: RawHeaders;
  /** What the log calls the fault. */
  readonly fault: string;
}

/** What to answer to a request that has failed with `error`. */
export function refuse(error: unknown): Refusal {
  if (error instanceof RequestLineTooLong)
    return refusal(414, "request line too long", sentence(error));
  if (error instanceof HeaderLineTooLong || error instanceof TooManyHeaders) {
    return refusal(431, "header fields too large", sentence(error));
  }
  if (error instanceof InvalidMessage)
    return refusal(400, "no valid HTTP request", sentence(error));
  if (error instanceof InvalidOrigin)
    return refusal(403, "invalid origin", "this Origin is not allowed");
  if (error instanceof InvalidMethod) {
    return refusal(405, "invalid method", "the method must be GET", [["Allow", "GET"]]);
  }
  if (error instanceof InvalidProtocol)
    return refusal(505, "invalid protocol", "the version must be HTTP/1.1");
  if (error instanceof InvalidUpgrade) return refusal(426, "invalid upgrade", NO_UPGRADE, UPGRADE);
  if (error instanceof InvalidHeader) {
    if (error.header === "Sec-WebSocket-Version" && error instanceof InvalidHeaderValue) {
      // §4.2.2: with another version the server "MUST abort … and instead send an appropriate HTTP error code (such as 426
      // Upgrade Required) and a |Sec-WebSocket-Version| header field indicating the version(s) the server is capable of".
      return refusal(426, "invalid handshake", "the version must be 13", [
        ...UPGRADE,
        ["Sec-WebSocket-Version", VERSION],
      ]);
    }
    const problem = error.value === null ? "missing" : error.value === "" ? "empty" : "invalid";
    return refusal(400, "invalid handshake", `${problem} ${error.header} header`);
  }
  if (error instanceof NegotiationError) return refusal(400, "invalid handshake", sentence(error));
  return refusal(500, "", "the server has failed; its log says why");
}

/** The body of a refusal. */
export function refusalBody(refused: Refusal): string {
  return `Failed to open a WebSocket connection: ${refused.text}.\n`;
}

/** The headers of a refusal with a body of `length` bytes. */
export function refusalHeaders(
  refused: Refusal,
  length: number,
  date: string,
  server: string | null,
): RawHeaders {
  const raw: [string, string][] = [
    ["Date", date],
    ["Connection", "close"],
    ["Content-Length", String(length)],
    ["Content-Type", "text/plain; charset=utf-8"],
  ];
  for (const [name, value] of refused.headers) raw.push([name, value]);
  if (server !== null) raw.push(["Server", server]);
  return raw;
}

/** `HTTP/1.1 101 Switching Protocols` */
export function statusLine(status: number, text: string = statusText(status)): string {
  return `HTTP/1.1 ${status} ${text}`;
}

const UPGRADE: RawHeaders = [["Upgrade", "websocket"]];

const NO_UPGRADE =
  "this is a WebSocket server, and the request does not ask for an upgrade; connect with a WebSocket client, not with a browser's address bar";

function refusal(status: number, fault: string, text: string, headers: RawHeaders = []): Refusal {
  return { status, fault, text, headers };
}

function sentence(error: Error): string {
  return error.message;
}
