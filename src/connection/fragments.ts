/** One message from an iterable: each item is a fragment (RFC 6455 §5.4). */
import { utf8Length } from "#platform";
import { INTERNAL_ERROR } from "../frames/close-code.ts";
import type { Driver } from "./driver.ts";
import { badMessage, isMessage, type Message, toBytes } from "./message.ts";

/** Where the fragments of a message come from. All are strings, or all are bytes. */
export type FragmentSource = Iterable<Message> | AsyncIterable<Message>;

/** How to send the message; as in `SendOptions`. */
interface Manner {
  readonly as?: "text" | "binary";
  readonly compress?: boolean;
}

/** What sending in fragments needs of the connection. */
interface Surroundings {
  /** The error for when the connection is not open. */
  closedError(): Error;
  /** Resolves when there is room for more. */
  room(): Promise<void>;
  /** `promise`, unless the connection closes before. */
  whileOpen<T>(promise: T | PromiseLike<T>): Promise<T>;
}

/**
 * Sends what `source` gives as one message, a frame for each item and a last one. A character that is cut in two by the end
 * of a string goes out whole, with what follows it.
 *
 * When the source throws, or gives something else, the message cannot be ended: the connection is failed with 1011, and the
 * error is the caller's. When the connection closes, the source is asked to return, and no longer waited for.
 *
 * @throws TypeError (rejects) when its items are not all strings or all bytes.
 * @throws ConnectionClosed (rejects) when the connection closes.
 */
export async function sendFragments(
  driver: Driver,
  source: FragmentSource,
  manner: Manner | undefined,
  around: Surroundings,
): Promise<void> {
  const { session } = driver;
  const { as, compress } = manner ?? {};
  let kind: "string" | "bytes" | null = null;
  let half = "";

  const send = (piece: Message, fin: boolean): void => {
    if (session.state !== "open") throw around.closedError();
    driver.listen();
    driver.bytesOut += typeof piece === "string" ? utf8Length(piece) : piece.length;
    if (kind !== null) {
      session.sendContinuation(piece, fin);
      return;
    }
    driver.messagesOut += 1;
    const isText = as === undefined ? typeof piece === "string" : as === "text";
    if (isText && typeof piece === "string") session.sendText(piece, fin, compress);
    else session.sendBytes(toBytes(piece), isText, fin, compress);
  };

  const iterator = iterate(source);
  let finished = false;
  try {
    while (true) {
      if (session.state !== "open") throw around.closedError();
      finished = true;
      const { done, value } = await around.whileOpen(iterator.next());
      if (done === true) break;
      finished = false;
      // As `for await` does with what is no async iterable.
      const fragment: unknown = await around.whileOpen<unknown>(value);
      if (!isMessage(fragment)) throw badMessage(fragment);
      const found = typeof fragment === "string" ? "string" : "bytes";
      if (kind !== null && found !== kind) {
        throw new TypeError("the fragments of a message are all strings or all Uint8Arrays");
      }
      let piece = fragment;
      if (typeof piece === "string") {
        piece = half + piece;
        half = /[\ud800-\udbff]$/.exec(piece)?.[0] ?? "";
        if (half !== "") piece = piece.slice(0, -1);
      }
      send(piece, false);
      kind = found;
      await around.room();
    }
    // Nothing at all is an empty message.
    send(kind === "string" || (kind === null && as !== "binary") ? half : NOTHING, true);
  } catch (error) {
    // A source that still runs is told, not waited for: it may never answer.
    if (!finished || session.state !== "open") leave(iterator);
    if (kind !== null && session.state === "open") {
      driver.fail(INTERNAL_ERROR, "error in fragmented message");
    }
    throw error;
  }
}

const NOTHING = new Uint8Array(0);

type FragmentIterator = AsyncIterator<Message> | Iterator<Message>;

/** Whether `source` can be asked for fragments at all. */
export function isFragmentSource(source: unknown): source is FragmentSource {
  return (
    typeof source === "object" &&
    source !== null &&
    (Symbol.asyncIterator in source || Symbol.iterator in source)
  );
}

function iterate(source: FragmentSource): FragmentIterator {
  return Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
}

function leave(iterator: FragmentIterator): void {
  try {
    Promise.resolve(iterator.return?.()).catch(ignore);
  } catch {
    // What a source says to that is its own affair.
  }
}

function ignore(): void {}
