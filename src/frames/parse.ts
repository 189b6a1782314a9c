/**
 * Bytes to frames, by explicit state (RFC 6455 §5.2): the headers. Payloads stay where they are.
 *
 * The reader knows which side it is on and which reserved bits an extension has claimed; it does not know messages. It
 * judges the first two bytes as soon as it has them, and never waits for a payload that cannot be legal.
 */
import { ProtocolError } from "./errors.ts";
import { isControl, isOpcode } from "./opcode.ts";

/** Two bytes, eight of an extended length, four of a masking key. */
const LONGEST = 2 + 8 + 4;

const FRAMING = "RFC 6455 §5.2";

/** Reads one header after the other out of chunks; its fields say what the last one held. */
export class FrameParser {
  /** Whether it is the last frame of its message. */
  fin = false;
  /** The reserved bits as a 3-bit number: 4 is RSV1. */
  rsv = 0;
  opcode = 0;
  /** The length of the payload in bytes. */
  length = 0;
  /** The masking key, lowest octet first; 0 when there is none. */
  key = 0;

  readonly #masked: boolean;
  readonly #rsvAllowed: number;
  /** Bytes of a header that a chunk's end has cut, made when that happens. */
  #cut: Uint8Array | null = null;
  #cutLength = 0;

  /**
   * @param masked Whether the peer has to mask: true on a server, false on a client (§5.1).
   * @param rsvAllowed The reserved bits that an extension has claimed: 4 is RSV1.
   */
  constructor(masked: boolean, rsvAllowed = 0) {
    this.#masked = masked;
    this.#rsvAllowed = rsvAllowed;
  }

  /**
   * Reads the header that starts (or goes on) at `chunk[at]`.
   *
   * @returns Where the payload starts, or -1 when the chunk ended inside the header: the rest comes with the next chunk.
   * @throws ProtocolError when no frame may begin so.
   */
  read(chunk: Uint8Array, at: number, end: number): number {
    if (this.#cutLength > 0) return this.#readCut(chunk, at, end);
    const size = end - at >= 2 ? this.#sizeOf(chunk, at) : LONGEST;
    if (end - at < size) {
      this.#keep(chunk, at, end);
      return -1;
    }
    this.#decode(chunk, at, size);
    return at + size;
  }

  /** Whether a header has begun and is not whole yet. */
  get isCut(): boolean {
    return this.#cutLength > 0;
  }

  #keep(chunk: Uint8Array, at: number, end: number): void {
    this.#cut ??= new Uint8Array(LONGEST);
    for (let index = at; index < end; index += 1) {
      this.#cut[this.#cutLength] = chunk[index] as number;
      this.#cutLength += 1;
    }
  }

  #readCut(chunk: Uint8Array, start: number, end: number): number {
    const cut = this.#cut as Uint8Array;
    let at = start;
    while (at < end) {
      cut[this.#cutLength] = chunk[at] as number;
      this.#cutLength += 1;
      at += 1;
      if (this.#cutLength < 2) continue;
      const size = this.#sizeOf(cut, 0);
      if (this.#cutLength === size) {
        this.#cutLength = 0;
        this.#decode(cut, 0, size);
        return at;
      }
    }
    return -1;
  }

  /** Judges the first two bytes, and says how long the header is that they begin. */
  #sizeOf(bytes: Uint8Array, at: number): number {
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    const opcode = first & 0x0f;
    // §5.2: RSV1, RSV2, RSV3 "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values".
    // §5.4: extensions must not claim them on control frames without saying so; permessage-deflate does not.
    const rsv = (first >> 4) & 7;
    if (rsv !== 0 && ((rsv & ~this.#rsvAllowed) !== 0 || isControl(opcode))) {
      throw new ProtocolError("reserved bits must be 0", FRAMING);
    }
    // §5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
    if (!isOpcode(opcode)) throw new ProtocolError("invalid opcode", FRAMING);
    // §5.1: "The server MUST close the connection upon receiving a frame that is not masked." "A client MUST close a
    // connection if it detects a masked frame."
    if (second >= 0x80 !== this.#masked) {
      throw new ProtocolError("incorrect masking", "RFC 6455 §5.1");
    }
    const length = second & 0x7f;
    // §5.5: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented."
    if (isControl(opcode)) {
      if (length > 125) throw new ProtocolError("control frame too long", "RFC 6455 §5.5");
      if (first < 0x80) throw new ProtocolError("fragmented control frame", "RFC 6455 §5.5");
    }
    const extended = length === 126 ? 2 : length === 127 ? 8 : 0;
    return 2 + extended + (this.#masked ? 4 : 0);
  }

  #decode(bytes: Uint8Array, start: number, size: number): void {
    const first = bytes[start] as number;
    this.fin = first >= 0x80;
    this.rsv = (first >> 4) & 7;
    this.opcode = first & 0x0f;
    let length = (bytes[start + 1] as number) & 0x7f;
    let at = start + 2;
    if (length === 126) {
      length = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      // §5.2: "the minimal number of bytes MUST be used to encode the length".
      if (length < 126) throw new ProtocolError("length not minimally encoded", FRAMING);
      at += 2;
    } else if (length === 127) {
      // §5.2: "the most significant bit MUST be 0". The number stays exact up to 2^53; what is above is above any limit.
      if ((bytes[at] as number) >= 0x80) throw new ProtocolError("invalid length", FRAMING);
      length = uint32(bytes, at) * 0x1_0000_0000 + uint32(bytes, at + 4);
      if (length < 0x1_0000) throw new ProtocolError("length not minimally encoded", FRAMING);
      at += 8;
    }
    this.length = length;
    if (this.#masked) {
      const last = start + size;
      this.key =
        (bytes[last - 4] as number) |
        ((bytes[last - 3] as number) << 8) |
        ((bytes[last - 2] as number) << 16) |
        ((bytes[last - 1] as number) << 24);
    }
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
