/** What is looked at again and again while a soak runs. */
import type { Tally } from "./tally.ts";
import { type Holdings, look } from "./watch.ts";

export interface Sample extends Holdings {
  /** Since the beginning. */
  readonly seconds: number;
  /** Latencies of echoes since the last sample, in milliseconds. */
  readonly median: number;
  readonly p99: number;
}

export function takeSample(seconds: number, tally: Tally): Sample {
  return { seconds, ...look(), ...tally.takeLatencies() };
}
