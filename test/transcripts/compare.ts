/** Plays a scenario and holds its log against the transcript, line by line, each side on its own. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { byLogger, type Line, parseTranscript, showLine, toLine, untangle } from "./lines.ts";
import { rejections, rewriteOurs, rewriteTranscript } from "./rewrites.ts";
import type { Adapted, Play } from "./scenarios/scenario.ts";
import { Stage } from "./stage.ts";

type Adapt = NonNullable<Adapted["adapt"]>;

const asItIs: Adapt = (line) => line;

function strands(
  lines: readonly Line[],
  { adapt = asItIs, apart = false }: Partial<Adapted>,
): Record<string, string[][]> {
  const adapted = lines.flatMap((line) => adapt(line) ?? []);
  const sides: Record<string, string[][]> = {};
  for (const [logger, side] of byLogger(adapted)) {
    sides[logger] = untangle(side, apart).map((strand) => strand.map(showLine));
  }
  return sides;
}

function readTranscript(name: string, level: "DEBUG" | "INFO"): Line[] {
  const path = new URL(`golden/${name}.${level.toLowerCase()}.log`, import.meta.url);
  return parseTranscript(readFileSync(path, "utf8"));
}

/** Fails unless `scenario` logs what its transcript says. */
export async function compare(
  name: string,
  scenario: Play | Adapted,
  level: "DEBUG" | "INFO",
): Promise<void> {
  const adapted: Partial<Adapted> = typeof scenario === "function" ? {} : scenario;
  const play = typeof scenario === "function" ? scenario : scenario.play;
  const debug = rewriteTranscript(readTranscript(name, "DEBUG"));
  const expected =
    level === "DEBUG" ? debug : rewriteTranscript(readTranscript(name, "INFO"), rejections(debug));
  const stage = new Stage(level);
  try {
    await play(stage);
  } finally {
    await stage.end();
  }
  const ours = rewriteOurs(stage.records.map(toLine));
  const wanted = adapted.rewrite?.(expected) ?? expected;
  assert.deepEqual(strands(ours, adapted), strands(wanted, adapted));
}
