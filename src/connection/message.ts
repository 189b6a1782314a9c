/** Messages as users give and get them. */
import { encodeUtf8 } from "#platform";

/** A text message is a string, a binary one a Uint8Array. */
export type Message = string | Uint8Array;

/** Whether `data` is a message at hand, and not a source of fragments or anything else. */
export function isMessage(data: unknown): data is Message {
  return typeof data === "string" || data instanceof Uint8Array;
}

/**
 * The bytes of a message.
 *
 * @throws TypeError when it is none.
 */
export function toBytes(data: Message): Uint8Array {
  if (typeof data === "string") return encodeUtf8(data);
  if (data instanceof Uint8Array) return data;
  throw badMessage(data);
}

/** The error for what is no message. */
export function badMessage(data: unknown): TypeError {
  const kind =
    typeof data === "object" && data !== null
      ? `an object of class ${data.constructor?.name ?? "null"}`
      : `a ${typeof data}`;
  return new TypeError(
    `can't send ${kind}: a message is a string or a Uint8Array, or an iterable of either; wrap an ArrayBuffer or a view in new Uint8Array(…), and make a string of an object by JSON.stringify`,
  );
}
