/** What it means for a session that the stream below it is lost. */
import { WebSocketError } from "../error.ts";
import type { Session } from "../protocol/session.ts";
import type { Narrator } from "./narrator.ts";
import { lossOf } from "./tap.ts";
import { StreamLost } from "./transport.ts";

/** The peer, or a proxy on the way, has ended the connection before it said that it closes (RFC 6455 §7.1.1). */
export class StreamEnded extends WebSocketError {
  static override readonly code: string = "ERR_WEBSOCKET_STREAM_ENDED";

  static {
    StreamEnded.prototype.name = "StreamEnded";
  }
}

/** The fault that the end of the peer's stream is, now that it comes; null, when it had said that it closes, or we fail. */
export function judgeEnd(session: Session): StreamEnded | null {
  const { state, received, deaf, pending } = session;
  if (received !== null || deaf || state === "closed") return null;
  const where = pending > 0 ? ", in the midst of a message" : "";
  return new StreamEnded(`the peer has ended the connection without a Close frame${where}`);
}

/** Tells of the loss, and gives the fault that the connection ends by: null, when it had done what it had to. */
export function judgeLoss(error: Error | null, session: Session, narrator: Narrator): Error | null {
  if (error === null) return null;
  if ("syscall" in error && error.syscall === "write") {
    narrator.tell({ type: "internal.error", what: "sending", error }, error);
  }
  if (!(error instanceof StreamLost)) return error;
  const { sent, received } = session;
  if (session.tap !== null) narrator.tell(lossOf(error));
  // Neither direction has ended as it should, and no line says so.
  session.abort();
  // Some peers reset a stream once the closing handshake is done, where others end it: that is no fault.
  return sent === null || received === null ? error : null;
}
