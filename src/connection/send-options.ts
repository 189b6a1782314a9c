/** How to send a message. */
import { checkSignal } from "./abort.ts";
import { checkFlag, checkNames, show } from "./options.ts";

/** How to send a message. */
export interface SendOptions {
  /** Sends a string as a binary message, or bytes that are UTF-8 as a text message. Default: as its type says. */
  readonly as?: "text" | "binary";
  /** Whether to compress it, where compression was negotiated. Default: above the threshold. */
  readonly compress?: boolean;
  /** Stops waiting for room; the message is sent all the same. */
  readonly signal?: AbortSignal;
}

/**
 * Refuses what is wrong, and names that nobody knows: `{ binary: true }` of another library must not send text.
 *
 * Whoever edits this: it is done for each message that is sent with options.
 *
 * @throws TypeError
 */
export function checkSendOptions(options: SendOptions): void {
  if (typeof options !== "object" || options === null) checkNames(options, NAMES, "send");
  for (const name in options) {
    if (name === "as" || name === "compress" || name === "signal") continue;
    checkNames(options, NAMES, "send");
  }
  const { as, compress, signal } = options;
  if (as !== undefined && as !== "text" && as !== "binary") {
    throw new TypeError(`as is ${show(as)}: it can be "text" or "binary"`);
  }
  checkFlag("compress", compress);
  if (signal !== undefined) checkSignal(signal);
}

const NAMES: ReadonlySet<string> = new Set(["as", "compress", "signal"]);
