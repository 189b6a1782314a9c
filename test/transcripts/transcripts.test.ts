import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { compare } from "./compare.ts";
import { CLIENTS } from "./scenarios/clients.ts";
import { FAULTS } from "./scenarios/faults.ts";
import { REFUSALS } from "./scenarios/refusals.ts";
import type { Scenarios } from "./scenarios/scenario.ts";
import { SESSIONS } from "./scenarios/sessions.ts";

const SCENARIOS: Scenarios = { ...SESSIONS, ...FAULTS, ...REFUSALS, ...CLIENTS };

/** Transcripts that are not played here, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "59-handshake_process_response_crash":
    "there is no hook for the response: headers of it are what processRequest returns, and its crash is transcript 58",
  "81-max_log_size_150":
    "the size is read from the environment once for each process: max-log-size.test.ts",
};

const names = new Set(
  readdirSync(new URL("golden", import.meta.url)).map((file) =>
    file.replace(/\.(debug|info)\.log$/, ""),
  ),
);

describe("the log of a scenario is the transcript of Python's library, after the rewrites,", () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    for (const level of ["DEBUG", "INFO"] as const) {
      test(`${name} at ${level}`, () => compare(name, scenario, level));
    }
  }
});

test("each transcript is played, or a reason says why not", () => {
  const known = [...Object.keys(SCENARIOS), ...Object.keys(ELSEWHERE)].sort();
  assert.deepEqual([...names].sort(), known);
});
