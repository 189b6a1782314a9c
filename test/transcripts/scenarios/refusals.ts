/** Opening handshakes that a server turns down. */
import type { ServeOptions } from "../../../src/index.ts";
import { head, REQUEST } from "../raw-peer.ts";
import { echo, type Stage } from "../stage.ts";
import type { Play, Scenarios } from "./scenario.ts";

const [, HOST, UPGRADE, CONNECTION, KEY, VERSION] = REQUEST;
const LINE = "GET /chat HTTP/1.1";

/** Sends `bytes`, and leaves when the server has ended its stream. */
function refusal(
  bytes: Uint8Array | readonly string[],
  options: ServeOptions<undefined> = {},
): Play {
  return async (stage) => {
    const { server, port } = await stage.serve(echo, options);
    const peer = await stage.dial(port);
    peer.send(bytes instanceof Uint8Array ? bytes : head(bytes as readonly string[]));
    await peer.leave();
    await stage.settled();
    await server.close();
  };
}

/** A crash in what the application hands in. */
function callbackBug(): never {
  throw new Error("callback bug");
}

async function partialThenEnd(stage: Stage): Promise<void> {
  const { server, port } = await stage.serve();
  const peer = await stage.dial(port);
  peer.send(Buffer.from(`${LINE}\r\n`));
  peer.socket.end();
  await peer.closed;
  await stage.settled();
  await server.close();
}

async function openTimeout(stage: Stage): Promise<void> {
  const { server, port } = await stage.serve(echo, { openTimeout: 100 });
  const peer = await stage.dial(port);
  peer.send(Buffer.from(`${LINE}\r\n`));
  await peer.leave();
  await stage.settled();
  await server.close();
}

async function whileClosing(stage: Stage): Promise<void> {
  let asked = (): void => {};
  const request = new Promise<void>((resolve) => {
    asked = resolve;
  });
  let answer = (): void => {};
  const { server, port } = await stage.serve(echo, {
    processRequest: () => {
      asked();
      return new Promise((resolve) => {
        answer = () => resolve(undefined);
      });
    },
  });
  const peer = await stage.dial(port);
  peer.send(head([LINE, HOST, UPGRADE, CONNECTION, KEY, VERSION]));
  await request;
  const closed = server.close();
  answer();
  await peer.leave();
  await closed;
}

export const REFUSALS: Scenarios = {
  "29-handshake_http_garbage": refusal(Buffer.from("\x16\x03\x01\x02 garbage\r\n\r\n", "latin1")),
  "30-handshake_http_garbage_short": refusal(["HELLO"]),
  "31-handshake_plain_http_get": refusal(["GET / HTTP/1.1", HOST]),
  "32-handshake_method_post": refusal([
    "POST /chat HTTP/1.1",
    HOST,
    UPGRADE,
    CONNECTION,
    KEY,
    VERSION,
  ]),
  "33-handshake_http_1_0": refusal(["GET /chat HTTP/1.0", HOST, UPGRADE, CONNECTION, KEY, VERSION]),
  "36-handshake_bad_key": refusal([
    LINE,
    HOST,
    UPGRADE,
    CONNECTION,
    "Sec-WebSocket-Key: short",
    VERSION,
  ]),
  "37-handshake_bad_key_base64": refusal([
    LINE,
    HOST,
    UPGRADE,
    CONNECTION,
    "Sec-WebSocket-Key: !!!!",
    VERSION,
  ]),
  "38-handshake_two_keys": refusal([LINE, HOST, UPGRADE, CONNECTION, KEY, VERSION, KEY]),
  "39-handshake_missing_version": refusal([LINE, HOST, UPGRADE, CONNECTION, KEY]),
  "41-handshake_missing_upgrade": refusal([LINE, HOST, CONNECTION, KEY, VERSION]),
  "42-handshake_missing_connection": refusal([LINE, HOST, UPGRADE, KEY, VERSION]),
  "43-handshake_bad_connection_header": refusal([
    LINE,
    HOST,
    UPGRADE,
    "Connection: ???",
    KEY,
    VERSION,
  ]),
  "46-handshake_origin_missing": refusal([LINE, HOST, UPGRADE, CONNECTION, KEY, VERSION], {
    origins: ["https://example.com"],
  }),
  "48-handshake_header_control_chars": refusal([
    LINE,
    HOST,
    UPGRADE,
    CONNECTION,
    KEY,
    VERSION,
    "X-Evil: a\x1b[31mb",
  ]),
  "49-handshake_request_line_too_long": refusal([`GET /${"a".repeat(9000)} HTTP/1.1`, HOST]),
  "50-handshake_header_too_long": refusal([LINE, HOST, `X-Long: ${"a".repeat(9000)}`]),
  "51-handshake_too_many_headers": refusal([
    LINE,
    HOST,
    ...Array.from({ length: 200 }, (_, at) => `X-${at}: ${at}`),
  ]),
  "52-handshake_transfer_encoding": refusal([
    LINE,
    HOST,
    UPGRADE,
    CONNECTION,
    KEY,
    VERSION,
    "Transfer-Encoding: chunked",
  ]),
  "53-handshake_with_body": refusal([
    LINE,
    HOST,
    UPGRADE,
    CONNECTION,
    KEY,
    VERSION,
    "Content-Length: 5",
  ]),
  "54-handshake_bad_extension_header": refusal([
    LINE,
    HOST,
    UPGRADE,
    CONNECTION,
    KEY,
    VERSION,
    "Sec-WebSocket-Extensions: permessage-deflate; =",
  ]),
  "55-handshake_subprotocol_missing": refusal([LINE, HOST, UPGRADE, CONNECTION, KEY, VERSION], {
    subprotocols: ["chat", "v2"],
  }),
  "56-handshake_subprotocol_unknown": refusal(
    [LINE, HOST, UPGRADE, CONNECTION, KEY, VERSION, "Sec-WebSocket-Protocol: superchat"],
    { subprotocols: ["chat", "v2"] },
  ),
  "57-handshake_select_subprotocol_crash": {
    play: refusal(
      [LINE, HOST, UPGRADE, CONNECTION, KEY, VERSION, "Sec-WebSocket-Protocol: superchat"],
      { match: callbackBug },
    ),
    because: "there is no hook that selects a subprotocol alone; the hook `match` crashes instead",
  },
  "58-handshake_process_request_crash": refusal([LINE, HOST, UPGRADE, CONNECTION, KEY, VERSION], {
    processRequest: callbackBug,
  }),
  "64-handshake_partial_then_eof": partialThenEnd,
  "65-handshake_open_timeout": openTimeout,
  "66-handshake_while_server_closing": whileClosing,
};
