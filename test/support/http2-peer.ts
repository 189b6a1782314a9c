/** HTTP/2 by hand: sessions of node:http2, and streams on which a test writes what it likes. */
import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type OutgoingHttpHeaders,
} from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { frame, readFrames, type WireFrame } from "./frames.ts";

/** Where the tests' servers are. */
export interface Place {
  readonly port: number;
  /** The authority's certificate; null: no TLS. */
  readonly ca: string | null;
}

/** Opens a session, whose server's settings have come. */
export async function openSession({ port, ca }: Place): Promise<ClientHttp2Session> {
  const place = { port, host: "127.0.0.1" };
  const socket =
    ca === null ? connectTcp(place) : connectTls({ ...place, ca, ALPNProtocols: ["h2"] });
  const scheme = ca === null ? "http" : "https";
  const session = connect(`${scheme}://127.0.0.1:${port}`, {
    createConnection: () => socket,
    // Node cuts streams that are being opened while others of the session hold more than 10 MB.
    maxSessionMemory: 1000,
  });
  session.on("error", () => {});
  await once(session, "remoteSettings");
  SOCKETS.set(session, socket);
  return session;
}

const SOCKETS = new WeakMap<ClientHttp2Session, Socket>();

/** The socket below a session. */
export function socketOf(session: ClientHttp2Session): Socket {
  return SOCKETS.get(session) as Socket;
}

/** The head of an answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A stream, and what has come on it. */
export class StreamPeer {
  readonly stream: ClientHttp2Stream;
  received: Buffer = Buffer.alloc(0);
  /** Whether the server has ended its direction. */
  ended = false;
  readonly closed: Promise<unknown>;
  #head: Readonly<Record<string, unknown>> | null = null;
  #wake: (() => void)[] = [];

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream;
    this.closed = new Promise((resolve) => stream.once("close", resolve));
    stream.on("response", (headers) => {
      this.#head = headers;
      this.#stir();
    });
    stream.on("data", (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.#stir();
    });
    stream.on("end", () => {
      this.ended = stream.rstCode === undefined || stream.rstCode === 0;
      this.#stir();
    });
    stream.on("error", () => {});
    stream.on("close", () => this.#stir());
  }

  /** Waits until `is` holds, or the stream has closed. */
  async until(is: () => boolean): Promise<void> {
    while (!is() && !this.stream.closed) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** The head, when it has come; its status is 0 when there was none. */
  async answer(): Promise<Answer> {
    await this.until(() => this.#head !== null);
    const headers = this.#head ?? {};
    return { status: Number(headers[":status"] ?? 0), headers, body: "" };
  }

  /** The head and the whole body. */
  async whole(): Promise<Answer> {
    const answer = await this.answer();
    await this.until(() => this.ended);
    return { ...answer, body: this.received.toString() };
  }

  /** Sends a frame, masked as a client's is. */
  send(opcode: number, payload: string | Uint8Array = "", fin = true): void {
    this.stream.write(frame(opcode, payload, { masked: true, fin }));
  }

  /** The next `count` frames that come. */
  async frames(count: number): Promise<WireFrame[]> {
    await this.until(() => readFrames(this.received).frames.length >= count);
    const { frames } = readFrames(this.received);
    return frames.slice(0, count);
  }

  #stir(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** A valid request, changed: null leaves a field out. */
export function fields(
  changes: Readonly<Record<string, string | string[] | null>> = {},
): OutgoingHttpHeaders {
  const all: Record<string, string | string[] | null> = {
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":scheme": "http",
    ":path": "/",
    ":authority": "127.0.0.1",
    "sec-websocket-version": "13",
    ...changes,
  };
  const kept = Object.entries(all).filter(([, value]) => value !== null);
  return Object.fromEntries(kept) as OutgoingHttpHeaders;
}

/** Asks on a stream of its own. */
export function ask(
  session: ClientHttp2Session,
  changes: Readonly<Record<string, string | string[] | null>> = {},
  endStream = false,
): StreamPeer {
  return new StreamPeer(session.request(fields(changes), { endStream }));
}

/** Ends a session, whatever state it is in, and its socket with it: Node may wait for it for ever. */
export async function endSession(session: ClientHttp2Session): Promise<void> {
  const socket = socketOf(session);
  session.destroy();
  socket.destroy();
  if (!socket.closed) await once(socket, "close");
}
