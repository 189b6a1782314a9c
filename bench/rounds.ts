/** A workload for all subjects, in turn, round after round: A B C, B C A, C A B. */
import type { Generator, Outcome } from "./generator.ts";
import { capacityOf, type Measurement, measurementOf, type Timing } from "./measure.ts";
import type { Sample } from "./statistics.ts";
import { findSubject, type Subject, versionOf, whatIsMissing, whyNot } from "./subjects.ts";
import type { PacedWorkload, Workload } from "./workloads.ts";

export interface Row {
  readonly subject: string;
  readonly version: string;
  readonly samples: readonly Sample[];
  readonly failures: readonly string[];
}

export interface Result {
  readonly workload: Workload;
  /** The subject that the others are compared with. */
  readonly base: string;
  readonly rows: readonly Row[];
  /** Who did not take part, and why. */
  readonly absent: readonly { readonly subject: string; readonly why: string }[];
  /** Messages a second, of a paced workload; else null. */
  readonly rate: number | null;
}

export interface Plan extends Timing {
  readonly rounds: number;
  readonly against: readonly string[];
}

/** Told before each run, and after it with what came out. */
export type Progress = (round: number, subject: string, outcome: Outcome | null) => void;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Contestant {
  readonly subject: Subject;
  readonly measurement: Measurement;
  readonly samples: Sample[];
  readonly failures: string[];
}

/** Who takes part, ours first, and who is the base. */
export function castOf(
  workload: Workload,
  against: readonly string[],
): { names: string[]; base: string } {
  if (workload.subjects !== undefined)
    return { names: [...workload.subjects], base: workload.subjects.at(-1) ?? "" };
  const ours = workload.ours ?? "clearsocket";
  return { names: [...new Set([ours, ...against])], base: against[0] ?? ours };
}

/** The order of a round: it begins one further each time, so that nobody is always behind the same one. */
export function turnsOf<T>(all: readonly T[], round: number): T[] {
  return all.map((_, index) => all[(index + round) % all.length] as T);
}

/** What a workload needs and the generator was built without, as a sentence; null when there is nothing. */
function whatGeneratorLacks(workload: Workload, generator: () => Generator): string | null {
  if (workload.kind !== "server") return null;
  const { deflate, tls } = generator();
  if (workload.deflate !== "" && !deflate)
    return "the generator was built without the headers of zlib (zlib1g-dev)";
  if (workload.tls && !tls)
    return "the generator was built without the headers of OpenSSL (libssl-dev)";
  return null;
}

function absenceOf(name: string, workload: Workload): string | null {
  const subject = findSubject(name);
  if (subject === undefined) return "is not known";
  return whyNot(subject, workload) ?? whatIsMissing(subject);
}

/** Messages a second for a paced workload; a sentence when they cannot be told. */
async function rateFor(
  workload: PacedWorkload,
  base: string,
  plan: Plan,
  generator: () => Generator,
): Promise<number | string> {
  const subject = findSubject(base);
  if (subject === undefined || absenceOf(base, workload) !== null)
    return `needs ${base}, to know the load`;
  try {
    const capacity = await capacityOf(workload, subject, plan, generator);
    return capacity > 0 ? workload.load * capacity : `${base} does not say what it can do`;
  } catch (error) {
    return `${base} fails: ${messageOf(error)}`;
  }
}

async function prepare(contestant: Contestant): Promise<void> {
  try {
    await contestant.measurement.prepare();
  } catch (error) {
    contestant.failures.push(messageOf(error));
  }
}

async function runOne(
  { measurement, samples, failures }: Contestant,
  timing: Timing,
): Promise<Outcome> {
  const outcome = await measurement
    .run(timing)
    .catch((error: unknown): Outcome => ({ failure: messageOf(error) }));
  if ("sample" in outcome) samples.push(outcome.sample);
  else failures.push(outcome.failure);
  return outcome;
}

/** `generator` is called only by workloads that need one. */
export async function runWorkload(
  workload: Workload,
  plan: Plan,
  generator: () => Generator,
  progress: Progress,
): Promise<Result> {
  const { names, base } = castOf(workload, plan.against);
  const rate = workload.kind === "paced" ? await rateFor(workload, base, plan, generator) : 0;
  const forAll = typeof rate === "string" ? rate : whatGeneratorLacks(workload, generator);
  const absent = names.flatMap((subject) => {
    const why = absenceOf(subject, workload) ?? forAll;
    return why === null ? [] : [{ subject, why }];
  });
  const contestants = names.flatMap((name): Contestant[] => {
    const subject = findSubject(name);
    if (subject === undefined || absent.some((one) => one.subject === name)) return [];
    const measurement = measurementOf(workload, subject, plan.node, generator, Number(rate));
    return [{ subject, measurement, samples: [], failures: [] }];
  });
  try {
    for (const contestant of contestants) await prepare(contestant);
    const ready = contestants.filter(({ failures }) => failures.length === 0);
    for (let round = 0; round < plan.rounds; round += 1) {
      // What was compiled late in the first round would be charged to nobody else.
      const warmup = round === 0 ? 1.5 * plan.warmup : plan.warmup;
      for (const contestant of turnsOf(ready, round)) {
        const { name } = contestant.subject;
        progress(round, name, null);
        progress(round, name, await runOne(contestant, { ...plan, warmup }));
      }
    }
  } finally {
    for (const { measurement } of contestants) await measurement.end();
  }
  const rows = contestants.map(({ subject, samples, failures }) => {
    return { subject: subject.name, version: versionOf(subject), samples, failures };
  });
  return { workload, base, rows, absent, rate: workload.kind === "paced" ? Number(rate) : null };
}
