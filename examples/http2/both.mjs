import { once } from "node:events";
import { createServer, connect as openSession } from "node:http2";
import { attach, connect } from "clearsocket";

const http = createServer((_request, response) => response.end("a page"));
const server = attach(
  http,
  async (connection) => {
    for await (const message of connection) {
      await connection.send(`${message}, over HTTP/${connection.request.version}`);
    }
  },
  { match: "/chat" },
);
http.listen(0, "127.0.0.1");
await once(http, "listening");
const { port } = http.address();

const session = openSession(`http://127.0.0.1:${port}`);
const connections = await Promise.all(
  [1, 2, 3].map(() => connect(`ws://127.0.0.1:${port}/chat`, { http2: session })),
);
for (const [index, connection] of connections.entries()) {
  await connection.send(`connection ${index + 1}`);
  console.log(await connection.recv());
}
for (const connection of connections) await connection.close();
session.close();
await server.close();
http.close();
