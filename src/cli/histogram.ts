/** How many times took how long, in little memory: each bucket is 2 % wider than the one before. */

const GROWTH = 1.02;
/** The end of the first bucket, in milliseconds. */
const LEAST = 0.001;
/** The last bucket ends above an hour. */
const BUCKETS: number = Math.ceil(Math.log(3_600_000 / LEAST) / Math.log(GROWTH));

/** Where the rows of a drawing end, in milliseconds: 0.001, 0.002, 0.005, 0.01 … */
const EDGES: readonly number[] = Array.from({ length: 30 }, (_, index) =>
  Number(`${[1, 2, 5][index % 3]}e${Math.floor(index / 3) - 3}`),
);

/** A row of a drawing: how many values lie in it. Milliseconds. */
export interface Row {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = 0;

  /** @param value in milliseconds, at least 0 */
  add(value: number): void {
    const at = value <= LEAST ? 0 : Math.ceil(Math.log(value / LEAST) / Math.log(GROWTH));
    const index = Math.min(at, BUCKETS - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count += 1;
    this.#sum += value;
    if (value < this.#least) this.#least = value;
    if (value > this.#most) this.#most = value;
  }

  get count(): number {
    return this.#count;
  }

  /** The least, the greatest and the mean value; 0 when there is none. */
  get least(): number {
    return this.#count === 0 ? 0 : this.#least;
  }

  get most(): number {
    return this.#most;
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** The value that so many hundredths do not exceed, at most 2 % too high; 0 when there is none. */
  percentile(hundredths: number): number {
    const rank = Math.max(1, Math.ceil((hundredths / 100) * this.#count));
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return Math.min(LEAST * GROWTH ** index, this.#most);
    }
    return 0;
  }

  /** The values in rows that end at 1, 2, 5, 10, 20 …, from the least to the greatest. A value lies at most 2 % off. */
  rows(): readonly Row[] {
    const counts = new Map<number, number>();
    for (const [index, count] of this.#counts.entries()) {
      if (count === 0) continue;
      const value = Math.min(LEAST * GROWTH ** index, this.#most);
      const row = EDGES.findIndex((edge) => value <= edge);
      counts.set(row, (counts.get(row) ?? 0) + count);
    }
    const rows: Row[] = [];
    const [first = 0] = counts.keys();
    const last = [...counts.keys()].at(-1) ?? -1;
    for (let row = first; row <= last; row += 1) {
      rows.push({ from: EDGES[row - 1] ?? 0, to: EDGES[row] ?? 0, count: counts.get(row) ?? 0 });
    }
    return rows;
  }
}
