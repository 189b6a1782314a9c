/** The request of an opening handshake, before a socket is there to send it on (RFC 6455 §4.1). */
import { offerExtensions } from "../extensions/negotiate.ts";
import { makeKey } from "../http/accept-key.ts";
import { serialiseExtensions } from "../http/extensions.ts";
import type { RawHeaders } from "../http/headers.ts";
import type { WebSocketUri } from "../http/uri.ts";
import { type ClientOpening, makeRequest } from "../protocol/client.ts";
import type { ClientSettings } from "./options.ts";

/** The request, and where it goes, checked: nothing of it can fail once a socket is open. */
export interface Attempt {
  readonly uri: WebSocketUri;
  readonly opening: ClientOpening;
  readonly headers: RawHeaders;
}

/**
 * Makes a request.
 *
 * @throws TypeError for a header that cannot be sent.
 */
export function makeAttempt(uri: WebSocketUri, settings: ClientSettings): Attempt {
  const { origin, subprotocols, headers, userAgent } = settings;
  const key = makeKey();
  const offers = offerExtensions(settings.extensions);
  const extensions = offers.length === 0 ? null : serialiseExtensions(offers);
  const opening = { uri, key, origin, subprotocols, headers, userAgent, extensions };
  return { uri, opening, headers: makeRequest(opening) };
}
