/** A peer on a real socket who says exactly what a test wants, and shares no code with the library. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { describeFrames, type FrameOptions, frame, readFrames } from "./frames.ts";

/** The key of RFC 6455 §1.3. */
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

export interface Head {
  readonly status: number;
  readonly line: string;
  readonly headers: Headers;
}

/** Sockets that a test may have left open, half-open at least. */
const sockets = new Set<Socket>();
if (/\.test\.ts$/.test(process.argv[1] ?? "")) {
  const { after } = await import("node:test");
  after(() => {
    for (const socket of sockets) socket.destroy();
  });
}

export class RawPeer {
  readonly socket: Socket;
  /** What has come and has not been taken. */
  received: Buffer = Buffer.alloc(0);
  /** How it ended: "end" after a FIN, "error" after a reset. */
  ended: "end" | "error" | null = null;
  closed = false;
  readonly masked: boolean;
  #waiting: (() => void)[] = [];

  constructor(socket: Socket, masked: boolean) {
    this.socket = socket;
    this.masked = masked;
    sockets.add(socket);
    socket.on("data", (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.#wake();
    });
    socket.on("end", () => {
      this.ended ??= "end";
      this.#wake();
    });
    socket.on("error", () => {
      this.ended ??= "error";
      this.#wake();
    });
    socket.on("close", () => {
      sockets.delete(socket);
      this.closed = true;
      this.#wake();
    });
  }

  write(...pieces: readonly (string | Uint8Array)[]): void {
    const bytes = pieces.map((piece) => Buffer.from(piece as string, "latin1"));
    this.socket.write(Buffer.concat(bytes));
  }

  frame(opcode: number, payload?: string | Uint8Array, options?: FrameOptions): Buffer {
    return frame(opcode, payload, { masked: this.masked, ...options });
  }

  /** Waits until `ready` says so; rejects when nothing can come any more. */
  async until(ready: () => boolean): Promise<void> {
    while (!ready()) {
      if (this.closed) throw new Error(`it ended with ${JSON.stringify(String(this.received))}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Takes the head of the next response or request, with its body if it names a length. */
  async head(): Promise<Head & { body: string }> {
    await this.until(() => this.received.includes("\r\n\r\n"));
    const end = this.received.indexOf("\r\n\r\n");
    const [line = "", ...lines] = this.received.subarray(0, end).toString("latin1").split("\r\n");
    this.received = this.received.subarray(end + 4);
    const headers = new Headers();
    for (const field of lines) {
      const colon = field.indexOf(":");
      headers.append(field.slice(0, colon), field.slice(colon + 1).trim());
    }
    const length = Number(headers.get("Content-Length") ?? 0);
    await this.until(() => this.received.length >= length);
    const body = this.received.subarray(0, length).toString();
    this.received = this.received.subarray(length);
    return { line, status: Number(line.split(" ")[1]), headers, body };
  }

  /** Waits for `count` frames and takes them, as short texts. */
  async frames(count: number): Promise<string[]> {
    await this.until(() => readFrames(this.received).frames.length >= count);
    const texts = describeFrames(this.received);
    this.received = this.received.subarray(readFrames(this.received).size);
    return texts;
  }

  /** Waits for the end of what comes, and gives it as short texts. */
  async framesToEnd(): Promise<string[]> {
    await this.end();
    return describeFrames(this.received);
  }

  /** Waits for the end of what comes. */
  async end(): Promise<"end" | "error"> {
    await this.until(() => this.ended !== null || this.closed);
    return this.ended ?? "error";
  }

  /** Waits until the socket is closed. */
  async gone(): Promise<void> {
    while (!this.closed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** A client's socket, half-open sockets allowed. */
export async function dialRaw(where: number | string): Promise<RawPeer> {
  const place = typeof where === "string" ? { path: where } : { port: where, host: "127.0.0.1" };
  const socket = connect({ ...place, allowHalfOpen: true, noDelay: true });
  await once(socket, "connect");
  return new RawPeer(socket, true);
}

/** The lines of a request for a WebSocket. A header that is null is left out. */
export function request(
  headers: { readonly [name: string]: string | readonly string[] | null } = {},
  line = "GET / HTTP/1.1",
): string {
  const all: { [name: string]: string | readonly string[] | null } = {
    Host: "127.0.0.1",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = [line];
  for (const [name, value] of Object.entries(all)) {
    for (const one of value === null ? [] : [value].flat()) lines.push(`${name}: ${one}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** A client that has shaken hands. */
export async function openRaw(
  where: number | string,
  headers?: Parameters<typeof request>[0],
  line?: string,
): Promise<RawPeer> {
  const peer = await dialRaw(where);
  peer.write(request(headers, line));
  const { status, body } = await peer.head();
  if (status !== 101) throw new Error(`the server answered ${status}: ${body}`);
  return peer;
}

/** Sec-WebSocket-Accept for a key. */
export function acceptFor(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** The answer of a server that takes the request. */
export function acceptance(key: string, ...headers: readonly string[]): string {
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptFor(key)}`,
    ...headers,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  readonly server: Server;
  readonly peers: readonly RawPeer[];
  close(): Promise<void>;
}

/** A server that gives each of its sockets to `onPeer`. */
export async function serveRaw(onPeer: (peer: RawPeer) => unknown): Promise<RawServer> {
  const peers: RawPeer[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const peer = new RawPeer(socket, false);
    peers.push(peer);
    void Promise.resolve(onPeer(peer)).catch(() => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    for (const { socket } of peers) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    port: (server.address() as AddressInfo).port,
    server,
    peers,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A server that takes every WebSocket, sends `first` in the same packet, and hands it on. */
export function acceptRaw(
  first: (peer: RawPeer) => Uint8Array | string,
  then: (peer: RawPeer) => unknown = () => {},
): Promise<RawServer> {
  return serveRaw(async (peer) => {
    const { headers } = await peer.head();
    peer.write(acceptance(headers.get("Sec-WebSocket-Key") ?? ""), first(peer));
    await then(peer);
  });
}
