// What logging costs: `npm run bench:logging [-- --rounds 5] [--node PATH] [--json FILE]`.
//
// Each row is measured in processes of its own, row after row, round after round (A B C A B C …), by the processor time of
// the process (user and system, all threads), best of ten batches in a process, median of the rounds. Run it on the built
// package (`npm run build`).
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    node: { type: "string", default: process.execPath },
    json: { type: "string" },
    only: { type: "string" },
    pairs: { type: "string", default: "20" },
  },
});

const LOGGERS = ["empty", "ours", "pino", "winston", "logtape", "log4js", "debug", "consola"];
const KINDS = {
  disabled: LOGGERS,
  "info to a buffered file": ["ours", "pino-async", "pino"],
  "info to a descriptor": ["ours", "pino"],
  "render a frame": ["8", "75", "300", "3000", "300000"],
};
const worker = fileURLToPath(new URL("./worker.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bench-logging-"));

function measure(kind, name) {
  const result = spawnSync(
    values.node,
    ["--expose-gc", worker, kind, name, join(folder, "out.log")],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  if (result.status !== 0) throw new Error(`${kind} ${name} ended with ${result.status}`);
  return JSON.parse(result.stdout.trim().split("\n").at(-1));
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const results = {};
for (const [kind, names] of Object.entries(KINDS)) {
  if (values.only !== undefined && !kind.includes(values.only)) continue;
  const rows = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const name of names) rows.get(name).push(measure(kind, name));
  }
  console.log(`\n${kind} (ns per call, median of ${values.rounds} rounds; least and most)`);
  results[kind] = {};
  for (const [name, runs] of rows) {
    const ns = runs.map((run) => run.ns);
    const row = {
      ns: median(ns),
      least: Math.min(...ns),
      most: Math.max(...ns),
      bytes: median(runs.map((run) => run.bytes)),
    };
    results[kind][name] = row;
    const bytes = kind === "disabled" ? `  ${row.bytes.toFixed(2)} bytes of heap per call` : "";
    console.log(
      `${name.padEnd(14)} ${row.ns.toFixed(1).padStart(9)}  (${row.least.toFixed(1)} to ${row.most.toFixed(1)})${bytes}`,
    );
  }
}
if (values.only === undefined || values.only === "echo") {
  const pairs = Number(values.pairs);
  const ratios = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const order = pair % 2 === 0 ? ["logger: null", "DEBUG off"] : ["DEBUG off", "logger: null"];
    const ns = Object.fromEntries(order.map((name) => [name, measure("echo", name).ns]));
    ratios.push(ns["logger: null"] / ns["DEBUG off"]);
  }
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  results.echo = { median: median(ratios), least, most, pairs };
  console.log(
    `\necho, 64 bytes, 20 connections, 16 deep: processor time with logger: null over that with DEBUG off\n` +
      `median of ${pairs} interleaved pairs ${median(ratios).toFixed(3)} (${least.toFixed(3)} to ${most.toFixed(3)})`,
  );
}
rmSync(folder, { recursive: true, force: true });
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ node: process.version, results }, null, 2)}\n`);
}
