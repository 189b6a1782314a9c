// ws behind the contract of bench/README.md. Without bufferutil unless servers/ws-bufferutil.mjs has loaded it.
import { peer } from "../peers/peer.mjs";
import { address, createServer, deflate, order, tls } from "./contract.mjs";

const { WebSocketServer } = peer("ws");
const compression = {
  threshold: 0,
  serverNoContextTakeover: deflate === "no-takeover",
  clientNoContextTakeover: deflate === "no-takeover",
};
const options = {
  perMessageDeflate:
    deflate === "" ? false : deflate === "takeover" ? { threshold: 0 } : compression,
};

const subscribers = new Set();
let server;
if (tls === null) {
  server = new WebSocketServer({ ...address, ...options });
} else {
  server = new WebSocketServer({ server: createServer().listen(address), ...options });
}

server.on("connection", (socket, request) => {
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
      socket.on("message", (data, binary) => {
        for (const subscriber of subscribers) subscriber.send(data, { binary });
      });
      break;
    case "/source":
      socket.on("message", (data) => {
        const { count, message } = order(data.toString());
        for (let left = count; left > 0; left -= 1) socket.send(message, { binary: true });
      });
      break;
    default:
      socket.on("message", (data, binary) => socket.send(data, { binary }));
  }
});
