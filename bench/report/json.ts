/** Results for programs: every run, and the medians. */
import type { Machine } from "../machine.ts";
import type { Result } from "../rounds.ts";
import { compare } from "./compare.ts";

export interface Circumstances {
  readonly date: string;
  readonly node: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmup: number;
}

export function toJson(results: readonly Result[], circumstances: Circumstances): string {
  const workloads = results.map((result) => {
    const lines = compare(result);
    const subjects = result.rows.map(({ subject, version, samples, failures }) => {
      const line = lines.find((one) => one.subject === subject);
      const { median, times, spread } = line ?? {};
      return { subject, version, median, times, spread, failures, runs: samples };
    });
    const { name, about, measures } = result.workload;
    return {
      name,
      about,
      measures,
      base: result.base,
      rate: result.rate,
      absent: result.absent,
      subjects,
    };
  });
  return `${JSON.stringify({ ...circumstances, workloads }, null, 2)}\n`;
}
