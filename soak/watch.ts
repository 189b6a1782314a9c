/** What this process holds: memory, descriptors, and timers that somebody has set and nobody has cancelled. */
import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const MIB = 1024 * 1024;

export interface Holdings {
  /** Memory in MiB. */
  readonly rss: number;
  /** The heap and what is held outside it, in MiB. */
  readonly used: number;
  /** Open descriptors; on systems without /proc the sockets that Node knows of. */
  readonly descriptors: number;
  readonly timers: number;
}

const timers = new Set<NodeJS.Timeout>();

/** Counts timers from now on, also those that do not keep the process alive. */
export function watchTimers(): void {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const watched = (
    callback: (...values: unknown[]) => void,
    ...rest: unknown[]
  ): NodeJS.Timeout => {
    const [delay, ...values] = rest as [number | undefined, ...unknown[]];
    const timer = set(() => {
      timers.delete(timer);
      callback(...values);
    }, delay);
    timers.add(timer);
    return timer;
  };
  globalThis.setTimeout = Object.assign(watched, set) as typeof setTimeout;
  globalThis.clearTimeout = ((timer: NodeJS.Timeout): void => {
    timers.delete(timer);
    clear(timer);
  }) as typeof clearTimeout;
}

function countDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return process.getActiveResourcesInfo().filter((name) => /Socket|TCP|Pipe/.test(name)).length;
  }
}

export function look(): Holdings {
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    rss: rss / MIB,
    used: (heapUsed + external) / MIB,
    descriptors: countDescriptors(),
    timers: timers.size,
  };
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** The same, when all that can be collected has been. */
export async function lookCollected(): Promise<Holdings> {
  for (let round = 0; round < 4; round += 1) {
    collect();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return look();
}
