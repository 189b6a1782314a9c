/** What a hostile case is. */
import type { Subject } from "./subject.ts";

/**
 * How a case is played: `quick` ones one after the other, with all checks after each; `slow` ones wait for the subject's
 * timers, all at the same time; `heavy` ones are work or fill memory, and are played alone, with good clients beside them.
 */
export type Pace = "quick" | "slow" | "heavy";

export interface Case<S extends Subject = Subject> {
  /** `family/name`. */
  readonly id: string;
  readonly title: string;
  /** The rows of the catalogue in docs/topics/security.md, or R and the number of a requirement. */
  readonly rows: readonly string[];
  readonly pace: Pace;
  /** How much the memory may grow while it is played, in MiB. */
  readonly memory: number;
  /** Resolves when the subject has done right. Rejects with Unexpected, or NotApplicable. */
  play(subject: S): Promise<void>;
}

/** The subject has not done what is right. */
export class Unexpected extends Error {
  static {
    Unexpected.prototype.name = "Unexpected";
  }

  readonly expected: string;
  readonly seen: string;

  constructor(expected: string, seen: string) {
    super(`expected ${expected}; seen: ${seen}`);
    this.expected = expected;
    this.seen = seen;
  }
}

/** The case has no meaning for this subject, for example because it agrees on no compression. */
export class NotApplicable extends Error {
  static {
    NotApplicable.prototype.name = "NotApplicable";
  }
}

/** How much memory a process may take for a while without cause: collections come when they like. In MiB. */
const NOISE = 64;

export interface CaseOptions {
  readonly rows?: readonly string[];
  readonly pace?: Pace;
  readonly memory?: number;
}

export function makeCase<S extends Subject>(
  id: string,
  title: string,
  { rows = [], pace = "quick", memory = NOISE }: CaseOptions,
  play: (subject: S) => Promise<void>,
): Case<S> {
  return { id, title, rows, pace, memory, play };
}
