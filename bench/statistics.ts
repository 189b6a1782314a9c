/** What many runs say together. */

/** What one run has measured; what it has not is not there. Times are microseconds unless the name says otherwise. */
export interface Sample {
  readonly count?: number;
  readonly perSecond?: number;
  readonly bytesPerSecond?: number;
  /** Processor time of the subject, all threads, user and system, for each message. */
  readonly cpuPerMessage?: number;
  /** Processors that the subject kept busy, and the generator. */
  readonly serverCpu?: number;
  readonly ownCpu?: number;
  readonly p50?: number;
  readonly p90?: number;
  readonly p99?: number;
  readonly p999?: number;
  readonly max?: number;
  readonly kibPerConnection?: number;
  readonly milliseconds?: number;
  readonly errors?: number;
}

const FIGURES = [
  "count",
  "perSecond",
  "bytesPerSecond",
  "cpuPerMessage",
  "serverCpu",
  "ownCpu",
  "p50",
  "p90",
  "p99",
  "p999",
  "max",
  "kibPerConnection",
  "milliseconds",
  "errors",
] as const satisfies readonly (keyof Sample)[];

/** The middle one, or the mean of the two in the middle; NaN when there is none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}

/** Each figure's median over the samples that have it. */
export function medians(samples: readonly Sample[]): Sample {
  const result: Partial<Record<keyof Sample, number>> = {};
  for (const figure of FIGURES) {
    const numbers = samples.flatMap((sample) => sample[figure] ?? []);
    if (numbers.length > 0) result[figure] = median(numbers);
  }
  return result;
}

/**
 * How many times better a figure is than the base's, when less of it is better: 2 is half. Undefined when either is
 * missing or not above zero.
 */
export function timesBetter(
  figure: number | undefined,
  base: number | undefined,
): number | undefined {
  if (figure === undefined || base === undefined || figure <= 0 || base <= 0) return undefined;
  return base / figure;
}

/** How far apart the samples' figures are: the largest over the smallest; undefined for fewer than two. */
export function spread(numbers: readonly number[]): number | undefined {
  const least = Math.min(...numbers);
  return numbers.length < 2 || least <= 0 ? undefined : Math.max(...numbers) / least;
}
