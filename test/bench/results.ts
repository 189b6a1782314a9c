/** Results as a run might give them, for the tests of what is made of them. */
import type { Result, Row } from "../../bench/rounds.ts";
import { findWorkloads, type Workload } from "../../bench/workloads.ts";

export function workloadNamed(name: string): Workload {
  const [workload] = findWorkloads(name);
  if (workload === undefined) throw new Error(`no workload ${name}`);
  return workload;
}

/** A row whose samples have these times of the processor. */
export function rowOf(subject: string, ...cpu: readonly number[]): Row {
  const samples = cpu.map((cpuPerMessage) => ({ cpuPerMessage, perSecond: 1e6 / cpuPerMessage }));
  return { subject, version: "1.0.0", samples, failures: [] };
}

export function resultOf(name: string, ...rows: readonly Row[]): Result {
  return { workload: workloadNamed(name), base: "ws", rows, absent: [], rate: null };
}
