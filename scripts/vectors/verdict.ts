/** What became of one vector. */
export interface Verdict {
  readonly name: string;
  readonly kind: "passed" | "failed" | "different";
  /** What failed, or the reasons of the differences. */
  readonly lines?: readonly string[];
}
