/** What it means for a session that the stream below it is lost. */
import type { Session } from "../protocol/session.ts";
import type { Narrator } from "./narrator.ts";
import { lossOf } from "./tap.ts";
import { StreamLost } from "./transport.ts";

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
