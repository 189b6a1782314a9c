/** The websocket package (WebSocket-Node), both ways. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { LIMIT } from "../child.ts";
import { judgeSession, startEchoServer } from "../echo-server.ts";
import { BYTES, exchange, TEXT } from "../exchange.ts";
import type { Trial } from "../trial.ts";

/** What of the package is used here; it brings no types. */
interface Socket extends NodeJS.EventEmitter {
  sendUTF(text: string): void;
  sendBytes(bytes: Buffer): void;
  ping(data: Buffer): void;
  close(code?: number, reason?: string): void;
}
interface Client extends NodeJS.EventEmitter {
  connect(url: string): void;
}
interface Message {
  readonly type: "utf8" | "binary";
  readonly utf8Data: string;
  readonly binaryData: Buffer;
}

const websocket = createRequire(import.meta.url)("websocket") as {
  readonly client: new (options: object) => Client;
  readonly server: new (options: object) => NodeJS.EventEmitter;
};

async function asClient(): Promise<void> {
  await using server = await startEchoServer();
  const signal = AbortSignal.timeout(LIMIT);
  // It sends in fragments whatever is longer than the threshold.
  const client = new websocket.client({ fragmentationThreshold: 16_384 });
  client.connect(server.url);
  const [socket] = (await once(client, "connect", { signal })) as [Socket];
  socket.sendUTF(TEXT);
  const [text] = (await once(socket, "message", { signal })) as [Message];
  assert.equal(text.utf8Data, TEXT);
  const bytes = Buffer.from(BYTES);
  socket.sendBytes(bytes);
  const [binary] = (await once(socket, "message", { signal })) as [Message];
  assert.deepEqual(binary.binaryData, bytes);
  socket.ping(Buffer.from("are you there?"));
  const [pong] = (await once(socket, "pong", { signal })) as [Buffer];
  assert.equal(pong.toString(), "are you there?");
  socket.close(1000, "done");
  const [code] = (await once(socket, "close", { signal })) as [number];
  assert.equal(code, 1000);
  const lines = await server.session();
  judgeSession(lines, { fragments: true, pings: true });
}

async function asServer(): Promise<string> {
  const httpServer = createServer();
  const server = new websocket.server({
    httpServer,
    autoAcceptConnections: true,
    maxReceivedFrameSize: 2 ** 24,
  });
  server.on("connect", (socket: Socket) => {
    socket.on("message", ({ type, utf8Data, binaryData }: Message) => {
      if (type === "utf8") socket.sendUTF(utf8Data);
      else socket.sendBytes(binaryData);
    });
  });
  httpServer.listen(0, "127.0.0.1");
  await once(httpServer, "listening");
  try {
    return await exchange(`ws://127.0.0.1:${(httpServer.address() as AddressInfo).port}`);
  } finally {
    httpServer.close();
  }
}

export const trials: readonly Trial[] = [
  { name: "websocket (npm), client", needs: [], run: asClient },
  { name: "websocket (npm), server", needs: [], run: asServer },
];
