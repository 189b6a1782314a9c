/** The payload of a Close that came in (RFC 6455 §5.5.1, §7.4). */
import { isUtf8 } from "node:buffer";

export interface ClosePayload {
  /** Null when the Close has no payload. */
  readonly code: number | null;
  readonly reason: string;
  /** What is wrong with it, and with which code to fail the connection; null when nothing is. */
  readonly breach: { readonly code: number; readonly reason: string } | null;
}

/** Codes below 3000 that an endpoint may send (§7.4.1 and the IANA registry). */
const ASSIGNED: ReadonlySet<number> = new Set([
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
]);

function mayBeSent(code: number): boolean {
  return ASSIGNED.has(code) || (code >= 3000 && code <= 4999);
}

export function readClosePayload(payload: Buffer): ClosePayload {
  if (payload.length === 0) return { code: null, reason: "", breach: null };
  if (payload.length === 1) {
    return {
      code: null,
      reason: "",
      breach: { code: 1002, reason: "a Close has a payload of 1 octet" },
    };
  }
  const code = payload.readUInt16BE();
  const octets = payload.subarray(2);
  const reason = octets.toString("utf8");
  if (!mayBeSent(code)) {
    return { code, reason, breach: { code: 1002, reason: `close code ${code} may not be sent` } };
  }
  const breach = isUtf8(octets) ? null : { code: 1007, reason: "a Close's reason is not UTF-8" };
  return { code, reason, breach };
}
