/** What a run comes to, counted. */
import { GROUP_NAMES, groupOf } from "../cases/catalogue.ts";
import { isRight, type Outcome } from "../harness/outcome.ts";
import type { Run } from "../harness/run-all.ts";
import type { Behaviour } from "../harness/verdict.ts";

export const BEHAVIOURS: readonly Behaviour[] = [
  "OK",
  "NON-STRICT",
  "INFORMATIONAL",
  "UNIMPLEMENTED",
  "FAILED",
];

export interface Counts {
  readonly name: string;
  readonly total: number;
  readonly behaviour: Readonly<Record<Behaviour, number>>;
  /** Endings that are neither OK nor without verdict. */
  readonly closeNotOk: number;
  /** Milliseconds, summed over cases that may have run at the same time. */
  readonly duration: number;
}

function isBadClose({ close }: Outcome): boolean {
  return close !== "OK" && close !== "INFORMATIONAL" && close !== "UNIMPLEMENTED";
}

export function count(name: string, outcomes: readonly Outcome[]): Counts {
  const behaviour = { OK: 0, "NON-STRICT": 0, INFORMATIONAL: 0, UNIMPLEMENTED: 0, FAILED: 0 };
  let duration = 0;
  for (const outcome of outcomes) {
    behaviour[outcome.behaviour] += 1;
    duration += outcome.duration;
  }
  return {
    name,
    total: outcomes.length,
    behaviour,
    closeNotOk: outcomes.filter(isBadClose).length,
    duration,
  };
}

/** One row a group, in their order. */
export function countGroups(outcomes: readonly Outcome[]): readonly Counts[] {
  return [...GROUP_NAMES].flatMap(([group, name]) => {
    const members = outcomes.filter(({ id }) => groupOf(id) === group);
    return members.length === 0 ? [] : [count(`${group} ${name}`, members)];
  });
}

/** What is left to be desired, in order. */
export function imperfect({ outcomes }: Run): readonly Outcome[] {
  return outcomes.filter((outcome) => !isRight(outcome));
}

/** Whether a rule was broken: NON-STRICT and UNIMPLEMENTED are allowed, and a case that was not run proves nothing. */
export function hasFailures({ outcomes, missing }: Run): boolean {
  return (
    missing.length > 0 ||
    outcomes.some((outcome) => outcome.behaviour === "FAILED" || isBadClose(outcome))
  );
}

/** `server: 514 OK, 3 INFORMATIONAL, 0 other`. */
export function oneLine(run: Run): string {
  const informational = run.outcomes.filter(
    ({ behaviour }) => behaviour === "INFORMATIONAL",
  ).length;
  const ok = run.outcomes.filter(isRight).length - informational;
  const other = run.outcomes.length - ok - informational + run.missing.length;
  return `${run.tested}: ${ok} OK, ${informational} INFORMATIONAL, ${other} other`;
}

/** Whether a run has nothing but OK and INFORMATIONAL. */
export function isPerfect(run: Run): boolean {
  return run.missing.length === 0 && imperfect(run).length === 0;
}
