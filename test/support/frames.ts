/** Frames by hand: what a peer sends, and what it gets. It shares no code with `src/frames`. */

export interface WireFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly masked: boolean;
  readonly payload: Buffer;
}

export interface FrameOptions {
  readonly fin?: boolean;
  /** A client's frames are masked. */
  readonly masked?: boolean;
  /** The three reserved bits, RSV1 is 4. */
  readonly rsv?: number;
}

const KEY = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** A frame as bytes. */
export function frame(
  opcode: number,
  payload: string | Uint8Array = "",
  { fin = true, masked = false, rsv = 0 }: FrameOptions = {},
): Buffer {
  const body = Buffer.from(payload as string);
  const length = body.length;
  const head =
    length < 126
      ? Buffer.from([0, length])
      : length < 65_536
        ? Buffer.from([0, 126, length >> 8, length & 255])
        : Buffer.from([0, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  if (length >= 65_536) head.writeBigUInt64BE(BigInt(length), 2);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  if (!masked) return Buffer.concat([head, body]);
  head[1]! |= 0x80;
  for (let at = 0; at < length; at += 1) body[at]! ^= KEY[at % 4]!;
  return Buffer.concat([head, KEY, body]);
}

/** A Close frame's payload. */
export function closePayload(code: number, reason = ""): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
}

/** The frames that `bytes` begins with, and how many bytes they take. */
export function readFrames(bytes: Uint8Array): { frames: WireFrame[]; size: number } {
  const buffer = Buffer.from(bytes);
  const frames: WireFrame[] = [];
  let at = 0;
  while (buffer.length - at >= 2) {
    const first = buffer[at]!;
    const second = buffer[at + 1]!;
    let start = at + 2;
    let length = second & 0x7f;
    if (length === 126) {
      if (buffer.length - start < 2) break;
      length = buffer.readUInt16BE(start);
      start += 2;
    } else if (length === 127) {
      if (buffer.length - start < 8) break;
      length = Number(buffer.readBigUInt64BE(start));
      start += 8;
    }
    const masked = (second & 0x80) !== 0;
    const key = buffer.subarray(start, start + 4);
    if (masked) start += 4;
    if (buffer.length - start < length) break;
    const payload = Buffer.from(buffer.subarray(start, start + length));
    if (masked) for (let i = 0; i < length; i += 1) payload[i]! ^= key[i % 4]!;
    frames.push({ opcode: first & 15, fin: (first & 0x80) !== 0, masked, payload });
    at = start + length;
  }
  return { frames, size: at };
}

const NAMES: { readonly [opcode: number]: string } = {
  0: "continuation",
  1: "text",
  2: "binary",
  8: "close",
  9: "ping",
  10: "pong",
};

/** Frames as short texts: `text hello`, `close 1000 bye`, `binary 010203`, `text- part` for one that is not the last. */
export function describeFrames(bytes: Uint8Array): string[] {
  return readFrames(bytes).frames.map(({ opcode, fin, payload }) => {
    const name = `${NAMES[opcode] ?? opcode}${fin ? "" : "-"}`;
    if (opcode === 8) {
      if (payload.length === 0) return name;
      const reason = payload.subarray(2).toString();
      return `${name} ${payload.readUInt16BE(0)}${reason === "" ? "" : ` ${reason}`}`;
    }
    return `${name} ${opcode === 2 ? payload.toString("hex") : payload.toString()}`.trimEnd();
  });
}
