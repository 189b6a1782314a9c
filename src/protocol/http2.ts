/**
 * The opening by extended CONNECT (RFC 8441): one stream of an HTTP/2 connection in place of a TCP connection.
 *
 * §5: the CONNECT request "replaces the GET-based request in [RFC6455] and is used to process the WebSockets opening
 * handshake". What it asks for and what is agreed on stand in the same fields, and are judged by the same rules. A head is
 * that of `http/head`, with the pseudo-header fields among its raw headers, `:path` as its target and `2` as its version.
 */
import {
  HeaderLineTooLong,
  InvalidHeader,
  InvalidHeaderValue,
  InvalidMessage,
  InvalidMethod,
  InvalidUpgrade,
  RequestLineTooLong,
  SecurityError,
  TooManyHeaders,
} from "../http/errors.ts";
import type { RequestHead, ResponseHead } from "../http/head.ts";
import { headerValues, type RawHeaders, singleHeader } from "../http/headers.ts";
import { isHost } from "../http/host.ts";
import { ask, type ClientAgreement, introduce, readAgreement, type Wanted } from "./client.ts";
import {
  type Acceptance,
  checkNoBody,
  grant,
  type Refusal,
  readWishes,
  refuse,
  type Wishes,
} from "./server.ts";

/** What one head may not exceed, as in HTTP/1.1: bytes of the path or of a field, and fields. */
const LINE_MOST = 8192;
const FIELDS_MOST = 128;

/** The value of `:protocol` (§5). */
const WEBSOCKET = "websocket";

/** A path and a query, as a request line may have them too. */
const PATH = /^\/[!"$-~]*$/;

const PSEUDO = [":method", ":scheme", ":authority", ":path", ":protocol"] as const;

/** Fields that speak of one connection of HTTP/1.1 (RFC 9113 §8.2.2). */
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Checks what no request may have that we answer at all, on any path: a body, fields of HTTP/1.1, two hosts, or none.
 *
 * @param ended Whether the stream has ended with the request.
 * @throws InvalidMessage, with the reason as its cause. @throws SecurityError for too large a head.
 */
export function checkHttp2Message({ target, rawHeaders: raw }: RequestHead): void {
  if (target.length > LINE_MOST) throw new RequestLineTooLong(LINE_MOST);
  if (raw.length > FIELDS_MOST) throw new TooManyHeaders(FIELDS_MOST);
  for (const [name, value] of raw) {
    if (name.length + value.length > LINE_MOST) throw new HeaderLineTooLong(LINE_MOST);
  }
  try {
    checkNoBody(raw);
    checkFields(raw);
    checkAuthority(raw);
  } catch (cause) {
    throw new InvalidMessage("request", { cause });
  }
}

function checkFields(raw: RawHeaders): void {
  for (const [name] of raw) {
    // RFC 9113 §8.2.2: "Any message containing connection-specific header fields MUST be treated as malformed".
    if (CONNECTION_SPECIFIC.has(name)) throw new SecurityError(`${name} is not part of HTTP/2`);
  }
  // RFC 9113 §8.3: "The same pseudo-header field name MUST NOT appear more than once in a field block."
  for (const name of PSEUDO) singleHeader(raw, name);
}

/**
 * RFC 9113 §8.3.1: "A server SHOULD treat a request as malformed if it contains a Host header field that identifies an
 * entity that differs from the entity in the ":authority" pseudo-header field."
 */
function checkAuthority(raw: RawHeaders): void {
  const authority = singleHeader(raw, ":authority");
  const host = singleHeader(raw, "host");
  const named = authority ?? host;
  if (named === null) throw new InvalidHeader(":authority");
  if (!isHost(named))
    throw new InvalidHeaderValue(authority === null ? "Host" : ":authority", named);
  if (host !== null && host.toLowerCase() !== named.toLowerCase()) {
    throw new InvalidHeaderValue("Host", host);
  }
}

/** Whom a request names: `:authority`, which goes before Host, or null. */
export function readAuthority(raw: RawHeaders): string | null {
  return headerValues(raw, ":authority")[0] ?? headerValues(raw, "host")[0] ?? null;
}

/**
 * Reads a request for a WebSocket (§5).
 *
 * @throws InvalidHandshake, one of its kind for each rule; `refuseHttp2` says what to answer.
 */
export function readHttp2Request({ method, target, rawHeaders: raw }: RequestHead): Wishes {
  const [protocol = null] = headerValues(raw, ":protocol");
  if (method !== "CONNECT") {
    // Who merely reads a page gets told what this is.
    if (protocol === null && (method === "GET" || method === "HEAD")) {
      throw new InvalidUpgrade(":protocol", null);
    }
    throw new InvalidMethod(method);
  }
  // Without it, this is the CONNECT of RFC 9110 §9.3.6, to a proxy; which we are not.
  if (protocol === null) throw new InvalidHeader(":protocol");
  // §5: "it MUST have a value of "websocket" to initiate a WebSocket connection on an HTTP/2 stream".
  if (protocol !== WEBSOCKET) throw new InvalidUpgrade(":protocol", protocol);
  // §4: "the :scheme and :path pseudo-header fields of the target URI … MUST also be included". §5: the scheme "MUST be
  // "https" for "wss"-schemed WebSockets and "http" for "ws"-schemed WebSockets"; a proxy may have taken the TLS off.
  const scheme = singleHeader(raw, ":scheme", { required: true });
  if (scheme !== "https" && scheme !== "http") throw new InvalidHeaderValue(":scheme", scheme);
  const path = singleHeader(raw, ":path", { required: true });
  if (path !== target || !PATH.test(path)) throw new InvalidHeaderValue(":path", path);
  // §4: with :protocol, :authority is what it is in other requests, and "is required on every HTTP/2 transaction" (§5).
  singleHeader(raw, ":authority", { required: true });
  // §5: Sec-WebSocket-Key and its answer are not processed, "as that functionality has been superseded by the :protocol
  // pseudo-header field".
  return readWishes(raw);
}

/** The fields of the answer that accepts a request, beside its status (§5: any of the 2xx; ours is 200). */
export function acceptHttp2Request(acceptance: Acceptance): RawHeaders {
  return toHttp2Headers([["date", acceptance.date], ...grant(acceptance)]);
}

/** What to answer to a request that has failed with `error`. */
export function refuseHttp2(error: unknown): Refusal {
  if (error instanceof InvalidMethod) {
    const fault = "invalid method";
    const headers: RawHeaders = [["allow", "CONNECT"]];
    return { status: 405, fault, text: "the method must be CONNECT", headers };
  }
  if (error instanceof InvalidUpgrade && error.value !== null) {
    // RFC 9220 §3, of the same request over HTTP/3: "SHOULD respond to the request with a 501 (Not Implemented) status code".
    const text = "the :protocol must be websocket";
    return { status: 501, fault: "invalid upgrade", text, headers: [] };
  }
  // Deviation: RFC 9110 §15.5.22 wants an Upgrade field in each 426, which HTTP/2 does not have.
  const refused = refuse(error);
  return { ...refused, headers: toHttp2Headers(refused.headers) };
}

/** Fields as HTTP/2 has them: names in lower case (RFC 9113 §8.2), and none that speak of a connection of HTTP/1.1. */
export function toHttp2Headers(raw: RawHeaders): RawHeaders {
  const fields: [string, string][] = [];
  for (const [name, value] of raw) {
    const lower = name.toLowerCase();
    if (!CONNECTION_SPECIFIC.has(lower)) fields.push([lower, value]);
  }
  return fields;
}

/**
 * The fields of the request (§5), the pseudo-header fields first.
 *
 * @throws TypeError for a header that cannot be sent, or that the handshake sets itself.
 */
export function makeHttp2Request(wanted: Wanted): RawHeaders {
  const { uri, headers } = wanted;
  for (const [name] of headers) {
    const lower = name.toLowerCase();
    // RFC 9113 §8.2.2: TE, too, "MUST NOT contain any value other than "trailers"", which say nothing here.
    if (lower === "te" || CONNECTION_SPECIFIC.has(lower)) {
      throw new TypeError(`headers can't have ${name}: HTTP/2 has no such field`);
    }
  }
  return [
    [":method", "CONNECT"],
    [":protocol", WEBSOCKET],
    [":scheme", uri.secure ? "https" : "http"],
    [":path", uri.path],
    [":authority", uri.hostHeader],
    ...toHttp2Headers([...introduce(wanted), ...ask(wanted)]),
  ];
}

/** Whether an answer accepts the request. RFC 9110 §9.3.6: "Any 2xx (Successful) response indicates" that it does. */
export function isHttp2Acceptance({ status }: ResponseHead): boolean {
  return status >= 200 && status <= 299;
}

/**
 * Judges an answer that accepts the request.
 *
 * @throws InvalidHandshake, one of its kind for each rule.
 */
export function readHttp2Response(
  { rawHeaders }: ResponseHead,
  opening: Pick<Wanted, "subprotocols" | "extensions">,
): ClientAgreement {
  return readAgreement(rawHeaders, opening);
}
