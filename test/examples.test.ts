/** The programs in examples/, run as a user runs them: with the package installed, by plain Node. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findPort } from "../scripts/check-examples.ts";
import { installPackage } from "../scripts/installed.ts";
import { connect } from "../src/client/connect.ts";
import type { ClientConnection } from "../src/client/options.ts";

const EXAMPLES = fileURLToPath(new URL("../examples", import.meta.url));
const FOLDER = join(installPackage(), "examples");
cpSync(EXAMPLES, FOLDER, { recursive: true });
const PATIENCE = 30_000;

/** An example that runs. */
class Running {
  readonly child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  printed = "";
  #wake: () => void = () => {};

  constructor(t: TestContext, file: string, port = 0) {
    this.child = spawn(process.execPath, [join(FOLDER, file)], {
      env: { ...process.env, PORT: String(port) },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: PATIENCE,
      killSignal: "SIGKILL",
    });
    this.#ended = once(this.child, "close");
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.printed += text;
        this.#wake();
      });
    }
    void this.#ended.then(() => this.#wake());
    t.after(() => this.child.kill("SIGKILL"));
  }

  /** Resolves when it has printed what `pattern` finds; rejects when it ends without. */
  async prints(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.printed)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`${pattern} was not printed:\n${this.printed}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** @returns the exit code; null when it had to be killed */
  async end(): Promise<number | null> {
    const [code] = (await this.#ended) as [number | null];
    return code;
  }

  /** Ctrl-C. */
  async stop(): Promise<void> {
    this.child.kill("SIGINT");
    assert.equal(await this.end(), 0, this.printed);
  }
}

/** Runs an example to its end. @returns what it has printed */
async function run(t: TestContext, file: string, port = 0): Promise<string> {
  const running = new Running(t, file, port);
  assert.equal(await running.end(), 0, running.printed);
  return running.printed;
}

async function start(t: TestContext, file: string, port: number): Promise<Running> {
  const server = new Running(t, file, port);
  await server.prints(/server listening on 127\.0\.0\.1:\d+\n/);
  return server;
}

const quiet = { logger: null, proxy: null } as const;

describe("the examples", { concurrency: 3 }, () => {
  test("are all on the page, and each has one of its own", () => {
    const page = readFileSync(join(EXAMPLES, "README.md"), "utf8");
    const folders = readdirSync(EXAMPLES, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    assert.ok(folders.length >= 9, `only ${folders.join()}`);
    for (const name of folders) {
      assert.ok(page.includes(`[${name}](${name}/README.md)`), `${name} is not on the page`);
      assert.ok(existsSync(join(EXAMPLES, name, "README.md")), `${name} has no README.md`);
    }
  });

  test("echo", async (t) => {
    const port = await findPort();
    const server = await start(t, "echo/server.mjs", port);
    assert.equal(await run(t, "echo/client.mjs", port), "hello\n");
    await server.stop();
    assert.match(server.printed, /connection open\n.*connection closed\n.*server closed\n$/s);
  });

  test("chat", async (t) => {
    const port = await findPort();
    const server = new Running(t, "chat/server.mjs", port);
    await server.prints(/^open http:.*\n/m);
    const page = await fetch(`http://127.0.0.1:${port}/?name=ann`);
    assert.match(await page.text(), /<title>Chat<\/title>/);
    assert.equal((await fetch(`http://127.0.0.1:${port}/gone`)).status, 404);

    const join = (name: string): Promise<ClientConnection> =>
      connect(`ws://127.0.0.1:${port}/chat?name=${name}`, quiet);
    const read = async (connection: ClientConnection): Promise<unknown> =>
      JSON.parse(await connection.recv({ as: "text" }));
    const ann = await join("ann");
    assert.deepEqual(await read(ann), { from: "*", text: "ann has come" });
    const bob = await join("bob");
    assert.deepEqual(await read(bob), { from: "*", text: "bob has come" });
    assert.deepEqual(await read(ann), { from: "*", text: "bob has come" });
    await bob.send("<b>hello</b>");
    for (const one of [ann, bob]) {
      assert.deepEqual(await read(one), { from: "bob", text: "<b>hello</b>" });
    }
    await bob.close();
    assert.deepEqual(await read(ann), { from: "*", text: "bob has left" });
    await server.stop();
    assert.equal((await ann.closed).code, 1001);
  });

  test("auth", async (t) => {
    const port = await findPort();
    const server = await start(t, "auth/server.mjs", port);
    const hello = "hello ann, you may do everything\n";
    assert.equal(await run(t, "auth/client.mjs", port), `${hello}${hello}refused: 401\n`);
    await server.stop();
    assert.ok(!server.printed.includes("t0ken"), server.printed);
  });

  test("reconnect", async (t) => {
    const port = await findPort();
    const client = new Running(t, "reconnect/client.mjs", port);
    await client.prints(/connect failed; reconnecting in [\d.]+ seconds: .*nobody listens there/);
    const server = await start(t, "echo/server.mjs", port);
    await client.prints(/connected\n\d{4}-/);
    await server.stop();
    await client.prints(/lost: 1001 \n/);
    await start(t, "echo/server.mjs", port);
    await client.prints(/lost: 1001 \n[\s\S]*connected\n\d{4}-/);
  });

  test("backpressure", async (t) => {
    const printed = await run(t, "backpressure/both.mjs");
    const [, most] =
      /^received 50, sent \d+; never more than (\d+) bytes waited\n$/.exec(printed) ?? [];
    // `writeLimit.high`, and the message that went above it.
    assert.ok(Number(most) <= 65_536 + 50_004, printed);
  });

  test("broadcast", async (t) => {
    const port = await findPort();
    const server = await start(t, "broadcast/server.mjs", port);
    const listener = await connect(`ws://127.0.0.1:${port}`, quiet);
    for (let count = 0; count < 2; count += 1) {
      const { at, price } = JSON.parse(await listener.recv({ as: "text" }));
      assert.ok(Number.isInteger(at) && price > 0);
    }
    await server.stop();
    assert.equal((await listener.closed).code, 1001);
  });

  const whole: readonly (readonly [string, string])[] = [
    ["proxy", "through the tunnel\nwithout a password: 407\n"],
    ["http2", [1, 2, 3].map((n) => `connection ${n}, over HTTP/2\n`).join("")],
    [
      "sans-io",
      "client is open\nHELLO\nclient is closing\nclient is closed\nclosed with 1000 bye\n",
    ],
  ];
  for (const [name, printed] of whole) {
    test(name, async (t) => assert.equal(await run(t, `${name}/both.mjs`), printed));
  }
});
