/** Requests that no server may take for the opening of a WebSocket, and some that it has to take (RFC 6455 §4.2, RFC 9112). */
import { encodeFrame, text } from "../../conformance/wire/frame.ts";
import { faultOfResponse, type Head, newKey } from "../../conformance/wire/head.ts";
import { type Case, type CaseOptions, makeCase, Unexpected } from "../case.ts";
import { closeWell, expectEcho, expectService } from "../expect.ts";
import type { ServerSubject } from "../server-subject.ts";
import type { Wire } from "../wire.ts";

export type Field = readonly [string, string];

/** A request as octets, and the key in it. */
export interface Request {
  readonly line: string;
  /** Whole lines, without their ends. */
  readonly lines: readonly string[];
  /** What ends a line. */
  readonly end?: string;
  /** What comes behind the head. */
  readonly body?: string;
}

/** A good request, which a row changes. */
export interface Good {
  readonly host: string;
  readonly path: string;
  readonly key: string;
  readonly fields: readonly Field[];
}

type Change = (good: Good) => Partial<Request>;

/**
 * What has to come: `refused`, an answer other than 101, or the end; `accepted`, 101 and an echo; `either`, one of them,
 * and nothing worse.
 */
type Verdict = "refused" | "accepted" | "either";

interface Row extends CaseOptions {
  readonly id: string;
  readonly title: string;
  readonly change: Change;
  readonly verdict: Verdict;
  /** What an answer that refuses has to have, and must not have. */
  readonly has?: RegExp;
  readonly hasNot?: RegExp;
}

const asLines = (fields: readonly Field[]): string[] =>
  fields.map(([name, value]) => `${name}: ${value}`);

/** Without a field, or with others in its place. */
const instead =
  (name: string, ...lines: readonly string[]): Change =>
  ({ fields }) => ({
    lines: [...asLines(fields.filter(([other]) => other.toLowerCase() !== name)), ...lines],
  });

/** With more lines, at the end. */
const plus =
  (...lines: readonly string[]): Change =>
  ({ fields }) => ({ lines: [...asLines(fields), ...lines] });

const withLine =
  (line: (good: Good) => string): Change =>
  (good) => ({ line: line(good) });

/** Raw octets with the request's usual line and fields. */
export function serialise(good: Good, change: Change): string {
  const {
    line = `GET ${good.path} HTTP/1.1`,
    lines = asLines(good.fields),
    end = "\r\n",
    body = "",
  } = change(good);
  return [line, ...lines, "", ""].join(end) + body;
}

/** A message that would be echoed if somebody took it for a frame. */
export const SMUGGLED = "smuggled";
const FRAME: string = encodeFrame(text(SMUGGLED), true).toString("latin1");

const KEY = "sec-websocket-key";
const VERSION = "sec-websocket-version";

const LINES: readonly (readonly [id: string, title: string, line: (good: Good) => string])[] = [
  ["http-1.0", "HTTP/1.0", ({ path }) => `GET ${path} HTTP/1.0`],
  ["http-0.9", "a request without a version", ({ path }) => `GET ${path}`],
  ["http-2.0", "HTTP/2.0 in a request line", ({ path }) => `GET ${path} HTTP/2.0`],
  ["http-3", "HTTP/3", ({ path }) => `GET ${path} HTTP/3`],
  ["http-9.9", "HTTP/9.9", ({ path }) => `GET ${path} HTTP/9.9`],
  ["http-11.1", "HTTP/11.1", ({ path }) => `GET ${path} HTTP/11.1`],
  ["http-1.10", "HTTP/1.10", ({ path }) => `GET ${path} HTTP/1.10`],
  ["http-lower", "the version in lower case", ({ path }) => `GET ${path} http/1.1`],
  ["http-name", "another protocol's name", ({ path }) => `GET ${path} HTTQ/1.1`],
  ["icap", "ICAP/1.0", ({ path }) => `GET ${path} ICAP/1.0`],
  ["method-post", "POST", ({ path }) => `POST ${path} HTTP/1.1`],
  ["method-put", "PUT", ({ path }) => `PUT ${path} HTTP/1.1`],
  ["method-delete", "DELETE", ({ path }) => `DELETE ${path} HTTP/1.1`],
  ["method-options", "OPTIONS", ({ path }) => `OPTIONS ${path} HTTP/1.1`],
  ["method-trace", "TRACE", ({ path }) => `TRACE ${path} HTTP/1.1`],
  ["method-connect", "CONNECT", ({ host }) => `CONNECT ${host} HTTP/1.1`],
  ["method-patch", "PATCH", ({ path }) => `PATCH ${path} HTTP/1.1`],
  ["method-lower", "get in lower case", ({ path }) => `get ${path} HTTP/1.1`],
  ["method-unknown", "a method that nobody knows", ({ path }) => `GETS ${path} HTTP/1.1`],
  ["method-no-token", "a method that is no token", ({ path }) => `G(T ${path} HTTP/1.1`],
  ["method-empty", "no method", ({ path }) => ` ${path} HTTP/1.1`],
  ["target-none", "no target", () => "GET  HTTP/1.1"],
  ["target-space", "a target with a space", ({ path }) => `GET ${path}a b HTTP/1.1`],
  ["target-tab", "a tab in the request line", ({ path }) => `GET\t${path}\tHTTP/1.1`],
  ["target-nul", "a target with NUL", ({ path }) => `GET ${path}\0 HTTP/1.1`],
  [
    "target-control",
    "a target with an escape of a terminal",
    ({ path }) => `GET ${path}\u001b[2J HTTP/1.1`,
  ],
  ["target-del", "a target with DEL", ({ path }) => `GET ${path}\u007f HTTP/1.1`],
  ["target-cr", "a bare CR in the target", ({ path }) => `GET ${path}\rX HTTP/1.1`],
  ["target-relative", "a target that is no path", () => "GET chat HTTP/1.1"],
  ["target-star", "the target *", () => "GET * HTTP/1.1"],
  ["target-authority", "an authority as the target", ({ host }) => `GET ${host} HTTP/1.1`],
  ["target-long", "a target of 32 KiB", ({ path }) => `GET ${path}${"a".repeat(32_768)} HTTP/1.1`],
];

const EITHER_LINES: typeof LINES = [
  ["target-two-slashes", "a target that begins with //", () => "GET //evil.example/x HTTP/1.1"],
  [
    "target-absolute",
    "a target with a scheme",
    ({ host, path }) => `GET http://${host}${path} HTTP/1.1`,
  ],
  ["target-absolute-bad", "a target that no URL parser takes", () => "GET http://[::1 HTTP/1.1"],
  ["target-percent", "a target with a broken percent sign", () => "GET /%zz%e0%80%af HTTP/1.1"],
  [
    "target-crlf-encoded",
    "a target with CR LF, encoded",
    () => "GET /%0d%0aSet-Cookie:%20x=1 HTTP/1.1",
  ],
  ["target-high", "a target with octets above 0x7f", () => "GET /\xff\xfe HTTP/1.1"],
  ["target-fragment", "a target with a fragment", () => "GET /#part HTTP/1.1"],
  ["target-dots", "a target that climbs", () => "GET /../../etc/passwd HTTP/1.1"],
  [
    "target-proto",
    "a target named __proto__",
    () => "GET /__proto__?constructor=1&__proto__[x]=1 HTTP/1.1",
  ],
];

const HOSTS: readonly (readonly [id: string, title: string, lines: readonly string[]])[] = [
  ["missing", "no Host", []],
  ["two-same", "the same Host twice", ["Host: localhost", "Host: localhost"]],
  ["two-different", "two Hosts", ["Host: localhost", "Host: evil.example"]],
  ["list", "two Hosts in one field", ["Host: localhost, evil.example"]],
  ["empty", "an empty Host", ["Host: "]],
  ["space", "a Host with a space", ["Host: local host"]],
  ["slash", "a Host with a slash", ["Host: localhost/evil"]],
  ["user", "a Host with a user", ["Host: user@localhost"]],
  ["bracket", "a Host with an open bracket", ["Host: [::1"]],
  ["port-letters", "a Host with a port of letters", ["Host: localhost:abc"]],
  ["port-big", "a Host with port 99999", ["Host: localhost:99999"]],
  ["two-ports", "a Host with two ports", ["Host: localhost:1:2"]],
  ["hash", "a Host with a fragment", ["Host: localhost#x"]],
  ["percent", "a Host with a broken percent sign", ["Host: local%host"]],
  ["markup", "a Host with markup", ["Host: <script>alert(1)</script>"]],
];

const UPGRADES: readonly (readonly [
  id: string,
  title: string,
  name: string,
  lines: readonly string[],
])[] = [
  ["upgrade-missing", "no Upgrade", "upgrade", []],
  ["upgrade-empty", "an empty Upgrade", "upgrade", ["Upgrade: "]],
  ["upgrade-h2c", "Upgrade: h2c", "upgrade", ["Upgrade: h2c"]],
  ["upgrade-prefix", "Upgrade: websockets", "upgrade", ["Upgrade: websockets"]],
  ["upgrade-suffix", "Upgrade: xwebsocket", "upgrade", ["Upgrade: xwebsocket"]],
  ["upgrade-quoted", 'Upgrade: "websocket"', "upgrade", ['Upgrade: "websocket"']],
  ["connection-missing", "no Connection", "connection", []],
  ["connection-close", "Connection: close", "connection", ["Connection: close"]],
  ["connection-keep-alive", "Connection: keep-alive", "connection", ["Connection: keep-alive"]],
  ["connection-substring", "Connection: upgraded", "connection", ["Connection: upgraded"]],
  ["connection-suffix", "Connection: no-upgrade", "connection", ["Connection: no-upgrade"]],
];

const KEYS: readonly (readonly [id: string, title: string, lines: readonly string[]])[] = [
  ["missing", "no key", []],
  ["empty", "an empty key", ["Sec-WebSocket-Key: "]],
  [
    "two-same",
    "the same key twice",
    ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
  ],
  [
    "two-different",
    "two keys",
    ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="],
  ],
  [
    "list",
    "two keys in one field",
    ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, AAAAAAAAAAAAAAAAAAAAAA=="],
  ],
  ["15", "a key of 15 octets", [`Sec-WebSocket-Key: ${Buffer.alloc(15, 1).toString("base64")}`]],
  ["17", "a key of 17 octets", [`Sec-WebSocket-Key: ${Buffer.alloc(17, 1).toString("base64")}`]],
  ["32", "a key of 32 octets", [`Sec-WebSocket-Key: ${Buffer.alloc(32, 1).toString("base64")}`]],
  ["unpadded", "a key without its padding", ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"]],
  ["one-pad", "a key with half of its padding", ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ="]],
  [
    "pad-inside",
    "a key with padding in its midst",
    ["Sec-WebSocket-Key: dGhlIHNh=XBsZSBub25jZQ=="],
  ],
  ["url-safe", "a key in the other alphabet", ["Sec-WebSocket-Key: dGhl_HNhbXBsZSBu-25jZQ=="]],
  ["space", "a key with a space", ["Sec-WebSocket-Key: dGhlIHNhbXB sZSBub25jZQ=="]],
  ["characters", "a key of other characters", ["Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!=="]],
  ["quoted", "a key in quotes", ['Sec-WebSocket-Key: "dGhlIHNhbXBsZSBub25jZQ=="']],
  ["long", "a key of 7 KiB", [`Sec-WebSocket-Key: ${"A".repeat(7168)}`]],
];

const VERSIONS: readonly string[] = [
  "8",
  "12",
  "14",
  "0",
  "255",
  "-13",
  "+13",
  "013",
  "0013",
  "13.0",
  "13.",
  "13abc",
  "0x0d",
  "0xd",
  "1e1",
  "1.3e1",
  "13 13",
  "13, 8",
  "8, 13",
  '"13"',
  "xiii",
  "",
];

const BODIES: readonly (readonly [
  id: string,
  title: string,
  lines: readonly string[],
  body: string,
])[] = [
  ["length", "Content-Length and a frame as the body", [`Content-Length: ${FRAME.length}`], FRAME],
  ["length-1", "Content-Length: 1 and a frame behind", ["Content-Length: 1"], `x${FRAME}`],
  ["length-huge", "Content-Length of 2^63", ["Content-Length: 9223372036854775808"], FRAME],
  ["length-negative", "a negative Content-Length", ["Content-Length: -1"], FRAME],
  ["length-plus", "Content-Length: +5", ["Content-Length: +5"], FRAME],
  ["length-letters", "Content-Length of letters", ["Content-Length: five"], FRAME],
  ["length-hex", "Content-Length: 0x10", ["Content-Length: 0x10"], FRAME],
  ["length-two", "two Content-Lengths", ["Content-Length: 0", "Content-Length: 5"], FRAME],
  ["length-list", "two Content-Lengths in one field", ["Content-Length: 5, 5"], FRAME],
  ["chunked", "Transfer-Encoding: chunked", ["Transfer-Encoding: chunked"], `0\r\n\r\n${FRAME}`],
  [
    "chunked-and-length",
    "chunked and Content-Length",
    ["Transfer-Encoding: chunked", "Content-Length: 4"],
    `0\r\n\r\n${FRAME}`,
  ],
  ["xchunked", "Transfer-Encoding: xchunked", ["Transfer-Encoding: xchunked"], FRAME],
  ["identity", "Transfer-Encoding: identity", ["Transfer-Encoding: identity"], FRAME],
  ["gzip", "Transfer-Encoding: gzip", ["Transfer-Encoding: gzip"], FRAME],
  [
    "chunked-then-identity",
    "Transfer-Encoding: chunked, identity",
    ["Transfer-Encoding: chunked, identity"],
    FRAME,
  ],
  ["te-empty", "an empty Transfer-Encoding", ["Transfer-Encoding: "], FRAME],
  ["te-tab", "a tab before chunked", ["Transfer-Encoding:\tchunked"], `0\r\n\r\n${FRAME}`],
];

const GRAMMAR: readonly (readonly [id: string, title: string, line: string])[] = [
  ["folded", "a folded field", "X-Folded: a\r\n b"],
  ["folded-tab", "a field folded with a tab", "X-Folded: a\r\n\tb"],
  ["space-before-colon", "a space before the colon", "X-Spaced : a"],
  ["tab-before-colon", "a tab before the colon", "X-Spaced\t: a"],
  ["bare-cr", "a bare CR in a value", "X-Bare: a\rb"],
  ["bare-cr-end", "CR CR LF", "X-Bare: a\r"],
  ["nul", "NUL in a value", "X-Nul: a\0b"],
  ["control", "a control character in a value", "X-Control: a\u0001b"],
  ["escape", "an escape of a terminal in a value", "X-Escape: \u001b[31mred"],
  ["del", "DEL in a value", "X-Del: a\u007fb"],
  ["no-colon", "a field without a colon", "X-Nothing"],
  ["no-name", "a field without a name", ": value"],
  ["name-high", "a name with octets above 0x7f", "X-\xe4: a"],
  ["name-brackets", "a name with brackets", "X(y): a"],
  ["name-nul", "a name with NUL", "X\0y: a"],
  ["name-space", "a name with a space", "X y: a"],
  ["line-long", "a field of 128 KiB", `X-Long: ${"a".repeat(131_072)}`],
  ["name-long", "a name of 128 KiB", `${"X".repeat(131_072)}: a`],
];

const many = (count: number, line: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => line(index));

const ROWS: readonly Row[] = [
  ...LINES.map(([id, title, line]) => ({
    id: `line-${id}`,
    title,
    rows: ["R3"],
    change: withLine(line),
    verdict: "refused" as const,
  })),
  ...EITHER_LINES.map(([id, title, line]) => ({
    id: `line-${id}`,
    title,
    rows: ["B6", "R1"],
    change: withLine(line),
    verdict: "either" as const,
    hasNot: /Set-Cookie|evil\.example/i,
  })),
  ...HOSTS.map(([id, title, lines]) => ({
    id: `host-${id}`,
    title,
    rows: ["R3", "B6"],
    change: instead("host", ...lines),
    verdict: "refused" as const,
    hasNot: /<script>/,
  })),
  ...UPGRADES.map(([id, title, name, lines]) => ({
    id,
    title,
    rows: ["R3"],
    change: instead(name, ...lines),
    verdict: "refused" as const,
  })),
  ...KEYS.map(([id, title, lines]) => ({
    id: `key-${id}`,
    title,
    rows: ["R3"],
    change: instead(KEY, ...lines),
    verdict: "refused" as const,
  })),
  ...VERSIONS.map((version) => ({
    id: `version-${version.replace(/[^a-z0-9.+-]+/gi, "_") || "empty"}`,
    title: `Sec-WebSocket-Version: ${version}`,
    rows: ["R5", "R3"],
    change: instead(VERSION, `Sec-WebSocket-Version: ${version}`),
    verdict: "refused" as const,
    ...(["8", "12", "14"].includes(version) && {
      has: /\r\nsec-websocket-version: *(?:.*, *)?13/i,
    }),
  })),
  {
    id: "version-missing",
    title: "no version",
    rows: ["R5", "R3"],
    change: instead(VERSION),
    verdict: "refused",
  },
  {
    id: "version-twice",
    title: "the version twice",
    rows: ["R5", "R3"],
    change: instead(VERSION, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 13"),
    verdict: "refused",
  },
  {
    id: "version-two",
    title: "two versions",
    rows: ["R5", "R3"],
    change: instead(VERSION, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8"),
    verdict: "refused",
  },
  ...BODIES.map(([id, title, lines, body]) => ({
    id: `body-${id}`,
    title,
    rows: ["R4", "B4", "A29"],
    change: (good: Good) => ({ ...plus(...lines)(good), body }),
    verdict: "refused" as const,
  })),
  ...GRAMMAR.map(([id, title, line]) => ({
    id: `field-${id}`,
    title,
    rows: ["B5", "A29"],
    change: plus(line),
    verdict: "refused" as const,
  })),
  {
    id: "field-first-folded",
    title: "a first field that begins with a space",
    rows: ["B5"],
    change: ({ fields }) => ({ lines: [" X-First: a", ...asLines(fields)] }),
    verdict: "refused",
  },
  {
    id: "lines-end-with-lf",
    title: "lines that end with LF",
    rows: ["B5"],
    change: () => ({ end: "\n" }),
    verdict: "either",
  },
  {
    id: "headers-2500",
    title: "2 500 headers before those that matter",
    rows: ["A5", "R7"],
    change: ({ fields }) => ({
      lines: [...many(2500, (index) => `X-${index}: a`), ...asLines(fields)],
    }),
    verdict: "refused",
  },
  {
    id: "headers-2500-after",
    title: "2 500 headers behind those that matter",
    rows: ["A5", "R7"],
    change: plus(...many(2500, (index) => `X-${index}: a`)),
    verdict: "either",
  },
  {
    id: "headers-20000",
    title: "20 000 headers of one name",
    rows: ["A5", "R7"],
    change: plus(...many(20_000, () => "a: b")),
    verdict: "refused",
  },
  {
    id: "headers-proto",
    title: "headers named __proto__, constructor and toString",
    rows: ["R14", "B27"],
    change: plus("__proto__: 1", "constructor: 2", "toString: 3", "hasOwnProperty: 4"),
    verdict: "accepted",
  },
  {
    id: "headers-60",
    title: "60 headers, as a browser behind proxies may have",
    change: plus(...many(60, (index) => `X-${index}: ${"v".repeat(50)}`)),
    verdict: "accepted",
  },
  {
    id: "names-in-any-case",
    title: "names and tokens in any case, spaces around values, more tokens",
    change: ({ host, key }) => ({
      lines: [
        `hOST:${host}  `,
        "UPGRADE:   WebSocket",
        "connection: keep-alive , UPGRADE",
        `sec-websocket-KEY: ${key}`,
        "Sec-WebSocket-Version:13",
      ],
    }),
    verdict: "accepted",
  },
  {
    id: "empty-line-before",
    title: "an empty line before the request",
    change: ({ path }) => ({ line: `\r\nGET ${path} HTTP/1.1` }),
    verdict: "either",
  },
  {
    id: "cookie-long",
    title: "a cookie of 6 KiB",
    change: plus(`Cookie: ${"c".repeat(6000)}`),
    verdict: "accepted",
  },
  {
    id: "origin-foreign",
    title: "a page of another origin",
    rows: ["B1", "A31"],
    change: plus("Origin: http://evil.example"),
    verdict: "refused",
    hasNot: /evil\.example/,
  },
  {
    id: "origin-null",
    title: "Origin: null, from a sandbox",
    rows: ["B1", "A31"],
    change: plus("Origin: null"),
    verdict: "refused",
  },
  {
    id: "origin-like-ours",
    title: "an origin that begins with our host",
    rows: ["B1"],
    change: (good) => plus(`Origin: http://${good.host}.evil.example`)(good),
    verdict: "refused",
  },
  {
    id: "origin-two",
    title: "two Origins, of which one is ours",
    rows: ["B1"],
    change: (good) => plus(`Origin: http://${good.host}`, "Origin: http://evil.example")(good),
    verdict: "refused",
  },
  {
    id: "origin-junk",
    title: "an Origin that is none",
    rows: ["B1", "R1"],
    change: plus("Origin: http://[[[:99999999/\\\\"),
    verdict: "refused",
  },
  {
    id: "origin-own",
    title: "a page of our own",
    rows: ["B1"],
    change: (good) => plus(`Origin: http://${good.host}`)(good),
    verdict: "accepted",
  },
  {
    id: "forwarded-junk",
    title: "an X-Forwarded-For of junk",
    rows: ["A34", "R1"],
    change: plus('X-Forwarded-For: ,,%00, 999.999.1.1, [::, unix, "', 'Forwarded: for="\\'),
    verdict: "accepted",
  },
  ...(
    [
      ["space", "chat room", "refused"],
      ["quoted", '"chat"', "refused"],
      ["slash", "a/b", "refused"],
      ["brackets", "chat(1)", "refused"],
      ["high", "ch\xe4t", "refused"],
      ["same-twice", "chat, chat", "either"],
      ["empty-element", "chat,,superchat", "either"],
      ["empty", "", "either"],
      ["only-commas", ",,,", "either"],
      ["constructor", "constructor, __proto__, toString", "either"],
      ["many", many(1500, (index) => `p${index}`).join(", "), "either"],
      ["spaces", `a${" ".repeat(7000)}b`, "refused"],
    ] as const
  ).map(([id, value, verdict]) => ({
    id: `subprotocol-${id}`,
    title: `Sec-WebSocket-Protocol: ${value.slice(0, 40)}`,
    rows: ["A28", "R1", "R14"],
    change: plus(`Sec-WebSocket-Protocol: ${value}`),
    verdict,
  })),
];

export async function sendRequest(
  subject: ServerSubject,
  change: Change,
): Promise<{ readonly wire: Wire; readonly key: string }> {
  const wire = await subject.dial();
  const key = newKey();
  const good: Good = { host: subject.host, path: subject.path, key, fields: subject.fields(key) };
  wire.write(serialise(good, change));
  return { wire, key };
}

/** The answer, or null when the stream ends without one. */
export async function answerOf(wire: Wire): Promise<Head | null> {
  try {
    return await wire.head();
  } catch (error) {
    throw new Unexpected("an HTTP answer", error instanceof Error ? error.message : String(error));
  }
}

export async function expectRefusal(
  wire: Wire,
  has: RegExp = /(?:)/,
  hasNot: RegExp = /(?!)/,
): Promise<void> {
  // A plain request may be answered as one.
  const wanted = "an answer other than 101, or the end of the stream";
  const head = await answerOf(wire);
  if (head === null) {
    if (wire.ended === null) throw new Unexpected(wanted, "nothing, and the connection stays open");
    return;
  }
  if (/^HTTP\/1\.[01] [2-5]\d\d/.test(head.firstLine) === false)
    throw new Unexpected(wanted, `"${head.firstLine}"`);
  const whole = [
    head.firstLine,
    ...[...head.fields].map(([name, value]) => `${name}: ${value}`),
    wire.text,
  ];
  const text = whole.join("\r\n");
  if (!has.test(text)) throw new Unexpected(`an answer with ${has}`, text);
  if (hasNot.test(text)) throw new Unexpected(`an answer without ${hasNot}`, text);
  // What comes behind a request that was refused gets no answer.
  await wire.until(() => wire.ended !== null || wire.text.includes("HTTP/1.1 101"), 150);
  if (wire.text.includes("HTTP/1.1 101") || wire.text.includes(SMUGGLED))
    throw new Unexpected("one answer", "another one behind it");
}

async function expectAcceptance(wire: Wire, key: string, offers: boolean): Promise<void> {
  const head = await answerOf(wire);
  const fields = new Map(head?.fields);
  if (offers) fields.delete("sec-websocket-protocol");
  const fault = head === null ? "no answer" : faultOfResponse({ ...head, fields }, key);
  if (fault !== null) throw new Unexpected("101", fault);
  wire.upgrade(false);
  await expectService(wire);
  await closeWell(wire);
}

function toCase({ id, title, change, verdict, has, hasNot, ...options }: Row): Case<ServerSubject> {
  return makeCase<ServerSubject>(`request/${id}`, title, options, async (subject) => {
    const { wire, key } = await sendRequest(subject, change);
    try {
      if (verdict === "refused") {
        await expectRefusal(wire, has, hasNot);
        return;
      }
      const answered = await wire.until(
        () => wire.text.includes("\r\n") || wire.ended !== null,
        5000,
      );
      if (!answered) throw new Unexpected("an answer", "nothing");
      const accepted = /^HTTP\/1\.1 101/.test(wire.text);
      if (accepted || verdict === "accepted")
        await expectAcceptance(wire, key, id.startsWith("subprotocol"));
      else await expectRefusal(wire, has, hasNot);
    } finally {
      wire.destroy();
    }
  });
}

const FOREIGN: readonly (readonly [id: string, title: string, octets: string])[] = [
  ["tls", "a TLS ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  ["http2", "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["ssh", "an SSH banner", "SSH-2.0-OpenSSH_9.2\r\n"],
  ["smtp", "SMTP", "EHLO localhost\r\n"],
  ["socks", "SOCKS 5", "\x05\x01\x00"],
  ["proxy", "the PROXY protocol", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"],
  ["redis", "Redis", "*1\r\n$4\r\nPING\r\n"],
  ["nuls", "NULs", "\0".repeat(1000)],
  ["line-ends", "a thousand line ends", "\r\n".repeat(1000)],
  ["ones", "octets of 0xff", "\xff".repeat(1000)],
];

const SPECIAL: readonly Case<ServerSubject>[] = [
  ...FOREIGN.map(([id, title, octets]) =>
    makeCase<ServerSubject>(`request/foreign-${id}`, title, { rows: ["R1"] }, async (subject) => {
      const wire = await subject.dial();
      wire.write(octets);
      await new Promise<void>((resolve) => setTimeout(resolve, 20));
      if (/^HTTP\/1\.1 (?:1|2)/.test(wire.text))
        throw new Unexpected("no WebSocket", wire.text.slice(0, 40));
      wire.finish();
      if (!(await wire.ends())) throw new Unexpected("the end of the stream", "it stays open");
      wire.destroy();
    }),
  ),
  makeCase<ServerSubject>(
    "request/pipelined-after-refusal",
    "a good request behind one that is refused, in one packet, gets no answer",
    { rows: ["B4", "A32"] },
    async (subject) => {
      const wire = await subject.dial();
      const key = newKey();
      const good: Good = {
        host: subject.host,
        path: subject.path,
        key,
        fields: subject.fields(key),
      };
      const bad = serialise(good, instead(VERSION, "Sec-WebSocket-Version: 12"));
      wire.write(
        bad,
        serialise(good, () => ({})),
      );
      await expectRefusal(wire);
      wire.destroy();
    },
  ),
  makeCase<ServerSubject>(
    "request/split-at-every-byte",
    "a good request and a message, whose bytes come one by one",
    { rows: ["B7"] },
    async (subject) => {
      const wire = await subject.dial();
      const key = newKey();
      const good: Good = {
        host: subject.host,
        path: subject.path,
        key,
        fields: subject.fields(key),
      };
      const octets = serialise(good, () => ({ body: FRAME }));
      for (const octet of octets) {
        wire.write(octet);
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      const head = await answerOf(wire);
      const fault = head === null ? "no answer" : faultOfResponse(head, key);
      if (fault !== null) throw new Unexpected("101", fault);
      wire.upgrade(false);
      await expectEcho(wire, SMUGGLED);
      await closeWell(wire);
    },
  ),
  ...[
    ["nothing", ""],
    ["half-a-request", "GET / HTTP/1.1\r\nHost: loc"],
    ["whole-request", null],
    ["refused-request", "GET / HTTP/1.0\r\n\r\n"],
  ].flatMap(([name, octets]) =>
    (["reset", "finish"] as const).map((how) =>
      makeCase<ServerSubject>(
        `request/${how}-after-${name}`,
        `fifty connections that ${how === "reset" ? "are reset" : "end"} after ${name}`,
        { rows: ["A27", "A24", "R1", "R17"] },
        async (subject) => {
          for (let count = 0; count < 50; count += 1) {
            const wire = await subject.dial();
            const key = newKey();
            const good: Good = {
              host: subject.host,
              path: subject.path,
              key,
              fields: subject.fields(key),
            };
            wire.write(octets ?? serialise(good, () => ({})));
            // At once, after a turn, or when the answer is on its way.
            if (count % 3 === 1) await new Promise<void>((resolve) => setImmediate(resolve));
            if (count % 3 === 2) await new Promise<void>((resolve) => setTimeout(resolve, 1));
            if (how === "finish") {
              wire.finish();
              await wire.ends(2000);
              wire.destroy();
            } else wire.reset();
          }
        },
      ),
    ),
  ),
];

export const REQUEST_CASES: readonly Case<ServerSubject>[] = [...ROWS.map(toCase), ...SPECIAL];
