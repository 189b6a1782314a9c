// The WebSocket of undici, which is Node's own from version 22 on, behind the contract of bench/README.md.
import { peer } from "../peers/peer.mjs";
import { measure } from "./measure.mjs";

const { WebSocket } = peer("undici");
const next = (socket, type) =>
  new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));

await measure(async (url, onMessage) => {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", onMessage);
  await next(socket, "open");
  return {
    send: (data) => socket.send(data),
    waiting: () => socket.bufferedAmount,
    close: () => {
      const closed = next(socket, "close");
      socket.close(1000);
      return closed;
    },
  };
});
