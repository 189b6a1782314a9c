/** One thing to try with one program of other people. */
import type { Need } from "./need.ts";

export interface Trial {
  /** The peer, its role, and what is tried. */
  readonly name: string;
  /** What has to be installed. */
  readonly needs: readonly Need[];
  /** Rejects when it fails. @returns more to tell, such as what was negotiated. */
  run(): Promise<string | void>;
}
