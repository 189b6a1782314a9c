/** A run for programs; the names of the verdicts' fields are those of the reference suite. */
import type { Run } from "../harness/run-all.ts";

export function toJson(runs: readonly Run[]): string {
  const report = runs.map(({ tested, peer, duration, peerCpu, outcomes, missing }) => ({
    tested,
    peer,
    duration,
    peerCpu,
    missing,
    cases: Object.fromEntries(
      outcomes.map((outcome) => [
        outcome.id,
        {
          description: outcome.title,
          behavior: outcome.behaviour,
          behaviorClose: outcome.close,
          result: outcome.whyBehaviour,
          resultClose: outcome.whyClose,
          expected: outcome.expected,
          expectedClose: outcome.expectedEnding,
          received: outcome.received,
          remoteCloseCode: outcome.peerCode,
          duration: outcome.duration,
          wireLog: outcome.log,
        },
      ]),
    ),
  }));
  return `${JSON.stringify(report, null, 1)}\n`;
}
