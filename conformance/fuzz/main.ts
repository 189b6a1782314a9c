/**
 * `npm run fuzz -- [--seconds N] [--streams N] [--seed N]`: random streams against what the RFCs say, against themselves cut
 * elsewhere, and, damaged at random, against the receiver of `ws`. A disagreement prints the seed that repeats it.
 */
import { parseArgs } from "node:util";
import { ours, theirs } from "./machines.ts";
import { Random } from "./random.ts";
import { makeStream, type Outcome } from "./stream.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    streams: { type: "string" },
    seed: { type: "string" },
  },
});

const once = values.seed !== undefined;
const first = once ? Number(values.seed) : (Date.now() & 0x7fff_ffff) >>> 0;
const most = once ? 1 : Number(values.streams ?? Number.POSITIVE_INFINITY);
const until =
  values.streams === undefined && !once
    ? performance.now() + Number(values.seconds) * 1000
    : Number.POSITIVE_INFINITY;

let streams = 0;
let disagreements = 0;

function differ(seed: number, what: string, found: Outcome, wanted: Outcome): void {
  disagreements += 1;
  console.log(`seed ${seed}: ${what}\n  found  ${show(found)}\n  wanted ${show(wanted)}`);
}

function show(outcome: Outcome): string {
  const text = JSON.stringify(outcome);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

function same(one: Outcome, other: Outcome): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function randomCuts(random: Random, length: number): number[] {
  const cuts = new Set<number>();
  for (let left = random.integer(0, 12); left > 0; left -= 1) cuts.add(random.integer(0, length));
  return [...cuts].sort((a, b) => a - b);
}

/**
 * A damaged stream has no expectation of its own: `ws` gives a second opinion. Where the two may differ by right, they are
 * not compared: `ws` takes lengths that are not minimal, and both name one of several breaches in one frame.
 */
async function compareDamaged(
  seed: number,
  random: Random,
  side: "server" | "client",
  bytes: Uint8Array,
): Promise<void> {
  if (bytes.length === 0) return;
  // The zeros behind it complete a header that the stream would leave cut: the two judge those at different bytes.
  const damaged = new Uint8Array(bytes.length + 14);
  damaged.set(bytes);
  for (let left = random.integer(1, 3); left > 0; left -= 1) {
    damaged[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
  }
  const found = ours(side, false, damaged, []);
  const cut = ours(side, false, damaged, randomCuts(random, damaged.length));
  if (!same(found, cut)) differ(seed, "damaged, cut elsewhere", cut, found);
  const other = await theirs(side, damaged);
  if (isNotMinimal(found, other)) return;
  const agree =
    JSON.stringify(found.messages) === JSON.stringify(other.messages) &&
    kind(found) === kind(other);
  if (!agree) differ(seed, "damaged, against ws", found, other);
}

function isNotMinimal(found: Outcome, other: Outcome): boolean {
  // Ours has stopped at such a length, or at the first bad byte of a text of which ws waits for the rest.
  return (
    typeof found.end === "object" &&
    "failed" in found.end &&
    found.messages.every((message, at) => other.messages[at] === message)
  );
}

function kind(outcome: Outcome): string {
  if (outcome.end === "open") return "open";
  return "closed" in outcome.end ? `closed ${outcome.end.closed}` : "failed";
}

while (streams < most && performance.now() < until) {
  const seed = (first + streams) >>> 0;
  const random = new Random(seed);
  const side = random.pick(["server", "client"] as const);
  const compressed = random.chance(0.5);
  const { bytes, expected } = makeStream(random, side === "server", compressed);
  const whole = ours(side, compressed, bytes, []);
  if (!same(whole, expected)) differ(seed, `${side}, whole`, whole, expected);
  const cuts = randomCuts(random, bytes.length);
  const cut = ours(side, compressed, bytes, cuts);
  if (!same(cut, expected)) differ(seed, `${side}, cut at ${cuts.join(" ")}`, cut, expected);
  if (bytes.length < 400) {
    const everywhere = Array.from(bytes.keys()).slice(1);
    const single = ours(side, compressed, bytes, everywhere);
    if (!same(single, expected)) differ(seed, `${side}, byte by byte`, single, expected);
  }
  if (!compressed) await compareDamaged(seed, random, side, bytes);
  streams += 1;
  if (streams % 2000 === 0) console.log(`${streams} streams, ${disagreements} disagreements`);
}
console.log(
  `seeds ${first} to ${first + streams - 1}: ${streams} streams, ${disagreements} disagreements`,
);
process.exitCode = disagreements === 0 ? 0 : 1;
