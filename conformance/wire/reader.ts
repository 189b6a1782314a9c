/**
 * Frames as the tester reads them. It is strict: whatever RFC 6455 §5 forbids is reported as a breach, and the frame
 * is still read, so that a Close that follows is found.
 */
import { applyMask, CLOSE, CONTINUATION, PING, PONG } from "./frame.ts";
import { OctetQueue } from "./octet-queue.ts";

/** One frame that came in. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly masked: boolean;
  /** Unmasked. */
  readonly payload: Buffer;
  /** What RFC 6455 forbids about this frame, or null. */
  readonly breach: string | null;
}

interface Head {
  readonly first: number;
  readonly masked: boolean;
  readonly length: number;
  readonly octets: number;
  readonly breach: string | null;
}

/** No case asks for more than 16 MiB back. A peer that announces more than this is not waited for. */
const MAX_LENGTH = 64 * 1024 * 1024;

/** Octets in, frames out. */
export class FrameReader {
  readonly #queue = new OctetQueue();
  readonly #expectMasks: boolean;
  readonly #compression: boolean;
  #head: Head | null = null;

  constructor(options: { readonly expectMasks: boolean; readonly compression: boolean }) {
    this.#expectMasks = options.expectMasks;
    this.#compression = options.compression;
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk);
  }

  /** The next whole frame, or null when more octets are needed. */
  next(): ReceivedFrame | null {
    this.#head ??= this.#readHead();
    const head = this.#head;
    if (head === null || this.#queue.length < head.octets + head.length) return null;
    this.#head = null;
    const octetsOfHead = this.#queue.take(head.octets);
    const payload = Buffer.from(this.#queue.take(head.length));
    if (head.masked) applyMask(payload, octetsOfHead.subarray(head.octets - 4));
    const { first, masked } = head;
    const opcode = first & 0x0f;
    const fin = (first & 0x80) !== 0;
    const rsv = (first >> 4) & 7;
    const breach = head.breach ?? this.#breach(opcode, fin, rsv, masked, payload.length);
    return { opcode, fin, rsv, masked, payload, breach };
  }

  #readHead(): Head | null {
    const queue = this.#queue;
    if (queue.length < 2) return null;
    const second = queue.at(1);
    const masked = (second & 0x80) !== 0;
    const short = second & 0x7f;
    const lengthOctets = short < 126 ? 0 : short === 126 ? 2 : 8;
    const octets = 2 + lengthOctets + (masked ? 4 : 0);
    if (queue.length < octets) return null;
    let length = short;
    let breach: string | null = null;
    if (lengthOctets > 0) {
      length = 0;
      for (let index = 0; index < lengthOctets; index += 1)
        length = length * 256 + queue.at(2 + index);
      if (lengthOctets === 8 && queue.at(2) > 127) breach = "the top bit of a 64-bit length is set";
      else if (length < (lengthOctets === 2 ? 126 : 0x1_0000))
        breach = "a length is not in its shortest form";
      if (length > MAX_LENGTH) {
        breach ??= `a frame announces ${length} octets`;
        length = 0;
      }
    }
    return { first: queue.at(0), masked, length, octets, breach };
  }

  #breach(
    opcode: number,
    fin: boolean,
    rsv: number,
    masked: boolean,
    length: number,
  ): string | null {
    if (masked !== this.#expectMasks)
      return masked ? "a server's frame is masked" : "a client's frame is not masked";
    const mayCompress = this.#compression && opcode > CONTINUATION && opcode < CLOSE;
    if ((rsv & ~(mayCompress ? 4 : 0)) !== 0) return `reserved bits ${rsv} are set without meaning`;
    if (opcode >= CLOSE) {
      if (opcode !== CLOSE && opcode !== PING && opcode !== PONG)
        return `opcode ${opcode} is reserved`;
      if (!fin) return "a control frame is fragmented";
      if (length > 125) return "a control frame has more than 125 octets";
      return null;
    }
    return opcode > 2 ? `opcode ${opcode} is reserved` : null;
  }
}
