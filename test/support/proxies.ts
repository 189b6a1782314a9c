/** Proxies on real sockets: HTTP CONNECT and SOCKS 5, and a client of the shape of the package `socks`. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import type { SocksRequest } from "../../src/node/socks-proxy.ts";
import type { Identity } from "./certificates.ts";

export interface TestProxy {
  readonly port: number;
  /** The destinations that were asked for, `host:port`. */
  readonly asked: string[];
  /** The heads of the requests, of HTTP proxies. */
  readonly heads: string[];
  /** Sockets that are open, on both sides. */
  readonly sockets: ReadonlySet<Socket>;
}

export interface ProxySetup {
  /** `user:password` that is asked for. */
  readonly credentials?: string;
  /** TLS to the proxy. */
  readonly identity?: Identity;
}

type Serve = (socket: Socket, proxy: TestProxy, open: Open) => Promise<void>;
type Open = (host: string, port: number) => Promise<Socket>;

async function start(
  t: Pick<TestContext, "after">,
  setup: ProxySetup,
  serve: Serve,
): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    return socket;
  };
  const open: Open = async (host, port) => {
    const socket = keep(connect({ host, port, allowHalfOpen: true }));
    await once(socket, "connect");
    return socket;
  };
  const onSocket = (socket: Socket): void => {
    serve(keep(socket), proxy, open).catch(() => socket.destroy());
  };
  const { identity } = setup;
  const server: Server =
    identity === undefined
      ? createServer({ allowHalfOpen: true }, onSocket)
      : createTlsServer({ ...identity, allowHalfOpen: true }, onSocket);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const proxy: TestProxy = { port, asked: [], heads: [], sockets };
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return proxy;
}

function join(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  one.on("close", () => other.destroy());
  other.on("close", () => one.destroy());
}

/** Exactly `count` bytes, or all as far as `end`. */
async function read(socket: Socket, until: number | string): Promise<Buffer> {
  let got = Buffer.alloc(0);
  while (true) {
    const size = typeof until === "number" ? until : got.indexOf(until) + until.length;
    if (size > (typeof until === "number" ? -1 : until.length - 1) && got.length >= size) {
      socket.unshift(got.subarray(size));
      return got.subarray(0, size);
    }
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) got = Buffer.concat([got, chunk]);
    else if (socket.readableEnded || socket.destroyed) throw new Error("it has ended");
    else await Promise.race([once(socket, "readable"), once(socket, "end"), once(socket, "close")]);
  }
}

/** A proxy that opens tunnels by CONNECT. */
export function startHttpProxy(
  t: Pick<TestContext, "after">,
  setup: ProxySetup = {},
): Promise<TestProxy> {
  const wanted =
    setup.credentials === undefined
      ? null
      : `Basic ${Buffer.from(setup.credentials).toString("base64")}`;
  return start(t, setup, async (socket, proxy, open) => {
    const head = String(await read(socket, "\r\n\r\n"));
    proxy.heads.push(head);
    const given = /^proxy-authorization: (.*)$/im.exec(head)?.[1] ?? null;
    if (given !== wanted) {
      socket.end(
        "HTTP/1.1 407 Who are you?\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
      );
      return;
    }
    const { 1: host = "", 2: port } = /^CONNECT \[?(.*?)\]?:(\d+) HTTP/.exec(head) ?? [];
    proxy.asked.push(`${host}:${port}`);
    try {
      const there = await open(host, Number(port));
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      join(socket, there);
    } catch {
      socket.end("HTTP/1.1 502 Nobody there\r\nContent-Length: 0\r\n\r\n");
    }
  });
}

/** A proxy that opens tunnels by SOCKS 5 (RFC 1928), with a password if it is told one (RFC 1929). */
export function startSocksProxy(
  t: Pick<TestContext, "after">,
  setup: ProxySetup = {},
): Promise<TestProxy> {
  const method = setup.credentials === undefined ? 0 : 2;
  return start(t, setup, async (socket, proxy, open) => {
    const methods = await read(socket, (await read(socket, 2))[1] ?? 0);
    if (!methods.includes(method)) {
      socket.end(Buffer.from([5, 0xff]));
      return;
    }
    socket.write(Buffer.from([5, method]));
    if (method === 2) {
      const user = await read(socket, (await read(socket, 2))[1] ?? 0);
      const password = await read(socket, (await read(socket, 1))[0] ?? 0);
      const isRight = `${user}:${password}` === setup.credentials;
      socket.write(Buffer.from([1, isRight ? 0 : 1]));
      if (!isRight) {
        socket.end();
        return;
      }
    }
    const [, , , kind = 0] = await read(socket, 4);
    const host =
      kind === 1
        ? [...(await read(socket, 4))].join(".")
        : String(await read(socket, (await read(socket, 1))[0] ?? 0));
    const port = (await read(socket, 2)).readUInt16BE();
    proxy.asked.push(`${host}:${port}`);
    try {
      const there = await open(host, port);
      socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      join(socket, there);
    } catch {
      socket.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0]));
    }
  });
}

/** What `SocksClient.createConnection` does, as far as SOCKS 5 goes. */
export async function socksConnect(request: SocksRequest): Promise<{ readonly socket: Socket }> {
  const { proxy, destination, existing_socket: socket } = request;
  const { userId, password } = proxy;
  const method = userId === undefined ? 0 : 2;
  socket.write(Buffer.from([5, 1, method]));
  if ((await read(socket, 2))[1] !== method) throw new Error("no method is acceptable");
  if (method === 2) {
    const [name, secret] = [Buffer.from(userId ?? ""), Buffer.from(password ?? "")];
    socket.write(Buffer.from([1, name.length, ...name, secret.length, ...secret]));
    if ((await read(socket, 2))[1] !== 0) throw new Error("authentication failed");
  }
  const host = Buffer.from(destination.host);
  const port = [destination.port >> 8, destination.port & 0xff];
  socket.write(Buffer.from([5, 1, 0, 3, host.length, ...host, ...port]));
  const [, status] = await read(socket, 10);
  if (status !== 0) throw new Error(`the proxy refused: ${status}`);
  return { socket };
}
