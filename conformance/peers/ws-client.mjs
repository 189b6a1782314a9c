// A client of ws, at its defaults. Its argument is the address of the tester.
import WebSocket from "ws";
import { runAllCases } from "./agent.mjs";

function open(url, { echo }) {
  return new Promise((resolve) => {
    const texts = [];
    const socket = new WebSocket(url, { perMessageDeflate: true });
    const decoder = new TextDecoder();
    socket.on("error", () => {});
    socket.on("close", () => resolve(texts));
    socket.on("message", (data, isBinary) => {
      if (echo) socket.send(data, { binary: isBinary });
      else texts.push(decoder.decode(data));
    });
  });
}

await runAllCases(process.argv[2], "ws", open);
