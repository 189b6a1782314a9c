/** One message, framed once, to many connections. */
import { ARENA } from "../connection/arena.ts";
import type { Connection } from "../connection/connection.ts";
import { badMessage, isMessage, type Message } from "../connection/message.ts";
import { PreparedMessage } from "../protocol/prepared.ts";

export interface BroadcastOptions {
  /** Sends a string as a binary message, or bytes that are UTF-8 as a text message. */
  readonly as?: "text" | "binary";
  /** Whether to compress it, where compression was negotiated. Default: above the threshold. */
  readonly compress?: boolean;
  /**
   * What to do with a connection on which more than `writeLimit.max` waits: "close" it with 1013 (default), "skip" it, or
   * "wait": send the message all the same, when there is room again.
   */
  readonly slow?: "close" | "skip" | "wait";
}

/** How many connections got the message, did not get it, and were closed for being slow. */
export interface BroadcastResult {
  readonly sent: number;
  readonly skipped: number;
  readonly closed: number;
}

/**
 * Sends `message` to each of `connections`, without waiting. It is framed once; on a server without compression all
 * connections send the same bytes. Connections that are not open are passed over.
 *
 * @throws TypeError for data that is no message.
 */
export function broadcast(
  connections: Iterable<Connection<never> | Connection<unknown>>,
  message: Message,
  options: BroadcastOptions = {},
): BroadcastResult {
  if (!isMessage(message)) throw badMessage(message);
  const { as, compress, slow = "close" } = options;
  const isText = (as ?? (typeof message === "string" ? "text" : "binary")) === "text";
  const prepared = new PreparedMessage(message, isText, ARENA);
  let sent = 0;
  let skipped = 0;
  let closed = 0;
  for (const connection of connections as Iterable<Connection<unknown>>) {
    if (connection.isSlow) {
      if (slow === "close") {
        connection.closeSlow();
        closed += 1;
      } else if (slow === "skip") {
        skipped += 1;
      } else {
        const payload = new Uint8Array(prepared.payload);
        void connection
          .room()
          .then(() => connection.send(payload, { as: isText ? "text" : "binary" }), ignore);
        sent += 1;
      }
      continue;
    }
    try {
      const outcome = connection.postPrepared(prepared, compress);
      if (outcome === "sent") {
        sent += 1;
        continue;
      }
      if (outcome === "busy") connection.skipped("sending a fragmented message");
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      connection.skipped(`failed to write message: ${text.split("\n", 1)[0]}`);
    }
    skipped += 1;
  }
  prepared.release();
  return { sent, skipped, closed };
}

function ignore(): void {}
