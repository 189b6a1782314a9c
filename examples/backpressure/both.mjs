import { setTimeout as delay } from "node:timers/promises";
import { connect, serve } from "clearsocket";

const MESSAGE = new Uint8Array(50_000);

let sent = 0;
let mostWaiting = 0;
const server = await serve(
  async (connection) => {
    while (connection.state === "open") {
      await connection.send(MESSAGE); // waits while more than writeLimit.high waits to be sent
      sent += 1;
      mostWaiting = Math.max(mostWaiting, connection.bufferedAmount);
    }
  },
  { host: "127.0.0.1", port: 0, compression: null },
);
const [{ port }] = server.addresses;

// What waits to be read is bounded as well; above it the socket is not read.
const connection = await connect(`ws://127.0.0.1:${port}`, { maxQueue: { bytes: 200_000 } });
for (let received = 1; received <= 50; received += 1) {
  await connection.recv();
  await delay(10);
}
console.log(`received 50, sent ${sent}; never more than ${mostWaiting} bytes waited`);
await connection.close();
await server.close();
