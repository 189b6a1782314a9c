// What runs in a browser's page.

// An exchange with an echo server.
// biome-ignore lint/correctness/noUnusedVariables: the trial calls it
async function exchange(url, text) {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const next = (type) =>
    new Promise((resolve, reject) => {
      socket.addEventListener(type, resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error(`error before ${type}`)));
    });
  await next("open");
  socket.send(text);
  const { data: echoed } = await next("message");
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
  socket.send(bytes);
  const { data } = await next("message");
  const back = new Uint8Array(data);
  const same = back.length === bytes.length && back.every((byte, index) => byte === bytes[index]);
  socket.close(1000, "done");
  const { code, reason, wasClean } = await next("close");
  return { echoed, same, code, reason, wasClean };
}

// The same, where the server begins: what comes is sent back, until the server closes.
// biome-ignore lint/correctness/noUnusedVariables: the trial calls it
function echo(url) {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => socket.send(data);
  return new Promise((resolve) => {
    socket.onclose = ({ code, reason, wasClean }) => resolve({ code, reason, wasClean });
  });
}
