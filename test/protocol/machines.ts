/** The machines of the public entry, opened, and their events as short lines that tests compare. */
import assert from "node:assert/strict";
import type { Opcode } from "../../src/frames/opcode.ts";
import { serialiseFrame } from "../../src/frames/serialise.ts";
import {
  ClientProtocol,
  type ClientProtocolOptions,
  type ProtocolEvent,
  ServerProtocol,
  type ServerProtocolOptions,
} from "../../src/protocol/index.ts";
import type { Protocol } from "../../src/protocol/protocol.ts";
import { concat, toHex, utf8 } from "../frames/bytes.ts";
import { readFrames, type Side } from "./bench.ts";

/** The example of RFC 6455 §1.2. */
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const URL = "ws://server.example.com/chat";

const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
const MASK = 0x3d21fa37;

export function newClient(options: ClientProtocolOptions = {}): ClientProtocol {
  return new ClientProtocol(URL, {
    key: KEY,
    makeMaskingKey: () => MASK,
    userAgent: null,
    ...options,
  });
}

export function newServer(options: ServerProtocolOptions = {}): ServerProtocol {
  return new ServerProtocol({ makeDate: () => DATE, serverHeader: null, ...options });
}

/** Lines of HTTP as bytes, ISO 8859-1, with the empty line that ends a head. */
export function http(...lines: readonly string[]): Uint8Array {
  const text = `${lines.join("\r\n")}\r\n\r\n`;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A request as a browser would make it. */
export const REQUEST: readonly string[] = [
  "GET /chat HTTP/1.1",
  "Host: server.example.com",
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Key: ${KEY}`,
  "Sec-WebSocket-Version: 13",
];

/** The answer to it. */
export const RESPONSE: readonly string[] = [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Accept: ${ACCEPT}`,
];

/** A machine of one side, past its opening handshake, with nothing left to take. */
export function opened(
  side: Side,
  options: ServerProtocolOptions & ClientProtocolOptions = {},
): Protocol {
  const machine = side === "client" ? newClient(options) : newServer(options);
  machine.receive(http(...(side === "client" ? RESPONSE : REQUEST)));
  if (machine instanceof ServerProtocol) assert.ok(machine.accept());
  machine.events();
  machine.output();
  assert.equal(machine.state, "open");
  return machine;
}

/** A frame as the peer of `side` sends it. */
export function frameTo(
  side: Side,
  opcode: number,
  payload: string | Uint8Array = "",
  fin = true,
  rsv = 0,
): Uint8Array {
  const bytes = typeof payload === "string" ? utf8(payload) : payload;
  const key = side === "server" ? MASK : null;
  return serialiseFrame({ opcode: opcode as Opcode, fin, rsv, payload: bytes }, key);
}

export function framesTo(
  side: Side,
  ...parts: readonly (readonly [number, (string | Uint8Array)?, boolean?])[]
): Uint8Array {
  return concat(...parts.map(([opcode, payload, fin]) => frameTo(side, opcode, payload, fin)));
}

/** The events since the last call, a line each. */
export function told(machine: Protocol): string[] {
  return machine.events().map(show);
}

export function show(event: ProtocolEvent): string {
  switch (event.kind) {
    case "request":
      return `request ${event.request.target}`;
    case "response":
      return `response ${event.response.status}`;
    case "state":
      return `= ${event.state}`;
    case "text":
      return `text ${JSON.stringify(event.data)}`;
    case "binary":
    case "ping":
    case "pong":
      return `${event.kind} ${toHex(event.data)}`;
    case "close":
      return `close ${event.code} ${event.reason}`.trimEnd();
    case "failing":
      return `failing ${event.error.name}: ${event.error.message}`;
    case "eof":
      return "eof";
  }
}

/** What is to be sent now, a line a frame, and EOF at the end. */
export function sent(machine: Protocol): string[] {
  const { bytes, end } = machine.output();
  return [...readFrames(bytes, machine.side === "client"), ...(end ? ["EOF"] : [])];
}

/** What is to be sent now, as text with one character a byte, and whether the stream ends. */
export function sentText(machine: Protocol): { text: string; end: boolean } {
  const { bytes, end } = machine.output();
  return { text: String.fromCharCode(...bytes), end };
}
