/** What a connection tells of its opening handshake, and of an end that comes before it is open. */
import type { State } from "../protocol/state.ts";
import type { Step, Subject, Tap } from "./tap.ts";

/** Tells states and steps where somebody wants them. Each end is told once, whatever brings it about. */
export class OpeningTeller {
  readonly #tap: Tap;
  readonly #subject: Subject;
  #ended = false;
  #closed = false;

  constructor(tap: Tap, subject: Subject) {
    this.#tap = tap;
    this.#subject = subject;
  }

  begin(): void {
    this.#state("connecting");
    this.#subject.begin();
  }

  open(): void {
    this.#state("open");
  }

  step(step: Step): void {
    if (this.#tap.verbose(this.#subject)) {
      this.#tap.tell(this.#subject, { type: "connection.step", step });
    }
  }

  /** We have ended our direction. */
  end(): void {
    if (!this.#ended) this.step("eof sent");
    this.#ended = true;
  }

  /** Both directions have ended at once. A stream of HTTP/2 is reset instead, which is no end. */
  cut(): void {
    if (this.#subject.http === "1.1") this.end();
  }

  closed(): void {
    if (!this.#closed) this.#state("closed");
    this.#closed = true;
  }

  #state(state: State): void {
    if (this.#tap.verbose(this.#subject)) {
      this.#tap.tell(this.#subject, { type: "connection.state", state });
    }
  }
}
