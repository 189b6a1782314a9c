/** The lines of a connection over HTTP/2 (LOGGING.md §1.8), on both sides of it, and those of one over TLS. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConnectOptions, ServeOptions } from "../../src/index.ts";
import { Authority } from "../support/certificates.ts";
import { toLine } from "../transcripts/lines.ts";
import { rewriteOurs } from "../transcripts/rewrites.ts";
import { echo, Stage, turns } from "../transcripts/stage.ts";

const authority = new Authority();
const tls = authority.issue("server", ["localhost", "127.0.0.1"]);

async function session(
  server: ServeOptions<undefined>,
  client: ConnectOptions,
): Promise<{ readonly client: string[]; readonly server: string[] }> {
  const stage = new Stage("DEBUG");
  try {
    const served = await stage.serve(echo, { tls, compression: null, ...server });
    const connection = await stage.connect(`wss://localhost:${served.port}/chat?token=1`, {
      tls: { ca: authority.cert },
      compression: null,
      ...client,
    });
    await connection.send("hello");
    await connection.recv();
    await connection.ping("beat!");
    await connection.close();
    while (served.server.connections.size > 0) await turns();
    await served.server.close();
  } finally {
    await stage.end();
  }
  const lines = rewriteOurs(stage.records.map(toLine));
  const of = (side: string) =>
    lines.filter(({ logger }) => logger === `websockets.${side}`).map(({ text }) => text);
  return { client: of("client"), server: of("server") };
}

test("over HTTP/2 the lines of the opening are those of RFC 8441, and a stream ends by END_STREAM", async () => {
  const lines = await session({ http2: true }, { http2: true });
  assert.deepEqual(
    lines.client.map((line) => line.replace(/localhost:\d+/, "localhost:<port>")),
    [
      "= connection is CONNECTING",
      "> CONNECT /chat?token=*** HTTP/2",
      "> :protocol: websocket",
      "> :scheme: https",
      "> :authority: localhost:<port>",
      "> sec-websocket-version: 13",
      "> user-agent: <product>",
      "< HTTP/2 200",
      "< date: <date>",
      "< server: <product>",
      "= connection is OPEN",
      "> TEXT 'hello' [5 bytes]",
      "< TEXT 'hello' [5 bytes]",
      "> PING 'beat!' [text, 5 bytes]",
      "< PONG 'beat!' [text, 5 bytes]",
      "> CLOSE 1000 (OK) [2 bytes]",
      "= connection is CLOSING",
      "< CLOSE 1000 (OK) [2 bytes]",
      "> END_STREAM",
      "= connection is CLOSED",
      "x half-closing HTTP/2 stream",
    ],
  );
  assert.deepEqual(
    lines.server.map((line) => line.replace(/localhost:\d+/, "localhost:<port>")),
    [
      "server listening on 127.0.0.1:<port>",
      "= connection is CONNECTING",
      "< CONNECT /chat?token=*** HTTP/2",
      "< :protocol: websocket",
      "< :scheme: https",
      "< :authority: localhost:<port>",
      "< sec-websocket-version: 13",
      "< user-agent: <product>",
      "> HTTP/2 200",
      "> date: <date>",
      "> server: <product>",
      "= connection is OPEN",
      "connection open",
      "< TEXT 'hello' [5 bytes]",
      "> TEXT 'hello' [5 bytes]",
      "< PING 'beat!' [text, 5 bytes]",
      "> PONG 'beat!' [text, 5 bytes]",
      "< CLOSE 1000 (OK) [2 bytes]",
      "> CLOSE 1000 (OK) [2 bytes]",
      "= connection is CLOSING",
      "> END_STREAM",
      "x half-closing HTTP/2 stream",
      "= connection is CLOSED",
      "connection closed",
      "server closing",
      "server closed",
    ],
  );
});

test("over TLS a connection is closed, not half-closed, and else says the same", async () => {
  const plain = await session({}, {});
  assert.deepEqual(plain.client.slice(-3), [
    "> EOF",
    "= connection is CLOSED",
    "x closing TCP connection",
  ]);
  assert.deepEqual(plain.server.slice(-6), [
    "> EOF",
    "x closing TCP connection",
    "= connection is CLOSED",
    "connection closed",
    "server closing",
    "server closed",
  ]);
  // Who is called on a frame's way does not depend on what carries it.
  const h2 = await session({ http2: true }, { http2: true });
  const frames = (lines: readonly string[]): string[] =>
    lines.filter((line) => /^[<>] (?:TEXT|PING|PONG|CLOSE) /.test(line));
  assert.deepEqual(frames(h2.client), frames(plain.client));
  assert.deepEqual(frames(h2.server), frames(plain.server));
});
