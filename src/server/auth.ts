/**
 * Who may come in: functions for `processRequest` that check credentials, and whose finding becomes `connection.data`.
 *
 * Without credentials, with others than are asked for, or with wrong ones, a request is answered with 401 and
 * WWW-Authenticate (RFC 9110 §11.6.1), and the text `Missing`, `Unsupported` or `Invalid credentials`. Known secrets are compared
 * by their hashes, all of them, in a time that does not depend on them.
 */
import { checkNames, checkText, show } from "../connection/options.ts";
import { parseBasic } from "../http/credentials.ts";
import type { HandshakeRequest } from "../http/message.ts";
import type { Admission, ProcessRequest } from "./options.ts";
import { hash, Secret } from "./secret.ts";

/** Who has come in by `basicAuth`, where nothing else is said of him. */
export interface User {
  readonly username: string;
}

/**
 * A `processRequest` that checks credentials, and whose finding becomes `connection.data`, of the type `D`.
 *
 * It is no mere function type, for TypeScript puts off calls of generic functions that return one, and would then not know the
 * type of `data` in a handler beside it.
 */
export type Authentication<D> = ProcessRequest<D> & object;

/** A name and its password. */
export type UserAndPassword = readonly [username: string, password: string];

type MaybePromise<T> = T | Promise<T>;

/** What a check says: true or an identity lets in, anything else does not. */
export type Verdict = boolean | object | null | undefined | void;

/** Who comes in by a check that says `V`: whom it names, and `Standard` where it says true. */
export type IdentityOf<V, Standard> = Extract<V, object> | (true extends V ? Standard : never);

/**
 * HTTP Basic authentication (RFC 7617), for `processRequest`. Only under TLS is the password not readable on its way.
 *
 * @param options.credentials A name and its password, a list of such pairs, or a function, async or not, that says whether
 *   they are right: true, or an object that becomes `connection.data`. Else that is `{ username }`.
 * @param options.realm What browsers show when they ask for the password. Default "".
 * @throws TypeError for an option that is wrong.
 */
export function basicAuth<V extends Verdict = true>(options: {
  readonly realm?: string;
  readonly credentials:
    | UserAndPassword
    | readonly UserAndPassword[]
    | ((username: string, password: string, request: HandshakeRequest) => MaybePromise<V>);
}): Authentication<IdentityOf<V, User>> {
  checkNames(options, BASIC, "basicAuth");
  const { credentials, realm } = options;
  // RFC 7617 §2.1: with charset "UTF-8" clients send names and passwords in it.
  const challenge = `Basic realm=${quoteRealm(realm)}, charset="UTF-8"`;
  const judge = typeof credentials === "function" ? credentials : judgeByPairs(credentials);
  const check: ProcessRequest<object> = async (request) => {
    const value = request.headers.get("Authorization");
    if (value === null) return unauthorized("Missing", challenge);
    const found = parseBasic(value);
    if (found === null) return unauthorized("Unsupported", challenge);
    const { username, password } = found;
    const verdict = await judge(username, password, request);
    return admit(verdict, { username }) ?? unauthorized("Invalid", challenge);
  };
  return check as Authentication<IdentityOf<V, User>>;
}

const BASIC: ReadonlySet<string> = new Set(["realm", "credentials"]);

/** Says that a request has no credentials that we take (RFC 9110 §15.5.2: the answer MUST have a challenge). */
export function unauthorized(
  problem: "Missing" | "Unsupported" | "Invalid",
  challenge: string,
): Response {
  const headers = { "WWW-Authenticate": challenge, "Content-Type": "text/plain; charset=utf-8" };
  return new Response(`${problem} credentials\n`, { status: 401, headers });
}

/** Lets in whom a check has let through, as `standard` unless it has said who he is; null for whom it has not. */
export function admit(verdict: Verdict, standard: object): Admission<object> | null {
  if (verdict === true) return { data: standard };
  if (typeof verdict === "object" && verdict !== null) return { data: verdict };
  if (verdict === false || verdict === null || verdict === undefined) return null;
  // A slip, such as a name or a count: nobody comes in by it, and the log says so.
  throw new TypeError(
    `the function credentials returned ${show(verdict)}: it can return true or an object, or false or nothing`,
  );
}

/** A realm as a quoted string (RFC 9110 §5.6.4). @throws TypeError for what cannot stand in one. */
export function quoteRealm(realm = ""): string {
  checkText("realm", realm);
  if (!/^[\t\x20-\x7e]*$/.test(realm)) {
    throw new TypeError(`realm is ${show(realm)}: it must be of printable ASCII characters`);
  }
  return `"${realm.replace(/["\\]/g, "\\$&")}"`;
}

function judgeByPairs(
  given: UserAndPassword | readonly UserAndPassword[],
): (username: string, password: string) => boolean {
  const pairs: readonly unknown[] = isPair(given) ? [given] : Array.isArray(given) ? given : [];
  if (pairs.length === 0 || !pairs.every(isPair)) {
    throw new TypeError(
      "credentials must be a pair of a name and a password, a list of such pairs with at least one, or a function",
    );
  }
  const known = pairs.map(([name, word]) => ({
    username: new Secret(name),
    password: new Secret(word),
  }));
  return (username, password) => {
    const name = hash(username);
    const word = hash(password);
    let found = false;
    for (const one of known) {
      // Both are compared whatever the first has given.
      const both = Number(one.username.equals(name)) & Number(one.password.equals(word));
      found = both === 1 || found;
    }
    return found;
  };
}

function isPair(value: unknown): value is UserAndPassword {
  return (
    Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string")
  );
}
