import { serve } from "clearsocket";
import logging from "clearsocket/logging";

logging.basicConfig({ format: "%(asctime)s %(message)s", level: logging.INFO });

const server = await serve(
  async (connection) => {
    for await (const message of connection) await connection.send(message);
  },
  { host: "127.0.0.1", port: Number(process.env.PORT ?? 8765) },
);
await server.serveForever(); // until Ctrl-C
