// The client of ws behind the contract of bench/README.md. $WS_NO_BUFFER_UTIL turns its native helper off.
import { once } from "node:events";
import { peer } from "../peers/peer.mjs";
import { measure } from "./measure.mjs";

const WebSocket = peer("ws");

await measure(async (url, onMessage) => {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on("message", onMessage);
  await once(socket, "open");
  return {
    send: (data) => socket.send(data),
    waiting: () => socket.bufferedAmount,
    close: () => {
      const closed = once(socket, "close");
      socket.close(1000);
      return closed;
    },
  };
});
