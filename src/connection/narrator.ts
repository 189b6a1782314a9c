/** What a connection says of itself to whoever wants to hear it. */
import type { SessionTap } from "../protocol/sink.ts";
import type { ConnectionEvent, Step, Subject, Tap } from "./tap.ts";
import { Teller } from "./teller.ts";

/** The voice of one driver. */
export class Narrator {
  readonly #tap: Tap | null;
  readonly #subject: Subject;
  readonly #isEncrypted: boolean;
  #teller: Teller | null = null;
  /** Whether frames, states and steps are told: as of the last `listen`. */
  #isHeard = false;
  /** Our end has been handed to the transport, and no line says so yet. */
  #owesEnd = false;

  constructor(tap: Tap | null, subject: Subject, isEncrypted: boolean) {
    this.#tap = tap;
    this.#subject = subject;
    this.#isEncrypted = isEncrypted;
  }

  /** What the session is to tell its frames and states to: null, where nobody wants to know now. */
  listen(): SessionTap | null {
    const tap = this.#tap;
    this.#isHeard = tap?.verbose(this.#subject) === true;
    if (tap === null || !this.#isHeard) return null;
    this.#teller ??= new Teller(tap, this.#subject);
    return this.#teller;
  }

  /** Tells what everybody should know. */
  tell(event: ConnectionEvent, detail?: unknown): void {
    this.#tap?.tell(this.#subject, event, detail);
  }

  /** Tells a step, if somebody wants to know. */
  step(step: Step): void {
    if (this.#isHeard) this.tell({ type: "connection.step", step });
  }

  /** Our end is with the transport. It is told by `tellEnd`. */
  endSent(): void {
    this.#owesEnd = true;
  }

  /** Tells once that our end is on its way. */
  tellEnd(): void {
    if (!this.#owesEnd) return;
    this.#owesEnd = false;
    this.step(this.#isEncrypted ? "closing" : "half-closing");
  }

  /** The connection is cut: what has not been told of its end is told now. */
  cut(hasEnded: boolean): void {
    this.tellEnd();
    this.step("aborting");
    // What is cut has ended too; a stream of HTTP/2 is reset instead.
    if (!hasEnded && this.#subject.http !== "2") this.step("eof sent");
  }
}
