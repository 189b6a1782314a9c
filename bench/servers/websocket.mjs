// websocket behind the contract of bench/README.md. It has no compression.
import { peer } from "../peers/peer.mjs";
import { address, createServer, order } from "./contract.mjs";

const { server: WebSocketServer } = peer("websocket");
const LARGEST = 16 * 1024 * 1024;
const subscribers = new Set();
const server = new WebSocketServer({
  httpServer: createServer().listen(address),
  maxReceivedFrameSize: LARGEST,
  maxReceivedMessageSize: LARGEST,
  keepalive: false,
});

function send(connection, message) {
  if (message.type === "utf8") connection.sendUTF(message.utf8Data);
  else connection.sendBytes(message.binaryData);
}

server.on("request", (request) => {
  const connection = request.accept(null, request.origin);
  connection.on("error", () => {});
  switch (request.resource) {
    case "/sink":
      connection.on("message", () => {});
      break;
    case "/fanout":
      subscribers.add(connection);
      connection.on("close", () => subscribers.delete(connection));
      break;
    case "/pub":
      connection.on("message", (message) => {
        for (const subscriber of subscribers) send(subscriber, message);
      });
      break;
    case "/source":
      connection.on("message", ({ utf8Data }) => {
        const { count, message } = order(utf8Data);
        for (let left = count; left > 0; left -= 1) connection.sendBytes(message);
      });
      break;
    default:
      connection.on("message", (message) => send(connection, message));
  }
});
