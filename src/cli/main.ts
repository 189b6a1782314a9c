#!/usr/bin/env node
/** The program `clearsocket`. It exits with 0 when all went well, 1 when something failed, 2 for a wrong command line. */
import { readFileSync } from "node:fs";
import { type Command, readArguments } from "./arguments.ts";
import { describeFailure, describeStack } from "./failure.ts";
import { load } from "./load.ts";
import { ConnectFailure } from "./open.ts";
import { UsageError } from "./options.ts";
import { serve } from "./serve.ts";
import { talk } from "./talk.ts";
import { SHORT_USAGE } from "./usage.ts";

async function main(words: readonly string[]): Promise<number> {
  const debug = words.includes("--debug");
  try {
    return await run(readArguments(words));
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const isTold = isUsage || error instanceof ConnectFailure;
    const line = isTold ? error.message : describeFailure(error);
    process.stderr.write(isUsage ? `clearsocket: ${line}\n${SHORT_USAGE}` : `${line}\n`);
    if (debug) process.stderr.write(`${describeStack(error)}\n`);
    return isUsage ? 2 : 1;
  }
}

function run(command: Command): Promise<number> | number {
  switch (command.kind) {
    case "help":
      process.stdout.write(command.text);
      return 0;
    case "version":
      process.stdout.write(`clearsocket ${readVersion()}\n`);
      return 0;
    case "serve":
      return serve(command);
    case "talk":
      return talk(command);
    case "load":
      return load(command);
    default:
      return command satisfies never;
  }
}

function readVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

let isLost = false;
// Whoever reads may leave; a disk that is full is told of.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE" || isLost) return;
  isLost = true;
  process.exitCode = 1;
  process.stderr.write(`can't write to standard output: ${describeFailure(error)}\n`);
});
process.stderr.on("error", () => {});

const code = await main(process.argv.slice(2));
process.exitCode = isLost ? 1 : code;
