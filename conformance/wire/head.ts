/** Heads of HTTP/1.1 messages, as much of them as an opening handshake needs (RFC 6455 §4). */
import { createHash, randomBytes } from "node:crypto";

/** The first line and the fields of a request or response; names in lower case, repeated fields joined by commas. */
export interface Head {
  readonly firstLine: string;
  readonly fields: ReadonlyMap<string, string>;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const END = "\r\n\r\n";
const MAX_OCTETS = 64 * 1024;

/** The value of Sec-WebSocket-Accept that answers a key (§4.2.2). */
export function acceptOf(key: string): string {
  return createHash("sha1")
    .update(key + GUID)
    .digest("base64");
}

export function newKey(): string {
  return randomBytes(16).toString("base64");
}

/** A head out of octets, with the octets that follow it; null when it is not whole yet. Throws when it never will be. */
export function readHead(received: Buffer): { readonly head: Head; readonly rest: Buffer } | null {
  const end = received.indexOf(END);
  if (end < 0) {
    if (received.length > MAX_OCTETS)
      throw new Error(`no end of the HTTP head in ${MAX_OCTETS} octets`);
    return null;
  }
  const [firstLine = "", ...lines] = received.toString("latin1", 0, end).split("\r\n");
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`"${line}" is not an HTTP field`);
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { head: { firstLine, fields }, rest: received.subarray(end + END.length) };
}

export function writeHead(
  firstLine: string,
  fields: readonly (readonly [string, string])[],
): string {
  return [firstLine, ...fields.map(([name, value]) => `${name}: ${value}`)].join("\r\n") + END;
}

/** Whether a comma-separated field holds a word, in any case. */
function holds(head: Head, name: string, word: string): boolean {
  const words = (head.fields.get(name) ?? "").split(",");
  return words.some((one) => one.trim().toLowerCase() === word);
}

/** What is wrong with a server's answer to `key`, or null. */
export function faultOfResponse(head: Head, key: string): string | null {
  if (!/^HTTP\/1\.1 101(?: |$)/.test(head.firstLine)) return `the answer is "${head.firstLine}"`;
  if (!holds(head, "upgrade", "websocket")) return "the answer has no Upgrade: websocket";
  if (!holds(head, "connection", "upgrade")) return "the answer has no Connection: Upgrade";
  if (head.fields.get("sec-websocket-accept") !== acceptOf(key))
    return "Sec-WebSocket-Accept is wrong";
  if (head.fields.has("sec-websocket-protocol"))
    return "the answer names a subprotocol that was not offered";
  return null;
}

/** What is wrong with a client's request, or null. */
export function faultOfRequest(head: Head): string | null {
  if (!/^GET \S+ HTTP\/1\.1$/.test(head.firstLine)) return `the request is "${head.firstLine}"`;
  if (!head.fields.has("host")) return "the request has no Host";
  if (!holds(head, "upgrade", "websocket")) return "the request has no Upgrade: websocket";
  if (!holds(head, "connection", "upgrade")) return "the request has no Connection: Upgrade";
  if (head.fields.get("sec-websocket-version") !== "13") return "Sec-WebSocket-Version is not 13";
  const key = head.fields.get("sec-websocket-key") ?? "";
  if (Buffer.from(key, "base64").length !== 16) return "Sec-WebSocket-Key has not 16 octets";
  return null;
}
