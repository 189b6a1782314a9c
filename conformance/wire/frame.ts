/**
 * Frames as the tester writes them: any of them, also those that RFC 6455 forbids.
 *
 * This tester stands outside the library and shares no code with it, so that neither can hide a fault of the other.
 */
import { randomFillSync } from "node:crypto";

/** Opcodes of RFC 6455 §5.2. */
export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

/** One frame to send. */
export interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  /** The three reserved bits as a number: 4 is RSV1, 2 is RSV2, 1 is RSV3. */
  readonly rsv: number;
  readonly payload: Buffer;
  /** A Close that begins the tester's closing handshake. A Close without this mark is just a frame. */
  readonly closes?: true;
}

const EMPTY = Buffer.alloc(0);

/** Octets of text (UTF-8), or the octets themselves. */
export function octets(data: string | Uint8Array): Buffer {
  if (typeof data === "string") return Buffer.from(data, "utf8");
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** A frame of any opcode, with any bits. */
export function frame(
  opcode: number,
  data: string | Uint8Array = EMPTY,
  { fin = true, rsv = 0 }: { readonly fin?: boolean; readonly rsv?: number } = {},
): Frame {
  return { opcode, fin, rsv, payload: octets(data) };
}

/** A whole text message in one frame, or its first fragment with `fin: false`. */
export function text(
  data: string | Uint8Array = EMPTY,
  bits: { fin?: boolean; rsv?: number } = {},
): Frame {
  return frame(TEXT, data, bits);
}

/** A whole binary message in one frame, or its first fragment with `fin: false`. */
export function binary(
  data: string | Uint8Array = EMPTY,
  bits: { fin?: boolean; rsv?: number } = {},
): Frame {
  return frame(BINARY, data, bits);
}

/** A further fragment. */
export function more(
  data: string | Uint8Array = EMPTY,
  bits: { fin?: boolean; rsv?: number } = {},
): Frame {
  return frame(CONTINUATION, data, bits);
}

export function ping(
  data: string | Uint8Array = EMPTY,
  bits: { fin?: boolean; rsv?: number } = {},
): Frame {
  return frame(PING, data, bits);
}

export function pong(
  data: string | Uint8Array = EMPTY,
  bits: { fin?: boolean; rsv?: number } = {},
): Frame {
  return frame(PONG, data, bits);
}

/** The Close that begins the closing handshake: a code (none: an empty payload) and a reason in any octets. */
export function close(code?: number, reason: string | Uint8Array = EMPTY): Frame {
  if (code === undefined) return { ...frame(CLOSE), closes: true };
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return { ...frame(CLOSE, Buffer.concat([head, octets(reason)])), closes: true };
}

/**
 * A message in frames of `size` octets each. When its length is a multiple of `size`, an empty last frame follows; a
 * message that is not above `size`, or a `size` of 0, gives one frame.
 */
export function fragments(opcode: number, payload: Buffer, size: number, rsv = 0): Frame[] {
  if (size === 0 || payload.length <= size) return [{ opcode, fin: true, rsv, payload }];
  const frames: Frame[] = [];
  for (let start = 0; start <= payload.length; start += size) {
    const first = start === 0;
    frames.push({
      opcode: first ? opcode : CONTINUATION,
      fin: start + size > payload.length,
      rsv: first ? rsv : 0,
      payload: payload.subarray(start, start + size),
    });
  }
  return frames;
}

/** The octets of a frame's head, without the masking key. */
function head({ opcode, fin, rsv, payload }: Frame, masked: boolean): Buffer {
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const { length } = payload;
  if (length <= 125) return Buffer.from([first, mask | length]);
  if (length <= 0xffff) {
    return Buffer.from([first, mask | 126, length >> 8, length & 0xff]);
  }
  const octetsOfHead = Buffer.alloc(10);
  octetsOfHead[0] = first;
  octetsOfHead[1] = mask | 127;
  octetsOfHead.writeBigUInt64BE(BigInt(length), 2);
  return octetsOfHead;
}

/** Masks or unmasks `data` in place with a key of 4 octets (RFC 6455 §5.3). */
export function applyMask(data: Buffer, key: Buffer): void {
  const [a = 0, b = 0, c = 0, d = 0] = key;
  const whole = data.length & ~3;
  let index = 0;
  for (; index < whole; index += 4) {
    data[index] = (data[index] ?? 0) ^ a;
    data[index + 1] = (data[index + 1] ?? 0) ^ b;
    data[index + 2] = (data[index + 2] ?? 0) ^ c;
    data[index + 3] = (data[index + 3] ?? 0) ^ d;
  }
  for (; index < data.length; index += 1) data[index] = (data[index] ?? 0) ^ (key[index & 3] ?? 0);
}

/** A frame as octets; `masked` as a client must, with a fresh random key, also when the payload is empty. */
export function encodeFrame(sent: Frame, masked: boolean): Buffer {
  if (!masked) return Buffer.concat([head(sent, false), sent.payload]);
  const key = randomFillSync(Buffer.alloc(4));
  const encoded = Buffer.concat([head(sent, true), key, sent.payload]);
  applyMask(encoded.subarray(encoded.length - sent.payload.length), key);
  return encoded;
}
