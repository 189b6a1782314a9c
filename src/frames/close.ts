/** The payload of a Close frame, both ways (RFC 6455 §5.5.1). */
import { decodeUtf8, encodeUtf8Into, utf8Length } from "#platform";
import { checkCloseCode, isCloseCode, NO_STATUS_RECEIVED } from "./close-code.ts";
import { ProtocolError } from "./errors.ts";
import { explainInvalidUtf8 } from "./utf8.ts";

/** What a Close frame says. `code` is 1005 when it says nothing. */
export interface Close {
  readonly code: number;
  readonly reason: string;
}

/** A control frame holds 125 bytes (§5.5), the code takes two of them. */
const MAX_REASON_BYTES: number = 125 - 2;

/**
 * Reads the payload of a Close frame, `bytes[start, end)`.
 *
 * @throws ProtocolError (1002) when it is one byte long or holds a code that nobody may send.
 * @throws InvalidUtf8 (1007) when the reason is not UTF-8.
 */
export function parseClose(bytes: Uint8Array, start: number, end: number): Close {
  if (start === end) return { code: NO_STATUS_RECEIVED, reason: "" };
  // §5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer".
  if (end - start === 1) throw new ProtocolError("close frame too short", "RFC 6455 §5.5.1");
  const code = ((bytes[start] as number) << 8) | (bytes[start + 1] as number);
  if (!isCloseCode(code)) throw new ProtocolError("invalid status code", "RFC 6455 §7.4");
  const reason = decodeUtf8(bytes, start + 2, end);
  if (reason === null) throw explainInvalidUtf8(bytes, start + 2, end);
  return { code, reason };
}

/**
 * The payload of a Close frame that says `close`; empty for 1005, which is never on the wire.
 *
 * @throws RangeError when no Close frame may hold the code, or the reason is longer than 123 bytes of UTF-8.
 */
export function serialiseClose(close: Close): Uint8Array {
  if (close.code === NO_STATUS_RECEIVED) return new Uint8Array(0);
  checkClose(close.code, close.reason);
  const payload = new Uint8Array(2 + utf8Length(close.reason));
  payload[0] = close.code >> 8;
  payload[1] = close.code;
  encodeUtf8Into(close.reason, payload, 2);
  return payload;
}

/**
 * Checks what the application wants to say in a Close frame.
 *
 * @throws RangeError when no Close frame may hold the code, or the reason is longer than 123 bytes of UTF-8.
 */
export function checkClose(code: number, reason: string): void {
  checkCloseCode(code);
  const length = utf8Length(reason);
  if (length > MAX_REASON_BYTES) {
    throw new RangeError(
      `reason is ${length} bytes long: a Close frame holds at most ${MAX_REASON_BYTES} bytes of it`,
    );
  }
}

/** Cuts `reason` so that a Close frame can hold it, between characters. For reasons that we make ourselves. */
export function fitReason(reason: string): string {
  if (utf8Length(reason) <= MAX_REASON_BYTES) return reason;
  let fitted = "";
  let length = 0;
  for (const character of reason) {
    length += utf8Length(character);
    if (length > MAX_REASON_BYTES - 3) break;
    fitted += character;
  }
  return `${fitted}…`;
}
