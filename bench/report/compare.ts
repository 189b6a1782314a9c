/** A result, boiled down: a line for each subject, with its medians and what they are to the base's. */
import type { Result } from "../rounds.ts";
import { medians, type Sample, spread, timesBetter } from "../statistics.ts";
import type { Measure } from "../workloads.ts";

export interface Line {
  readonly subject: string;
  readonly isBase: boolean;
  readonly median: Sample;
  /** How many times better than the base, for each of the workload's measures; none where it cannot be told. */
  readonly times: Partial<Record<Measure, number>>;
  /** The largest figure over the smallest, of the workload's first measure. */
  readonly spread: number | undefined;
  readonly failures: readonly string[];
}

export function compare({ workload, base, rows }: Result): readonly Line[] {
  const { samples: ofBase = [] } = rows.find(({ subject }) => subject === base) ?? {};
  const baseline = medians(ofBase);
  return rows.map(({ subject, samples, failures }) => {
    const median = medians(samples);
    const times: Partial<Record<Measure, number>> = {};
    for (const measure of workload.measures) {
      const better = timesBetter(median[measure], baseline[measure]);
      if (better !== undefined) times[measure] = better;
    }
    const figures = samples.flatMap((sample) => sample[workload.measures[0]] ?? []);
    return { subject, isBase: subject === base, median, times, spread: spread(figures), failures };
  });
}
