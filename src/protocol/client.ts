/** The client's opening (RFC 6455 §4.1): makes a request, and judges the answer. */
import { acceptKey } from "../http/accept-key.ts";
import { serialiseBasic } from "../http/credentials.ts";
import {
  InvalidHeader,
  InvalidHeaderValue,
  InvalidMessage,
  InvalidProtocol,
  NegotiationError,
} from "../http/errors.ts";
import { type ExtensionOffer, parseExtensions } from "../http/extensions.ts";
import type { ResponseHead } from "../http/head.ts";
import { checkHeader, headerValues, type RawHeaders, singleHeader } from "../http/headers.ts";
import { parseSubprotocols, serialiseSubprotocols } from "../http/subprotocols.ts";
import type { WebSocketUri } from "../http/uri.ts";
import { checkUpgrade } from "./server.ts";

/** What a client asks for, in every version of HTTP. */
export interface Wanted {
  readonly uri: WebSocketUri;
  readonly origin: string | null;
  /** In order of preference. */
  readonly subprotocols: readonly string[];
  /** The value of Sec-WebSocket-Extensions, or null to offer none. */
  readonly extensions: string | null;
  /** Further headers. */
  readonly headers: RawHeaders;
  /** The value of User-Agent, or null for none. */
  readonly userAgent: string | null;
}

/** What a client asks for, and the key that the answer must depend on. */
export interface ClientOpening extends Wanted {
  /** Sec-WebSocket-Key: 16 random bytes in base64, new for each attempt (§4.1). */
  readonly key: string;
}

/** Headers that the opening handshake itself sets. */
const OWN: ReadonlySet<string> = new Set([
  "host",
  "upgrade",
  "connection",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "content-length",
  "transfer-encoding",
]);

/**
 * The headers of the request (§4.1).
 *
 * @throws TypeError for a header that cannot be sent, or that the handshake sets itself.
 */
export function makeRequest(opening: ClientOpening): RawHeaders {
  return [
    ["Host", opening.uri.hostHeader],
    ...introduce(opening),
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", opening.key],
    ...ask(opening),
  ];
}

/** Who asks, in every version of HTTP. */
export function introduce({ uri, origin, headers }: Wanted): RawHeaders {
  const raw: [string, string][] = [];
  const { username, password } = uri;
  const own = headers.some(([name]) => name.toLowerCase() === "authorization");
  if (username !== null && !own) {
    raw.push(["Authorization", serialiseBasic({ username, password: password ?? "" })]);
  }
  if (origin !== null) {
    checkHeader("Origin", origin);
    raw.push(["Origin", origin]);
  }
  return raw;
}

/**
 * What is asked for, and further headers, in every version of HTTP.
 *
 * @throws TypeError for a header that cannot be sent, or that the handshake sets itself.
 */
export function ask({ subprotocols, extensions, headers, userAgent }: Wanted): RawHeaders {
  const raw: [string, string][] = [["Sec-WebSocket-Version", "13"]];
  if (extensions !== null) raw.push(["Sec-WebSocket-Extensions", extensions]);
  if (subprotocols.length > 0)
    raw.push(["Sec-WebSocket-Protocol", serialiseSubprotocols(subprotocols)]);
  let named = false;
  for (const [name, value] of headers) {
    if (OWN.has(name.toLowerCase())) {
      throw new TypeError(`headers can't have ${name}: the opening handshake sets it`);
    }
    if (name.toLowerCase() === "user-agent") named = true;
    raw.push([name, value]);
  }
  if (userAgent !== null && !named) raw.push(["User-Agent", userAgent]);
  for (const [name, value] of raw) checkHeader(name, value);
  return raw;
}

/** What a server has agreed to. */
export interface ClientAgreement {
  readonly subprotocol: string | null;
  readonly extensions: readonly ExtensionOffer[];
}

/**
 * Judges a 101 (§4.1, "the client MUST validate the server's response").
 *
 * @throws InvalidHandshake, one of its kind for each rule.
 */
export function readResponse(head: ResponseHead, opening: ClientOpening): ClientAgreement {
  const raw = head.rawHeaders;
  // RFC 9110 §7.8: only HTTP/1.1 has a way to upgrade.
  if (head.version !== "1.1") throw new InvalidProtocol(head.version);
  if (headerValues(raw, "Transfer-Encoding").length > 0 || hasBody(raw)) {
    throw new InvalidMessage("response", { cause: new Error("a 101 has no body") });
  }
  checkUpgrade(raw);
  // §4.1: "If the response lacks a |Sec-WebSocket-Accept| header field or … contains a value other than …, the client MUST
  // _Fail the WebSocket Connection_."
  const accept = singleHeader(raw, "Sec-WebSocket-Accept", { required: true });
  if (accept !== acceptKey(opening.key))
    throw new InvalidHeaderValue("Sec-WebSocket-Accept", accept);
  return readAgreement(raw, opening);
}

/**
 * Reads what a server has agreed to: no more than was asked for.
 *
 * @throws InvalidHeader, NegotiationError
 */
export function readAgreement(
  raw: RawHeaders,
  opening: Pick<Wanted, "subprotocols" | "extensions">,
): ClientAgreement {
  const extensions = parseExtensions(headerValues(raw, "Sec-WebSocket-Extensions"));
  // §4.1: an "extension that was not present in the client's handshake" fails it.
  if (extensions.length > 0 && opening.extensions === null) {
    throw new NegotiationError("no extensions supported");
  }
  return { subprotocol: readSubprotocol(raw, opening.subprotocols), extensions };
}

function hasBody(raw: RawHeaders): boolean {
  return headerValues(raw, "Content-Length").some((length) => length !== "0");
}

/** §4.1: a "subprotocol that was not present in the client's handshake" fails it. */
function readSubprotocol(raw: RawHeaders, offered: readonly string[]): string | null {
  const chosen = parseSubprotocols(headerValues(raw, "Sec-WebSocket-Protocol"));
  const [subprotocol] = chosen;
  if (subprotocol === undefined) return null;
  if (offered.length === 0) throw new NegotiationError("no subprotocols supported");
  if (chosen.length > 1) {
    throw new InvalidHeader("Sec-WebSocket-Protocol", `multiple values: ${chosen.join(", ")}`);
  }
  if (!offered.includes(subprotocol)) {
    throw new NegotiationError(`unsupported subprotocol: ${subprotocol}`);
  }
  return subprotocol;
}
