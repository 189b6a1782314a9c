/** What came of one case, as plain data for the reports. */
import type { Case, Occurrence } from "./case.ts";
import { describeEnding, describeExpectation, describeList } from "./describe.ts";
import {
  type Behaviour,
  type CloseVerdict,
  type EndingFacts,
  type Judgement,
  judge,
} from "./verdict.ts";
import type { LogLine, WireLog } from "./wire-log.ts";

export interface Outcome {
  readonly id: string;
  readonly title: string;
  readonly behaviour: Behaviour;
  readonly close: CloseVerdict;
  /** Why the verdicts are what they are. */
  readonly whyBehaviour: string;
  readonly whyClose: string;
  readonly expected: string;
  readonly expectedEnding: string;
  readonly received: string;
  readonly peerCode: number | null;
  /** Milliseconds. */
  readonly duration: number;
  readonly log: readonly LogLine[];
}

/** Whether nothing is left to be desired. */
export function isRight({ behaviour, close }: Outcome): boolean {
  return (behaviour === "OK" && close === "OK") || behaviour === "INFORMATIONAL";
}

export function outcomeOf(
  subject: Case,
  judged: Judgement<Behaviour>,
  facts: EndingFacts,
  received: readonly Occurrence[],
  log: WireLog,
): Outcome {
  const { behaviour, close } = judge(subject, judged, facts);
  return {
    id: subject.id,
    title: subject.title,
    behaviour: behaviour.verdict,
    close: close.verdict,
    whyBehaviour: behaviour.why,
    whyClose: close.why,
    expected: describeExpectation(subject),
    expectedEnding: describeEnding(subject.ending),
    received: subject.play.kind === "script" ? describeList(received) : behaviour.why,
    peerCode: facts.peerCode,
    duration: Math.round(log.elapsed()),
    log: log.lines(),
  };
}

/** The outcome of a case whose opening handshake failed. */
export function neverOpened(
  subject: Case,
  role: "client" | "server",
  reason: string,
  log: WireLog,
): Outcome {
  const facts: EndingFacts = {
    opened: false,
    role,
    closedByTester: false,
    clean: false,
    unclean: reason,
    peerCode: null,
    droppedByTester: false,
  };
  log.note(`the opening handshake failed: ${reason}`);
  return outcomeOf(subject, { verdict: "FAILED", why: reason }, facts, [], log);
}
