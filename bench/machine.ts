/** The machine that figures come from, and how its cores are shared out. */
import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, release, type } from "node:os";

/** The subject has the first core to itself, the generator the second. */
export type Core = "subject" | "generator";

const CORES: Readonly<Record<Core, string>> = { subject: "0", generator: "1" };

const canPin: boolean =
  availableParallelism() > 1 && spawnSync("taskset", ["--version"]).status === 0;

/** A command on a core of its own, where there is more than one and `taskset` is there. */
export function pinned(core: Core, command: readonly string[]): [string, ...string[]] {
  const [program = "", ...args] = command;
  return canPin ? ["taskset", "-c", CORES[core], program, ...args] : [program, ...args];
}

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly system: string;
  readonly pinned: boolean;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    processor: all[0]?.model.trim() || "unknown",
    cores: all.length,
    system: `${type()} ${release()}`,
    pinned: canPin,
  };
}

/** The version of a Node at a path, such as "v20.19.0"; null when it does not run. */
export function versionOfNode(program: string): string | null {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}
