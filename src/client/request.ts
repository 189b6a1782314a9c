/** The request of an opening handshake, before a socket is there to send it on (RFC 6455 §4.1). */
import { offerExtensions } from "../extensions/negotiate.ts";
import { makeKey } from "../http/accept-key.ts";
import { serialiseExtensions } from "../http/extensions.ts";
import type { ResponseHead } from "../http/head.ts";
import type { RawHeaders } from "../http/headers.ts";
import type { WebSocketUri } from "../http/uri.ts";
import { type ClientAgreement, makeRequest, readResponse } from "../protocol/client.ts";
import { isHttp2Acceptance, makeHttp2Request, readHttp2Response } from "../protocol/http2.ts";
import type { ClientSettings } from "./options.ts";

/** The request, and where it goes, checked: nothing of it can fail once a socket is open. */
export interface Attempt {
  readonly uri: WebSocketUri;
  /** When it began, by the connection's clock. */
  readonly startedAt: number;
  readonly http: "1.1" | "2";
  readonly method: "GET" | "CONNECT";
  readonly headers: RawHeaders;
  /** Whether an answer accepts. */
  accepts(head: ResponseHead): boolean;
  /** Judges an answer that accepts. @throws InvalidHandshake, one of its kind for each rule. */
  read(head: ResponseHead): ClientAgreement;
}

/**
 * Makes a request.
 *
 * @throws TypeError for a header that cannot be sent.
 */
export function makeAttempt(uri: WebSocketUri, settings: ClientSettings): Attempt {
  const { origin, subprotocols, headers, userAgent } = settings;
  const offers = offerExtensions(settings.extensions);
  const extensions = offers.length === 0 ? null : serialiseExtensions(offers);
  const startedAt = settings.connection.clock.now();
  const wanted = { uri, origin, subprotocols, headers, userAgent, extensions };
  if (settings.http2 !== false) {
    return {
      uri,
      startedAt,
      http: "2",
      method: "CONNECT",
      headers: makeHttp2Request(wanted),
      accepts: isHttp2Acceptance,
      read: (head) => readHttp2Response(head, wanted),
    };
  }
  const opening = { ...wanted, key: makeKey() };
  return {
    uri,
    startedAt,
    http: "1.1",
    method: "GET",
    headers: makeRequest(opening),
    accepts: ({ status }) => status === 101,
    read: (head) => readResponse(head, opening),
  };
}
