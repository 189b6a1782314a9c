/**
 * What the cases of compression cost a server of ours, against ws with compression on: processor time of the server, the
 * two taken in turns, case by case, on the Node that runs this.
 *
 * `npm ci` in this folder and `npm run build` in the root first; then, in the root,
 * `node --import tsx conformance/peers/cost.ts [--messages N] [--rounds N] [CASES…]` (1000, 1, 12.* and 13.*). Linux only.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { selectCases } from "../cases/catalogue.ts";
import { playAsClient, type Target, targetOf } from "../harness/dial.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

interface Server {
  readonly name: string;
  readonly target: Target;
  /** Processor time so far, milliseconds. */
  cpu(): number;
  stop(): void;
}

/** Fields 14 and 15 of /proc/PID/stat: user and system time in ticks, 100 a second. */
function cpuOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function start(name: string): Promise<Server> {
  const child = spawn(process.execPath, [`${HERE}${name}-server.mjs`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { pid, stdout } = child;
  if (pid === undefined || stdout === null) throw new Error(`${name} did not start`);
  const [port] = await once(createInterface(stdout), "line");
  const target = targetOf(`ws://127.0.0.1:${port}`);
  return { name, target, cpu: () => cpuOf(pid), stop: () => child.kill() };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: "string", default: "1000" },
    rounds: { type: "string", default: "1" },
  },
});
const patterns = positionals.length > 0 ? positionals : ["12.*", "13.*"];
const cases = selectCases(Number(values.messages), patterns);
const servers = [await start("clearsocket"), await start("ws")];
/** Milliseconds by case, one for each server. */
const spent = new Map(cases.map(({ id }) => [id, [0, 0]]));
const sums = [0, 0];

for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const subject of cases) {
    // Who comes first changes, so that neither gains by it.
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const index of order) {
      const server = servers[index];
      const row = spent.get(subject.id);
      if (server === undefined || row === undefined) continue;
      const before = server.cpu();
      const { behaviour } = await playAsClient(server.target, subject);
      const took = server.cpu() - before;
      if (behaviour !== "OK") process.stdout.write(`${server.name} ${subject.id}: ${behaviour}\n`);
      row[index] = (row[index] ?? 0) + took;
      sums[index] = (sums[index] ?? 0) + took;
    }
    process.stderr.write(`\r${subject.id}  `);
  }
}
for (const server of servers) server.stop();

process.stdout.write("\ncase         ours ms     ws ms   ours/ws\n");
for (const [id, [ours = 0, theirs = 0]] of spent) {
  const ratio = (ours / theirs).toFixed(2);
  process.stdout.write(
    `${id.padEnd(9)}${String(ours).padStart(11)}${String(theirs).padStart(10)}${ratio.padStart(10)}\n`,
  );
}
const [ours = 0, theirs = 0] = sums;
process.stdout.write(`all: ${ours} ms, ws ${theirs} ms, ${(ours / theirs).toFixed(2)} of ws\n`);
