/** A process of its own: configures logging by the name in its arguments, then has one good session and one that crashes. */

import { connect } from "../../src/client/connect.ts";
import { type Handler, serve } from "../../src/index.ts";
import { CONFIGURATIONS } from "./configurations.ts";

const [, , name = ""] = process.argv;
const configure = CONFIGURATIONS[name];
if (configure === undefined) throw new Error(`there is no configuration ${name}`);
const loggers = configure() ?? {};

const handler: Handler<undefined> = async (connection) => {
  for await (const message of connection) {
    if (message === "crash") throw new RangeError("boom");
    await connection.send(message);
  }
};

const server = await serve(handler, { host: "127.0.0.1", port: 0, ...loggers.server });
const [address] = server.addresses;
const url = `ws://127.0.0.1:${typeof address === "object" ? address.port : 0}/`;
for (const message of ["hello", "crash"]) {
  const connection = await connect(url, loggers.client ?? {});
  await connection.send(message);
  if (message === "hello") {
    await connection.recv();
    await connection.close();
  }
  await connection.closed;
  // The server has had its say before the next session begins.
  while (server.connections.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
await server.close();
