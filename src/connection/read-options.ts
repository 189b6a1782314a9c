/** How to read a message. */
import { decodeUtf8, encodeUtf8 } from "#platform";
import { explainInvalidUtf8 } from "../frames/utf8.ts";
import { checkSignal } from "./abort.ts";
import type { Message } from "./message.ts";
import { checkNames, show } from "./options.ts";

export interface ReadOptions {
  /** "text" gives strings, "bytes" Uint8Arrays, whatever the peer sent; "auto" (default) what it sent. */
  readonly as?: "auto" | "text" | "bytes";
  /** Stops waiting. */
  readonly signal?: AbortSignal;
}

/** How the message is wanted. @throws TypeError for an option that is wrong. */
export function checkAs(options: ReadOptions): "auto" | "text" | "bytes" {
  checkNames(options, NAMES, "recv");
  const { as = "auto", signal } = options;
  checkSignal(signal);
  if (as !== "auto" && as !== "text" && as !== "bytes") {
    throw new TypeError(`as is ${show(as)}: it can be "auto", "text" or "bytes"`);
  }
  return as;
}

const NAMES: ReadonlySet<string> = new Set(["as", "signal"]);

/** A message as it is wanted. @throws what `refuse` makes of bytes that are no text. */
export function convert(
  message: Message,
  as: "auto" | "text" | "bytes",
  refuse: (error: Error) => Error,
): Message {
  if (as === "bytes") return typeof message === "string" ? encodeUtf8(message) : message;
  if (as === "auto" || typeof message === "string") return message;
  const text = decodeUtf8(message, 0, message.length);
  if (text !== null) return text;
  throw refuse(explainInvalidUtf8(message, 0, message.length));
}
