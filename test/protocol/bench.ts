/** A session on the bench: what it is told, what it says, what it sends, as short lines that tests compare. */
import assert from "node:assert/strict";
import { parseClose } from "../../src/frames/close.ts";
import { maskBytes } from "../../src/frames/mask.ts";
import { CLOSE, nameOpcode, type Opcode, TEXT } from "../../src/frames/opcode.ts";
import { serialiseFrame } from "../../src/frames/serialise.ts";
import type { Output } from "../../src/protocol/output.ts";
import { Session, type SessionOptions } from "../../src/protocol/session.ts";
import type { SessionSink, SessionTap, Stop } from "../../src/protocol/sink.ts";
import type { State } from "../../src/protocol/state.ts";
import { toHex, utf8 } from "../frames/bytes.ts";

export type Side = "client" | "server";

export const SIDES: readonly Side[] = ["client", "server"];

/** Both masks are known, so that bytes can be compared. */
const KEY = 0x1b2c3d4e;

/** Takes exactly the room that is asked for, in new memory each time, and notices what nobody may do. */
export class StrictOutput implements Output {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  congested = false;
  ended = 0;

  reserve(size: number): void {
    assert.equal(this.ended, 0, "something is written after the end");
    const grown = new Uint8Array(this.at + size);
    grown.set(this.bytes.subarray(0, this.at));
    // What is left of the old memory must not be used.
    this.bytes.fill(0xee);
    this.bytes = grown;
  }

  commit(end: number): void {
    assert.ok(
      end >= this.at && end <= this.bytes.length,
      "more is written than there was room for",
    );
    this.at = end;
  }

  share(bytes: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.bytes.set(bytes.subarray(start, end), this.at);
    this.commit(this.at + end - start);
  }

  end(): void {
    this.ended += 1;
    assert.equal(this.ended, 1, "the stream is ended twice");
  }

  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.at);
    this.at = 0;
    return taken;
  }
}

export interface BenchOptions extends Partial<Omit<SessionOptions, "side">> {
  /** Whether the owner answers "closing" and "failing" at once; default true. */
  readonly answers?: boolean;
  /** Whether somebody listens to the tap; default true. */
  readonly tapped?: boolean;
}

export class Bench implements SessionSink, SessionTap {
  readonly side: Side;
  readonly session: Session;
  readonly out = new StrictOutput();
  /** What the sink heard, a line a call. */
  heard: string[] = [];
  /** What the tap heard, a line a call, as the log writes it. */
  told: string[] = [];
  /** The stops other than "done". */
  stops: Stop[] = [];
  /** Called after each line of `heard`, from within the call. */
  onHeard: ((line: string) => void) | null = null;
  readonly #answers: boolean;

  constructor(side: Side, options: BenchOptions = {}) {
    const { answers = true, tapped = true, maxSize = 1 << 20, text = "string" } = options;
    const makeKey = side === "client" ? () => KEY : null;
    this.side = side;
    this.#answers = answers;
    this.session = new Session({ side, maxSize, text, makeKey, ...options }, this.out);
    if (tapped) this.session.tap = this;
  }

  /** Hands in bytes as a driver does. */
  feed(...pieces: readonly Uint8Array[]): this {
    for (const piece of pieces) {
      let stop = this.session.receive(piece, this);
      while (stop === "turn") {
        this.stops.push(stop);
        stop = this.session.resume(this);
      }
      if (stop !== "done") {
        this.stops.push(stop);
        if (this.#answers) this.session.answer();
      }
    }
    return this;
  }

  /** A frame as the peer sends it. */
  frame(opcode: number, payload: string | Uint8Array = "", fin = true, rsv = 0): Uint8Array {
    const bytes = typeof payload === "string" ? utf8(payload) : payload;
    const key = this.side === "server" ? KEY : null;
    return serialiseFrame({ opcode: opcode as Opcode, fin, rsv, payload: bytes }, key);
  }

  /** What was sent since the last call, a line a frame. */
  sent(): string[] {
    return readFrames(this.out.take(), this.side === "client");
  }

  onText(text: string, size: number): void {
    assert.equal(size, utf8(text).length);
    this.#hear(`text ${JSON.stringify(text)}`);
  }

  onData(isText: boolean, bytes: Uint8Array, start: number, end: number, _owned?: boolean): void {
    this.#hear(`${isText ? "utf8" : "binary"} ${toHex(bytes.subarray(start, end))}`);
  }

  onPong(bytes: Uint8Array, start: number, end: number): void {
    this.#hear(`pong ${toHex(bytes.subarray(start, end))}`);
  }

  onFrame(
    received: boolean,
    opcode: number,
    fin: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    wireSize: number,
    compressed: boolean,
  ): void {
    const line = showFrame(opcode, fin, bytes.slice(start, end));
    this.told.push(`${received ? "<" : ">"} ${line} [${wireSize}${compressed ? " encoded" : ""}]`);
  }

  onState(state: State): void {
    assert.equal(this.session.state, state);
    this.told.push(`= ${state}`);
  }

  onEof(received: boolean): void {
    this.told.push(`${received ? "<" : ">"} EOF`);
  }

  onFailing(code: number, reason: string, rule: string | null): void {
    this.told.push(`! ${code} ${reason} (${rule})`);
  }

  #hear(line: string): void {
    this.heard.push(line);
    this.onHeard?.(line);
  }
}

/** `TEXT "hello"`, `BINARY 0102`, `CONT 03 ...`, `CLOSE 1000 bye`: dots stand for "more to come". */
function showFrame(opcode: number, fin: boolean, payload: Uint8Array): string {
  const name = nameOpcode(opcode as Opcode);
  const more = fin ? "" : " ...";
  if (opcode === TEXT) return `${name} ${JSON.stringify(new TextDecoder().decode(payload))}${more}`;
  if (opcode !== CLOSE) return `${name} ${toHex(payload)}${more}`;
  if (payload.length === 0) return `${name}`;
  try {
    const { code, reason } = parseClose(payload, 0, payload.length);
    return `${name} ${code} ${reason}`.trimEnd();
  } catch {
    return `${name} ${toHex(payload)}`;
  }
}

/** The frames in `bytes`, which must be whole, a line each. */
export function readFrames(bytes: Uint8Array, masked: boolean): string[] {
  const lines: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    assert.equal(second >= 0x80, masked, "a mask where none belongs, or none where one does");
    assert.equal(first & 0x70, 0, "a reserved bit");
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    let length = second & 0x7f;
    at += 2;
    if (length === 126) {
      length = view.getUint16(2);
      at += 2;
    } else if (length === 127) {
      length = Number(view.getBigUint64(2));
      at += 8;
    }
    let key = 0;
    if (masked) {
      key = new DataView(bytes.buffer, bytes.byteOffset + at).getInt32(0, true);
      at += 4;
    }
    const payload = bytes.slice(at, at + length);
    assert.equal(payload.length, length, "a frame is cut off");
    maskBytes(payload, 0, length, key);
    at += length;
    lines.push(showFrame(first & 0x0f, first >= 0x80, payload));
  }
  return lines;
}
