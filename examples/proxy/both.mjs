import { once } from "node:events";
import { createServer } from "node:http";
import { connect as connectTcp } from "node:net";
import { connect, InvalidProxyStatus, serve } from "clearsocket";

// A proxy, good enough to show: it opens tunnels for user and password.
const AUTHORIZATION = `Basic ${Buffer.from("user:password").toString("base64")}`;
const proxy = createServer().on("connect", (request, socket) => {
  if (request.headers["proxy-authorization"] !== AUTHORIZATION) {
    socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  const { hostname, port } = new URL(`http://${request.url}`);
  const tunnel = connectTcp(Number(port), hostname, () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    socket.pipe(tunnel).pipe(socket);
  });
  tunnel.on("error", () => socket.destroy());
  socket.on("error", () => tunnel.destroy());
});
proxy.listen(0, "127.0.0.1");
await once(proxy, "listening");
const address = `127.0.0.1:${proxy.address().port}`;

const server = await serve((connection) => connection.send("through the tunnel"), {
  host: "127.0.0.1",
  port: 0,
});
const url = `ws://127.0.0.1:${server.addresses[0].port}`;

const connection = await connect(url, { proxy: `http://user:password@${address}` });
console.log(await connection.recv());
await connection.close();

try {
  await connect(url, { proxy: `http://${address}` });
} catch (error) {
  if (!(error instanceof InvalidProxyStatus)) throw error;
  console.log(`without a password: ${error.response.status}`);
}
await server.close();
proxy.close();
