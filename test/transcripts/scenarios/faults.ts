/** Sessions that break: crashes, losses, and what the protocol forbids. */
import type { Extension, ExtensionFactory } from "../../../src/extensions/extension.ts";
import { closePayload, frame, head, type RawPeer, REQUEST } from "../raw-peer.ts";
import { echo, type Stage } from "../stage.ts";
import type { Scenarios } from "./scenario.ts";

/** A raw peer whose request has been accepted. */
async function open(stage: Stage, port: number, ...headers: string[]): Promise<RawPeer> {
  const peer = await stage.dial(port);
  peer.send(head([...REQUEST, ...headers]));
  await peer.until("\r\n\r\n");
  return peer;
}

async function reset(stage: Stage, port: number): Promise<void> {
  const peer = await open(stage, port);
  peer.send(frame(0x81, "hello"));
  await peer.until(frame(0x81, "hello", { mask: false }));
  peer.socket.resetAndDestroy();
  await stage.settled();
}

async function socketReset(stage: Stage): Promise<void> {
  const { server, port } = await stage.serve();
  await reset(stage, port);
  await server.close();
}

async function socketResetUnderRecv(stage: Stage): Promise<void> {
  const { server, port, url } = await stage.serve(async (connection) => {
    while (true) await connection.send(await connection.recv());
  });
  await reset(stage, port);
  const connection = await stage.connect(url);
  await connection.close();
  await stage.settled();
  await server.close();
}

async function crash(stage: Stage): Promise<void> {
  const { server, url } = await stage.serve(() => {
    throw new RangeError("boom");
  });
  const connection = await stage.connect(url);
  await connection.closed;
  await stage.settled();
  await server.close();
}

async function chainedCrash(stage: Stage): Promise<void> {
  const { server, url } = await stage.serve(async (connection) => {
    await connection.recv();
    throw new Error("multi\nline", { cause: new ReferenceError("k") });
  });
  const connection = await stage.connect(url);
  await connection.send("go");
  await connection.closed;
  await stage.settled();
  await server.close();
}

/** The client's socket fails when it is written to: planted, since a real one fails by chance of time. */
async function brokenPipe(stage: Stage): Promise<void> {
  const { server, url, port } = await stage.serve();
  const { socket } = await stage.dial(port);
  socket.removeAllListeners("data");
  const connection = await stage.connect(url, { socket });
  const failure = Object.assign(new Error("write EPIPE"), { code: "EPIPE", syscall: "write" });
  socket._write = (_chunk, _encoding, done) => done(failure);
  await connection.send("hello");
  await connection.closed;
  await stage.settled();
  await server.close();
}

/** An extension that takes what comes with RSV2 set, and has a bug. */
const BAD_EXTENSION: ExtensionFactory = {
  name: "x-bad",
  rsv: 2,
  offer: () => [[]],
  accept: () => ({ extension: BAD, parameters: [] }),
  confirm: () => BAD,
};

const BAD: Extension = {
  name: "x-bad",
  parameters: "",
  rsv: 2,
  encode: () => null,
  decode: () => {
    throw new Error("extension bug");
  },
  close: () => {},
};

async function parserFails(stage: Stage): Promise<void> {
  const { server, port } = await stage.serve(echo, { extensions: [BAD_EXTENSION] });
  const peer = await open(stage, port, "Sec-WebSocket-Extensions: x-bad");
  peer.send(frame(0xa1, "x"));
  await peer.ended;
  const closed = server.close();
  await peer.leave();
  await closed;
}

async function keepaliveTimeout(stage: Stage): Promise<void> {
  const { server, port } = await stage.serve(
    async (connection) => {
      await connection.closed;
    },
    { pingInterval: 50, pingTimeout: 50 },
  );
  const peer = await open(stage, port);
  await peer.leave();
  await stage.settled();
  await server.close();
}

async function keepaliveTimeoutOfClient(stage: Stage): Promise<void> {
  const { server, url } = await stage.serve(async (connection) => {
    await connection.closed;
  });
  const connection = await stage.connect(url, {
    pingInterval: 100,
    pingTimeout: 100,
    closeTimeout: 100,
  });
  // The network stalls: the server hears nothing any more, and at last that the connection is lost.
  const [socket] = stage.accepted;
  socket?.removeAllListeners("data").removeAllListeners("end");
  await connection.closed;
  const closed = server.close();
  socket?.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  await closed;
}

async function oversizedForServer(stage: Stage): Promise<void> {
  const { server, url } = await stage.serve(echo, { maxSize: 1000 });
  const connection = await stage.connect(url);
  await connection.send("x".repeat(100_000));
  await connection.closed;
  await stage.settled();
  await server.close();
}

async function oversizedForClient(stage: Stage): Promise<void> {
  const { server, url } = await stage.serve(
    async (connection) => {
      await connection.send(new Uint8Array(2000));
      await connection.closed;
    },
    { compression: null },
  );
  const connection = await stage.connect(url, { maxSize: 1000, compression: null });
  await connection.closed;
  await stage.settled();
  await server.close();
}

/** What the protocol forbids, frame by frame. */
const BREACHES: readonly (readonly Uint8Array[])[] = [
  [frame(0xc1, "rsv1")],
  [frame(0x83, "opcode 3")],
  [frame(0x81, "unmasked", { mask: false })],
  [frame(0x89, "x".repeat(126))],
  [frame(0x09, "fragmented ping")],
  [frame(0x80, "unexpected cont")],
  [frame(0x88, Uint8Array.of(0x03))],
  [frame(0x88, closePayload(1005))],
  [frame(0x88, closePayload(999))],
  [frame(0x01, "a"), frame(0x81, "b")],
  [frame(0x01, "a"), frame(0x88, closePayload(1000))],
];

async function protocolErrors(stage: Stage): Promise<void> {
  const { server, port } = await stage.serve();
  for (const frames of BREACHES) {
    const peer = await open(stage, port);
    for (const bytes of frames) peer.send(bytes);
    await peer.leave();
    await stage.settled();
  }
  await server.close();
}

const SCHEDULER =
  "whether the server begins to close before the handler has failed is the scheduler's choice";

export const FAULTS: Scenarios = {
  "12-socket_reset": socketReset,
  "13-socket_reset_handler_uses_recv": socketResetUnderRecv,
  "16-handler_crash": crash,
  "17-handler_crash_chained": chainedCrash,
  "18-error_while_sending_data": { play: brokenPipe, apart: true, because: SCHEDULER },
  "20-parser_failed": parserFails,
  "22-keepalive_timeout": keepaliveTimeout,
  "23-keepalive_timeout_client_side": keepaliveTimeoutOfClient,
  "25-oversized_1009_compressed": { play: oversizedForServer, apart: true, because: SCHEDULER },
  "26-oversized_1009_received_by_client": oversizedForClient,
  "28-protocol_errors_1002": {
    play: protocolErrors,
    because:
      "a Close frame in the middle of a message, the last of these breaches, is none by RFC 6455 §5.4, and is answered as " +
      "any other, so that no handler fails",
    rewrite: (transcript) => {
      const last = transcript.findLastIndex(({ text }) => text === "connection handler failed");
      const text = /^> CLOSE 1002 \(protocol error\) incomplete fragmented message .*$/;
      return transcript
        .filter((_, at) => at !== last)
        .map((line) => ({ ...line, text: line.text.replace(text, "> CLOSE 1000 (OK) [2 bytes]") }));
    },
  },
};
