/** The hostile suite itself: its catalogue, a quick part of it against ours, and what it says of others. */
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { CLIENT_CASES, SERVER_CASES, select } from "../../hostile/cases/catalogue.ts";
import { ClientSubject } from "../../hostile/client-subject.ts";
import { parseCommand, UsageError } from "../../hostile/command.ts";
import { sumUp } from "../../hostile/report.ts";
import { type Run, runCases } from "../../hostile/run.ts";
import { ServerSubject, serverAt } from "../../hostile/server-subject.ts";
import { attached, failures } from "./subjects.ts";

describe("the catalogue", () => {
  test("has each id once, well over 150 cases for servers and 80 for clients", () => {
    for (const cases of [SERVER_CASES, CLIENT_CASES]) {
      const ids = cases.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      for (const id of ids) assert.match(id, /^[a-z]+\/[\w.+-]+$/);
    }
    assert.ok(SERVER_CASES.length > 400, `${SERVER_CASES.length}`);
    assert.ok(CLIENT_CASES.length > 300, `${CLIENT_CASES.length}`);
  });

  test("is selected from by family, by pattern and by id", () => {
    const ids = (...patterns: string[]): string[] =>
      select(SERVER_CASES, patterns).map(({ id }) => id);
    assert.deepEqual(ids("request/host-missing"), ["request/host-missing"]);
    assert.ok(ids("frames").every((id) => id.startsWith("frames/")));
    assert.ok(ids("frames").length > 100);
    assert.ok(ids("request/host-*", "offer").length > 60);
    assert.equal(ids().length, SERVER_CASES.length);
    assert.deepEqual(ids("nothing"), []);
  });

  for (const words of [
    [],
    ["servers"],
    ["server"],
    ["server", "http://a"],
    ["client"],
    ["self", "more"],
    ["server", "ws://a", "b"],
    ["server", "ws://a", "--pid", "me"],
    ["self", "--unknown"],
  ]) {
    test(`refuses the words ${JSON.stringify(words)}`, () => {
      assert.throws(() => parseCommand(words), UsageError);
    });
  }
});

/** What costs little and waits for nothing; the tests of the requirements play more of them against serve(). */
const QUICK = select(
  SERVER_CASES.filter(({ pace }) => pace === "quick"),
  ["request/host-*", "closing/code-*", "compression/broken-*", "compression/bomb-*", "floods"],
);

describe("a quick part of the suite", { concurrency: 2 }, () => {
  test("finds nothing in attach(), with and without compression", async (t) => {
    for (const compression of [{}, null]) {
      const subject = await attached(t, { compression });
      assert.deepEqual(await failures(subject, QUICK), []);
    }
  });

  test("finds nothing in connect(), in a process that lives through it", async (t) => {
    const file = fileURLToPath(new URL("../../hostile/self/client.ts", import.meta.url));
    const subject = new ClientSubject(
      `'${process.execPath}' --conditions=clearsocket-source --import=tsx '${file}' on`,
    );
    t.after(() => subject.close());
    const cases = select(CLIENT_CASES, [
      "response/accept-*",
      "response/extension-*",
      "response/keys-differ",
      "response/masks-differ",
      "frames/mask-*",
      "closing/code-10*",
      "compression/broken-*",
    ]);
    // The process takes a while to start.
    const first = await subject.call();
    assert.ok(await first.accept(60_000));
    first.hangUp();
    assert.deepEqual(await failures(subject, cases), []);
    assert.equal(subject.death, null);
  });
});

describe("the suite", () => {
  async function attack(t: { after(end: () => void): void }, ids: readonly string[]): Promise<Run> {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: true });
    await new Promise<void>((resolve) => server.once("listening", resolve));
    t.after(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.on("message", (data, isBinary) => socket.send(data as Buffer, { binary: isBinary }));
    });
    const { port } = server.address() as AddressInfo;
    const subject = await ServerSubject.from(serverAt(`ws://127.0.0.1:${port}/`, null));
    return runCases("ws", subject, select(SERVER_CASES, ids), () => {});
  }

  test("finds in ws what is known to be wrong with it, and nothing where it is right", async (t) => {
    const wrong = [
      "request/line-http-1.0",
      "request/host-missing",
      "request/host-two-different",
      "request/version-13.0",
      "request/version-0x0d",
      "request/body-length",
      "request/body-xchunked",
      "offer/server-bits-08",
      "offer/server-bits-1e1",
      "floods/pings-in-one-packet",
    ];
    const right = [
      "request/key-15",
      "request/line-method-post",
      "request/names-in-any-case",
      "offer/server-bits-7",
      "frames/opcode-3",
      "frames/behind-the-handshake",
      "closing/code-1005",
      "compression/text-not-utf8",
    ];
    const run = await attack(t, [...wrong, ...right]);
    const failed = run.outcomes.filter(({ verdict }) => verdict === "failed");
    assert.deepEqual(failed.map(({ id }) => id).sort(), [...wrong].sort());
    assert.equal(run.outcomes.filter(({ verdict }) => verdict === "passed").length, 8);
    assert.equal(sumUp([run]), "8 passed, 10 failed");
    const [first] = failed;
    assert.match(first?.expected ?? "", /other than 101/);
    assert.match(first?.seen ?? "", /101/);
  });
});
