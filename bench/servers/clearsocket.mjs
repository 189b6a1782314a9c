// Clearsocket behind the benchmark's contract: echo on /, discard on /sink, broadcast /pub -> /fanout, "COUNT SIZE" on
// /source; $PORT, $DEFLATE ("", takeover, no-takeover), $READ ("consume" or "iterate"), $TEXT ("bytes" or "string"),
// $TLS_CERT and $TLS_KEY (files; wss where they are given).
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { broadcast, serve } from "clearsocket";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");
process.on("SIGUSR2", () => {
  gc();
  gc();
});

const {
  PORT = "9001",
  DEFLATE = "",
  READ = "consume",
  TEXT = "bytes",
  ATTACH = "",
  LOG = "",
  TLS_CERT = "",
  TLS_KEY = "",
} = process.env;
const compression =
  DEFLATE === "" ? null : { threshold: 0, contextTakeover: DEFLATE !== "no-takeover" };
const subscribers = new Set();
const filled = new Map();

function message(size) {
  if (!filled.has(size)) filled.set(size, new Uint8Array(size).fill(120));
  return filled.get(size);
}

const BINARY = { as: "binary" };
const AS_TEXT = { as: "text" };

async function handler(connection) {
  switch (connection.request.path) {
    case "/sink":
      return connection.consume(() => {});
    case "/fanout":
      subscribers.add(connection);
      await connection.consume(() => {});
      subscribers.delete(connection);
      return;
    case "/pub":
      return connection.consume((data, isText) => {
        broadcast(subscribers, data, isText ? AS_TEXT : BINARY);
      });
    case "/source":
      return connection.consume((data) => {
        const [count, size] = String(typeof data === "string" ? data : Buffer.from(data)).split(
          " ",
        );
        const bytes = message(Number(size));
        for (let left = Number(count); left > 0; left -= 1) connection.post(bytes);
      });
    default:
      if (READ === "iterate") {
        for await (const data of connection) await connection.send(data);
        return;
      }
      return connection.consume((data, isText) => {
        connection.post(data, isText ? AS_TEXT : BINARY);
      });
  }
}

const options = {
  compression,
  text: READ === "iterate" ? "string" : TEXT,
  origins: "any",
  ...(LOG === "null" ? { logger: null } : {}),
};
const tls =
  TLS_CERT === "" ? {} : { tls: { cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) } };
const address = { host: "127.0.0.1", port: Number(PORT), backlog: 4096 };
if (ATTACH === "") {
  await serve(handler, { ...options, ...tls, ...address });
} else {
  const { createServer } = await import("node:http");
  const { attach } = await import("clearsocket");
  const server = createServer();
  attach(server, handler, options);
  server.listen(Number(PORT), "127.0.0.1", 4096);
}
