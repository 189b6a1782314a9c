/** The two verdicts of a case: on what was received, and on how the connection ended. */
import type { Case, Ending, Occurrence, Script } from "./case.ts";

export type Behaviour = "OK" | "NON-STRICT" | "INFORMATIONAL" | "UNIMPLEMENTED" | "FAILED";

export type CloseVerdict =
  | "OK"
  | "INFORMATIONAL"
  | "UNIMPLEMENTED"
  | "FAILED"
  | "UNCLEAN"
  | "WRONG CODE"
  | "FAILED BY CLIENT";

/** How a connection ended, as the tester saw it. */
export interface EndingFacts {
  readonly opened: boolean;
  readonly role: "client" | "server";
  /** The tester sent its Close first, and not as an answer. */
  readonly closedByTester: boolean;
  readonly clean: boolean;
  /** Why it was not clean. */
  readonly unclean: string;
  /** The code of the peer's Close; null without a Close or without a code. */
  readonly peerCode: number | null;
  readonly droppedByTester: boolean;
}

export interface Judgement<V> {
  readonly verdict: V;
  readonly why: string;
}

function sameOccurrence(left: Occurrence, right: Occurrence): boolean {
  if (left.kind === "mark" || right.kind === "mark") {
    return left.kind === "mark" && right.kind === "mark" && left.name === right.name;
  }
  if (left.kind !== right.kind || !left.payload.equals(right.payload)) return false;
  return left.kind !== "message" || right.kind !== "message" || left.binary === right.binary;
}

/** Whether two lists hold the same, in the same order. */
export function sameList(left: readonly Occurrence[], right: readonly Occurrence[]): boolean {
  return (
    left.length === right.length &&
    left.every((one, index) => sameOccurrence(one, right[index] as Occurrence))
  );
}

/** The verdict on what was received, before the ending has its say. */
export function judgeList(script: Script, received: readonly Occurrence[]): Judgement<Behaviour> {
  if (sameList(received, script.ok))
    return { verdict: "OK", why: "what was received is what was expected" };
  if (script.nonStrict !== undefined && sameList(received, script.nonStrict)) {
    return { verdict: "NON-STRICT", why: "what was received is allowed, but not the strictest" };
  }
  return { verdict: "FAILED", why: "what was received is not what was expected" };
}

/** The verdict on the ending: the first of these that holds. */
export function judgeClose(ending: Ending, facts: EndingFacts): Judgement<CloseVerdict> {
  if (!facts.opened)
    return { verdict: "FAILED", why: `the opening handshake failed: ${facts.unclean}` };
  if (ending.by === "any")
    return { verdict: "INFORMATIONAL", why: facts.clean ? "closed cleanly" : facts.unclean };
  const expectsTester = ending.by === "tester";
  if (facts.closedByTester !== expectsTester) {
    const code = facts.peerCode === null ? "" : `, with code ${facts.peerCode}`;
    const who = expectsTester
      ? `the peer closed or dropped the connection${code}`
      : "the tester had to close the connection";
    return { verdict: "FAILED", why: who };
  }
  if (ending.clean && !facts.clean) return { verdict: "UNCLEAN", why: facts.unclean };
  if (facts.peerCode !== null && !ending.codes.includes(facts.peerCode)) {
    const allowed = ending.codes.join(" or ");
    return {
      verdict: "WRONG CODE",
      why: `the peer's Close has code ${facts.peerCode}, not ${allowed}`,
    };
  }
  if (facts.role === "client" && facts.droppedByTester) {
    return {
      verdict: "FAILED BY CLIENT",
      why: "the server did not drop the TCP connection in time",
    };
  }
  return { verdict: "OK", why: "the connection ended as it has to" };
}

/** Both verdicts together, with what the ending does to the behaviour. */
export function judge(
  subject: Case,
  behaviour: Judgement<Behaviour>,
  facts: EndingFacts,
): { readonly behaviour: Judgement<Behaviour>; readonly close: Judgement<CloseVerdict> } {
  const { ending } = subject;
  const close = judgeClose(ending, facts);
  if (!facts.opened) return { behaviour: { verdict: "FAILED", why: close.why }, close };
  if (behaviour.verdict === "UNIMPLEMENTED") {
    return { behaviour, close: { verdict: "UNIMPLEMENTED", why: behaviour.why } };
  }
  if (ending.by === "any") {
    return {
      behaviour: { verdict: "INFORMATIONAL", why: "this case has no right or wrong" },
      close,
    };
  }
  const wrongSide =
    ending.fatal === "wrong side" && facts.closedByTester !== (ending.by === "tester");
  const wrongCode = ending.fatal === "wrong code" && close.verdict === "WRONG CODE";
  if (wrongSide || wrongCode) return { behaviour: { verdict: "FAILED", why: close.why }, close };
  return { behaviour, close };
}
