// What every server of a peer needs to obey the contract of bench/README.md.
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const { PORT = "9001", DEFLATE = "", TLS_CERT = "", TLS_KEY = "" } = process.env;

/** "", "takeover" or "no-takeover". */
export const deflate = DEFLATE;
export const address = { port: Number(PORT), host: "127.0.0.1", backlog: 4096 };
export const tls =
  TLS_CERT === "" ? null : { cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) };

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");
process.on("SIGUSR2", () => {
  collectGarbage();
  collectGarbage();
});

/** Node's server of HTTP or HTTPS, as $TLS_CERT asks. */
export function createServer() {
  return tls === null ? createHttpServer() : createHttpsServer(tls);
}

/** What the text "COUNT SIZE" asks for: a message of SIZE bytes, COUNT times. */
export function order(text) {
  const [count, size] = text.split(" ").map(Number);
  return { count, message: Buffer.alloc(size, "x") };
}
