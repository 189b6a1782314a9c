/** How a connection ended: what was sent, what was received, in what order (RFC 6455 §7.1.4 to §7.1.6). */
import type { Close } from "../frames/close.ts";
import { ABNORMAL_CLOSURE } from "../frames/close-code.ts";

/** The Close frames of a connection so far. */
export interface CloseFrames {
  /** The Close frame that we sent. */
  readonly sent: Close | null;
  /** The Close frame that the peer sent. */
  readonly received: Close | null;
  /** Which came first: ours ("sent") or the peer's ("received"). Null when there was none. */
  readonly order: "sent" | "received" | null;
}

/**
 * §7.1.5: the code of the first Close frame that the peer sent; 1005 when it had none; "If the connection is closed and no
 * Close control frame was received", 1006.
 */
export function closeCode(frames: CloseFrames): number {
  return frames.received?.code ?? ABNORMAL_CLOSURE;
}

/** §7.1.6: the reason in the peer's Close frame, or the empty string. */
export function closeReason(frames: CloseFrames): string {
  return frames.received?.reason ?? "";
}
