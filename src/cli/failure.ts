/** An error as the program tells it: in a line, and with its stack only where that is asked for. */
import { inspect } from "node:util";
import { bound, escapeLines, escapeText } from "../logging/escape.ts";

/** What a peer says of its reasons is cut to this many characters. */
const BODY_MOST = 200;
const CAUSES_MOST = 4;

interface Told {
  readonly code?: unknown;
  readonly response?: { readonly status: number; readonly body: Uint8Array };
}

/** What is wrong, in a line without control characters and without a full stop. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return escapeText(String(error));
  const { code, response } = error as Told;
  const parts = [error.message];
  // Our own errors say what; their causes say why. Those of the system are told by the error that wraps them.
  if (typeof code === "string" && code.startsWith("ERR_WEBSOCKET")) {
    let { cause } = error;
    while (cause instanceof Error && parts.length < CAUSES_MOST) {
      parts.push(cause.message);
      cause = cause.cause;
    }
  }
  const said = response === undefined ? "" : firstLine(response.body);
  if (said !== "") parts.push(said);
  return escapeText(parts.join(": ").replace(/\.$/, ""));
}

/** The error with its stack and its causes. */
export function describeStack(error: unknown): string {
  return escapeLines(inspect(error));
}

/** Whether the caller has asked for something that cannot be: a wrong address, or a wrong option. */
export function isUsage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as Told;
  return (
    code === "ERR_WEBSOCKET_INVALID_URI" ||
    code === "ERR_WEBSOCKET_INVALID_PROXY" ||
    error instanceof TypeError ||
    error instanceof RangeError
  );
}

function firstLine(body: Uint8Array): string {
  const text = new TextDecoder().decode(body).trim();
  // A page is not read out.
  return text.startsWith("<") ? "" : bound(text.split(/\r?\n/, 1)[0] ?? "", BODY_MOST);
}
