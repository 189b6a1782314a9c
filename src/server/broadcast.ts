/** One message, framed once, to many connections. */
import { ARENA } from "../connection/arena.ts";
import type { Connection } from "../connection/connection.ts";
import { badMessage, isMessage, type Message } from "../connection/message.ts";
import { checkNames, show } from "../connection/options.ts";
import { PreparedMessage } from "../protocol/prepared.ts";

export interface BroadcastOptions {
  /** Sends a string as a binary message, or bytes that are UTF-8 as a text message. */
  readonly as?: "text" | "binary";
  /** Whether to compress it, where compression was negotiated. Default: above the threshold. */
  readonly compress?: boolean;
  /**
   * What to do with a connection on which more than `writeLimit.max` waits: "close" it with 1013 (default), "skip" it, or
   * "wait": send the message all the same, when there is room again, in its turn. What waits so is bounded by nothing but
   * `memoryBudget` and keepalive.
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
 * Sends `message` to each of `connections`, without waiting. It is framed once, and compressed once for each set of
 * parameters that the connections have agreed on: they send the same bytes. Connections that are not open are passed over.
 *
 * @throws TypeError for data that is no message, and for an option that is wrong.
 */
export function broadcast(
  connections: Iterable<Connection<never> | Connection<unknown>>,
  message: Message,
  options: BroadcastOptions = {},
): BroadcastResult {
  if (!isMessage(message)) throw badMessage(message);
  check(connections, options);
  const { as, compress, slow = "close" } = options;
  const isText = (as ?? (typeof message === "string" ? "text" : "binary")) === "text";
  const prepared = new PreparedMessage(message, isText, ARENA);
  let sent = 0;
  let skipped = 0;
  let closed = 0;
  // What waits for room outlives this call, and is one copy for all.
  let kept: Uint8Array | null = null;
  for (const connection of connections as Iterable<Connection<unknown>>) {
    if (slow === "wait" && connection.waits) {
      kept ??= new Uint8Array(prepared.payload);
      connection.sendPatiently(kept, isText, compress);
      sent += 1;
      continue;
    }
    if (connection.isSlow && connection.state === "open") {
      if (slow === "close") {
        connection.closeSlow();
        closed += 1;
      } else {
        skipped += 1;
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

const OPTIONS: ReadonlySet<string> = new Set(["as", "compress", "slow"]);

function check(connections: unknown, options: BroadcastOptions): void {
  if (
    typeof connections !== "object" ||
    connections === null ||
    !(Symbol.iterator in connections)
  ) {
    throw new TypeError(`connections is ${show(connections)}: it must be a Set or a list of them`);
  }
  checkNames(options, OPTIONS, "broadcast");
  const { as, compress, slow } = options;
  if (as !== undefined && as !== "text" && as !== "binary") {
    throw new TypeError(`as is ${show(as)}: it can be "text" or "binary"`);
  }
  if (compress !== undefined && typeof compress !== "boolean") {
    throw new TypeError(`compress is ${show(compress)}: it can be true or false`);
  }
  if (slow !== undefined && slow !== "close" && slow !== "skip" && slow !== "wait") {
    throw new TypeError(`slow is ${show(slow)}: it can be "close", "skip" or "wait"`);
  }
}
