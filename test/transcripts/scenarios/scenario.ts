/** A scenario: what was played when a transcript was written, played again. */
import type { Line } from "../lines.ts";
import type { Stage } from "../stage.ts";

export type Play = (stage: Stage) => Promise<void>;

/** A scenario whose transcript needs a rewrite of its own, and why. */
export interface Adapted {
  readonly play: Play;
  readonly because: string;
  /** Changes lines of both, or leaves them out. */
  readonly adapt?: (line: Line) => Line | null;
  /** Changes the transcript. */
  readonly rewrite?: (transcript: readonly Line[]) => readonly Line[];
  /** Whether the server's own lines are compared apart from those of its only connection. */
  readonly apart?: boolean;
}

/** Scenarios by the names of their transcripts. */
export type Scenarios = Readonly<Record<string, Play | Adapted>>;
