/** The calls of a session, kept as values until their owner asks for them. */
import { PING } from "../frames/opcode.ts";
import type { ProtocolEvent } from "./events.ts";
import { keepMessage } from "./keep.ts";
import type { SessionSink, SessionTap } from "./sink.ts";
import type { State } from "./state.ts";

export class EventQueue implements SessionSink, SessionTap {
  #events: ProtocolEvent[] = [];

  push(event: ProtocolEvent): void {
    this.#events.push(event);
  }

  /** Takes what has come since the last call. */
  take(): ProtocolEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  onText(data: string): void {
    this.push({ kind: "text", data });
  }

  onData(_isText: boolean, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.push({ kind: "binary", data: keepMessage(bytes, start, end, owned) });
  }

  onPong(bytes: Uint8Array, start: number, end: number): void {
    this.push({ kind: "pong", data: copy(bytes, start, end) });
  }

  onFrame(
    received: boolean,
    opcode: number,
    _fin: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (received && opcode === PING) this.push({ kind: "ping", data: copy(bytes, start, end) });
  }

  onState(state: State): void {
    this.push({ kind: "state", state });
  }

  onEof(): void {}

  onFailing(): void {}
}

/** A plain Uint8Array with memory of its own; the slice of a Node Buffer would be neither. */
function copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}
