/** Sec-WebSocket-Key and Sec-WebSocket-Accept (RFC 6455 §4.1, §4.2.2). */
import { fillRandom, sha1Base64, toBase64 } from "#platform";

/** "the string `258EAFA5-…` in concatenated form" (RFC 6455 §1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The length of the nonce in bytes. */
const NONCE = 16;

/** Sixteen bytes in base64: 22 characters and the padding that makes them a multiple of four. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/**
 * The value of Sec-WebSocket-Accept that answers `key`.
 *
 * RFC 6455 §4.2.2: "by concatenating this value with the string […], taking the SHA-1 hash of this concatenated value to
 * obtain a 20-byte value and base64-encoding".
 */
export function acceptKey(key: string): string {
  return sha1Base64(key + GUID);
}

/**
 * A new value for Sec-WebSocket-Key.
 *
 * RFC 6455 §4.1: "The value of this header field MUST be a nonce consisting of a randomly selected 16-byte value that has
 * been base64-encoded […]. The nonce MUST be selected randomly for each connection."
 */
export function makeKey(): string {
  return toBase64(fillRandom(new Uint8Array(NONCE)));
}

/** Whether `key` is "a base64-encoded value that, when decoded, is 16 bytes in length" (RFC 6455 §4.2.1). */
export function isKey(key: string): boolean {
  return KEY.test(key);
}
