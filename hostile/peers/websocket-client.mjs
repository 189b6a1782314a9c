// `websocket`, an echo client at its defaults: addresses come on standard input, and are printed when they are done with.
import { createInterface } from "node:readline";
import websocket from "websocket";

createInterface(process.stdin)
  .on("line", (address) => {
    const client = new websocket.client();
    client.on("connectFailed", () => console.log(address));
    client.on("httpResponse", () => console.log(address));
    client.on("connect", (connection) => {
      connection.on("error", () => {});
      connection.on("close", () => console.log(address));
      connection.on("message", (message) => {
        if (message.type === "utf8") connection.sendUTF(message.utf8Data);
        else connection.sendBytes(message.binaryData);
      });
    });
    client.connect(address);
  })
  .on("close", () => process.exit(0));
