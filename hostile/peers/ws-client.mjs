// `ws`, an echo client at its defaults: addresses come on standard input, and are printed when they are done with.
import { createInterface } from "node:readline";
import { WebSocket } from "ws";

createInterface(process.stdin)
  .on("line", (address) => {
    const socket = new WebSocket(address);
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on("close", () => console.log(address));
  })
  .on("close", () => process.exit(0));
