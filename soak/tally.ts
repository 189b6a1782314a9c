/** What has happened so far: the figures on which the verdict stands. */

/** How many faults are kept in words. */
const MOST_FAULTS = 20;

export class Tally {
  connections = 0;
  messages = 0;
  bytes = 0;
  attacks = 0;
  /** Messages that did not come back. */
  lost = 0;
  /** Messages that came back otherwise, or out of their order. */
  corrupted = 0;
  /** Errors that nobody handled, and those that the library logged as such. */
  unhandled = 0;
  /** Good conversations that failed. */
  failed = 0;
  /** The first faults, in words. */
  readonly faults: string[] = [];
  #latencies: number[] = [];

  fault(words: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push(words);
  }

  /** The time from send() to the echo, in milliseconds. */
  took(latency: number): void {
    this.#latencies.push(latency);
  }

  /** The latencies since the last call: their median and their 99th percentile, in milliseconds; 0 where there are none. */
  takeLatencies(): { readonly median: number; readonly p99: number } {
    const sorted = this.#latencies.sort((one, other) => one - other);
    this.#latencies = [];
    const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
    return { median: at(0.5), p99: at(0.99) };
  }
}
