/** One message from an iterable: each item is a fragment (RFC 6455 §5.4). */
import { INTERNAL_ERROR } from "../frames/close-code.ts";
import type { Driver } from "./driver.ts";
import { badMessage, isMessage, type Message, toBytes } from "./message.ts";

/** Where the fragments of a message come from. All are strings, or all are bytes. */
export type FragmentSource = Iterable<Message> | AsyncIterable<Message>;

/**
 * Sends what `source` gives as one message, a frame for each item and an empty last one.
 *
 * When the source throws, or gives something else, the message cannot be ended: the connection is failed with 1011, and the
 * error is the caller's.
 *
 * @param room Resolves when there is room for more.
 * @throws TypeError (rejects) when `source` is no iterable, or its items are not all strings or all bytes.
 */
export async function sendFragments(
  driver: Driver,
  source: FragmentSource,
  as: "text" | "binary" | undefined,
  compress: boolean | undefined,
  room: () => Promise<void>,
): Promise<void> {
  if (!isIterable(source)) throw badMessage(source);
  const { session } = driver;
  let kind: "string" | "bytes" | null = null;
  try {
    for await (const fragment of source) {
      if (!isMessage(fragment)) throw badMessage(fragment);
      const found = typeof fragment === "string" ? "string" : "bytes";
      if (kind !== null && found !== kind) {
        throw new TypeError("the fragments of a message are all strings or all Uint8Arrays");
      }
      driver.listen();
      driver.bytesOut += fragment.length;
      if (kind === null) {
        driver.messagesOut += 1;
        const isText = as === undefined ? found === "string" : as === "text";
        if (isText && typeof fragment === "string") session.sendText(fragment, false, compress);
        else session.sendBytes(toBytes(fragment), isText, false, compress);
      } else {
        session.sendContinuation(fragment, false);
      }
      kind = found;
      await room();
    }
    // Nothing at all is an empty message.
    if (kind === null) session.sendBytes(new Uint8Array(0), as !== "binary");
    else session.sendContinuation(new Uint8Array(0), true);
  } catch (error) {
    if (kind !== null && session.state === "open") {
      driver.fail(INTERNAL_ERROR, "error in fragmented message");
    }
    throw error;
  }
}

function isIterable(source: unknown): source is FragmentSource {
  return (
    typeof source === "object" &&
    source !== null &&
    (Symbol.iterator in source || Symbol.asyncIterator in source)
  );
}
