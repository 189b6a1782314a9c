/** `clearsocket load` as a process, against servers of the library. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Server, serve } from "clearsocket";
import { Program } from "./program.ts";

describe("clearsocket load", () => {
  let server: Server;
  let echoed = 0;
  let url: string;
  before(async () => {
    server = await serve(
      async (connection) => {
        const { path } = connection.request;
        for await (const message of connection) {
          if (path === "/leave") return;
          if (path === "/echo") await connection.send(message);
          echoed += 1;
        }
      },
      { port: 0, host: "127.0.0.1", logger: null, maxConnections: 5 },
    );
    url = `ws://127.0.0.1:${(server.addresses[0] as { port: number }).port}`;
  });
  after(() => server.close());

  async function run(
    ...words: readonly string[]
  ): Promise<[number | null, Record<string, unknown>]> {
    await using load = new Program("load", "--json", ...words);
    const code = await load.end();
    assert.equal(load.err, "");
    return [code, JSON.parse(load.out)];
  }

  test("sends as fast as the answers come, and ends with 0 when all came", async () => {
    const [code, result] = await run(`${url}/echo`, "-c", "3", "-d", "0.5", "--size", "1000");
    assert.equal(code, 0);
    const { connections, opened, failed, lost, size, unanswered, skipped } = result;
    assert.deepEqual(
      { connections, opened, failed, lost, size, unanswered, skipped },
      { connections: 3, opened: 3, failed: 0, lost: 0, size: 1000, unanswered: 0, skipped: 0 },
    );
    assert.ok((result.sent as number) >= 3);
    assert.equal(result.answered, result.sent);
  });

  test("sends as many messages as --rate says", async () => {
    const [code, { sent, answered }] = await run(
      `${url}/echo`,
      "-c",
      "2",
      "-d",
      "1",
      "-r",
      "50",
      "-b",
    );
    assert.equal(code, 0);
    assert.equal(answered, sent);
    assert.ok(Math.abs((sent as number) - 50) <= 1, `${sent} messages`);
  });

  test("ends with 1 and says why when connections are refused", async () => {
    const [code, { opened, failed, failures }] = await run(`${url}/echo`, "-c", "8", "-d", "0.1");
    assert.equal(code, 1);
    assert.deepEqual({ opened, failed }, { opened: 5, failed: 3 });
    assert.match(JSON.stringify(failures), /HTTP 503: .*as many connections as it takes/);
  });

  test("ends with 1 when the server closes connections", async () => {
    const [code, { lost, unanswered }] = await run(`${url}/leave`, "-c", "2", "-d", "0.2");
    assert.equal(code, 1);
    assert.deepEqual({ lost, unanswered }, { lost: 2, unanswered: 2 });
  });

  test("ends early on Ctrl-C, and tells what it has measured", async () => {
    await using load = new Program("load", `${url}/echo`, "-d", "1000", "-c", "2");
    echoed = 0;
    while (echoed < 10) await new Promise((resolve) => setTimeout(resolve, 10));
    const [first] = server.connections;
    load.process.kill("SIGINT");
    assert.equal(await load.end(), 0);
    assert.equal((await first!.closed).code, 1000);
    assert.match(load.out, /^2 of 2 connections to ws:\S+\/echo in \d/);
    assert.match(load.out, /\n[\d,]+ answers to [\d,]+ messages of 32 bytes in /);
    assert.match(load.out, /\nlatency, ms +least +mean +50 % +90 % +99 % +99.9 % +most\n/);
    assert.match(load.out, / to \d+(\.\d+)? +[\d,]+ +\d+\.\d % +█/);
  });
});
