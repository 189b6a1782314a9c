// Bun's own server behind the contract of bench/README.md; run by bun.
const { PORT = "9001", DEFLATE = "", TLS_CERT = "", TLS_KEY = "" } = process.env;
const MIB = 1024 * 1024;
const shape = DEFLATE === "takeover" ? "dedicated" : "shared";
const compresses = DEFLATE !== "";

process.on("SIGUSR2", () => Bun.gc(true));

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(PORT),
  ...(TLS_CERT === "" ? {} : { tls: { cert: Bun.file(TLS_CERT), key: Bun.file(TLS_KEY) } }),
  fetch(request, server) {
    const data = { path: new URL(request.url).pathname };
    return server.upgrade(request, { data }) ? undefined : new Response(null, { status: 426 });
  },
  websocket: {
    idleTimeout: 0,
    maxPayloadLength: 16 * MIB,
    backpressureLimit: 64 * MIB,
    perMessageDeflate: compresses && { compress: shape, decompress: shape },
    open(socket) {
      if (socket.data.path === "/fanout") socket.subscribe("all");
    },
    message(socket, message) {
      switch (socket.data.path) {
        case "/sink":
          break;
        case "/pub":
          socket.publish("all", message, compresses);
          break;
        case "/source": {
          const [count, size] = message.split(" ").map(Number);
          const answer = new Uint8Array(size).fill(120);
          for (let left = count; left > 0; left -= 1) socket.send(answer);
          break;
        }
        default:
          socket.send(message, compresses);
      }
    },
  },
});
