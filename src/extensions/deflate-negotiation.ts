/** Who agrees to permessage-deflate, and with which parameters (RFC 7692 §5, §7.1). */
import { NegotiationError } from "../http/errors.ts";
import type { OneShot } from "./codec.ts";
import { LEAST_BITS, MOST_BITS, NAME, PerMessageDeflate, RSV1 } from "./deflate.ts";
import {
  type CompressionOptions,
  checkCompression,
  type FullCompressionOptions,
} from "./deflate-options.ts";
import type { AcceptedExtension, ExtensionFactory, ExtensionParameters } from "./extension.ts";
import { type DeflateParameters, parseParameters, toParameters } from "./parameters.ts";

/**
 * permessage-deflate for the connections of a server.
 *
 * @param oneShot The platform's DEFLATE, for large messages and for `codec: "zlib"`.
 * @throws TypeError, RangeError when an option is not valid
 */
export function deflateForServer(
  options: CompressionOptions = {},
  oneShot: OneShot | null = null,
): ExtensionFactory {
  const full = checkOptions(options, "server", oneShot);
  return {
    name: NAME,
    rsv: RSV1,
    offer: () => [],
    accept: (offer) => acceptOffer(parseParameters(offer, "offer"), full, oneShot),
    confirm: () => {
      throw new NegotiationError(`${NAME} is that of a server`);
    },
  };
}

/**
 * permessage-deflate for the connections of a client.
 *
 * @param oneShot The platform's DEFLATE, for large messages and for `codec: "zlib"`.
 * @throws TypeError, RangeError when an option is not valid
 */
export function deflateForClient(
  options: CompressionOptions = {},
  oneShot: OneShot | null = null,
): ExtensionFactory {
  const full = checkOptions(options, "client", oneShot);
  return {
    name: NAME,
    rsv: RSV1,
    offer: () => [toParameters(full)],
    accept: () => null,
    confirm: (answer: ExtensionParameters) => {
      const agreed = confirmAnswer(parseParameters(answer, "answer"), full);
      return new PerMessageDeflate("client", agreed, full, oneShot);
    },
  };
}

function checkOptions(
  options: CompressionOptions,
  side: "server" | "client",
  oneShot: OneShot | null,
): FullCompressionOptions {
  const full = checkCompression(options, side);
  if (full.codec === "zlib" && oneShot === null)
    throw new TypeError('compression.codec is "zlib"; this platform has only "built-in"');
  return full;
}

/** What a server makes of an offer (RFC 7692 §7.1); null declines it. */
function acceptOffer(
  offer: DeflateParameters,
  options: FullCompressionOptions,
  oneShot: OneShot | null,
): AcceptedExtension | null {
  // §7.1.2.1: a server declines a window that it cannot use.
  if (offer.serverMaxWindowBits !== null && offer.serverMaxWindowBits < LEAST_BITS) return null;
  const { clientMaxWindowBits } = options;
  let clientBits: number | null = null;
  // §7.1.2.2: if the offer does not have it, "the server MUST NOT include" it in the answer.
  if (offer.clientMaxWindowBits === true) clientBits = clientMaxWindowBits as number | null;
  else if (offer.clientMaxWindowBits !== null)
    clientBits = Math.min(
      offer.clientMaxWindowBits,
      (clientMaxWindowBits as number | null) ?? MOST_BITS,
    );
  const agreed: DeflateParameters = {
    // §7.1.1.1: a server that accepts an offer with it "MUST" include it; it may also do so by itself.
    serverNoContextTakeover: offer.serverNoContextTakeover || options.serverNoContextTakeover,
    clientNoContextTakeover: offer.clientNoContextTakeover || options.clientNoContextTakeover,
    serverMaxWindowBits:
      offer.serverMaxWindowBits === null || options.serverMaxWindowBits === null
        ? (offer.serverMaxWindowBits ?? options.serverMaxWindowBits)
        : Math.min(offer.serverMaxWindowBits, options.serverMaxWindowBits),
    clientMaxWindowBits: clientBits,
  };
  return {
    extension: new PerMessageDeflate("server", agreed, options, oneShot),
    parameters: toParameters(agreed),
  };
}

/** What a client makes of an answer (RFC 7692 §7.1). */
function confirmAnswer(
  answer: DeflateParameters,
  options: FullCompressionOptions,
): DeflateParameters {
  // §7.1.1.1: an answer without it does not fit an offer with it.
  if (options.serverNoContextTakeover && !answer.serverNoContextTakeover)
    throw new NegotiationError("expected server_no_context_takeover");
  const { serverMaxWindowBits, clientMaxWindowBits } = options;
  if (serverMaxWindowBits !== null) {
    // §7.1.2.1: "the same or smaller value".
    if (answer.serverMaxWindowBits === null)
      throw new NegotiationError("expected server_max_window_bits");
    if (answer.serverMaxWindowBits > serverMaxWindowBits)
      throw new NegotiationError("unsupported server_max_window_bits");
  }
  if (answer.clientMaxWindowBits !== null) {
    // §7.1.2.2: only an offer with it may be answered with it.
    if (clientMaxWindowBits === null)
      throw new NegotiationError("unexpected client_max_window_bits");
    if (
      clientMaxWindowBits !== true &&
      (answer.clientMaxWindowBits as number) > clientMaxWindowBits
    )
      throw new NegotiationError("unsupported client_max_window_bits");
  }
  return {
    ...answer,
    // What we have offered to keep to, we keep to, whether or not the server takes it up.
    clientNoContextTakeover: answer.clientNoContextTakeover || options.clientNoContextTakeover,
    clientMaxWindowBits:
      answer.clientMaxWindowBits ?? (clientMaxWindowBits === true ? null : clientMaxWindowBits),
  };
}
