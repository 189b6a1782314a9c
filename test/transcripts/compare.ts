/** Plays a scenario and holds its log against the transcript, line by line, each side on its own. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { byLogger, type Line, parseTranscript, showLine, toLine, untangle } from "./lines.ts";
import { rewriteOurs, rewriteTranscript } from "./rewrites.ts";
import type { Adapted, Play } from "./scenarios/scenario.ts";
import { Stage } from "./stage.ts";

type Adapt = (line: Line) => Line | null;

const asItIs: Adapt = (line) => line;

function strands(lines: readonly Line[], adapt: Adapt): Record<string, string[][]> {
  const adapted = lines.flatMap((line) => adapt(line) ?? []);
  const sides: Record<string, string[][]> = {};
  for (const [logger, side] of byLogger(adapted)) {
    sides[logger] = untangle(side).map((strand) => strand.map(showLine));
  }
  return sides;
}

/** Fails unless `scenario` logs what its transcript says. */
export async function compare(
  name: string,
  scenario: Play | Adapted,
  level: "DEBUG" | "INFO",
): Promise<void> {
  const [play, adapt] =
    typeof scenario === "function" ? [scenario, asItIs] : [scenario.play, scenario.adapt];
  const path = new URL(`golden/${name}.${level.toLowerCase()}.log`, import.meta.url);
  const expected = rewriteTranscript(parseTranscript(readFileSync(path, "utf8")));
  const stage = new Stage(level);
  try {
    await play(stage);
  } finally {
    await stage.end();
  }
  const ours = rewriteOurs(stage.records.map(toLine));
  assert.deepEqual(strands(ours, adapt), strands(expected, adapt));
}
