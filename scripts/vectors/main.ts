/**
 * Runs files of vectors: `npm run vectors -- FILE…`.
 *
 * The format is told by the keys of the file: `vectors` are operations on logging, `frames` and `closes` are lines of
 * the log. Each failure and each deliberate difference is printed; the last line is `N passed, N failed, N different`.
 * The exit code is 1 if something failed.
 */
import { readFileSync } from "node:fs";
import { readJson } from "./read-json.ts";
import { type CloseVector, type FrameVector, runClose, runFrame } from "./run-frames.ts";
import { type LoggingVector, runLogging } from "./run-logging.ts";
import type { Verdict } from "./verdict.ts";

interface VectorFile {
  readonly vectors?: readonly LoggingVector[];
  readonly frames?: readonly FrameVector[];
  readonly closes?: readonly CloseVector[];
}

function runFile(path: string): readonly Verdict[] {
  const { vectors, frames, closes } = readJson(readFileSync(path, "utf8")) as VectorFile;
  if (vectors === undefined && frames === undefined && closes === undefined) {
    throw new TypeError("has neither vectors nor frames nor closes");
  }
  return [
    ...(vectors ?? []).map(runLogging),
    ...(frames ?? []).map(runFrame),
    ...(closes ?? []).map(runClose),
  ];
}

function runFiles(paths: readonly string[]): readonly Verdict[] {
  return paths.flatMap((path) => {
    try {
      return runFile(path);
    } catch (error) {
      return [{ name: path, kind: "failed", lines: [String(error)] } satisfies Verdict];
    }
  });
}

function report(verdicts: readonly Verdict[]): void {
  for (const { kind, name, lines } of verdicts) {
    if (kind !== "passed") console.log([`${kind}: ${name}`, ...(lines ?? [])].join("\n  "));
  }
  const count = (kind: Verdict["kind"]): number =>
    verdicts.filter((verdict) => verdict.kind === kind).length;
  console.log(
    `${count("passed")} passed, ${count("failed")} failed, ${count("different")} different`,
  );
}

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.error("usage: npm run vectors -- FILE...");
  process.exitCode = 2;
} else {
  const verdicts = runFiles(paths);
  report(verdicts);
  if (verdicts.some(({ kind }) => kind === "failed")) process.exitCode = 1;
}
