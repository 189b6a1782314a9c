import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { castOf, runWorkload, turnsOf } from "../../bench/rounds.ts";
import { findSubject, whatIsMissing, whyNot } from "../../bench/subjects.ts";
import { workloadNamed } from "./results.ts";

test("turnsOf() begins each round one further, and visits everyone in each", () => {
  const rounds = [0, 1, 2, 3].map((round) => turnsOf(["a", "b", "c"], round).join(""));
  assert.deepEqual(rounds, ["abc", "bca", "cab", "abc"]);
});

describe("castOf()", () => {
  test("is ours and whom it is compared with, the first of whom is the base", () => {
    assert.deepEqual(castOf(workloadNamed("sink-64"), ["ws", "bun"]), {
      ...{ names: ["clearsocket", "ws", "bun"], base: "ws" },
    });
    assert.deepEqual(castOf(workloadNamed("handshake-attach"), ["ws"]).names, [
      "clearsocket-attach",
      "ws",
    ]);
  });

  test("is ours alone when nobody else is named, or only ours is", () => {
    for (const against of [[], ["clearsocket"]]) {
      assert.deepEqual(castOf(workloadNamed("sink-64"), against), {
        names: ["clearsocket"],
        base: "clearsocket",
      });
    }
  });

  test("is the workload's own where it says so", () => {
    assert.deepEqual(castOf(workloadNamed("iterate-64-c100"), ["ws"]), {
      ...{ names: ["clearsocket-iterate", "clearsocket"], base: "clearsocket" },
    });
  });
});

describe("whyNot()", () => {
  for (const [subject, workload, why] of [
    ["clearsocket", "deflate-1k", null],
    ["websocket", "deflate-1k", "has no compression"],
    ["websocket", "sink-64", null],
    ["undici", "sink-64", "is no server here"],
    ["undici", "client-connect", null],
    ["bun", "client-connect", "is no client here"],
    ["ws-bufferutil", "import", "is no package of its own"],
    ["ws", "p99-64-c100", null],
  ] as const) {
    test(`${subject} ${why ?? "takes part"} in ${workload}`, () => {
      const found = findSubject(subject);
      assert.ok(found);
      assert.equal(whyNot(found, workloadNamed(workload)), why);
    });
  }
});

test("what is missing is told with the command that installs it", () => {
  const ws = findSubject("ws");
  assert.ok(ws);
  assert.equal(
    whatIsMissing({ ...ws, packages: ["ws", "no-such-package"] }),
    "no-such-package not installed: npm ci --prefix bench/peers",
  );
});

test("a workload that is paced by the base is not measured without it, and says why", async () => {
  const plan = { node: process.execPath, rounds: 1, seconds: 1, warmup: 0, against: ["undici"] };
  const noGenerator = (): never => assert.fail("nothing is measured");
  const result = await runWorkload(workloadNamed("p99-64-c100"), plan, noGenerator, () => {});
  assert.deepEqual(result.rows, []);
  assert.deepEqual(
    result.absent.map(({ why }) => why),
    ["needs undici, to know the load", "is no server here"],
  );
});

test("what the generator was built without is not measured, and is told", async () => {
  const plan = { node: process.execPath, rounds: 1, seconds: 1, warmup: 0, against: ["ws"] };
  const bare = { program: "none", deflate: false, tls: false };
  for (const [name, library] of [
    ["deflate-1k", "zlib"],
    ["wss-source-64", "OpenSSL"],
  ] as const) {
    const { rows, absent } = await runWorkload(
      workloadNamed(name),
      plan,
      () => bare,
      () => {},
    );
    assert.deepEqual(rows, []);
    assert.equal(absent.length, 2);
    for (const { why } of absent)
      assert.match(why, new RegExp(`without the headers of ${library} `));
  }
});
