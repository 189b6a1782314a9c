import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFile } from "../support/temporary.ts";

const MAIN = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));
const skip = spawnSync("cc", ["--version"]).status === 0 ? false : "there is no cc";

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function bench(...words: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ["--import=tsx", MAIN, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await closed) as [number | null];
  return { status, stdout, stderr };
}

test("npm run bench measures servers, clients and the import, and writes a table, JSON and a chart", {
  skip,
}, async () => {
  const [json, svg] = [temporaryFile("bench.json"), temporaryFile("bench.svg")];
  const rows = ["echo-64-c1", "client-echo-64-d16", "import"];
  const options = [
    "--rounds",
    "2",
    "--seconds",
    "0.1",
    "--warmup",
    "0",
    "--json",
    json,
    "--svg",
    svg,
  ];
  const { status, stdout, stderr } = await bench(...rows, ...options);
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  const { node, rounds, workloads } = JSON.parse(readFileSync(json, "utf8"));
  assert.deepEqual([node, rounds], [process.version, 2]);
  assert.deepEqual(
    workloads.map(({ name }: { name: string }) => name),
    rows,
  );
  for (const { name, subjects, measures } of workloads) {
    assert.deepEqual(
      subjects.map(({ subject }: { subject: string }) => subject),
      ["clearsocket", "ws"],
    );
    for (const { runs, median, times, failures, version } of subjects) {
      assert.deepEqual(failures, [], name);
      assert.equal(runs.length, 2);
      assert.match(version, /^\d+\.\d+\.\d+/);
      for (const measure of measures) assert.ok(median[measure] > 0 && times[measure] > 0, name);
    }
    assert.match(stdout, new RegExp(`^### ${name}$`, "m"));
    assert.match(stderr, new RegExp(`^${name} 2/2 ws `, "m"));
  }
  assert.match(stdout, /^\| ws \(base\) +\| +1\.00 \|/m);
  assert.match(readFileSync(svg, "utf8"), /^<svg .*<\/svg>\n$/s);
});

test("npm run bench names its workloads", async () => {
  const { status, stdout } = await bench("--list");
  assert.equal(status, 0);
  assert.match(stdout, /^echo-64-c100-d16 +echo of 64 bytes, 100 connections, 16 deep$/m);
});

test("npm run bench ends with 2 and the usage when it is asked for what there is not", async () => {
  const { status, stdout, stderr } = await bench("walk");
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^walk is no workload; --list names them\n\nnpm run bench -- WORKLOAD/);
});
