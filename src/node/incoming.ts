/** Requests and responses that node:http has read, as heads of ours. */
import type { IncomingMessage } from "node:http";
import type { RequestHead, ResponseHead } from "../http/head.ts";

/** A request. It is judged by the same rules as one that we have read ourselves: node:http lets more through. */
export function toRequestHead(message: IncomingMessage): RequestHead {
  return {
    method: message.method ?? "",
    target: message.url ?? "",
    version: message.httpVersion,
    rawHeaders: pairs(message.rawHeaders),
  };
}

/** A response. */
export function toResponseHead(message: IncomingMessage): ResponseHead {
  return {
    version: message.httpVersion,
    status: message.statusCode ?? 0,
    statusText: message.statusMessage ?? "",
    rawHeaders: pairs(message.rawHeaders),
  };
}

function pairs(flat: readonly string[]): [string, string][] {
  const raw: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2)
    raw.push([flat[at] as string, flat[at + 1] as string]);
  return raw;
}
