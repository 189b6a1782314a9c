/** Who may come in by a token: in Authorization, in a cookie, or among the subprotocols, as browsers' scripts can send it. */
import { checkNames, show } from "../connection/options.ts";
import { parseBearer } from "../http/credentials.ts";
import { isToken } from "../http/grammar.ts";
import { headerValues } from "../http/headers.ts";
import type { HandshakeRequest } from "../http/message.ts";
import { parseSubprotocols } from "../http/subprotocols.ts";
import {
  type Authentication,
  admit,
  type IdentityOf,
  quoteRealm,
  unauthorized,
  type Verdict,
} from "./auth.ts";
import { isOneOf, Secret } from "./secret.ts";

/** Who has come in by a token, where nothing else is said of him. */
export interface TokenHolder {
  readonly token: string;
}

type MaybePromise<T> = T | Promise<T>;

/** Which tokens are right: one, a list, or a function, async or not, that says true or who it is, or neither. */
type Tokens<V> = string | readonly string[] | Judge<V>;

type Judge<V> = (token: string, request: HandshakeRequest) => MaybePromise<V>;

/** Whom `bearerAuth` lets in. */
export interface BearerOptions<V> {
  /** Default: none is named. */
  readonly realm?: string;
  readonly credentials: Tokens<V>;
}

/** Whom `cookieAuth` lets in. */
export interface CookieOptions<V> extends BearerOptions<V> {
  /** The cookie's name. */
  readonly name: string;
}

/** Whom `subprotocolToken` lets in. */
export interface SubprotocolOptions<V> extends BearerOptions<V> {
  /** What stands before the token, in the same subprotocol. Default `bearer.` */
  readonly prefix?: string;
}

/**
 * A token in the header Authorization (RFC 6750 §2.1), for `processRequest`.
 *
 * @param options.credentials A token, a list of tokens, or a function, async or not, that says whether one is right: true,
 *   or an object that becomes `connection.data`. Else that is `{ token }`.
 * @throws TypeError for an option that is wrong.
 */
export function bearerAuth<V extends Verdict = true>(
  options: BearerOptions<V>,
): Authentication<IdentityOf<V, TokenHolder>> {
  checkNames(options, new Set(["realm", "credentials"]), "bearerAuth");
  const judge = toJudge(options.credentials);
  const realm = `realm=${quoteRealm(options.realm)}`;
  return (async (request: HandshakeRequest) => {
    const value = request.headers.get("Authorization");
    // RFC 6750 §3.1: "If the request lacks any authentication information […] the resource server SHOULD NOT include an error
    // code".
    if (value === null) return unauthorized("Missing", `Bearer ${realm}`);
    const token = parseBearer(value);
    if (token === null) return unauthorized("Unsupported", `Bearer ${realm}`);
    const admission = admit(await judge(token, request), { token });
    return admission ?? unauthorized("Invalid", `Bearer ${realm}, error="invalid_token"`);
  }) as Authentication<IdentityOf<V, TokenHolder>>;
}

/**
 * A token in a cookie (RFC 6265 §4.2), for `processRequest`: the session of the page that opens the connection.
 *
 * Browsers send cookies whichever page asks, so who uses it must not set `origins` to "any".
 *
 * @param options.name The cookie's name. Where it is sent more than once, the first counts, which has the longest path.
 * @param options.credentials As for `bearerAuth`.
 * @throws TypeError for an option that is wrong.
 */
export function cookieAuth<V extends Verdict = true>(
  options: CookieOptions<V>,
): Authentication<IdentityOf<V, TokenHolder>> {
  checkNames(options, new Set(["name", "realm", "credentials"]), "cookieAuth");
  const { name } = options;
  checkToken("name", name);
  const judge = toJudge(options.credentials);
  const challenge = `Cookie realm=${quoteRealm(options.realm)}, cookie-name=${name}`;
  return (async (request: HandshakeRequest) => {
    const token = readCookie(headerValues(request.rawHeaders, "Cookie"), name);
    if (token === null) return unauthorized("Missing", challenge);
    return admit(await judge(token, request), { token }) ?? unauthorized("Invalid", challenge);
  }) as Authentication<IdentityOf<V, TokenHolder>>;
}

/**
 * A token among the subprotocols, for `processRequest`: a script in a browser can send no header, but
 * `new WebSocket(url, ["chat", "bearer." + token])`. The token must be of characters that subprotocols may have, as base64url
 * and JSON Web Tokens are.
 *
 * It is never agreed on, so the client has to offer another one too, which the server names in `subprotocols`: browsers give
 * up a connection when none of what they offer is chosen.
 *
 * @param options.prefix What stands before the token. Default `bearer.`
 * @param options.credentials As for `bearerAuth`.
 * @throws TypeError for an option that is wrong.
 */
export function subprotocolToken<V extends Verdict = true>(
  options: SubprotocolOptions<V>,
): Authentication<IdentityOf<V, TokenHolder>> {
  checkNames(options, new Set(["prefix", "realm", "credentials"]), "subprotocolToken");
  const { prefix = "bearer." } = options;
  checkToken("prefix", prefix);
  const judge = toJudge(options.credentials);
  const challenge = `Bearer realm=${quoteRealm(options.realm)}`;
  return (async (request: HandshakeRequest) => {
    const token = readSubprotocol(request, prefix);
    if (token === null) return unauthorized("Missing", challenge);
    const admission = admit(await judge(token, request), { token });
    return admission ?? unauthorized("Invalid", `${challenge}, error="invalid_token"`);
  }) as Authentication<IdentityOf<V, TokenHolder>>;
}

function toJudge(given: Tokens<Verdict>): Judge<Verdict> {
  if (typeof given === "function") return given;
  const tokens: readonly unknown[] = Array.isArray(given) ? given : [given];
  const isToken = (token: unknown): token is string => typeof token === "string" && token !== "";
  if (tokens.length === 0 || !tokens.every(isToken)) {
    throw new TypeError(
      "credentials must be a token, a list of tokens with at least one, or a function",
    );
  }
  const secrets = tokens.map((token) => new Secret(token));
  return (token) => isOneOf(secrets, token);
}

/** A cookie's name and a subprotocol are tokens (RFC 9110 §5.6.2). */
function checkToken(name: string, value: string): void {
  if (typeof value === "string" && isToken(value)) return;
  throw new TypeError(`${name} is ${show(value)}: it must be a token as HTTP has it`);
}

function readCookie(values: readonly string[], name: string): string | null {
  for (const pair of values.flatMap((value) => value.split(";"))) {
    const equals = pair.indexOf("=");
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    return /^".*"$/.test(value) ? value.slice(1, -1) : value;
  }
  return null;
}

function readSubprotocol(request: HandshakeRequest, prefix: string): string | null {
  let offered: readonly string[];
  try {
    offered = parseSubprotocols(headerValues(request.rawHeaders, "Sec-WebSocket-Protocol"));
  } catch {
    // The opening handshake says what is wrong with them.
    return null;
  }
  const found = offered.find((one) => one.startsWith(prefix) && one.length > prefix.length);
  return found === undefined ? null : found.slice(prefix.length);
}
