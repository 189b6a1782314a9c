import { serve } from "clearsocket";
import logging from "clearsocket/logging";

logging.basicConfig({ format: "%(asctime)s %(message)s", level: logging.INFO });

const server = await serve(
  async (connection) => {
    await connection.closed; // nothing is expected from the listeners
  },
  {
    host: "127.0.0.1",
    port: Number(process.env.PORT ?? 8765),
    writeLimit: { max: 256 * 1024 }, // above it a listener is slow
  },
);

let price = 100;
const timer = setInterval(() => {
  price += Math.random() - 0.5;
  const message = JSON.stringify({ at: Date.now(), price: Number(price.toFixed(2)) });
  const { skipped } = server.broadcast(message, { slow: "skip" });
  if (skipped > 0) console.log(`${skipped} did not keep up`);
}, 200);

await server.serveForever();
clearInterval(timer);
