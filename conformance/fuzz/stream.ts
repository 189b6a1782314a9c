/** Streams of a peer, legal or not, with what the RFCs say must come of them. */
import { constants, deflateRawSync } from "node:zlib";
import type { Random } from "./random.ts";

/** What came of a stream. */
export interface Outcome {
  /** `t:` and the text, or `b:` and the bytes in hex, in order. */
  readonly messages: readonly string[];
  /** Payloads of pings, in hex. */
  readonly pings: readonly string[];
  /** The peer's close code when it closed; the code that answers its breach; "open" when neither. */
  readonly end: { readonly closed: number } | { readonly failed: number } | "open";
}

export interface Stream {
  readonly bytes: Uint8Array;
  readonly expected: Outcome;
}

/** Writes frames as they are asked for, legal or not. */
class StreamWriter {
  readonly #chunks: Buffer[] = [];
  readonly #random: Random;
  readonly #masked: boolean;

  constructor(random: Random, masked: boolean) {
    this.#random = random;
    this.#masked = masked;
  }

  /** @param tricks What to do against the rules. */
  frame(
    first: number,
    payload: Uint8Array,
    tricks: { masked?: boolean; length?: "long" | "longest" | "msb" } = {},
  ): void {
    const masked = tricks.masked ?? this.#masked;
    const { length } = payload;
    const mask = masked ? 0x80 : 0;
    let header: Buffer;
    if (tricks.length === "msb") {
      header = Buffer.alloc(10);
      header[1] = mask | 127;
      header.writeUInt32BE(0x8000_0000, 2);
      header.writeUInt32BE(length, 6);
    } else if (length > 0xffff || tricks.length === "longest") {
      header = Buffer.alloc(10);
      header[1] = mask | 127;
      header.writeUInt32BE(length, 6);
    } else if (length > 125 || tricks.length === "long") {
      header = Buffer.alloc(4);
      header[1] = mask | 126;
      header.writeUInt16BE(length, 2);
    } else {
      header = Buffer.alloc(2);
      header[1] = mask | length;
    }
    header[0] = first;
    this.#chunks.push(header);
    if (!masked) {
      this.#chunks.push(Buffer.from(payload));
      return;
    }
    const key = Buffer.from(this.#random.bytes(4));
    const body = Buffer.from(payload);
    for (let at = 0; at < body.length; at += 1)
      body[at] = (body[at] as number) ^ (key[at & 3] as number);
    this.#chunks.push(key, body);
  }

  take(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks));
  }
}

const CODES = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
];
const FIN = 0x80;
const RSV1 = 0x40;
const NOTHING = new Uint8Array(0);

/**
 * A random conversation: legal messages, in fragments with control frames between, compressed or not; then perhaps a Close
 * frame, or one breach of a rule and more frames behind it that nobody may look at.
 */
export function makeStream(random: Random, masked: boolean, compressed: boolean): Stream {
  const writer = new StreamWriter(random, masked);
  const messages: string[] = [];
  const pings: string[] = [];
  const control = (): void => {
    if (!random.chance(0.3)) return;
    const payload = random.bytes(random.pick([0, 1, 4, 125]));
    const isPing = random.chance(0.7);
    writer.frame(FIN | (isPing ? 9 : 10), payload);
    if (isPing) pings.push(Buffer.from(payload).toString("hex"));
  };
  for (let left = random.integer(0, 6); left > 0; left -= 1) {
    control();
    const isText = random.chance(0.5);
    const size = random.size();
    // A character takes up to four bytes; the message must stay below the limit.
    const text = isText ? random.text(size > 1000 ? size >> 2 : size) : "";
    const plain = isText ? Buffer.from(text) : Buffer.from(random.bytes(size));
    messages.push(isText ? `t:${text}` : `b:${plain.toString("hex")}`);
    const shrinks = compressed && random.chance(0.6);
    const payload = shrinks ? deflate(plain, random) : plain;
    const cuts = random.chance(0.5) ? random.integer(1, 5) : 0;
    let at = 0;
    for (let piece = 0; piece <= cuts; piece += 1) {
      const last = piece === cuts;
      const end = last ? payload.length : random.integer(at, payload.length);
      const opcode = piece > 0 ? 0 : isText ? 1 : 2;
      const rsv = piece === 0 && shrinks ? RSV1 : 0;
      writer.frame((last ? FIN : 0) | rsv | opcode, payload.subarray(at, end));
      if (!last) control();
      at = end;
    }
  }
  control();
  const ending = random.integer(0, 3);
  if (ending === 0) return { bytes: writer.take(), expected: { messages, pings, end: "open" } };
  if (ending === 1) {
    const code = random.pick([...CODES, 1005]);
    const reason =
      code === 1005 ? Buffer.alloc(0) : Buffer.from(random.text(random.integer(0, 20)));
    writer.frame(
      FIN | 8,
      code === 1005 ? reason : Buffer.concat([Buffer.from([code >> 8, code & 255]), reason]),
    );
    if (random.chance(0.3)) writer.frame(FIN | 1, Buffer.from("after the end"));
    return { bytes: writer.take(), expected: { messages, pings, end: { closed: code } } };
  }
  const failed = violate(writer, random, masked, compressed);
  if (random.chance(0.5)) writer.frame(FIN | 2, random.bytes(5));
  return { bytes: writer.take(), expected: { messages, pings, end: { failed } } };
}

function deflate(plain: Buffer, random: Random): Buffer {
  const level = random.integer(0, 9);
  const flushed = deflateRawSync(plain, { level, finishFlush: constants.Z_SYNC_FLUSH });
  return flushed.subarray(0, flushed.length - 4);
}

/** One breach of one rule, and the close code that answers it. */
function violate(
  writer: StreamWriter,
  random: Random,
  masked: boolean,
  compressed: boolean,
): number {
  const some = random.bytes(random.integer(0, 9));
  const frame = (first: number, payload: Uint8Array): void => writer.frame(first, payload);
  const codes = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
  const code = random.pick(codes);
  const breaches: [number, () => void][] = [
    // RFC 6455 §5.2: reserved bits, opcodes, lengths.
    [
      1002,
      () => frame(FIN | (compressed ? 0x20 : random.pick([0x40, 0x20, 0x10, 0x70])) | 1, some),
    ],
    [1002, () => frame(FIN | random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), some)],
    [1002, () => writer.frame(FIN | 2, some, { length: random.pick(["long", "longest"]) })],
    [1002, () => writer.frame(FIN | 2, some, { length: "msb" })],
    // §5.1: masks.
    [1002, () => writer.frame(FIN | 2, some, { masked: !masked })],
    // §5.4: fragments.
    [1002, () => frame(random.pick([0, FIN]), some)],
    [1002, () => frames([1, NOTHING], [FIN | random.pick([1, 2]), some])],
    // §5.5: control frames.
    [1002, () => frame(FIN | random.pick([8, 9, 10]), random.bytes(126))],
    [1002, () => frame(random.pick([9, 10]), some)],
    [1002, () => frame(FIN | RSV1 | 9, some)],
    // §7.4: close codes.
    [1002, () => frame(FIN | 8, new Uint8Array([3]))],
    [1002, () => frame(FIN | 8, new Uint8Array([code >> 8, code & 255]))],
    // §8.1: UTF-8.
    [1007, () => frame(FIN | 1, new Uint8Array([0x61, random.pick([0xff, 0xc0, 0xf5, 0x80])]))],
    [1007, () => frames([1, new Uint8Array([0xce])], [FIN, new Uint8Array([0x41])])],
    [1007, () => frame(FIN | 8, new Uint8Array([3, 232, 0xff]))],
    // §10.4: size.
    [1009, () => frame(FIN | 2, new Uint8Array(MAX_SIZE + 1))],
  ];
  if (compressed) {
    // RFC 7692 §6.1, §7.2.2: bits on fragments, data that is no DEFLATE, more than the limit.
    const bomb = deflate(Buffer.alloc(MAX_SIZE + 1), random);
    breaches.push(
      [1002, () => frames([1, NOTHING], [FIN | RSV1, some])],
      [1002, () => frame(FIN | RSV1 | 2, new Uint8Array([0x07, 0x12, 0x34]))],
      [1009, () => frame(FIN | RSV1 | 2, bomb)],
    );
  }
  function frames(...all: readonly (readonly [first: number, payload: Uint8Array])[]): void {
    for (const [first, payload] of all) writer.frame(first, payload);
  }
  const [failed, breach] = random.pick(breaches);
  breach();
  return failed;
}

/** The limit on a message's size in every run. */
export const MAX_SIZE = 70_000;
