/** The soak itself: clients by the dozen, good and bad, on the servers of this process, for as long as asked. */
import { setTimeout as delay } from "node:timers/promises";
import { attack } from "./bad.ts";
import { converse } from "./good.ts";
import { Random } from "./random.ts";
import { type Sample, takeSample } from "./sample.ts";
import { type Servers, startServers, type Way } from "./servers.ts";
import { Tally } from "./tally.ts";
import { judge } from "./verdict.ts";
import { type Holdings, lookCollected } from "./watch.ts";

export interface Plan {
  /** How long, in milliseconds. */
  readonly duration: number;
  readonly seed: number;
  /** Good clients, and bad ones, on each way. */
  readonly clients: number;
  /** Called about once a second. */
  onSample?(sample: Sample, tally: Tally): void;
}

export interface Outcome {
  readonly tally: Tally;
  readonly base: Holdings;
  readonly end: Holdings;
  readonly samples: readonly Sample[];
  /** What is wrong; empty: it has passed. */
  readonly wrong: readonly string[];
}

const SAMPLE_EVERY = 1000;
/** How long descriptors and timers may take to go when all is over: as long as the longest timeout of a server. */
const SETTLE = 15_000;
/** Conversations and attacks on each way, before the base line: what is loaded and made once is no leak. */
const WARM_UP = 3;

async function meet(way: Way, random: Random, tally: Tally): Promise<void> {
  try {
    await converse(way, random, tally);
  } catch (error) {
    tally.failed += 1;
    tally.fault(`${way.name}: ${error instanceof Error ? error.stack : error}`);
  }
}

async function assail(way: Way, random: Random, tally: Tally): Promise<void> {
  await attack(way, random);
  tally.attacks += 1;
}

/** Waits until no connection is left, nor more descriptors and timers than `base` has. */
async function settle(base: Holdings | null, servers: Servers | null): Promise<Holdings> {
  const until = performance.now() + SETTLE;
  for (;;) {
    const now = await lookCollected();
    const isDone =
      (servers?.open ?? 0) === 0 &&
      (base === null || (now.descriptors <= base.descriptors && now.timers <= base.timers));
    if (isDone || performance.now() > until) return now;
    await delay(100);
  }
}

export async function soak({ duration, seed, clients, onSample }: Plan): Promise<Outcome> {
  const tally = new Tally();
  const onUnhandled = (error: unknown): void => {
    tally.unhandled += 1;
    tally.fault(`unhandled: ${error instanceof Error ? error.stack : error}`);
  };
  process.on("uncaughtException", onUnhandled);
  process.on("unhandledRejection", onUnhandled);

  // What the process holds with no server at all is where it has to come back to.
  const idle = await lookCollected();
  const warm = await startServers(tally);
  const warmUp = async (way: Way): Promise<void> => {
    const random = new Random(seed);
    for (let round = 0; round < WARM_UP; round += 1) {
      await Promise.all([meet(way, random, tally), assail(way, random, tally)]);
    }
  };
  await Promise.all(warm.ways.map(warmUp));
  await warm.close();
  const base = {
    ...(await settle(idle, null)),
    descriptors: idle.descriptors,
    timers: idle.timers,
  };

  const servers = await startServers(tally);
  const samples: Sample[] = [];
  const begin = performance.now();
  const goesOn = (): boolean => performance.now() < begin + duration;
  const loop = async (way: Way, index: number, play: typeof meet): Promise<void> => {
    const random = new Random(seed + index);
    while (goesOn()) {
      await play(way, random, tally);
      await delay(random.below(50));
    }
  };
  const watch = async (): Promise<void> => {
    while (goesOn()) {
      await delay(Math.min(SAMPLE_EVERY, duration / 4));
      const sample = takeSample((performance.now() - begin) / 1000, tally);
      samples.push(sample);
      onSample?.(sample, tally);
    }
  };
  const all = servers.ways.flatMap((way, line) =>
    Array.from({ length: clients }, (_, index) => [
      loop(way, 1 + 1000 * line + 2 * index, meet),
      loop(way, 2 + 1000 * line + 2 * index, assail),
    ]).flat(),
  );
  await Promise.all([...all, watch()]);
  await settle(null, servers);
  await servers.close();
  const end = await settle(base, null);

  process.off("uncaughtException", onUnhandled);
  process.off("unhandledRejection", onUnhandled);
  return { tally, base, end, samples, wrong: judge(tally, base, end, samples) };
}
