/**
 * What must never be written: credentials in headers and in the query of a path.
 *
 * It is on by default and errs on the side of hiding. A value is replaced by `***`; the scheme of `Authorization` and
 * the names of parameters stay, since they tell why a login failed without telling the secret.
 */

/** Where a value stands: in a header, or in the query of a path. */
export type RedactPlace = "header" | "parameter";

/**
 * A rule of one's own, asked for every header and every parameter: `true` hides the value, `false` shows it, a string
 * is shown in its place, and `undefined` leaves it to the default rule. If it throws, the value is hidden.
 */
export type Redact = (
  name: string,
  value: string,
  place: RedactPlace,
) => string | boolean | undefined;

/**
 * What is redacted: `true` the default rule; `false` nothing; a list of names, of headers or parameters in any case, is
 * hidden besides what the default rule hides; a function decides for itself.
 */
export type RedactRule = boolean | readonly string[] | Redact;

const MASK = "***";

const SECRET_PARAMETER = /token|key|secret|password|auth|sig/i;

/** Headers that hold nothing but a secret. `:authority` and `Sec-WebSocket-Key` look alike and are none. */
const SECRET_HEADER =
  /^(?:proxy-)?authorization$|^set-cookie2?$|^cookie2?$|^x-auth|token|secret|password|api-?key/i;

/** The registered schemes, and what clouds use: only these are shown, lest a bare token be taken for one. */
const SCHEME =
  /^(?:Basic|Bearer|Digest|DPoP|GNAP|HOBA|Mutual|Negotiate|NTLM|OAuth|SCRAM-SHA-\d+|vapid|AWS4-HMAC-SHA256|ApiKey|Token) /i;

/** A subprotocol that has its secret behind a word: `openai-insecure-api-key.sk-…`. */
const SECRET_ENTRY = /(?:token|bearer|secret|password|authorization|api[-_]?key)[.:=_-].{4}/i;

/** A subprotocol that announces the next one to be a secret: `access_token, eyJ…`. */
const ANNOUNCES = /(?:token|bearer|secret|password|authorization|api[-_]?key)$|^(?:auth|jwt|key)$/i;

/** An address in a parameter of an address is followed this far; what is folded deeper is hidden. */
const DEPTH = 3;

const listed = new WeakMap<readonly string[], ReadonlySet<string>>();

function namesOf(list: readonly string[]): ReadonlySet<string> {
  let names = listed.get(list);
  if (names === undefined) {
    names = new Set(list.map((name) => name.toLowerCase()));
    listed.set(list, names);
  }
  return names;
}

/** What the rule says of one value: the text to show, or `undefined` for the default rule. */
function decide(
  rule: Exclude<RedactRule, boolean>,
  name: string,
  value: string,
  place: RedactPlace,
): string | undefined {
  if (typeof rule !== "function") {
    return namesOf(rule).has(name.toLowerCase()) ? MASK : undefined;
  }
  try {
    const answer = rule(name, value, place);
    if (typeof answer === "string") return answer;
    return answer === undefined ? undefined : answer ? MASK : value;
  } catch {
    return MASK;
  }
}

/** Whether `part` looks drawn at random: its letters and digits change kind too often for a name. */
function looksRandom(part: string): boolean {
  if (part.length < 16) return false;
  if (part.length >= 40 || /^\d+$/.test(part)) return true;
  const kinds = part
    .replace(/[^0-9A-Za-z]/g, "")
    .replace(/[0-9]+/g, "0")
    .replace(/[a-z]+/g, "a")
    .replace(/[A-Z]+/g, "A");
  return kinds.length > 4;
}

/** Browsers can send no header of their own, so people put tokens among the subprotocols. */
function redactSubprotocols(value: string): string {
  let announced = false;
  return value.replace(/[^,\s]+/g, (entry) => {
    const secret = announced || SECRET_ENTRY.test(entry) || entry.split(".").some(looksRandom);
    announced = !secret && ANNOUNCES.test(entry);
    return secret ? MASK : entry;
  });
}

/**
 * The value of a header as it may be written to a log.
 *
 * By default hidden: `Authorization` and `Proxy-Authorization` (but for the scheme), `Cookie`, `Set-Cookie`, headers
 * named for a token, a secret, a password or an API key, entries of `Sec-WebSocket-Protocol` that look like tokens,
 * and, in any header, what `redactPath` hides in an address.
 */
export function redactHeader(name: string, value: string, rule: RedactRule = true): string {
  if (rule === false) return value;
  if (rule !== true) {
    const decided = decide(rule, name, value, "header");
    if (decided !== undefined) return decided;
  }
  if (SECRET_HEADER.test(name)) {
    const scheme = /authorization$/i.test(name) ? SCHEME.exec(value) : null;
    return scheme === null ? MASK : scheme[0] + MASK;
  }
  if (name.toLowerCase() === "sec-websocket-protocol") return redactSubprotocols(value);
  return redactPath(value, rule);
}

function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function redactParameter(parameter: string, rule: RedactRule, depth: number): string {
  const equals = parameter.indexOf("=");
  if (equals === -1 || equals === parameter.length - 1) return parameter;
  const name = decode(parameter.slice(0, equals));
  const value = parameter.slice(equals + 1);
  if (typeof rule !== "boolean") {
    const decided = decide(rule, name, value, "parameter");
    if (decided !== undefined) return parameter.slice(0, equals + 1) + decided;
  }
  const hidden = SECRET_PARAMETER.test(name) || holdsSecret(value, rule, depth);
  return hidden ? parameter.slice(0, equals + 1) + MASK : parameter;
}

/** Whether a value is itself an address that has something to hide: `?next=/login%3Ftoken%3D1`. */
function holdsSecret(value: string, rule: RedactRule, depth: number): boolean {
  let inner = value;
  for (let left = depth; ; left -= 1) {
    const decoded = decode(inner);
    if (decoded === inner) return false;
    if (left === 0 || redactAddress(decoded, rule, left - 1) !== decoded) return true;
    inner = decoded;
  }
}

function redactAddress(path: string, rule: RedactRule, depth: number): string {
  let text = path;
  if (text.includes("@")) text = text.replace(/(:\/\/)[^/?#@\s]*@/g, `$1${MASK}@`);
  const query = text.search(/[?#]/);
  if (query === -1) return text;
  return (
    text.slice(0, query) +
    text.slice(query).replace(/[^?#&;]+/g, (one) => redactParameter(one, rule, depth))
  );
}

/**
 * A path, or a whole address, as it may be written to a log: `/chat?token=***&room=1`.
 *
 * By default hidden: the values of parameters, in the query or the fragment, whose names hold `token`, `key`, `secret`,
 * `password`, `auth` or `sig`, also percent-encoded; and the user and password of an address.
 */
export function redactPath(path: string, rule: RedactRule = true): string {
  return rule === false ? path : redactAddress(path, rule, DEPTH);
}
