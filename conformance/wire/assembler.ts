/** Data frames to messages (RFC 6455 §5.4, §8.1; RFC 7692 §6.2), strictly. */
import { isUtf8 } from "node:buffer";
import type { Inflater } from "./deflate.ts";
import { CONTINUATION, TEXT } from "./frame.ts";
import type { ReceivedFrame } from "./reader.ts";

export interface Message {
  readonly kind: "message";
  readonly binary: boolean;
  readonly payload: Buffer;
}

/** What the peer did wrong, and the code to fail the connection with. */
export interface Breach {
  readonly kind: "breach";
  readonly code: number;
  readonly reason: string;
}

interface Begun {
  readonly opcode: number;
  readonly compressed: boolean;
  readonly parts: Buffer[];
}

export class Assembler {
  readonly #inflater: Inflater | null;
  #begun: Begun | null = null;

  /** `inflater` is null when compression was not agreed. */
  constructor(inflater: Inflater | null) {
    this.#inflater = inflater;
  }

  /** Takes one data frame; null when the message is not whole yet. */
  add({ opcode, fin, rsv, payload }: ReceivedFrame): Message | Breach | null {
    if (opcode === CONTINUATION && this.#begun === null) {
      return { kind: "breach", code: 1002, reason: "a continuation continues nothing" };
    }
    if (opcode !== CONTINUATION && this.#begun !== null) {
      return { kind: "breach", code: 1002, reason: "a message begins inside another" };
    }
    this.#begun ??= { opcode, compressed: rsv === 4, parts: [] };
    this.#begun.parts.push(payload);
    if (!fin) return null;
    const whole = this.#begun;
    this.#begun = null;
    return this.#finish(whole);
  }

  #finish({ opcode, compressed, parts }: Begun): Message | Breach {
    const [only] = parts;
    let payload = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    if (compressed && this.#inflater !== null) {
      try {
        payload = this.#inflater.inflate(payload);
      } catch (error) {
        return {
          kind: "breach",
          code: 1007,
          reason: `a message cannot be inflated: ${String(error)}`,
        };
      }
    }
    if (opcode === TEXT && !isUtf8(payload)) {
      return { kind: "breach", code: 1007, reason: "a text message is not UTF-8" };
    }
    return { kind: "message", binary: opcode !== TEXT, payload };
  }
}
