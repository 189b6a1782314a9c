/** How the program ends when something is wrong: the exit code, a line, and never a stack. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { after, before, describe, test } from "node:test";
import { type ServerConnection, serve } from "clearsocket";
import { Authority } from "../support/certificates.ts";
import { temporaryFile } from "../support/temporary.ts";
import { Program, runInto } from "./program.ts";

const USAGE = "usage: clearsocket <url> [options]\n";

describe("a wrong command line ends with 2, a line and the usage:", () => {
  const cases: readonly [string, string][] = [
    ["", "clearsocket: there is no address to connect to"],
    ["serve --prot 1", "clearsocket: there is no option --prot; did you mean --port?"],
    ["http:", "clearsocket: http: isn't a valid URI: it cannot be parsed"],
    [
      "localhost:8765",
      "clearsocket: localhost:8765 isn't a valid URI: scheme isn't ws or wss; did you mean ws://localhost:8765?",
    ],
    [
      "load ws://a#b",
      "clearsocket: ws://a#b isn't a valid URI: fragment identifier is meaningless",
    ],
  ];
  for (const [line, sentence] of cases) {
    test(line === "" ? "nothing" : line, async () => {
      await using program = new Program(...line.split(" ").filter((word) => word !== ""));
      assert.equal(await program.end(), 2);
      assert.ok(program.err.startsWith(sentence), program.err);
      assert.equal(program.err.indexOf(`\n${USAGE}`), program.err.indexOf("\n"));
      assert.doesNotMatch(program.err, /\n {4}at /);
      assert.equal(program.out, "");
    });
  }

  test("a header that the handshake sets itself", async () => {
    await using program = new Program("ws://127.0.0.1:1", "-H", "Upgrade: x");
    assert.equal(await program.end(), 2);
    assert.match(program.err, /^clearsocket: headers can't have Upgrade: .*\nusage: /);
  });
});

describe("what cannot be done ends with 1 and a line:", () => {
  let server: Server;
  let port: number;
  before(async () => {
    server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end("HTTP/1.1 404 Not Found\r\n\r\nno socket here!\n"));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });
  after(() => server.close());

  test("a connection that is refused", async () => {
    await using program = new Program("ws://127.0.0.1:1");
    assert.equal(await program.end(), 1);
    const line =
      "Failed to connect to ws://127.0.0.1:1: can't connect to 127.0.0.1:1: nobody listens there.\n";
    assert.equal(program.err, line);
    assert.equal(program.out, "");
  });

  test("a server that refuses the handshake", async () => {
    await using program = new Program(`ws://127.0.0.1:${port}`);
    assert.equal(await program.end(), 1);
    assert.equal(
      program.err,
      `Failed to connect to ws://127.0.0.1:${port}: server rejected WebSocket connection: HTTP 404: no socket here!\n`,
    );
  });

  test("a server whose certificate is not trusted; with --insecure it is taken", async () => {
    const { cert, key } = new Authority().issue("server", ["localhost"]);
    const handler = (connection: ServerConnection<undefined>): Promise<void> =>
      connection.send("hello");
    const tls = { cert, key };
    await using secure = await serve(handler, { host: "127.0.0.1", port: 0, tls, logger: null });
    const { port } = secure.addresses[0] as AddressInfo;
    await using wary = new Program(`wss://127.0.0.1:${port}`);
    assert.equal(await wary.end(), 1);
    assert.match(
      wary.err,
      /^Failed to connect to .*\. With --insecure any certificate is taken\.\n$/,
    );
    await using trusting = new Program(`wss://127.0.0.1:${port}`, "--insecure", "--pipe");
    assert.equal(await trusting.finish(), 0);
    assert.equal(trusting.out, "hello\n");
  });

  test("a load on nobody", async () => {
    await using program = new Program("load", "ws://127.0.0.1:1");
    assert.equal(await program.end(), 1);
    assert.match(program.err, /^Failed to connect to ws:\/\/127\.0\.0\.1:1: .*\.\n$/);
  });

  test("a port in use", async () => {
    await using program = new Program("serve", "--port", String(port));
    assert.equal(await program.end(), 1);
    assert.match(
      program.err,
      /^can't listen on 127\.0\.0\.1:\d+: another program listens there.*\n$/,
    );
    assert.equal(program.out, "");
  });

  test("with --debug it shows the stack too", async () => {
    await using program = new Program("ws://127.0.0.1:1", "--debug");
    assert.equal(await program.end(), 1);
    assert.match(program.err, /\n {4}at [\s\S]*ECONNREFUSED/);
  });
});

test("--version and --help end with 0 and write to standard output", async () => {
  await using version = new Program("--version");
  await using help = new Program("--help");
  assert.deepEqual([await version.end(), await help.end()], [0, 0]);
  assert.match(version.out, /^clearsocket \d+\.\d+\.\d+\S*\n$/);
  assert.match(help.out, /usage: clearsocket <url> \[options\]/);
  assert.equal(version.err + help.err, "");
});

describe("an output that takes nothing more", () => {
  const cases: readonly (readonly string[])[] = [["--help"], ["serve", "--help"], ["--version"]];
  for (const words of cases) {
    test(`by ${words.join(" ")} ends with 1 and a line`, async (t) => {
      const file = temporaryFile("output");
      writeFileSync(file, "");
      // A descriptor that can only be read stands for a disk that is full.
      const output = openSync(file, "r");
      t.after(() => closeSync(output));
      const { code, err } = await runInto(output, ...words);
      assert.equal(code, 1);
      assert.match(err, /^can't write to standard output: .*\n$/);
    });
  }
});
