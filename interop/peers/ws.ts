/** The ws package, both ways, with `clearsocket serve` and our client. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { LIMIT } from "../child.ts";
import { judgeSession, startEchoServer } from "../echo-server.ts";
import { BYTES, exchange, TEXT } from "../exchange.ts";
import { agreed } from "../foreign.ts";
import type { Trial } from "../trial.ts";

async function asClient(): Promise<string> {
  await using server = await startEchoServer();
  const signal = AbortSignal.timeout(LIMIT);
  const client = new WebSocket(server.url);
  await once(client, "open", { signal });
  const echo = async (send: () => void): Promise<[string, boolean]> => {
    const answer = once(client, "message", { signal });
    send();
    const [data, isBinary] = (await answer) as [Buffer, boolean];
    return [data.toString(isBinary ? "latin1" : "utf8"), isBinary];
  };
  assert.deepEqual(await echo(() => client.send(TEXT)), [TEXT, false]);
  const bytes = [Buffer.from(BYTES).toString("latin1"), true];
  assert.deepEqual(await echo(() => client.send(BYTES)), bytes);
  const fragments = (): void => {
    client.send("frag", { fin: false });
    client.send("men", { fin: false });
    client.send("ted", { fin: true });
  };
  assert.deepEqual(await echo(fragments), ["fragmented", false]);
  client.ping("are you there?");
  const [pong] = (await once(client, "pong", { signal })) as [Buffer];
  assert.equal(pong.toString(), "are you there?");
  client.close(1000, "done");
  const [code] = (await once(client, "close", { signal })) as [number];
  assert.equal(code, 1000);
  const lines = await server.session();
  judgeSession(lines, { binary: true, fragments: true, pings: true, compression: true });
  return agreed(lines);
}

async function asServer(): Promise<string> {
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    maxPayload: 0,
    perMessageDeflate: true,
  });
  server.on("connection", (socket) => {
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  });
  await once(server, "listening");
  try {
    return await exchange(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

export const trials: readonly Trial[] = [
  { name: "ws, client", needs: [], run: asClient },
  { name: "ws, server", needs: [], run: asServer },
];
