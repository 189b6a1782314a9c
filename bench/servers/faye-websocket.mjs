// faye-websocket behind the contract of bench/README.md. It has no compression of its own.
import { peer } from "../peers/peer.mjs";
import { address, createServer, order } from "./contract.mjs";

const WebSocket = peer("faye-websocket");
const subscribers = new Set();
const server = createServer();

server.on("upgrade", (request, stream, head) => {
  const socket = new WebSocket(request, stream, head);
  socket.on("error", () => {});
  switch (request.url) {
    case "/sink":
      socket.on("message", () => {});
      break;
    case "/fanout":
      subscribers.add(socket);
      socket.on("close", () => subscribers.delete(socket));
      break;
    case "/pub":
      socket.on("message", ({ data }) => {
        for (const subscriber of subscribers) subscriber.send(data);
      });
      break;
    case "/source":
      socket.on("message", ({ data }) => {
        const { count, message } = order(data);
        for (let left = count; left > 0; left -= 1) socket.send(message);
      });
      break;
    default:
      socket.on("message", ({ data }) => socket.send(data));
  }
});
server.listen(address);
