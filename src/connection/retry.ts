/** What a failure says about the next attempt: whether to make one, and when. */
import { WebSocketError } from "../error.ts";
import { SERVICE_RESTART, TRY_AGAIN_LATER } from "../frames/close-code.ts";
import { InvalidMessage } from "../http/errors.ts";
import { InvalidStatus } from "../http/invalid-status.ts";
import { LONGEST_DELAY } from "./options.ts";

/** Statuses by which a server says that it cannot answer now. Deviation: Python's `websockets` gives up at 429. */
const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** Causes are followed this deep. */
const DEPTH = 8;

/** Codes of the system (ECONNREFUSED, EAI_AGAIN), of `fetch`, of TLS; none that Node gives to wrong arguments. */
const NETWORK_CODE =
  /^(?:E(?!RR_)|UND_ERR_|ERR_(?:TLS|SSL|SOCKET|HTTP2|STREAM_PREMATURE)_|UNABLE_TO_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_)/;

/**
 * The default of `processException`: what passes by itself is tried again, as in Python's `websockets`.
 *
 * Tried again are: errors of the system and of TLS, also as the cause of another error; timeouts; a connection that was lost
 * before the response; the statuses 429, 500, 502, 503 and 504. Everything else is fatal, also whatever a proxy answers.
 *
 * @returns null to try again; else the error to give up with.
 */
export function processException(error: unknown): unknown {
  return isPassing(error) ? null : error;
}

function isPassing(error: unknown): boolean {
  if (error instanceof InvalidStatus) return PASSING.has(error.response.status);
  if (error instanceof InvalidMessage) return isNetworkError(error.cause);
  if (error instanceof WebSocketError) return false;
  return isNetworkError(error);
}

function isNetworkError(error: unknown): boolean {
  let one = error;
  for (let depth = 0; depth < DEPTH && typeof one === "object" && one !== null; depth += 1) {
    const { code, name, cause } = one as { code?: unknown; name?: unknown; cause?: unknown };
    if (name === "TimeoutError") return true;
    if (typeof code === "string" && NETWORK_CODE.test(code)) return true;
    one = cause;
  }
  return false;
}

/**
 * How long the server wants us to stay away, in milliseconds, by the Retry-After of its answer (RFC 9110 §10.2.3); 0 when
 * it does not say, or says it in another way.
 *
 * @param now The time of day. A date is held against the Date of the answer, if it has one: clocks differ.
 */
export function retryAfter(error: unknown, now: number): number {
  if (!(error instanceof InvalidStatus)) return 0;
  const { headers } = error.response;
  const value = headers.get("Retry-After")?.trim() ?? "";
  if (/^[0-9]+$/.test(value)) return Math.min(Number(value) * 1000, LONGEST_DELAY);
  const date = parseDate(value);
  if (date === null) return 0;
  const theirs = parseDate(headers.get("Date") ?? "") ?? now;
  return Math.min(Math.max(date - theirs, 0), LONGEST_DELAY);
}

/** RFC 9110 §5.6.7: IMF-fixdate, or one of the obsolete forms; all three mean GMT. */
const DATES: readonly RegExp[] = [
  /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/,
  /^[A-Z][a-z]{5,8}, [0-9]{2}-[A-Z][a-z]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}$/,
];

function parseDate(text: string): number | null {
  if (!DATES.some((form) => form.test(text))) return null;
  // asctime() has no zone, and would be taken for local time.
  const date = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  return Number.isNaN(date) ? null : date;
}

/** 1012 "service restart": come back after "a randomized delay of 5 - 30s", says the letter that IANA's registry points to. */
const RESTART = { least: 5000, most: 30_000 } as const;
/** 1013 "try again later": the server is overloaded, so nobody comes back sooner than after the longer delays. */
const OVERLOAD = { least: 30_000, most: 90_000 } as const;

/** How long a server that has closed with `code` wants to be left alone, in milliseconds; 0 when it does not say. */
export function restAfterClose(code: number | undefined, random: () => number): number {
  if (code === SERVICE_RESTART) return within(RESTART, random);
  if (code === TRY_AGAIN_LATER) return within(OVERLOAD, random);
  return 0;
}

function within(
  { least, most }: { readonly least: number; readonly most: number },
  random: () => number,
): number {
  return least + random() * (most - least);
}
