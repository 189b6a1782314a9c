import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseCommand, UsageError } from "../../bench/command.ts";
import { findSubject } from "../../bench/subjects.ts";
import { findWorkloads, WORKLOADS } from "../../bench/workloads.ts";

describe("parseCommand()", () => {
  test("compares with ws when nobody is named, in five rounds of two seconds", () => {
    const command = parseCommand(["sink-64"]);
    const { against, rounds, seconds, warmup, node, json, svg } = command;
    assert.deepEqual(command.workloads, findWorkloads("sink-64"));
    assert.deepEqual(
      { against, rounds, seconds, warmup },
      { against: ["ws"], rounds: 5, seconds: 2, warmup: 1 },
    );
    assert.deepEqual({ node, json, svg }, { node: process.execPath, json: null, svg: null });
  });

  test("takes patterns, names a workload once, and lists of subjects", () => {
    const command = parseCommand(["sink-64", "sink-*", "--against", "ws,bun"]);
    assert.deepEqual(
      command.workloads.map(({ name }) => name),
      ["sink-64", "sink-1k", "sink-64-text"],
    );
    assert.deepEqual(command.against, ["ws", "bun"]);
    assert.equal(parseCommand(["all"]).workloads.length, WORKLOADS.length);
    assert.equal(parseCommand(["--list"]).isList, true);
  });

  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /^say which workloads$/],
    [["echo"], /^echo is no workload; --list names them$/],
    [["sink-64", "--against", "ws,uws"], /^--against has uws; there are clearsocket, /],
    [["sink-64", "--rounds", "0"], /^--rounds is 0; it must be a whole number from 1 to 1000$/],
    [["sink-64", "--rounds", "1.5"], /^--rounds is 1\.5; it must be a whole number/],
    [["sink-64", "--seconds", "x"], /^--seconds is x; it must be a number from 0\.05 to 3600$/],
    [["sink-64", "--warmup", ""], /^--warmup is ; it must be a number/],
    [["sink-64", "--fast"], /--fast/],
  ];
  for (const [words, message] of wrong) {
    test(`refuses ${JSON.stringify(words)}`, () => {
      assert.throws(
        () => parseCommand(words),
        (error) => error instanceof UsageError && message.test(error.message),
      );
    });
  }
});

test("each workload has a name of its own, and subjects that there are", () => {
  assert.equal(new Set(WORKLOADS.map(({ name }) => name)).size, WORKLOADS.length);
  for (const { ours = "clearsocket", subjects = [] } of WORKLOADS) {
    for (const name of [ours, ...subjects]) assert.ok(findSubject(name), name);
  }
});
