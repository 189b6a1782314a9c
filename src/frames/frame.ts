/** One frame, as a value (RFC 6455 §5.2). Inside, frames are never made: bytes are read and written in place. */
import type { Opcode } from "./opcode.ts";

export interface Frame {
  readonly opcode: Opcode;
  /** Whether it is the last frame of its message. */
  readonly fin: boolean;
  /** The reserved bits as a 3-bit number: 4 is RSV1. */
  readonly rsv: number;
  /** Unmasked. */
  readonly payload: Uint8Array;
}

/** §5.5: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented." */
export const MAX_CONTROL_PAYLOAD = 125;

/**
 * Checks the payload of a ping or pong that the application wants to send.
 *
 * @throws RangeError when it is longer than 125 bytes.
 */
export function checkControlPayload(payload: Uint8Array): void {
  if (payload.length > MAX_CONTROL_PAYLOAD) {
    throw new RangeError(
      `payload is ${payload.length} bytes long: a control frame holds at most ${MAX_CONTROL_PAYLOAD}`,
    );
  }
}
