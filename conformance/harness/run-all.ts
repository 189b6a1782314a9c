/** All cases in one role. */
import { isHeavyId } from "../cases/catalogue.ts";
import type { Case } from "./case.ts";
import { playAsClient, type Target } from "./dial.ts";
import { listen } from "./listen.ts";
import type { Outcome } from "./outcome.ts";
import { inParallel } from "./pool.ts";

/** What came of all cases in one role. */
export interface Run {
  /** Whom we tested: a server or a client. */
  readonly tested: "server" | "client";
  /** Its address, or the name that it gave. */
  readonly peer: string;
  readonly outcomes: readonly Outcome[];
  /** Cases that the client did not run. */
  readonly missing: readonly string[];
  /** Milliseconds. */
  readonly duration: number;
  /** Milliseconds of processor time that the peer took, when it is known. */
  readonly peerCpu?: number;
}

export type Progress = (outcome: Outcome, done: number, total: number) => void;

/** Cases that wait for timers run `parallel` at a time; those that are work, a quarter as many. */
export function heavyWidth(parallel: number): number {
  return Math.max(1, Math.ceil(parallel / 4));
}

function inOrder(cases: readonly Case[], outcomes: ReadonlyMap<string, Outcome>): Outcome[] {
  return cases.flatMap(({ id }) => outcomes.get(id) ?? []);
}

export async function testServer(
  address: string,
  target: Target,
  cases: readonly Case[],
  parallel: number,
  progress: Progress,
): Promise<Run> {
  const start = performance.now();
  const outcomes = new Map<string, Outcome>();
  const play = async (subject: Case): Promise<void> => {
    const outcome = await playAsClient(target, subject);
    outcomes.set(subject.id, outcome);
    progress(outcome, outcomes.size, cases.length);
  };
  // Apart, so that work does not make the timers of the others late.
  await inParallel(
    cases.filter(({ id }) => !isHeavyId(id)),
    parallel,
    play,
  );
  await inParallel(
    cases.filter(({ id }) => isHeavyId(id)),
    heavyWidth(parallel),
    play,
  );
  const duration = Math.round(performance.now() - start);
  return {
    tested: "server",
    peer: address,
    outcomes: inOrder(cases, outcomes),
    missing: [],
    duration,
  };
}

/** Serves the cases until a client asks for the reports. `onListening` is told the port. */
export async function testClient(
  options: { readonly host: string; readonly port: number },
  cases: readonly Case[],
  progress: Progress,
  onListening: (port: number) => void,
): Promise<Run> {
  const start = performance.now();
  const outcomes = new Map<string, Outcome>();
  const tester = await listen({
    ...options,
    cases,
    onOutcome: (outcome) => {
      outcomes.set(outcome.id, outcome);
      progress(outcome, outcomes.size, cases.length);
    },
  });
  onListening(tester.port);
  const peer = await tester.finished;
  tester.close();
  const missing = cases.flatMap(({ id }) => (outcomes.has(id) ? [] : [id]));
  const duration = Math.round(performance.now() - start);
  return { tested: "client", peer, outcomes: inOrder(cases, outcomes), missing, duration };
}
