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

/**
 * Makes a message's memory the receiver's: a view where it is the receiver's already and fills most of it, else a copy, so
 * that a message never keeps more than twice its own size alive.
 */
export function keepMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  owned: boolean,
): Uint8Array {
  const size = end - start;
  if (owned && size * 2 >= bytes.buffer.byteLength) {
    return new Uint8Array(bytes.buffer, bytes.byteOffset + start, size);
  }
  const copy = new Uint8Array(size);
  copy.set(size === bytes.length ? bytes : bytes.subarray(start, end));
  return copy;
}
