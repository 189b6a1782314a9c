// A server that does what a test tells it, right or wrong, on raw sockets.
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import {
  BINARY,
  CLOSE,
  encodeFrame,
  type Frame,
  frame,
  PING,
  pong,
  TEXT,
} from "../../conformance/wire/frame.ts";
import { acceptOf, readHead, writeHead } from "../../conformance/wire/head.ts";
import { FrameReader, type ReceivedFrame } from "../../conformance/wire/reader.ts";

export interface Talk {
  send(...frames: readonly Frame[]): void;
  /** Ends TCP. */
  end(): void;
  /** Frames that came, in order, each with its breach. */
  onFrame: (frame: ReceivedFrame) => void;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly address: string;
  close(): Promise<void>;
}

/** Echoes, answers pings and Closes, and fails the connection with 1002 on a breach: right as far as it goes. */
export function behave(talk: Talk): void {
  let failed = false;
  talk.onFrame = ({ opcode, payload, breach }) => {
    if (failed) return;
    if (breach !== null) {
      failed = true;
      talk.send(frame(CLOSE, Buffer.from([0x03, 0xea])));
      talk.end();
    } else if (opcode === CLOSE) {
      talk.send(frame(CLOSE, payload));
      talk.end();
    } else if (opcode === PING) talk.send(pong(payload));
    else if (opcode === TEXT || opcode === BINARY) talk.send(frame(opcode, payload));
  };
}

function talkOn(socket: Socket, script: (talk: Talk) => void): void {
  const reader = new FrameReader({ expectMasks: true, compression: false });
  const talk: Talk = {
    send: (...frames) => {
      if (socket.writable)
        socket.write(Buffer.concat(frames.map((one) => encodeFrame(one, false))));
    },
    end: () => socket.end(),
    onFrame: () => {},
  };
  let isOpen = false;
  let head: Buffer = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    if (!isOpen) {
      head = Buffer.concat([head, chunk]);
      const whole = readHead(head);
      if (whole === null) return;
      isOpen = true;
      const accept = acceptOf(whole.head.fields.get("sec-websocket-key") ?? "");
      socket.write(
        writeHead("HTTP/1.1 101 Switching Protocols", [
          ["Upgrade", "websocket"],
          ["Connection", "Upgrade"],
          ["Sec-WebSocket-Accept", accept],
        ]),
      );
      script(talk);
      reader.push(whole.rest);
    } else reader.push(chunk);
    for (let next = reader.next(); next !== null; next = reader.next()) talk.onFrame(next);
  });
}

/** Listens on a free port; `script` is called for each connection that opens. */
export async function scriptedServer(script: (talk: Talk) => void): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    talkOn(socket, script);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  };
  return { address: `ws://127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close };
}
