// An echo server of the built package, at its defaults but for the largest message. It writes its port on the first line.
import { serve } from "../../dist/index.js";

const echo = async (connection) => {
  for await (const message of connection) await connection.send(message);
};
const server = await serve(echo, {
  host: "127.0.0.1",
  port: 0,
  maxSize: 32 * 1024 * 1024,
  logger: null,
});
console.log(server.addresses[0].port);
