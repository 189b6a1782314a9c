/** SOCKS 5 (RFC 1928, RFC 1929) in the shape of the package socks, so that trials need no package. */
import { once } from "node:events";
import type { Socket } from "node:net";

/** What is asked, as far as it is used here. */
export interface SocksRequest {
  readonly proxy: { readonly userId?: string; readonly password?: string };
  readonly destination: { readonly host: string; readonly port: number };
  readonly existing_socket: Socket;
}

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const PASSWORD = 2;

/** Asks the proxy at the other end of the socket for a tunnel. */
export async function connectBySocks(request: SocksRequest): Promise<{ readonly socket: Socket }> {
  const { proxy, destination, existing_socket: socket } = request;
  const read = async (count: number): Promise<Buffer> => {
    while (true) {
      const chunk = socket.read(count) as Buffer | null;
      if (chunk !== null) return chunk;
      if (socket.readableEnded || socket.destroyed) throw new Error("the proxy has hung up");
      await Promise.race([once(socket, "readable"), once(socket, "end"), once(socket, "close")]);
    }
  };
  const { userId, password } = proxy;
  const method = userId === undefined ? NO_AUTHENTICATION : PASSWORD;
  socket.write(Buffer.of(VERSION, 1, method));
  const chosen = (await read(2))[1];
  if (chosen !== method) throw new Error("the proxy accepts no such authentication");
  if (userId !== undefined) {
    socket.write(Buffer.concat([Buffer.of(1), withLength(userId), withLength(password ?? "")]));
    if ((await read(2))[1] !== 0) throw new Error("the proxy refuses user and password");
  }
  const port = Buffer.alloc(2);
  port.writeUInt16BE(destination.port);
  socket.write(Buffer.concat([Buffer.of(VERSION, 1, 0, 3), withLength(destination.host), port]));
  const [, status, , type] = await read(4);
  if (status !== 0) throw new Error(`the proxy cannot connect: ${status}`);
  const length = type === 1 ? 4 : type === 4 ? 16 : (await read(1))[0];
  await read((length ?? 0) + 2);
  return { socket };
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}
