/** What `clearsocket <url>` shows of a connection, in three forms: for people, for pipes, and as JSON. */
import type { ClientConnection } from "../client/options.ts";
import { describeCloseFrame } from "../connection/errors.ts";
import { escapeText } from "../logging/escape.ts";

/** A message, as connections give it. */
export type Message = string | Uint8Array;
/** The report on a connection's end. */
export type Closure = Awaited<ClientConnection["closed"]>;

/** Writes somewhere, and resolves when there is room for more. */
export type Write = (data: string | Uint8Array) => Promise<void> | void;

/** What there is to show. What returns a promise is waited for before the next is shown. */
export interface Screen {
  opened(url: string, connection: ClientConnection): Promise<void> | void;
  message(data: Message): Promise<void> | void;
  /** @param latency in milliseconds */
  pong(latency: number): Promise<void> | void;
  /** @param ok whether it ended as it should */
  closed(closure: Closure, ok: boolean): Promise<void> | void;
}

/** Lines for people, from whom control characters of a peer are kept away. */
export function humanScreen(write: Write): Screen {
  return {
    opened: (url, { subprotocol }) => {
      const agreed = subprotocol === null ? "" : ` Subprotocol: ${escapeText(subprotocol)}.`;
      return write(`Connected to ${escapeText(url)}.${agreed}\n`);
    },
    message: (data) =>
      write(typeof data === "string" ? `< ${escapeText(data)}\n` : `< (binary) ${toHex(data)}\n`),
    pong: (latency) => write(`pong after ${latency.toFixed(2)} ms\n`),
    closed: (closure) => write(closedLine(closure)),
  };
}

/** Messages and nothing else: text with a line end, binary as it is. What went wrong goes to standard error. */
export function pipeScreen(write: Write, writeError: Write): Screen {
  return {
    opened: () => {},
    message: (data) => write(typeof data === "string" ? `${data}\n` : data),
    pong: (latency) => writeError(`pong after ${latency.toFixed(2)} ms\n`),
    closed: (closure, ok) => (ok ? undefined : writeError(closedLine(closure))),
  };
}

/** An object a line; binary messages in base64. */
export function jsonScreen(write: Write): Screen {
  const tell = (event: object): Promise<void> | void => write(`${toJson(event)}\n`);
  return {
    opened: (url, { subprotocol }) => tell({ type: "open", url, subprotocol }),
    message: (data) =>
      tell(
        typeof data === "string"
          ? { type: "message", text: data }
          : { type: "message", binary: Buffer.from(data).toString("base64") },
      ),
    pong: (latency) => tell({ type: "pong", latency: Number(latency.toFixed(3)) }),
    closed: ({ code, reason, clean, duration, messagesIn, messagesOut, cause }, ok) =>
      tell({
        type: "close",
        code,
        reason,
        ok,
        clean,
        duration,
        messagesIn,
        messagesOut,
        cause: cause?.message,
      }),
  };
}

/** JSON in a line that a terminal may show: control characters beyond ASCII are escaped too. */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function closedLine({ code, reason, cause }: Closure): string {
  const why = cause === undefined ? "" : ` (${cause.message})`;
  return `Connection closed: ${escapeText(`${describeCloseFrame({ code, reason })}${why}`)}.\n`;
}

function toHex(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
}
