/** What was asked for on the command line. */
import { parseArgs } from "node:util";
import { findSubject, SUBJECTS } from "./subjects.ts";
import { findWorkloads, type Workload } from "./workloads.ts";

const NAMES = SUBJECTS.map(({ name }) => name).join(", ");

export const USAGE = `npm run bench -- WORKLOAD… [options]     measure; "echo-*" is all that begin so, "all" is all
npm run bench -- --list                   name the workloads

  --against LIST   whom to compare with, separated by commas; the first is the base of the ratios (default ws)
                   ${NAMES}
  --rounds N       rounds; each visits every subject once (default 5)
  --seconds N      seconds that each run is measured (default 2)
  --warmup N       seconds before that are not (default 1)
  --node PATH      the Node that runs what is measured (default the one that runs this)
  --json FILE      write every run for programs
  --svg FILE       write a chart

Build the package first (npm run build); it is what is measured. Exit codes: 0, 1 a run has failed, 2 usage, or no cc.
`;

/** Says what is wrong with the command line. */
export class UsageError extends Error {
  static {
    UsageError.prototype.name = "UsageError";
  }
}

export interface Command {
  readonly isList: boolean;
  readonly workloads: readonly Workload[];
  readonly against: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly node: string;
  readonly json: string | null;
  readonly svg: string | null;
}

function number(
  name: string,
  value: string,
  smallest: number,
  largest: number,
  isWhole: boolean,
): number {
  const result = Number(value);
  const fits =
    value !== "" &&
    result >= smallest &&
    result <= largest &&
    (Number.isInteger(result) || !isWhole);
  if (fits) return result;
  const kind = isWhole ? "a whole number" : "a number";
  throw new UsageError(`--${name} is ${value}; it must be ${kind} from ${smallest} to ${largest}`);
}

function parse(words: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        list: { type: "boolean", default: false },
        against: { ...text, default: "ws" },
        rounds: { ...text, default: "5" },
        seconds: { ...text, default: "2" },
        warmup: { ...text, default: "1" },
        node: { ...text, default: process.execPath },
        json: text,
        svg: text,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function workloadsFor(words: readonly string[]): readonly Workload[] {
  const found = words.flatMap((word) => {
    const workloads = findWorkloads(word);
    if (workloads.length === 0) throw new UsageError(`${word} is no workload; --list names them`);
    return workloads;
  });
  return [...new Set(found)];
}

/** Throws a UsageError when the words do not make a command. */
export function parseCommand(words: readonly string[]): Command {
  const { values, positionals } = parse(words);
  const against = values.against.split(",").filter((name) => name !== "");
  for (const name of against) {
    if (findSubject(name) === undefined)
      throw new UsageError(`--against has ${name}; there are ${NAMES}`);
  }
  if (positionals.length === 0 && !values.list) throw new UsageError("say which workloads");
  return {
    isList: values.list,
    workloads: workloadsFor(positionals),
    against,
    rounds: number("rounds", values.rounds, 1, 1000, true),
    seconds: number("seconds", values.seconds, 0.05, 3600, false),
    warmup: number("warmup", values.warmup, 0, 3600, false),
    node: values.node,
    json: values.json ?? null,
    svg: values.svg ?? null,
  };
}
