/** The other side of a scenario where no library would do what it does: bytes on a socket, and what came back. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** The request that the transcripts' raw peers send. */
export const REQUEST = [
  "GET /chat?token=s3cret HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==",
  "Sec-WebSocket-Version: 13",
] as const;

/** Lines of a head as bytes, each character one byte. */
export function head(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** A frame, masked with zeros unless `mask` is false, so that its payload can be read in the bytes. */
export function frame(
  first: number,
  payload: Uint8Array | string = "",
  { mask = true }: { readonly mask?: boolean } = {},
): Buffer {
  const data = Buffer.from(payload);
  const bit = mask ? 0x80 : 0;
  const size =
    data.length < 126
      ? Buffer.from([bit | data.length])
      : Buffer.from([bit | 126, data.length >> 8, data.length & 0xff]);
  return Buffer.concat([Buffer.from([first]), size, Buffer.alloc(mask ? 4 : 0), data]);
}

/** The payload of a Close frame. */
export function closePayload(code: number, reason = ""): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

export class RawPeer {
  readonly socket: Socket;
  /** When the other side has ended its stream, or the socket is gone. */
  readonly ended: Promise<void>;
  readonly closed: Promise<void>;
  #received: Buffer = Buffer.alloc(0);
  #notify: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#notify();
    });
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    this.ended = new Promise((resolve) => {
      socket.once("end", resolve);
      socket.once("close", () => resolve());
    });
    void this.ended.then(() => this.#notify());
  }

  /** Connects to a server of ours. */
  static async dial(port: number): Promise<RawPeer> {
    const peer = new RawPeer(connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
    await once(peer.socket, "connect");
    return peer;
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Ends our stream, when the other side has ended its own. */
  async leave(): Promise<void> {
    await this.ended;
    this.socket.end();
    await this.closed;
  }

  /** All that has come, one character a byte. */
  get received(): string {
    return this.#received.toString("latin1");
  }

  /** Waits for bytes to come. Fails when the stream ends without them. */
  async until(bytes: Uint8Array | string): Promise<void> {
    const wanted = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    while (!this.#received.includes(Buffer.from(wanted))) {
      if (this.socket.readableEnded || this.socket.destroyed) {
        throw new Error(`the stream ended before ${JSON.stringify(bytes)}: ${this.received}`);
      }
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
  }
}

/** A server that does with each socket as the scenario says; for what no server of ours would answer. */
export async function rawServer(
  onPeer: (peer: RawPeer) => void,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const peer = new RawPeer(socket);
    void peer.ended.then(() => socket.end());
    onPeer(peer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
