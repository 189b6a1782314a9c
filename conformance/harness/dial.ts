/** The tester as a client: it opens one connection to the server under test, and plays one case on it. */
import { connect, type Socket } from "node:net";
import { faultOfResponse, type Head, newKey, readHead, writeHead } from "../wire/head.ts";
import { type Agreement, readAnswer, serialiseOffers } from "../wire/negotiation.ts";
import type { Case } from "./case.ts";
import { Endpoint } from "./endpoint.ts";
import { neverOpened, type Outcome } from "./outcome.ts";
import { runCase } from "./run-case.ts";
import { WireLog } from "./wire-log.ts";

const OPEN_TIMEOUT = 5000;

/** The head of the message that is coming in. What follows it stays in the socket, which is left paused. */
export function receiveHead(socket: Socket): Promise<Head> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const timer = setTimeout(
      () => finish(() => reject(new Error("no opening handshake within 5 s"))),
      OPEN_TIMEOUT,
    );
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      try {
        const whole = readHead(received);
        if (whole === null) return;
        finish(() => {
          if (whole.rest.length > 0) socket.unshift(whole.rest);
          resolve(whole.head);
        });
      } catch (error) {
        finish(() => reject(error));
      }
    };
    const onError = (error: Error): void => finish(() => reject(error));
    const onEnd = (): void =>
      finish(() => reject(new Error("the peer dropped TCP in the opening handshake")));
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      socket.pause();
      socket.off("data", onData).off("error", onError).off("end", onEnd).off("close", onEnd);
      settle();
    };
    socket.on("data", onData).on("error", onError).on("end", onEnd).on("close", onEnd);
  });
}

/** Where the server under test listens. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Throws a TypeError when the address is not one of a WebSocket server without TLS. */
export function targetOf(address: string): Target {
  const url = new URL(address);
  if (url.protocol !== "ws:") throw new TypeError(`${address} is not a ws: address`);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { host, port: Number(url.port || 80), path: url.pathname + url.search };
}

async function open(
  socket: Socket,
  target: Target,
  subject: Case,
  log: WireLog,
): Promise<Agreement | null> {
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed")));
  });
  socket.setNoDelay(true);
  const key = newKey();
  const offers = subject.negotiation === undefined ? "" : serialiseOffers(subject.negotiation);
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  const request = writeHead(`GET ${target.path} HTTP/1.1`, [
    ["Host", `${host}:${target.port}`],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", key],
    ["Sec-WebSocket-Version", "13"],
    ...(offers === "" ? [] : [["Sec-WebSocket-Extensions", offers] as const]),
    ["User-Agent", "clearsocket-conformance"],
  ]);
  socket.write(request);
  log.note(`GET ${target.path}${offers === "" ? "" : `  Sec-WebSocket-Extensions: ${offers}`}`);
  const head = await receiveHead(socket);
  const extensions = head.fields.get("sec-websocket-extensions");
  log.note(
    `${head.firstLine}${extensions === undefined ? "" : `  Sec-WebSocket-Extensions: ${extensions}`}`,
  );
  const fault = faultOfResponse(head, key);
  if (fault !== null) throw new Error(fault);
  return readAnswer(extensions, subject.negotiation);
}

/** Plays one case against a server. It never rejects: what fails is in the outcome. */
export async function playAsClient(target: Target, subject: Case): Promise<Outcome> {
  const log = new WireLog();
  const socket = connect({ host: target.host, port: target.port });
  socket.on("error", () => {});
  let agreement: Agreement | null;
  try {
    agreement = await open(socket, target, subject, log);
  } catch (error) {
    socket.destroy();
    return neverOpened(
      subject,
      "client",
      error instanceof Error ? error.message : String(error),
      log,
    );
  }
  return runCase(subject, new Endpoint(socket, { role: "client", agreement, log }), log);
}
