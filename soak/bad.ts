/** Clients that reset, stall, drip and fuzz, over the same ways as the good ones. None of them waits for an answer. */
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { encodeFrame, frame } from "../conformance/wire/frame.ts";
import type { Random } from "./random.ts";
import type { Way } from "./servers.ts";

const REQUEST = [
  "GET / HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
  "",
  "",
].join("\r\n");

const HOW = ["reset", "stall", "drip", "fuzz"] as const;
/** How long a bad client stays at the most, in milliseconds. */
const STAY = 5000;

/** What an attack goes over, and how it is cut. */
interface Line {
  readonly stream: Duplex;
  /** Whether there is a WebSocket already, or its handshake is still to be sent. */
  readonly isOpen: boolean;
  cut(): void;
}

/** Cuts with a reset. Where a FIN is on its way already, Node can do neither, and never says that the socket has closed. */
function reset(socket: Socket): void {
  if (socket.writableEnded || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}

function dialPlain(way: Way): Line {
  const socket: Socket = connect({ host: "127.0.0.1", port: way.port });
  return { stream: socket, isOpen: false, cut: () => reset(socket) };
}

function dialTls(way: Way): Line {
  const inner = connect({ host: "127.0.0.1", port: way.port });
  inner.on("error", () => {});
  const stream = connectTls({ socket: inner, rejectUnauthorized: false });
  const cut = (): void => {
    stream.destroy();
    if (!inner.destroyed) reset(inner);
  };
  return { stream, isOpen: false, cut };
}

function dialHttp2(way: Way, random: Random): Line {
  const session: ClientHttp2Session = connectHttp2(`https://127.0.0.1:${way.port}`, {
    rejectUnauthorized: false,
  });
  session.on("error", () => {});
  const stream = session.request({
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":path": "/",
    ":scheme": "https",
    ":authority": `127.0.0.1:${way.port}`,
    "sec-websocket-version": "13",
  });
  const cut = (): void => {
    if (random.below(2) === 0) stream.close(8);
    else stream.destroy();
    session.destroy();
  };
  return { stream, isOpen: true, cut };
}

const DIAL = { tcp: dialPlain, tls: dialTls, http2: dialHttp2 } as const;

/** Frames that are right, wrong, or cut anywhere. */
function junk(random: Random): Buffer {
  const frames = Array.from({ length: 1 + random.below(6) }, () =>
    encodeFrame(
      frame(random.below(16), random.octets(random.below(200)), {
        fin: random.below(3) > 0,
        rsv: random.below(6) === 0 ? random.below(8) : 0,
      }),
      random.below(10) > 0,
    ),
  );
  const octets = Buffer.concat(frames);
  for (let flips = random.below(4); flips > 0 && octets.length > 0; flips -= 1) {
    octets[random.below(octets.length)] = random.below(256);
  }
  return octets.subarray(0, random.below(octets.length + 1));
}

async function play(how: (typeof HOW)[number], line: Line, random: Random): Promise<void> {
  const { stream } = line;
  const until = performance.now() + random.below(STAY);
  const goesOn = (): boolean => stream.writable && performance.now() < until;
  const open = (): void => void (line.isOpen || stream.write(REQUEST));
  const message = encodeFrame(frame(2, random.octets(10_000)), true);
  switch (how) {
    case "reset":
      if (random.below(4) > 0) open();
      if (random.below(2) === 0) stream.write(message);
      await delay(random.below(100));
      return;
    case "stall":
      // It asks for echoes, and reads none.
      open();
      stream.pause();
      for (let sent = 0; sent < 300 && stream.writable && !stream.writableNeedDrain; sent += 1) {
        stream.write(message);
      }
      while (goesOn()) await delay(100);
      return;
    case "drip": {
      const octets = Buffer.concat([Buffer.from(line.isOpen ? "" : REQUEST), message]);
      for (let at = 0; at < octets.length && goesOn(); at += 1) {
        stream.write(octets.subarray(at, at + 1));
        await delay(random.below(30));
      }
      return;
    }
    case "fuzz":
      if (random.below(4) > 0) open();
      while (goesOn() && random.below(8) > 0) {
        stream.write(junk(random));
        await delay(random.below(50));
      }
  }
}

/** One attack; resolves when its socket is gone. */
export async function attack(way: Way, random: Random): Promise<void> {
  const line = DIAL[way.name](way, random);
  const { stream } = line;
  stream.on("error", () => {});
  stream.resume();
  const gone = new Promise<void>((resolve) => stream.once("close", () => resolve()));
  await play(random.pick(HOW), line, random);
  // Some leave as they should, in the midst of whatever it is.
  if (random.below(4) === 0 && stream.writable) {
    stream.end();
    await delay(50);
  }
  line.cut();
  await gone;
}
