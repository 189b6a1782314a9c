import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toJson } from "../../bench/report/json.ts";
import { alignTable, formatNumber, toTable } from "../../bench/report/table.ts";
import { resultOf, rowOf } from "./results.ts";

describe("formatNumber()", () => {
  for (const [number, expected] of [
    [0.1234, "0.12"],
    [12.34, "12.3"],
    [123.4, "123"],
    [1_234_567.8, "1 234 568"],
    [undefined, "–"],
    [Number.NaN, "–"],
  ] as const) {
    test(`writes ${number} as ${expected}`, () => assert.equal(formatNumber(number), expected));
  }
});

test("alignTable() makes lines of equal width", () => {
  const lines = alignTable([
    ["", "× CPU"],
    ["a long name", "1"],
    ["b", "123.45678"],
  ]).split("\n");
  assert.equal(lines.pop(), "");
  assert.equal(new Set(lines.map(({ length }) => length)).size, 1);
  assert.match(lines[3] ?? "", /^\| b {11}\| 123\.45678 \|$/);
});

test("toTable() tells the medians, how many times better they are, and who failed or was absent", () => {
  const table = toTable({
    ...resultOf("sink-64", rowOf("clearsocket", 2, 1, 9), rowOf("ws", 10, 6)),
    rows: [
      rowOf("clearsocket", 2, 1, 9),
      rowOf("ws", 10, 6),
      { ...rowOf("websocket"), failures: ["the server closes", "the server closes"] },
    ],
    absent: [{ subject: "bun", why: "bun is not installed" }],
  });
  assert.match(table, /^### sink-64\n/);
  assert.match(table, /\| clearsocket +\| +4\.00 \| +2\.00 \|/);
  assert.match(table, /\| ws \(base\) +\| +1\.00 \| +8\.00 \|/);
  assert.match(table, /\| websocket +\| +– \|/);
  assert.equal(table.split("websocket: failed: the server closes\n").length, 2);
  assert.match(table, /\nbun: bun is not installed\n/);
});

test("toTable() has the columns that a workload's figures need", () => {
  const header = (name: string): string => toTable(resultOf(name)).split("\n")[4] ?? "";
  assert.match(header("echo-64-c1"), /× p50 \| × CPU .* p99 µs/);
  assert.match(header("idle-10k"), /× memory \| KiB\/connection/);
  assert.match(header("import"), /× time \| +ms/);
  assert.match(header("p99-64-c100"), /× p99 \| × p50 \| × CPU/);
  assert.doesNotMatch(header("client-connect"), /p99/);
});

test("toJson() holds every run, and what it was run on", () => {
  const circumstances = {
    ...{ date: "2026-01-01T00:00:00.000Z", node: "v20.19.0", rounds: 2, seconds: 1, warmup: 0 },
    machine: { processor: "a", cores: 2, system: "b", pinned: false },
  };
  const result = resultOf("sink-64", rowOf("clearsocket", 2), rowOf("ws", 8, 4));
  const { node, workloads } = JSON.parse(toJson([result], circumstances));
  assert.equal(node, "v20.19.0");
  const [{ name, base, subjects }] = workloads;
  assert.deepEqual([name, base], ["sink-64", "ws"]);
  assert.deepEqual(subjects[0].times, { cpuPerMessage: 3 });
  assert.equal(subjects[1].runs.length, 2);
  assert.equal(subjects[1].median.cpuPerMessage, 6);
  assert.equal(subjects[1].spread, 2);
});
