// undici's WebSocket. Its argument is the address of the tester.
import { WebSocket } from "undici";
import { runAllCases } from "./agent.mjs";

function open(url, { echo }) {
  return new Promise((resolve) => {
    const texts = [];
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onerror = () => {};
    socket.onclose = () => resolve(texts);
    socket.onmessage = ({ data }) => {
      if (echo) socket.send(data);
      else texts.push(data);
    };
  });
}

await runAllCases(process.argv[2], "undici", open);
