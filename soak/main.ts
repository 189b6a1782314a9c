/** The program: `npm run soak -- --minutes N`. */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { toSvg } from "./plot.ts";
import type { Sample } from "./sample.ts";
import { type Outcome, soak } from "./soak.ts";
import type { Tally } from "./tally.ts";
import { type Holdings, watchTimers } from "./watch.ts";

const USAGE = `npm run soak -- [options]    good clients beside bad ones, for as long as you like

  --minutes N   how long; fractions are allowed (10)
  --clients N   good clients, and as many bad ones, on each of TCP, TLS and HTTP/2 (4)
  --seed N      what is sent, and when; printed (of the time of day)
  --svg FILE    where to draw memory and latency over time (none)

Exit codes: 0 passed, 1 failed, 2 usage.
`;

const MIB = 1024 * 1024;

/** Says what is wrong with the command line. */
class UsageError extends Error {}

function readNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= least) return value;
  throw new UsageError(`--${name} is ${JSON.stringify(text)}: a number from ${least} is expected`);
}

function readWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        minutes: { type: "string", default: "10" },
        clients: { type: "string", default: "4" },
        seed: { type: "string", default: String(Date.now() % 1_000_000) },
        svg: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function describe(tally: Tally): string {
  const { connections, messages, bytes, attacks } = tally;
  return `${connections} connections, ${messages} messages, ${(bytes / MIB).toFixed(0)} MiB, ${attacks} attacks`;
}

function showProgress(minutes: number): (sample: Sample, tally: Tally) => void {
  let last = 0;
  return ({ seconds, rss, median, p99 }, tally) => {
    // On a terminal the line is written over; elsewhere there is one each half minute.
    if (!process.stderr.isTTY && seconds - last < 30) return;
    last = seconds;
    const line = `${(seconds / 60).toFixed(1)} of ${minutes} min: ${describe(tally)}, ${rss.toFixed(0)} MiB resident, echo ${median.toFixed(1)} ms, p99 ${p99.toFixed(0)} ms`;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  };
}

function printHoldings(name: string, { rss, used, descriptors, timers }: Holdings): void {
  process.stdout.write(
    `${name}: ${used.toFixed(1)} MiB in use, ${rss.toFixed(0)} MiB resident, ${descriptors} descriptors, ${timers} timers\n`,
  );
}

function print({ tally, base, end, samples }: Outcome): void {
  if (process.stderr.isTTY) process.stderr.write("\n");
  for (const fault of tally.faults) process.stdout.write(`${fault}\n`);
  process.stdout.write(`${describe(tally)}\n`);
  process.stdout.write(
    `${tally.lost} lost, ${tally.corrupted} corrupted, ${tally.unhandled} unhandled errors\n`,
  );
  printHoldings("before", base);
  printHoldings("after", end);
  const most = (of: (sample: Sample) => number): string => Math.max(...samples.map(of)).toFixed(0);
  process.stdout.write(
    `at the most: ${most(({ rss }) => rss)} MiB resident, ${most(({ descriptors }) => descriptors)} descriptors, ${most(({ timers }) => timers)} timers, p99 ${most(({ p99 }) => p99)} ms\n`,
  );
}

async function main(words: readonly string[]): Promise<number> {
  const values = readWords(words);
  const minutes = readNumber("minutes", values.minutes, 0);
  const clients = Math.floor(readNumber("clients", values.clients, 1));
  const seed = Math.floor(readNumber("seed", values.seed, 0));
  watchTimers();
  process.stdout.write(`seed ${seed}\n`);
  const onSample = showProgress(minutes);
  const outcome = await soak({ duration: minutes * 60_000, seed, clients, onSample });
  print(outcome);
  const verdict = outcome.wrong.length === 0 ? "passed" : `failed: ${outcome.wrong.join("; ")}`;
  if (values.svg !== undefined) {
    await writeFile(values.svg, toSvg(outcome.samples, `${verdict}: ${describe(outcome.tally)}`));
  }
  process.stdout.write(`${verdict}\n`);
  return outcome.wrong.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
