/** How to read a message. */
import { checkSignal } from "./abort.ts";
import { show } from "./options.ts";

export interface ReadOptions {
  /** "text" gives strings, "bytes" Uint8Arrays, whatever the peer sent; "auto" (default) what it sent. */
  readonly as?: "auto" | "text" | "bytes";
  /** Stops waiting. */
  readonly signal?: AbortSignal;
}

/** How the message is wanted. @throws TypeError for an option that is wrong. */
export function checkAs({ as = "auto", signal }: ReadOptions): "auto" | "text" | "bytes" {
  checkSignal(signal);
  if (as !== "auto" && as !== "text" && as !== "bytes") {
    throw new TypeError(`as is ${show(as)}: it can be "auto", "text" or "bytes"`);
  }
  return as;
}
