/** The parameters of permessage-deflate, both ways (RFC 7692 §7.1). */
import { DuplicateParameter, InvalidParameterName, InvalidParameterValue } from "../http/errors.ts";
import type { ExtensionParameter } from "../http/extensions.ts";
import type { ExtensionParameters } from "./extension.ts";

const SERVER_NO_TAKEOVER = "server_no_context_takeover";
const CLIENT_NO_TAKEOVER = "client_no_context_takeover";
const SERVER_BITS = "server_max_window_bits";
const CLIENT_BITS = "client_max_window_bits";

/** §7.1.2: "a decimal integer value without leading zeroes between 8 to 15, inclusive". */
const BITS = /^(?:[89]|1[0-5])$/;

/** What an offer or an answer says. */
export interface DeflateParameters {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** 8 to 15; null when it is not there. */
  readonly serverMaxWindowBits: number | null;
  /** 8 to 15; true when it is there without a value, as an offer may have it; null when it is not there. */
  readonly clientMaxWindowBits: number | true | null;
}

/**
 * Reads an offer, or an answer, in which client_max_window_bits needs a value.
 *
 * §7.1: a peer "MUST decline" an offer, and "MUST fail" upon an answer, with an unknown parameter, an invalid value, or
 * "multiple extension parameters with the same name".
 *
 * @throws DuplicateParameter, InvalidParameterName, InvalidParameterValue
 */
export function parseParameters(
  parameters: ExtensionParameters,
  kind: "offer" | "answer",
): DeflateParameters {
  const result = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: null as number | null,
    clientMaxWindowBits: null as number | true | null,
  };
  const seen = new Set<string>();
  for (const [name, value] of parameters) {
    if (seen.has(name)) throw new DuplicateParameter(name);
    seen.add(name);
    switch (name) {
      case SERVER_NO_TAKEOVER:
        result.serverNoContextTakeover = parseFlag(name, value);
        break;
      case CLIENT_NO_TAKEOVER:
        result.clientNoContextTakeover = parseFlag(name, value);
        break;
      case SERVER_BITS:
        result.serverMaxWindowBits = parseBits(name, value);
        break;
      case CLIENT_BITS:
        // §7.1.2.2: "This parameter may have no value" in an offer.
        result.clientMaxWindowBits =
          value === null && kind === "offer" ? true : parseBits(name, value);
        break;
      default:
        throw new InvalidParameterName(name);
    }
  }
  return result;
}

function parseFlag(name: string, value: string | null): true {
  if (value !== null) throw new InvalidParameterValue(name, value);
  return true;
}

function parseBits(name: string, value: string | null): number {
  if (value === null || !BITS.test(value)) throw new InvalidParameterValue(name, value);
  return Number(value);
}

/** The parameters as a header has them. */
export function toParameters(parameters: DeflateParameters): ExtensionParameters {
  const list: ExtensionParameter[] = [];
  if (parameters.serverNoContextTakeover) list.push([SERVER_NO_TAKEOVER, null]);
  if (parameters.clientNoContextTakeover) list.push([CLIENT_NO_TAKEOVER, null]);
  const { serverMaxWindowBits, clientMaxWindowBits } = parameters;
  if (serverMaxWindowBits !== null) list.push([SERVER_BITS, String(serverMaxWindowBits)]);
  if (clientMaxWindowBits === true) list.push([CLIENT_BITS, null]);
  else if (clientMaxWindowBits !== null) list.push([CLIENT_BITS, String(clientMaxWindowBits)]);
  return list;
}
