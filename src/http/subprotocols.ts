/** Sec-WebSocket-Protocol, both ways (RFC 6455 §11.3.4). */
import { InvalidHeaderValue } from "./errors.ts";
import { isToken, parseTokens } from "./grammar.ts";

const HEADER = "Sec-WebSocket-Protocol";

/**
 * The subprotocols in all `values` of the header, in the client's order of preference.
 *
 * @throws {InvalidHeaderFormat} when a value is not a list of tokens
 * @throws {InvalidHeaderValue} when a subprotocol is there twice; §4.1: they "MUST all be unique strings"
 */
export function parseSubprotocols(values: readonly string[]): string[] {
  const subprotocols = parseTokens(HEADER, values);
  const twice = findTwice(subprotocols);
  if (twice !== null) throw new InvalidHeaderValue(HEADER, `duplicate subprotocol ${twice}`);
  return subprotocols;
}

/**
 * The value of the header for `subprotocols`, of which there must be at least one.
 *
 * @throws {TypeError} when one is not a token, or is there twice
 */
export function serialiseSubprotocols(subprotocols: readonly string[]): string {
  checkSubprotocols(subprotocols);
  return subprotocols.join(", ");
}

/**
 * Checks the subprotocols that our caller wants to offer or to accept.
 *
 * @throws {TypeError} when it is not a list, or one is not a token, or is there twice
 */
export function checkSubprotocols(subprotocols: readonly string[]): void {
  if (!Array.isArray(subprotocols)) {
    throw new TypeError(`invalid subprotocols ${show(subprotocols)}: a list is expected`);
  }
  for (const subprotocol of subprotocols) {
    if (typeof subprotocol !== "string" || !isToken(subprotocol)) {
      throw new TypeError(`invalid subprotocol ${show(subprotocol)}: a token is expected`);
    }
  }
  const twice = findTwice(subprotocols);
  if (twice !== null)
    throw new TypeError(`invalid subprotocols: ${JSON.stringify(twice)} is there twice`);
}

function findTwice(subprotocols: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const subprotocol of subprotocols) {
    if (seen.size === seen.add(subprotocol).size) return subprotocol;
  }
  return null;
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
