/**
 * Proves the tester on libraries whose verdicts under the reference suite are known: ws 8.23.0 as server and client,
 * undici 8.12.4 as client, both on Node 24. The same cases have to be not OK, with the same verdicts.
 *
 * `npm ci` in this folder first; then, in the root, `node --import tsx conformance/peers/prove.ts [--messages N]`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { selectCases } from "../cases/catalogue.ts";
import type { Case } from "../harness/case.ts";
import { targetOf } from "../harness/dial.ts";
import { type Run, testClient, testServer } from "../harness/run-all.ts";
import { imperfect } from "../report/summary.ts";
import { printRun, terminalProgress } from "../report/terminal.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const NODE = `${HERE}node_modules/node/bin/node`;
const PARALLEL = 16;

/** Behaviour and close of each case that is neither OK nor INFORMATIONAL. */
type Verdicts = Readonly<Record<string, string>>;

const NOT_STRICT: Verdicts = Object.fromEntries(
  ["6.4.1", "6.4.2", "6.4.3", "6.4.4"].map((id) => [id, "NON-STRICT, close OK"]),
);

/** ws 8.23.0 allows 16 384 fragments a message, and closes with 1008 above. */
const TOO_MANY_FRAGMENTS: Verdicts = Object.fromEntries(
  ["9.3.1", "9.3.2", "9.4.1", "9.4.2"].map((id) => [id, "FAILED, close FAILED"]),
);

interface Peer {
  readonly name: string;
  readonly expected: Verdicts;
  run(cases: readonly Case[]): Promise<Run>;
}

function start(file: string, ...words: readonly string[]): ChildProcess {
  return spawn(NODE, [`${HERE}${file}`, ...words], { stdio: ["ignore", "pipe", "inherit"] });
}

async function runServer(file: string, cases: readonly Case[]): Promise<Run> {
  const child = start(file);
  try {
    if (child.stdout === null) throw new Error("no stdout");
    const [port] = await once(createInterface(child.stdout), "line");
    const address = `ws://127.0.0.1:${port}`;
    return await testServer(address, targetOf(address), cases, PARALLEL, terminalProgress(file));
  } finally {
    child.kill();
  }
}

async function runClient(file: string, cases: readonly Case[]): Promise<Run> {
  let child: ChildProcess | null = null;
  const where = { host: "127.0.0.1", port: 0 };
  try {
    return await testClient(where, cases, terminalProgress(file), (port) => {
      child = start(file, `ws://127.0.0.1:${port}`);
    });
  } finally {
    (child as ChildProcess | null)?.kill();
  }
}

const PEERS: readonly Peer[] = [
  {
    name: "ws 8.23.0 server",
    expected: { ...NOT_STRICT, ...TOO_MANY_FRAGMENTS },
    run: (cases) => runServer("ws-server.mjs", cases),
  },
  {
    name: "ws 8.23.0 client",
    expected: { ...NOT_STRICT, ...TOO_MANY_FRAGMENTS },
    run: (cases) => runClient("ws-client.mjs", cases),
  },
  {
    name: "undici 8.12.4 client",
    expected: NOT_STRICT,
    run: (cases) => runClient("undici-client.mjs", cases),
  },
];

/** What differs, a line each. */
function differences(run: Run, expected: Verdicts): string[] {
  const found: Verdicts = Object.fromEntries(
    imperfect(run).map(({ id, behaviour, close }) => [id, `${behaviour}, close ${close}`]),
  );
  const ids = new Set([...Object.keys(expected), ...Object.keys(found)]);
  const lines = [...ids].flatMap((id) => {
    const [want, have] = [expected[id] ?? "OK", found[id] ?? "OK"];
    return want === have ? [] : [`  ${id}: ${have}, but under the reference suite ${want}`];
  });
  return run.missing.length === 0 ? lines : [...lines, `  not run: ${run.missing.join(" ")}`];
}

const { values } = parseArgs({ options: { messages: { type: "string", default: "20" } } });
if (!existsSync(NODE)) throw new Error(`${NODE} is missing: run npm ci in ${HERE}`);
const cases = selectCases(Number(values.messages), []);
const results: string[] = [];
for (const { name, expected, run } of PEERS) {
  const result = await run(cases);
  printRun(result);
  const lines = differences(result, expected);
  if (lines.length > 0) process.exitCode = 1;
  results.push(
    `${name}: ${lines.length === 0 ? "as under the reference suite" : "NOT as under the reference suite"}`,
  );
  results.push(...lines);
}
process.stdout.write(`${results.join("\n")}\n`);
