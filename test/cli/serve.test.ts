/** `clearsocket serve` as a process, with the ws package as the client. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { WebSocket } from "ws";
import { type Program, startServer } from "./program.ts";

async function open(url: string, options: object = {}): Promise<WebSocket> {
  const client = new WebSocket(url, options);
  await once(client, "open");
  return client;
}

async function echo(client: WebSocket, data: string | Uint8Array): Promise<Buffer> {
  client.send(data);
  const [answer] = (await once(client, "message")) as [Buffer];
  return answer;
}

async function closeOf(client: WebSocket): Promise<number> {
  const [code] = (await once(client, "close")) as [number];
  return code;
}

describe("clearsocket serve", () => {
  let server: Program;
  let url: string;
  before(async () => {
    ({ server, url } = await startServer());
  });
  after(() => server[Symbol.asyncDispose]());

  test("says where it listens in its first line, with the real port, and then how to talk to it", () => {
    const [first, second, ...more] = server.out.split("\n");
    assert.match(first!, /^listening on ws:\/\/127\.0\.0\.1:[1-9]\d*$/);
    assert.equal(second, "");
    assert.ok(more.join("\n").includes(` ${url}\n`));
    assert.match(more.join("\n"), /Ctrl-C stops it/);
  });

  test("sends back text and bytes, each as its kind", async () => {
    const client = await open(url);
    assert.equal(String(await echo(client, "héllo 🦊")), "héllo 🦊");
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));
    assert.deepEqual(await echo(client, bytes), bytes);
    client.close(1000);
    assert.equal(await closeOf(client), 1000);
  });

  test("logs connections on standard error in the production recipe, and nothing on standard output", async () => {
    const printed = server.out;
    const client = await open(url);
    client.close();
    await closeOf(client);
    const stamp = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} /g;
    await server.find(/connection open\n[\s\S]*connection closed\n/);
    const lines = server.err.split("\n").slice(0, -1);
    for (const line of lines) assert.match(line, new RegExp(`^${stamp.source}`));
    const texts = new Set(lines.map((line) => line.replace(stamp, "")));
    assert.ok(texts.has(`server listening on ${url.replace("ws://", "")}`));
    assert.equal(server.out, printed);
  });

  test("refuses pages of strangers, and lets those of this machine in", async () => {
    const stranger = new WebSocket(url, { origin: "https://example.com" });
    stranger.on("error", () => {});
    const [, response] = await once(stranger, "unexpected-response");
    assert.equal(response.statusCode, 403);
    stranger.terminate();
    const client = await open(url, { origin: "http://localhost:3000" });
    client.terminate();
  });

  test("closes with 1009 on a message above 1 MiB", async () => {
    const client = await open(url);
    client.send("a".repeat(2 ** 20 + 1));
    assert.equal(await closeOf(client), 1009);
  });
});

describe("clearsocket serve, told otherwise,", () => {
  test("takes what --max-size and --origins say", async () => {
    const { server, url } = await startServer("--max-size", "10", "--origins", "any");
    await using _server = server;
    const client = await open(url, { origin: "https://example.com" });
    assert.equal(String(await echo(client, "0123456789")), "0123456789");
    client.send("01234567890");
    assert.equal(await closeOf(client), 1009);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`ends with 0 on ${signal}, closes its connections with 1001, and logs nothing with off`, async () => {
      const { server, url } = await startServer("--log-level", "off");
      await using _server = server;
      const client = await open(url);
      const closed = closeOf(client);
      server.process.kill(signal);
      assert.equal(await closed, 1001);
      assert.equal(await server.end(), 0);
      assert.equal(server.err, "");
    });
  }

  test("compresses, but not with --no-compression", async () => {
    for (const [words, extension] of [
      [[], /^permessage-deflate/],
      [["--no-compression"], /^$/],
    ] as const) {
      const { server, url } = await startServer(...words);
      await using _server = server;
      const client = await open(url);
      assert.match(client.extensions, extension);
      client.terminate();
    }
  });

  test("logs each frame at debug", async () => {
    const { server, url } = await startServer("--log-level", "debug");
    await using _server = server;
    const client = await open(url);
    await echo(client, "hello");
    await server.find(/ < TEXT 'hello' \[5 bytes\]\n[\s\S]* > TEXT 'hello' \[5 bytes\]\n/);
    client.terminate();
  });

  test("goes on when nobody reads its output any more", async () => {
    const { server, url } = await startServer();
    await using _server = server;
    server.process.stdout.destroy();
    server.process.stderr.destroy();
    for (let times = 0; times < 3; times += 1) {
      const client = await open(url);
      assert.equal(String(await echo(client, "there?")), "there?");
      client.terminate();
    }
  });
});
