/** Whether a soak has passed. */
import type { Sample } from "./sample.ts";
import type { Tally } from "./tally.ts";
import type { Holdings } from "./watch.ts";

/** What caches and compiled code may add to the heap after the base line was taken, in MiB. */
const MORE_USED = 16;
/** How much more resident memory the second half may take than the first, in MiB: a leak takes more in minutes. */
const MORE_RESIDENT = 48;

/** What is wrong, a line each; none: it has passed. */
export function judge(
  tally: Tally,
  base: Holdings,
  end: Holdings,
  samples: readonly Sample[],
): string[] {
  const wrong: string[] = [];
  for (const what of ["lost", "corrupted", "unhandled", "failed"] as const) {
    if (tally[what] > 0) wrong.push(`${tally[what]} ${what}`);
  }
  if (tally.messages === 0) wrong.push("no message came back");
  if (tally.attacks === 0) wrong.push("nobody attacked");
  for (const what of ["descriptors", "timers"] as const) {
    if (end[what] > base[what]) wrong.push(`${end[what]} ${what}, ${base[what]} before`);
  }
  if (end.used > base.used + MORE_USED) {
    wrong.push(`${end.used.toFixed(1)} MiB in use, ${base.used.toFixed(1)} before`);
  }
  const middle = Math.ceil(samples.length / 2);
  const mostOf = (part: readonly Sample[]): number => Math.max(...part.map(({ rss }) => rss));
  const [first, second] = [mostOf(samples.slice(0, middle)), mostOf(samples.slice(middle))];
  if (samples.length > 20 && second > first + MORE_RESIDENT) {
    wrong.push(`${second.toFixed(0)} MiB resident, ${first.toFixed(0)} in the first half`);
  }
  return wrong;
}
