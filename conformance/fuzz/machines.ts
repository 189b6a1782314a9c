/** What receives a stream: our machine, and the receiver of `ws` as a second opinion. */
import {
  ClientProtocol,
  deflateForClient,
  deflateForServer,
  ServerProtocol,
} from "clearsocket/protocol";
import * as ws from "ws";
import { MAX_SIZE, type Outcome } from "./stream.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

type Machine = ServerProtocol | ClientProtocol;

/** A machine whose opening handshake is over. */
function opened(side: "server" | "client", compressed: boolean): Machine {
  const server = new ServerProtocol({
    maxSize: MAX_SIZE,
    extensions: compressed ? [deflateForServer({ windowBits: 15, largeFrom: null })] : [],
  });
  const client = new ClientProtocol("ws://localhost/", {
    key: KEY,
    maxSize: MAX_SIZE,
    extensions: compressed ? [deflateForClient({ largeFrom: null })] : [],
  });
  server.receive(client.output().bytes);
  server.events();
  server.accept();
  client.receive(server.output().bytes);
  const machine = side === "server" ? server : client;
  machine.events();
  machine.output();
  if (machine.state !== "open")
    throw new Error(`the opening handshake has failed: ${machine.failure}`);
  return machine;
}

/** Our machine's outcome; the stream comes in chunks that end at `cuts`. */
export function ours(
  side: "server" | "client",
  compressed: boolean,
  bytes: Uint8Array,
  cuts: readonly number[],
): Outcome {
  const machine = opened(side, compressed);
  const messages: string[] = [];
  const pings: string[] = [];
  let end: Outcome["end"] = "open";
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    machine.receive(bytes.slice(start, cut));
    start = cut;
    for (const event of machine.events()) {
      if (event.kind === "text") messages.push(`t:${event.data}`);
      else if (event.kind === "binary")
        messages.push(`b:${Buffer.from(event.data).toString("hex")}`);
      else if (event.kind === "ping") pings.push(Buffer.from(event.data).toString("hex"));
      else if (event.kind === "close") end = { closed: event.code };
      else if (event.kind === "failing") {
        end = { failed: (event.error as { closeCode?: number }).closeCode ?? -1 };
      }
    }
  }
  return { messages, pings, end };
}

interface Receiver extends NodeJS.EventEmitter {
  write(chunk: Uint8Array): boolean;
}

/** What `ws` makes of the same stream, whole. */
export function theirs(side: "server" | "client", bytes: Uint8Array): Promise<Outcome> {
  const { Receiver } = ws as unknown as { Receiver: new (options: object) => Receiver };
  const receiver = new Receiver({
    allowSynchronousEvents: true,
    isServer: side === "server",
    maxPayload: MAX_SIZE,
    extensions: {},
  });
  const messages: string[] = [];
  const pings: string[] = [];
  let end: Outcome["end"] = "open";
  receiver.on("message", (data: Buffer, isBinary: boolean) => {
    messages.push(isBinary ? `b:${data.toString("hex")}` : `t:${data.toString()}`);
  });
  receiver.on("ping", (data: Buffer) => pings.push(data.toString("hex")));
  receiver.on("conclude", (code: number) => {
    end = { closed: code };
  });
  receiver.on("error", (error: Error) => {
    const symbol = Object.getOwnPropertySymbols(error).find(
      ({ description }) => description === "status-code",
    );
    end = { failed: symbol === undefined ? -1 : (error as never)[symbol] };
  });
  receiver.write(Buffer.from(bytes));
  return new Promise((resolve) => setImmediate(() => resolve({ messages, pings, end })));
}
