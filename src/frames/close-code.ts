/** Close codes, and who may send them (RFC 6455 §7.4; IANA's registry of close codes). */

export const NORMAL_CLOSURE = 1000;
export const GOING_AWAY = 1001;
export const PROTOCOL_ERROR = 1002;
export const UNSUPPORTED_DATA = 1003;
/** Reported when a Close frame held no code; never on the wire (§7.4.1). */
export const NO_STATUS_RECEIVED = 1005;
/** Reported when no Close frame was received; never on the wire (§7.4.1). */
export const ABNORMAL_CLOSURE = 1006;
export const INVALID_DATA = 1007;
export const POLICY_VIOLATION = 1008;
export const MESSAGE_TOO_BIG = 1009;
export const MANDATORY_EXTENSION = 1010;
export const INTERNAL_ERROR = 1011;
export const SERVICE_RESTART = 1012;
export const TRY_AGAIN_LATER = 1013;
export const BAD_GATEWAY = 1014;

const EXPLANATIONS: ReadonlyMap<number, string> = new Map([
  [NORMAL_CLOSURE, "OK"],
  [GOING_AWAY, "going away"],
  [PROTOCOL_ERROR, "protocol error"],
  [UNSUPPORTED_DATA, "unsupported data"],
  [NO_STATUS_RECEIVED, "no status received [internal]"],
  [ABNORMAL_CLOSURE, "abnormal closure [internal]"],
  [INVALID_DATA, "invalid frame payload data"],
  [POLICY_VIOLATION, "policy violation"],
  [MESSAGE_TOO_BIG, "message too big"],
  [MANDATORY_EXTENSION, "mandatory extension"],
  [INTERNAL_ERROR, "internal error"],
  [SERVICE_RESTART, "service restart"],
  [TRY_AGAIN_LATER, "try again later"],
  [BAD_GATEWAY, "bad gateway"],
  [1015, "TLS handshake failure [internal]"],
]);

/**
 * Whether a Close frame may hold `code`, in either direction.
 *
 * §7.4.1: 1005, 1006 and 1015 "MUST NOT be set as a status code in a Close control frame by an endpoint". 1004 and 1016
 * to 2999 are reserved; 3000 to 4999 belong to libraries and applications (§7.4.2).
 */
export function isCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999 && Number.isInteger(code);
  return (
    code >= NORMAL_CLOSURE &&
    code <= BAD_GATEWAY &&
    code !== 1004 &&
    code !== NO_STATUS_RECEIVED &&
    code !== ABNORMAL_CLOSURE &&
    Number.isInteger(code)
  );
}

/** Whether a closure with `code` is a normal end: 1000, 1001, or a Close without a code. */
export function isNormalClosure(code: number): boolean {
  return code === NORMAL_CLOSURE || code === GOING_AWAY || code === NO_STATUS_RECEIVED;
}

/** What `code` means, in a few words: `OK`, `going away`, `private use` … */
export function explainCloseCode(code: number): string {
  const explanation = EXPLANATIONS.get(code);
  if (explanation !== undefined) return explanation;
  if (code >= 3000 && code <= 3999) return "registered";
  if (code >= 4000 && code <= 4999) return "private use";
  return "unknown";
}

/**
 * Checks a code that the application wants to send.
 *
 * @throws RangeError when no Close frame may hold it.
 */
export function checkCloseCode(code: number): void {
  if (typeof code !== "number" || !isCloseCode(code)) {
    throw new RangeError(
      `close code ${String(code)} can't be sent: allowed are 1000 to 1003, 1007 to 1014 and 3000 to 4999`,
    );
  }
}
