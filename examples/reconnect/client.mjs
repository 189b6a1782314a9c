import { setTimeout as delay } from "node:timers/promises";
import { backoff, ConnectionClosed, reconnect } from "clearsocket";
import logging from "clearsocket/logging";

logging.basicConfig({ format: "%(message)s", level: logging.INFO });

let attempts = 0;
async function fetchToken() {
  attempts += 1;
  return `token-${attempts}`; // of your login server
}

const connections = reconnect(`ws://127.0.0.1:${process.env.PORT ?? 8765}`, {
  headers: async () => ({ Authorization: `Bearer ${await fetchToken()}` }),
  reconnectDelays: () => backoff({ initialDelay: 200, minDelay: 200, maxDelay: 5000 }),
});

for await (const connection of connections) {
  console.log("connected");
  try {
    while (true) {
      await connection.send(new Date().toISOString());
      console.log(await connection.recv());
      await delay(1000, undefined, { signal: connection.signal });
    }
  } catch (error) {
    // AbortError: the connection has closed while we waited.
    if (!(error instanceof ConnectionClosed) && error.name !== "AbortError") throw error;
    const { code, reason } = await connection.closed;
    console.log(`lost: ${code} ${reason}`);
  }
}
