/** A relay between a client and a server that keeps what passes, and the frames in it. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { constants, createInflateRaw } from "node:zlib";

/** A frame as it went over the wire, unmasked, and decompressed where it was compressed. */
export interface WireFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Buffer;
  /** All its bytes on the wire. */
  readonly wireSize: number;
  readonly compressed: boolean;
}

export interface Relay {
  readonly port: number;
  /** What the client has sent so far, and what the server has. */
  frames(): Promise<{ readonly client: WireFrame[]; readonly server: WireFrame[] }>;
  close(): Promise<void>;
}

/** Passes the bytes of one connection to `port` and back, in pieces of `size` bytes if that is given. */
export async function relay(port: number, size = Number.POSITIVE_INFINITY): Promise<Relay> {
  const sent: { client: Buffer[]; server: Buffer[] } = { client: [], server: [] };
  const sockets: Socket[] = [];
  const proxy = createServer({ allowHalfOpen: true }, (front) => {
    const back = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    sockets.push(front, back);
    pass(front, back, sent.client, size);
    pass(back, front, sent.server, size);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    port: (proxy.address() as AddressInfo).port,
    frames: async () => ({
      client: await parse(Buffer.concat(sent.client)),
      server: await parse(Buffer.concat(sent.server)),
    }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => proxy.close(() => resolve()));
    },
  };
}

function pass(from: Socket, to: Socket, kept: Buffer[], size: number): void {
  from.on("error", () => {});
  to.setNoDelay(true);
  let passed = Promise.resolve();
  const then = (act: () => Promise<void> | void): void => {
    passed = passed.then(act);
  };
  from.on("data", (chunk) => {
    kept.push(chunk);
    if (size >= chunk.length) then(() => void to.write(chunk));
    else then(() => passInPieces(chunk, to, size));
  });
  from.on("end", () => then(() => void to.end()));
}

async function passInPieces(chunk: Buffer, to: Socket, size: number): Promise<void> {
  for (let at = 0; at < chunk.length; at += size) {
    to.write(chunk.subarray(at, at + size));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function parse(bytes: Buffer): Promise<WireFrame[]> {
  const frames: WireFrame[] = [];
  const inflate = makeInflate();
  let at = bytes.indexOf("\r\n\r\n") + 4;
  let messageIsCompressed = false;
  while (at < bytes.length) {
    const start = at;
    const first = bytes[at] ?? 0;
    const second = bytes[at + 1] ?? 0;
    at += 2;
    let length = second & 0x7f;
    if (length === 126) {
      length = bytes.readUInt16BE(at);
      at += 2;
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(at));
      at += 8;
    }
    const key = second & 0x80 ? bytes.subarray(at, at + 4) : null;
    at += key === null ? 0 : 4;
    let payload: Buffer = Buffer.from(bytes.subarray(at, at + length));
    at += length;
    if (key !== null) payload = Buffer.from(payload.map((byte, i) => byte ^ (key[i & 3] ?? 0)));
    const opcode = first & 0x0f;
    const fin = (first & 0x80) !== 0;
    if (opcode === 1 || opcode === 2) messageIsCompressed = (first & 0x40) !== 0;
    const compressed = messageIsCompressed && opcode < 8;
    if (compressed) payload = await inflate(payload, fin);
    frames.push({ opcode, fin, payload, wireSize: at - start, compressed });
  }
  return frames;
}

/** Decompresses the payloads of one direction, which share a window (RFC 7692 §7.2.2). */
function makeInflate(): (payload: Buffer, fin: boolean) => Promise<Buffer> {
  const stream = createInflateRaw({ flush: constants.Z_SYNC_FLUSH });
  let out: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => out.push(chunk));
  return async (payload, fin) => {
    out = [];
    const tail = fin ? Buffer.from([0x00, 0x00, 0xff, 0xff]) : Buffer.alloc(0);
    await new Promise<void>((resolve, reject) => {
      stream.write(Buffer.concat([payload, tail]), (error) => (error ? reject(error) : resolve()));
    });
    return Buffer.concat(out);
  };
}
