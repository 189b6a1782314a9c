/** Opening handshakes that fail on the client's side. */
import assert from "node:assert/strict";
import { head, type RawPeer, rawServer } from "../raw-peer.ts";
import { echo, type Stage } from "../stage.ts";
import type { Play, Scenarios } from "./scenario.ts";

/** Connects to a server that reads the request and then does as told. */
function answered(onRequest: (peer: RawPeer) => void): Play {
  return async (stage) => {
    const server = await rawServer((peer) => {
      void peer.until("\r\n\r\n").then(() => onRequest(peer));
    });
    const url = `ws://127.0.0.1:${server.port}/chat`;
    await assert.rejects(stage.connect(url, { openTimeout: 500 }));
    await stage.settled();
    await server.close();
  };
}

async function neverAnswered(stage: Stage): Promise<void> {
  const server = await rawServer(() => {});
  const url = `ws://127.0.0.1:${server.port}/chat`;
  await assert.rejects(stage.connect(url, { openTimeout: 200 }));
  await stage.settled();
  await server.close();
}

async function subprotocols(stage: Stage): Promise<void> {
  const strict = await stage.serve(echo, { subprotocols: ["chat"] });
  await assert.rejects(stage.connect(strict.url, { subprotocols: ["superchat"] }));
  await stage.settled();
  await strict.server.close();

  const lenient = await stage.serve();
  const connection = await stage.connect(lenient.url, { subprotocols: ["superchat"] });
  await connection.close();
  await stage.settled();
  await lenient.server.close();
}

export const CLIENTS: Scenarios = {
  "67-client_garbage_response": answered((peer) => peer.send(Buffer.from("garbage\r\n\r\n"))),
  "69-client_status_403_with_body": answered((peer) => {
    peer.send(
      Buffer.concat([head(["HTTP/1.1 403 Forbidden", "Content-Length: 4"]), Buffer.from("nope")]),
    );
  }),
  "70-client_status_200_until_eof": answered((peer) => {
    peer.send(
      Buffer.concat([
        head(["HTTP/1.1 200 OK", "Content-Type: text/html"]),
        Buffer.from("<html></html>"),
      ]),
    );
    peer.socket.end();
  }),
  "71-client_missing_accept": answered((peer) => {
    peer.send(
      head(["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]),
    );
  }),
  "72-client_bad_accept": answered((peer) => {
    peer.send(
      head([
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
      ]),
    );
  }),
  "73-client_subprotocol_failure": subprotocols,
  "76-client_open_timeout": neverAnswered,
};
