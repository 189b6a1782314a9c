// `websocket`, an echo server at its defaults.
import { createServer } from "node:http";
import websocket from "websocket";

const http = createServer((_, response) => response.writeHead(404, { Connection: "close" }).end());
const server = new websocket.server({ httpServer: http, autoAcceptConnections: true });
server.on("connect", (connection) => {
  connection.on("error", () => {});
  connection.on("message", (message) => {
    if (message.type === "utf8") connection.sendUTF(message.utf8Data);
    else connection.sendBytes(message.binaryData);
  });
});
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
