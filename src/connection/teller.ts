/** Turns what a session does into events; made for a connection when somebody first wants to know. */
import type { SessionTap } from "../protocol/sink.ts";
import type { State } from "../protocol/state.ts";
import type { Subject, Tap } from "./tap.ts";

/** The tap of a session: tells a connection's tap of its frames, states and steps. */
export class Teller implements SessionTap {
  readonly #tap: Tap;
  readonly #subject: Subject;

  constructor(tap: Tap, subject: Subject) {
    this.#tap = tap;
    this.#subject = subject;
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
    const type = received ? "frame.received" : "frame.sent";
    const event = { type, opcode, fin, size: end - start, wireSize, compressed } as const;
    this.#tap.tell(this.#subject, event, { bytes, start, end });
  }

  onState(state: State): void {
    this.#tap.tell(this.#subject, { type: "connection.state", state });
  }

  onEof(received: boolean): void {
    const step = received ? "eof received" : "eof sent";
    this.#tap.tell(this.#subject, { type: "connection.step", step });
  }

  onFailing(code: number, reason: string, rule: string | null): void {
    this.#tap.tell(this.#subject, { type: "connection.failing", code, reason, rule });
  }
}
