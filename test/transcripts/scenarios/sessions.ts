/** Sessions that end as they should. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect } from "../../../src/index.ts";
import { LoggerAdapter } from "../../../src/logging/adapter.ts";
import { getLogger } from "../../../src/logging/manager.ts";
import type { LogCallOptions } from "../../../src/logging/options.ts";
import { closePayload, frame, head, REQUEST } from "../raw-peer.ts";
import { echo, type Stage } from "../stage.ts";
import type { Play, Scenarios } from "./scenario.ts";

/** One echo, and a close. */
function echoSession(options: { readonly compression?: null } = {}): Play {
  return async (stage) => {
    const { server, url } = await stage.serve(echo, options);
    const connection = await stage.connect(url, options);
    await connection.send("hello");
    await connection.recv();
    await connection.close();
    await stage.settled();
    await server.close();
  };
}

async function fragmented(stage: Stage): Promise<void> {
  const { server, url, port } = await stage.serve(echo, { compression: null });
  const connection = await stage.connect(url, { compression: null });
  await connection.send(["frag", "men", "ted"]);
  await connection.recv();
  await connection.send([Uint8Array.of(0, 1), Uint8Array.of(0xfe, 0xff)]);
  await connection.recv();
  await connection.close();
  await stage.settled();

  const peer = await stage.dial(port);
  peer.send(head(REQUEST));
  await peer.until("\r\n\r\n");
  const coffee = Buffer.from("café au lait");
  peer.send(frame(0x01, coffee.subarray(0, 4)));
  peer.send(frame(0x00, coffee.subarray(4, 8)));
  peer.send(frame(0x89, "mid"));
  peer.send(frame(0x80, coffee.subarray(8)));
  await peer.until(coffee);
  peer.send(frame(0x88, closePayload(1000)));
  await peer.leave();
  await stage.settled();
  await server.close();
}

async function pings(stage: Stage): Promise<void> {
  const { server, url } = await stage.serve();
  const connection = await stage.connect(url);
  await connection.ping();
  await connection.ping("data");
  await connection.ping(Uint8Array.of(0xff, 0x00));
  await connection.ping("");
  connection.pong("unsolicited");
  connection.pong();
  await connection.close();
  await stage.settled();
  await server.close();
}

async function keepalive(stage: Stage): Promise<void> {
  let pongs = (): void => {};
  const three = new Promise<void>((resolve) => {
    pongs = resolve;
  });
  let left = 3;
  const { server, url } = await stage.serve(
    async (connection) => {
      const { onPong } = connection;
      connection.onPong = (...pong) => {
        onPong.apply(connection, pong);
        left -= 1;
        if (left === 0) pongs();
      };
      await connection.closed;
    },
    { pingInterval: 200 },
  );
  const connection = await stage.connect(url);
  await three;
  await connection.close();
  await stage.settled();
  await server.close();
}

async function clientCloses(stage: Stage): Promise<void> {
  const { server, url } = await stage.serve();
  const connection = await stage.connect(url);
  await connection.close(1000, "bye");
  await stage.settled();
  await server.close();
}

const CODES: readonly (readonly [code: number, reason: string])[] = [
  [1001, ""],
  [1003, "no"],
  [1011, "x"],
  [3000, ""],
  [3999, "lib"],
  [4000, "app"],
  [4999, ""],
];

async function clientClosesOtherwise(stage: Stage): Promise<void> {
  const { server, url, port } = await stage.serve();
  for (const [code, reason] of CODES) {
    const connection = await stage.connect(url);
    await connection.close(code, reason);
    await stage.settled();
  }
  for (const payload of [Buffer.alloc(0), closePayload(1014, "né\nFAKE LOG LINE \u001b[31m")]) {
    const peer = await stage.dial(port);
    peer.send(head(REQUEST));
    await peer.until("\r\n\r\n");
    peer.send(frame(0x88, payload));
    await peer.leave();
    await stage.settled();
  }
  await server.close();
}

async function serverCloses(stage: Stage): Promise<void> {
  const { server, url } = await stage.serve();
  await stage.connect(url);
  await server.close();
}

/** Says, as the adapter of the documentation does, which connection a line is about. */
class StateAdapter extends LoggerAdapter {
  override process(message: unknown, options: LogCallOptions): [unknown, LogCallOptions] {
    const websocket = options.extra?.websocket as Connection | undefined;
    if (websocket === undefined) return [message, options];
    return [`[conn ${websocket.state.toUpperCase()}] ${message}`, options];
  }
}

async function loggerOption(stage: Stage): Promise<void> {
  const { server, url } = await stage.serve(echo, {
    logger: new StateAdapter(getLogger("websockets.custom")),
  });
  const connection = await stage.connect(url, { logger: getLogger("websockets.myclient") });
  await connection.close();
  await stage.settled();
  await server.close();
}

async function listening(stage: Stage): Promise<void> {
  const six = await stage.serve(echo, { host: "::1" });
  const four = await stage.serve(echo, { host: "127.0.0.1" });
  await six.server.close();

  const folder = await mkdtemp(join(tmpdir(), "clearsocket-"));
  try {
    const socketPath = join(folder, "socket");
    const { server } = await stage.serve(echo, { socketPath });
    const connection = await connect("ws://localhost/", { socketPath });
    await connection.send("x");
    await connection.recv();
    await connection.close();
    await stage.settled();
    await server.close();
    await four.server.close();
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A text and bytes that are longer than lines show. */
export async function longMessages(stage: Stage): Promise<void> {
  const { server, url } = await stage.serve(echo, { compression: null });
  const connection = await stage.connect(url, { compression: null });
  await connection.send("y".repeat(400));
  await connection.recv();
  await connection.send(Uint8Array.from({ length: 256 }, (_, at) => at));
  await connection.recv();
  await connection.close();
  await stage.settled();
  await server.close();
}

export const SESSIONS: Scenarios = {
  "01-echo_session": echoSession(),
  "02-echo_session_no_compression": echoSession({ compression: null }),
  "04-fragmented": fragmented,
  "05-ping_pong": pings,
  "06-keepalive": keepalive,
  "07-client_closes_1000": clientCloses,
  "08-client_closes_other_codes": clientClosesOtherwise,
  "09-server_closes_1001": serverCloses,
  "79-listening_addresses": {
    play: listening,
    because:
      "a server of Python listens on all addresses of `localhost`, one of ours on one: so there is one for each",
  },
  "82-logger_option": {
    play: loggerOption,
    because:
      "the adapter asks for the state of the connection: we say `= connection is` when it is, Python just before",
    adapt: (line) => ({
      ...line,
      text: line.text.replace(/^\[conn \w+\] (?== connection is)/, "[conn …] "),
    }),
  },
};
