/** Answers that open no connection. */
import type { RawHeaders } from "../http/headers.ts";
import type { Refusal } from "../protocol/server.ts";
import type { PlainAnswer } from "./admission.ts";

/** A refusal that is ours, and not for a fault in the request. */
export function refusalOf(status: number, text: string): Refusal {
  return { status, text, headers: [], fault: "" };
}

/** The headers of a plain answer: the application's, with those that each answer has. */
export function plainHeaders(
  { status, headers, body }: PlainAnswer,
  date: string,
  server: string | null,
): RawHeaders {
  const raw: [string, string][] = [
    ["Date", date],
    ["Connection", "close"],
  ];
  // RFC 9110 §8.6: a server "MUST NOT send a Content-Length header field in any response with a status code of […] 204".
  if (status !== 204 && status !== 304) raw.push(["Content-Length", String(body.length)]);
  for (const [name, value] of headers) raw.push([name, value]);
  if (server !== null && !headers.some(([name]) => name.toLowerCase() === "server")) {
    raw.push(["Server", server]);
  }
  return raw;
}
