/**
 * What stands between the transcripts of Python's library and our log: every deliberate difference, each with its reason,
 * and nothing else. A scenario whose transcript needs more than this says so beside itself.
 */
import { escapeText } from "../../src/logging/escape.ts";
import type { Line } from "./lines.ts";

/** What differs from run to run, or between the libraries' names; masked on both sides, also behind an adapter's prefix. */
const MASKS: readonly (readonly [what: RegExp, mask: string])[] = [
  // Addresses and ports.
  [/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>"],
  [/\[::1\]:\d+/g, "[::1]:<port>"],
  [/^(server listening on) (?:<path>|\/.*)$/, "$1 <path>"],
  // Keys and accept values; a key that is at fault stays, and so does one that is not there.
  [/((?:^|\] )[<>] Sec-WebSocket-Key:) [A-Za-z0-9+/]{22}==$/, "$1 <key>"],
  [/((?:^|\] )[<>] Sec-WebSocket-Accept:) [A-Za-z0-9+/]{27}=$/, "$1 <accept>"],
  // Dates, and the names and versions of the products.
  [/((?:^|\] )[<>] Date:) .+ GMT$/i, "$1 <date>"],
  [/((?:^|\] )[<>] User-Agent:) .+$/i, "$1 <product>"],
  [/((?:^|\] )[<>] Server:) .+$/i, "$1 <product>"],
  // The four random bytes of a keepalive ping, which may be text by chance.
  [/((?:^|\] )[<>] P[IO]NG) (?!'data' ).+ \[(?:binary|text), 4 bytes\]$/, "$1 <random> [4 bytes]"],
  // Bodies have texts of our own.
  [/((?:^|\] )[<>] Content-Length:) \d+$/, "$1 <length>"],
  [/((?:^|\] )[<>] \[body\]) \(\d+ bytes\)$/, "$1 (<length> bytes)"],
];

function mask(line: Line): Line {
  let { text } = line;
  for (const [what, by] of MASKS) text = text.replace(what, by);
  return { ...line, text };
}

/** The lines that we add: what today's library of Python keeps to itself. */
const OUR_OWN: readonly RegExp[] = [
  /^! failing connection: \d+ /,
  /^! timed out waiting for closing handshake$/,
  /^! timed out waiting for TCP close$/,
  /^x aborting TCP connection$/,
  /^! timed out during opening handshake$/,
  /^! connection lost during opening handshake$/,
];

/** Our lines as a transcript can be compared with them. */
export function rewriteOurs(lines: readonly Line[]): Line[] {
  return lines.filter(({ text }) => !OUR_OWN.some((own) => own.test(text))).map(mask);
}

/**
 * A transcript as we have to write it.
 *
 * @param rejected What is said of requests that do not parse, where the transcript, at INFO, has no line to show where:
 *   they come before the end of the connection.
 */
export function rewriteTranscript(lines: readonly Line[], rejected: readonly Line[] = []): Line[] {
  const rewritten = lines.map(rewriteLine);
  const [first] = rejected;
  const said = rewritten.some(({ text }) => text === first?.text);
  const end = rewritten.findIndex(({ text }) => text === "connection closed");
  if (!said && end >= 0) rewritten.splice(end, 0, ...rejected);
  return answerGarbage(dropUnopened(rewritten)).map(mask);
}

/** What a rewritten transcript at DEBUG says of requests that do not parse. */
export function rejections(lines: readonly Line[]): Line[] {
  return lines.filter(({ text }) => text === REJECTED);
}

const REJECTED = "connection rejected (400 Bad Request)";

function rewriteLine(line: Line): Line {
  let { text } = line;
  // `!` is the prefix of errors and of timeouts; the newer `-` is none of the documented ones.
  text = text.replace(/^- timed out/, "! timed out");
  // Secrets are redacted.
  text = text.replace(/([?&]token)=[^& ]+/, "$1=***");
  // A peer's text is escaped. Transcripts show it raw, over several lines.
  text = escapeText(text);
  return { ...line, text };
}

/** `connection closed` is said only of what was opened. */
function dropUnopened(lines: readonly Line[]): Line[] {
  const open = new Map<string, number>();
  return lines.filter(({ logger, text }) => {
    const count = open.get(logger) ?? 0;
    if (text === "connection open") open.set(logger, count + 1);
    if (text !== "connection closed") return true;
    if (count > 0) open.set(logger, count - 1);
    return count > 0;
  });
}

/** What we answer to bytes that are no request. */
const BAD_REQUEST: readonly (readonly [level: string, text: string])[] = [
  ["DEBUG", "> HTTP/1.1 400 Bad Request"],
  ["DEBUG", "> Date: Thu, 01 Jan 1970 00:00:00 GMT"],
  ["DEBUG", "> Connection: close"],
  ["DEBUG", "> Content-Length: 0"],
  ["DEBUG", "> Content-Type: text/plain; charset=utf-8"],
  ["DEBUG", "> [body] (0 bytes)"],
  ["INFO", REJECTED],
];

/**
 * Bytes that do not parse, a body, or a Transfer-Encoding are answered with 400, where Python just closes. In the transcripts
 * the stream goes on after such bytes (`x half-closing` before `CLOSED`); where it has ended, there was no request, which we
 * call `! connection lost during opening handshake`, and is one of our own lines.
 */
function answerGarbage(lines: readonly Line[]): Line[] {
  return lines.flatMap((line, at) => {
    if (line.text !== "! no valid HTTP request") return [line];
    const isLost = lines[at + 2]?.text === "= connection is CLOSED";
    if (isLost) return [];
    const { logger } = line;
    return [
      line,
      ...BAD_REQUEST.map(([level, text]) => ({ level, logger, text, hasStack: false })),
    ];
  });
}
