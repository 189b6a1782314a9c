/** One subject under one workload: prepared once, then measured round after round. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { tlsEnvironment } from "./certificate.ts";
import { type Generator, type Outcome, runToJson } from "./generator.ts";
import { pinned } from "./machine.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { median } from "./statistics.ts";
import { type Command, commandFor, moduleOf, type Subject } from "./subjects.ts";
import type { ClientWorkload, PacedWorkload, ServerWorkload, Workload } from "./workloads.ts";

/** How long a run may take beyond its time, ms: ten thousand connections have to open. */
const PATIENCE = 90_000;
/** How long a fresh server rests before its memory is read. */
const REST = 300;
const IMPORTS_A_RUN = 5;

export interface Timing {
  readonly node: string;
  readonly seconds: number;
  readonly warmup: number;
}

export interface Measurement {
  prepare(): Promise<void>;
  run(timing: Timing): Promise<Outcome>;
  end(): Promise<void>;
}

type GeneratorSource = () => Generator;

function drive(
  { program }: Generator,
  { port, pid }: ServerProcess,
  args: readonly string[],
  { seconds, warmup }: Timing,
): Promise<Outcome> {
  const where = ["--port", String(port), "--pid", String(pid)];
  const time = ["--seconds", String(seconds), "--warmup", String(warmup)];
  const patience = 1000 * (seconds + warmup) + PATIENCE;
  return runToJson(program, [...args, ...where, ...time], "generator", {}, patience);
}

function environmentOf(workload: ServerWorkload | PacedWorkload): Readonly<Record<string, string>> {
  if (workload.kind === "paced") return { DEFLATE: "" };
  return { DEFLATE: workload.deflate, ...(workload.tls ? tlsEnvironment() : {}) };
}

/** A server that is up during the whole workload. */
function lastingServer(
  workload: ServerWorkload | PacedWorkload,
  command: Command,
  args: readonly string[],
  generator: GeneratorSource,
): Measurement {
  let server: ServerProcess | null = null;
  return {
    prepare: async () => {
      server = await startServer(command, environmentOf(workload));
    },
    run: async (timing) => {
      if (server === null) return { failure: "the server is not up" };
      return drive(generator(), server, args, timing);
    },
    end: async () => {
      await server?.stop();
    },
  };
}

/** A server for each run. */
function freshServer(
  workload: ServerWorkload,
  command: Command,
  generator: GeneratorSource,
): Measurement {
  return {
    prepare: async () => {},
    run: async (timing) => {
      const server = await startServer(command, environmentOf(workload));
      await sleep(REST);
      const outcome = await drive(generator(), server, workload.args, timing);
      await server.stop();
      return outcome;
    },
    end: async () => {},
  };
}

function client(
  workload: ClientWorkload,
  subject: Subject,
  node: string,
  generator: GeneratorSource,
): Measurement {
  const { program, args, env } = commandFor(subject, "client", node);
  let port = "";
  let end = async (): Promise<void> => {};
  return {
    prepare: async () => {
      const [command, ...words] = pinned("generator", [generator().program, "serve"]);
      const child = spawn(command, words, { stdio: ["pipe", "pipe", "inherit"] });
      end = async () => {
        const ended = once(child, "exit");
        child.stdin.end();
        await ended;
      };
      [port] = (await once(createInterface(child.stdout), "line")) as [string];
    },
    run: ({ seconds, warmup }) => {
      const load = {
        ...{ PORT: port, WORK: workload.work, CONNECTIONS: String(workload.connections) },
        ...{ DEPTH: String(workload.depth), SIZE: String(workload.size) },
        ...{ SECONDS: String(seconds), WARMUP: String(warmup) },
      };
      const patience = 1000 * (seconds + warmup) + PATIENCE;
      return runToJson(program, args, "subject", { ...env, ...load }, patience);
    },
    end: () => end(),
  };
}

function importer(subject: Subject, node: string): Measurement {
  const code = `const start = performance.now();
await import(${JSON.stringify(moduleOf(subject))});
console.log(JSON.stringify({ milliseconds: performance.now() - start }));`;
  const args = ["--input-type=module", "--eval", code];
  return {
    prepare: async () => {},
    run: async () => {
      const times: number[] = [];
      for (let left = IMPORTS_A_RUN; left > 0; left -= 1) {
        const outcome = await runToJson(node, args, "subject", subject.env, PATIENCE);
        if ("failure" in outcome) return outcome;
        times.push(outcome.sample.milliseconds ?? Number.NaN);
      }
      return { sample: { milliseconds: median(times) } };
    },
    end: async () => {},
  };
}

function closedLoop({ connections, size }: PacedWorkload): readonly string[] {
  return ["echo", "--connections", String(connections), "--size", String(size)];
}

/**
 * Finds out how many messages a second a server echoes when each connection waits for its echo, so that others can be
 * measured at a share of it: the median of three runs.
 */
export async function capacityOf(
  workload: PacedWorkload,
  subject: Subject,
  timing: Timing,
  generator: GeneratorSource,
): Promise<number> {
  const command = commandFor(subject, "server", timing.node);
  const server = lastingServer(workload, command, closedLoop(workload), generator);
  await server.prepare();
  const rates: number[] = [];
  for (let left = 3; left > 0; left -= 1) {
    const outcome = await server.run(timing);
    if ("sample" in outcome) rates.push(outcome.sample.perSecond ?? Number.NaN);
  }
  await server.end();
  return median(rates);
}

function paced(
  workload: PacedWorkload,
  command: Command,
  rate: number,
  generator: GeneratorSource,
): Measurement {
  const [, ...load] = closedLoop(workload);
  const args = ["paced", ...load, "--rate", String(Math.round(rate))];
  return lastingServer(workload, command, args, generator);
}

/** `rate` is the messages a second of a paced workload; others do not look at it. */
export function measurementOf(
  workload: Workload,
  subject: Subject,
  node: string,
  generator: GeneratorSource,
  rate: number,
): Measurement {
  switch (workload.kind) {
    case "server": {
      const command = commandFor(subject, "server", node);
      if (workload.fresh) return freshServer(workload, command, generator);
      return lastingServer(workload, command, workload.args, generator);
    }
    case "paced":
      return paced(workload, commandFor(subject, "server", node), rate, generator);
    case "client":
      return client(workload, subject, node, generator);
    case "import":
      return importer(subject, node);
    default:
      return workload satisfies never;
  }
}
