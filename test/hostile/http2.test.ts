/** Hostile peers over HTTP/2 (RFC 8441): streams by the thousand, resets, floods. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { ClientHttp2Session } from "node:http2";
import { describe, type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { connect, type Handler, type ServeOptions } from "../../src/index.ts";
import { Authority } from "../support/certificates.ts";
import { settle } from "../support/connection.ts";
import { frame } from "../support/frames.ts";
import { openSession, socketOf } from "../support/http2-peer.ts";
import { echo, start } from "../support/server.ts";

const authority = new Authority();
const tls = authority.issue("server", ["localhost", "127.0.0.1"]);

async function attacked(t: TestContext, options: ServeOptions<undefined> = {}) {
  const { server, port } = await start<undefined>(t, echo as Handler<undefined>, {
    tls,
    http2: true,
    ...options,
  });
  const session = await openSession({ port, ca: authority.cert });
  t.after(() => session.destroy());
  /** Whether a good client is served, over a session of its own. */
  const serves = async (): Promise<void> => {
    const good = await connect(`wss://localhost:${port}/`, {
      http2: true,
      tls: { ca: authority.cert },
      logger: null,
    });
    await good.send("still here");
    assert.equal(await good.recv(), "still here");
    await good.close();
  };
  return { server, session, port, serves };
}

function begin(session: ClientHttp2Session) {
  const stream = session.request({
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":scheme": "https",
    ":path": "/",
    ":authority": "localhost",
    "sec-websocket-version": "13",
  });
  stream.on("error", () => {});
  return stream;
}

describe("a server that is attacked over HTTP/2", () => {
  test("by streams that are reset as soon as they are open serves on, and keeps none of them", async (t) => {
    const { server, session, serves } = await attacked(t);
    for (let round = 0; round < 5 && !session.destroyed; round += 1) {
      const streams = Array.from({ length: 100 }, () => begin(session));
      await settle();
      for (const stream of streams) stream.close(8);
      await settle();
    }
    await serves();
    while (server.connections.size > 0) await settle();
  });

  test("by more streams than a session may have serves on", async (t) => {
    const { session, serves } = await attacked(t);
    const streams = Array.from({ length: 1100 }, () => begin(session));
    await once(streams[0] as NonNullable<(typeof streams)[0]>, "response");
    await serves();
    socketOf(session).destroy();
    await serves();
  });

  test("by echoes that nobody reads, on twenty streams of a session, holds little of them", async (t) => {
    const { server, session, serves } = await attacked(t);
    const message = frame(2, Buffer.alloc(60_000), { masked: true });
    const streams = Array.from({ length: 20 }, () => begin(session));
    for (const stream of streams) {
      stream.pause();
      for (let count = 0; count < 40; count += 1) stream.write(message);
    }
    await Promise.all(streams.map((stream) => once(stream, "response")));
    await serves();
    for (let turn = 0; turn < 50; turn += 1) await settle();
    let held = 0;
    for (const connection of server.connections)
      held += (connection as unknown as { held: number }).held;
    // The queue of each, and a message.
    assert.ok(held <= 20 * 1_500_000, `${held}`);
    await serves();
  });

  test("by junk in the place of HTTP/2 loses that session, and no other", async (t) => {
    // What is no fault of the session is a session without a stream.
    const { port, serves } = await attacked(t, { openTimeout: 500, closeTimeout: 500 });
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const settings = "\0\0\0\x04\0\0\0\0\0";
    for (const octets of [
      "\xff".repeat(1000),
      `${preface}${"\xff".repeat(1000)}`,
      // A frame of 16 MiB; a stream number of 0; a Continuation without Headers; a window that overflows.
      `${preface}${settings}\xff\xff\xff\0\0\0\0\0\x01`,
      `${preface}${settings}\0\0\x01\0\0\0\0\0\0x`,
      `${preface}${settings}\0\0\x01\x09\x04\0\0\0\x01x`,
      `${preface}${settings}\0\0\x04\x08\0\0\0\0\0\x7f\xff\xff\xff`,
      // Headers that no decoder takes.
      `${preface}${settings}\0\0\x04\x01\x05\0\0\0\x01\xff\xff\xff\xff`,
    ]) {
      const socket = connectTls({
        port,
        host: "127.0.0.1",
        ca: authority.cert,
        ALPNProtocols: ["h2"],
      });
      socket.on("error", () => {});
      await once(socket, "secureConnect");
      socket.write(octets, "latin1");
      socket.resume();
      await once(socket, "close");
    }
    await serves();
  });

  test("by floods of pings, settings and resets serves on", async (t) => {
    const { port, serves } = await attacked(t);
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for (const one of [
      "\0\0\x08\x06\0\0\0\0\x0012345678",
      "\0\0\0\x04\0\0\0\0\0",
      "\0\0\x04\x08\0\0\0\0\0\0\0\0\x01",
      "\0\0\x05\x02\0\0\0\0\x03\0\0\0\0\x01",
    ]) {
      const socket = connectTls({
        port,
        host: "127.0.0.1",
        ca: authority.cert,
        ALPNProtocols: ["h2"],
      });
      socket.on("error", () => {});
      await once(socket, "secureConnect");
      socket.pause();
      socket.write(preface + one.repeat(5000), "latin1");
      await serves();
      socket.destroy();
    }
    await serves();
  });
});
