/** Our echo server at its defaults: `server.ts serve|attach on|off`. */
import { createServer } from "node:http";
import type { Connection } from "clearsocket";

const { attach, serve } = await import("clearsocket");
const [, , how, compression] = process.argv;

async function echo(connection: Connection): Promise<void> {
  for await (const message of connection) await connection.send(message);
}

const options = { logger: null, ...(compression === "off" && { compression: null }) };
if (how === "attach") {
  // Until a request is whole the socket is that server's, and so are the deadlines: these are ours.
  const http = createServer(
    { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 1000 },
    (_, response) => response.end("plain\n"),
  );
  attach(http, echo, options);
  http.listen(0, "127.0.0.1", () => {
    const address = http.address();
    console.log(typeof address === "object" ? address?.port : address);
  });
} else {
  const server = await serve(echo, { ...options, host: "127.0.0.1", port: 0 });
  const [address] = server.addresses;
  console.log(typeof address === "object" ? address.port : address);
}
