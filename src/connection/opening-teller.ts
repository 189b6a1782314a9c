/** What a connection tells of its opening handshake, and of an end that comes before it is open. */
import type { State } from "../protocol/state.ts";
import { lossOf, type Step, type Subject, type Tap } from "./tap.ts";
import { StreamLost } from "./transport.ts";

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

  /** The transport has closed, for `error` if that was a fault; what befell a stream of HTTP/2 has a line of its own. */
  lost(error: Error | null): void {
    if (error instanceof StreamLost && this.#tap.verbose(this.#subject)) {
      this.#tap.tell(this.#subject, lossOf(error));
    }
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
