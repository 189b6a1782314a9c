import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { after, before, describe, test } from "node:test";
import { serve } from "clearsocket";
import { tlsEnvironment } from "../../bench/certificate.ts";
import { buildGenerator, GeneratorError, type Outcome, runToJson } from "../../bench/generator.ts";
import { type ServerProcess, startServer } from "../../bench/server-process.ts";
import { temporaryFile } from "../support/temporary.ts";

const hasCompiler = spawnSync("cc", ["--version"]).status === 0;
const skip = hasCompiler ? false : "there is no cc";
/** The benchmark's server, but from the sources. */
const FILE = new URL("../../bench/servers/clearsocket.mjs", import.meta.url).pathname;
const SERVER = {
  program: process.execPath,
  args: ["--conditions=clearsocket-source", "--import=tsx", FILE],
  env: {},
};
const BRIEF = ["--seconds", "0.1", "--warmup", "0"];

function drive(args: string, port: number, pid: number): Promise<Outcome> {
  const words = [...args.split(" "), "--port", String(port), "--pid", String(pid), ...BRIEF];
  return runToJson(buildGenerator().program, words, "generator", {}, 60_000);
}

function assertCounted(outcome: Outcome): void {
  assert.ok("sample" in outcome, JSON.stringify(outcome));
  const {
    errors,
    count = 0,
    seconds,
    cpuPerMessage = 0,
  } = outcome.sample as Record<string, number>;
  assert.equal(errors, 0);
  assert.ok(count > 0 && cpuPerMessage > 0 && (seconds ?? 0) > 0, JSON.stringify(outcome));
}

const SERVERS: readonly (readonly [string, Record<string, string>, readonly string[]])[] = [
  [
    "plain",
    { DEFLATE: "" },
    [
      "echo --connections 3 --depth 4",
      "echo --size 300000",
      "echo --text --payload utf8 --size 1000",
      "paced --connections 3 --rate 2000",
      "sink --connections 2",
      "source --connections 2 --batch 10",
      "fanout --connections 5 --depth 3",
      "handshake --connections 2",
      "handshake --connections 2 --reset",
    ],
  ],
  [
    "takeover",
    { DEFLATE: "takeover" },
    ["echo --connections 2 --depth 3 --size 1024 --text --payload json --deflate takeover"],
  ],
  [
    "no takeover",
    { DEFLATE: "no-takeover" },
    ["echo --connections 2 --size 1024 --text --payload json --deflate no-takeover"],
  ],
  ["TLS", tlsEnvironment(), ["echo --connections 2 --depth 4 --tls", "source --batch 100 --tls"]],
];

for (const [kind, env, runs] of SERVERS) {
  describe(`the generator and a server: ${kind}`, { skip }, () => {
    let server: ServerProcess;
    before(async () => {
      server = await startServer(SERVER, env);
    });
    after(() => server.stop());
    for (const args of runs) {
      test(`measures ${args}`, async () => {
        assertCounted(await drive(args, server.port, server.pid));
      });
    }
  });
}

describe("the generator and memory", { skip }, () => {
  test("tells what idle connections cost, after a message each", async () => {
    const server = await startServer(SERVER, { DEFLATE: "" });
    const outcome = await drive("idle --connections 20 --messages 2", server.port, server.pid);
    await server.stop();
    assert.ok("sample" in outcome, JSON.stringify(outcome));
    assert.equal(typeof outcome.sample.kibPerConnection, "number");
  });
});

describe("the generator and what is wrong", { skip }, () => {
  test("finds an echo that differs, and one of the wrong type", async () => {
    const answers = { "/": (data: Uint8Array) => data.map((byte) => byte ^ 1), "/text": () => "x" };
    const run = async (answer: (data: Uint8Array) => Uint8Array | string): Promise<Outcome> => {
      const server = await serve(
        async (connection) => {
          await connection.consume((data) => {
            connection.post(answer(data as Uint8Array));
          });
        },
        { port: 0, host: "127.0.0.1", logger: null },
      );
      const outcome = await drive(
        "echo --connections 2",
        (server.addresses[0] as AddressInfo).port,
        process.pid,
      );
      await server.close();
      return outcome;
    };
    assert.match(
      JSON.stringify(await run(answers["/"])),
      /a message is not what was expected|no connection/,
    );
    assert.match(
      JSON.stringify(await run(answers["/text"])),
      /a message has the wrong type|no connection/,
    );
  });

  test("says that nobody listens", async () => {
    const outcome = await drive("echo", 1, process.pid);
    assert.ok("failure" in outcome);
    assert.match(outcome.failure, /connection 0: Connection refused/);
  });

  for (const [args, message] of [
    ["", "say echo, paced, sink, source, fanout, handshake, idle, serve or features"],
    ["walk", "walk is no mode"],
    ["echo --size 0", "--size is 0; it must be a number from 1 to 6.71089e+07"],
    ["echo --sise 3", "--sise is no option"],
    ["echo --depth", "--depth wants a value"],
    ["echo --deflate yes", "--deflate is yes; it must be off, takeover or no-takeover"],
  ] as const) {
    test(`ends with status 2 for "${args}"`, () => {
      const words = args.split(" ").filter((word) => word !== "");
      const { status, stderr } = spawnSync(buildGenerator().program, words, { encoding: "utf8" });
      assert.deepEqual([status, stderr], [2, `loadgen: ${message}\n`]);
    });
  }
});

test("without cc, building fails with a line that says so", () => {
  const path = process.env.PATH;
  const folder = temporaryFile("generator");
  try {
    process.env.PATH = dirname(folder);
    assert.throws(
      () => buildGenerator(folder),
      (error) =>
        error instanceof GeneratorError &&
        error.message === "the load generator needs a C compiler, and there is no cc",
    );
  } finally {
    process.env.PATH = path;
  }
});
