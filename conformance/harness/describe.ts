/** Expectations and lists of what was received, in words. */
import type { Case, Ending, Occurrence } from "./case.ts";
import { excerpt } from "./wire-log.ts";

function describeOccurrence(occurrence: Occurrence): string {
  if (occurrence.kind === "mark") return `open after part ${occurrence.name}`;
  const { payload } = occurrence;
  const kind =
    occurrence.kind === "message" ? (occurrence.binary ? "binary" : "text") : occurrence.kind;
  if (payload.length === 0) return `${kind}, empty`;
  return `${kind} of ${payload.length} ${payload.length === 1 ? "octet" : "octets"} ${excerpt(payload)}`;
}

export function describeList(list: readonly Occurrence[]): string {
  if (list.length === 0) return "nothing";
  const shown = list.slice(0, 12).map(describeOccurrence).join("; ");
  return list.length > 12 ? `${shown}; and ${list.length - 12} more` : shown;
}

export function describeExpectation({ ending, play }: Case): string {
  if (ending.by === "any") return "nothing in particular";
  if (play.kind === "series") {
    const what = play.exact ? "the same type and octets" : "the right type and length";
    return `${play.count === 1 ? "1 echo" : `${play.count} echoes`} with ${what} within ${play.limit / 1000} s`;
  }
  const nonStrict =
    play.nonStrict === undefined ? "" : ` (non-strict: ${describeList(play.nonStrict)})`;
  return describeList(play.ok) + nonStrict;
}

export function describeEnding({ by, codes, clean }: Ending): string {
  if (by === "any") return "any";
  const code = [...codes, "no code"].join(" or ");
  if (by === "peer") return `the peer closes with ${code}, or drops the connection`;
  if (clean) return `the tester closes; the peer answers with ${code}; clean`;
  return `the tester closes; the peer answers with ${code}, or drops the connection`;
}
