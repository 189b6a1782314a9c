/** Answers that no client may take for an accepted handshake, and some that it has to take (RFC 6455 §4.1). */
import { encodeFrame, text } from "../../conformance/wire/frame.ts";
import { acceptOf, type Head } from "../../conformance/wire/head.ts";
import { type Case, type CaseOptions, makeCase, NotApplicable, Unexpected } from "../case.ts";
import { type Call, type ClientSubject, offersDeflate, welcome } from "../client-subject.ts";
import { closeWell, expectEcho, expectService } from "../expect.ts";
import { SOON, type Wire } from "../wire.ts";
import { PATIENCE } from "./closing.ts";

type Verdict = "refused" | "accepted" | "either";

interface Row extends CaseOptions {
  readonly id: string;
  readonly title: string;
  readonly answer: (request: Head) => string;
  readonly verdict: Verdict;
  /** Whether the stream ends behind the answer. */
  readonly ends?: boolean;
  /** Whether the client has to have offered compression. */
  readonly deflate?: boolean;
}

const FRAME: string = encodeFrame(text("too soon"), false).toString("latin1");
const keyOf = (request: Head): string => request.fields.get("sec-websocket-key") ?? "";

/** A good answer whose lines are changed. */
const changed =
  (change: (lines: string[], request: Head) => string[]) =>
  (request: Head): string => {
    const lines = welcome(request).split("\r\n").slice(0, -2);
    return `${change(lines, request).join("\r\n")}\r\n\r\n${FRAME}`;
  };

const instead = (name: string, ...further: readonly string[]): Row["answer"] =>
  changed((lines) => [
    ...lines.filter((line) => !line.toLowerCase().startsWith(`${name}:`)),
    ...further,
  ]);

const plus = (...further: readonly string[]): Row["answer"] =>
  changed((lines) => [...lines, ...further]);

const status = (line: string): Row["answer"] => changed((lines) => [line, ...lines.slice(1)]);

const accept = (value: (right: string) => string[]): Row["answer"] =>
  changed((lines, request) => [
    ...lines.filter((line) => !line.startsWith("Sec-WebSocket-Accept")),
    ...value(acceptOf(keyOf(request))).map((one) => `Sec-WebSocket-Accept: ${one}`),
  ]);

const STATUS_LINES: readonly (readonly [id: string, line: string, verdict: Verdict])[] = [
  ["200", "HTTP/1.1 200 OK", "refused"],
  ["204", "HTTP/1.1 204 No Content", "refused"],
  ["201", "HTTP/1.1 201 Created", "refused"],
  ["400", "HTTP/1.1 400 Bad Request", "refused"],
  ["401", "HTTP/1.1 401 Unauthorized", "refused"],
  ["407", "HTTP/1.1 407 Proxy Authentication Required", "refused"],
  ["426", "HTTP/1.1 426 Upgrade Required", "refused"],
  ["500", "HTTP/1.1 500 Internal Server Error", "refused"],
  ["503", "HTTP/1.1 503 Service Unavailable", "refused"],
  ["600", "HTTP/1.1 600 What", "refused"],
  ["99", "HTTP/1.1 99 What", "refused"],
  ["1010", "HTTP/1.1 1010 What", "refused"],
  ["10", "HTTP/1.1 10", "refused"],
  ["letters", "HTTP/1.1 1O1 Switching Protocols", "refused"],
  ["none", "HTTP/1.1", "refused"],
  ["http-1.0", "HTTP/1.0 101 Switching Protocols", "refused"],
  ["http-0.9", "HTTP/0.9 101 Switching Protocols", "refused"],
  ["http-2", "HTTP/2 101 Switching Protocols", "refused"],
  ["http-lower", "http/1.1 101 Switching Protocols", "refused"],
  ["icy", "ICY 101 Switching Protocols", "refused"],
  ["two-spaces", "HTTP/1.1  101 Switching Protocols", "refused"],
  ["tab", "HTTP/1.1\t101 Switching Protocols", "refused"],
  ["no-reason", "HTTP/1.1 101 ", "accepted"],
  ["no-reason-no-space", "HTTP/1.1 101", "either"],
  ["other-reason", "HTTP/1.1 101 Certainly", "accepted"],
  ["control-reason", "HTTP/1.1 101 \u001b[2J", "either"],
  ["long-reason", `HTTP/1.1 101 ${"x".repeat(200_000)}`, "refused"],
];

const GRAMMAR: readonly (readonly [id: string, line: string])[] = [
  ["folded", "X-Folded: a\r\n b"],
  ["space-before-colon", "X-Spaced : a"],
  ["bare-cr", "X-Bare: a\rb"],
  ["nul", "X-Nul: a\0b"],
  ["control", "X-Control: a\u0001b"],
  ["no-colon", "X-Nothing"],
  ["no-name", ": a"],
  ["name-high", "X-\xe4: a"],
  ["name-space", "X y: a"],
  ["long", `X-Long: ${"a".repeat(300_000)}`],
];

const EXTENSIONS: readonly (readonly [id: string, value: string])[] = [
  ["not-offered", "x-never-offered"],
  ["twice", "permessage-deflate, permessage-deflate"],
  ["twice-differently", "permessage-deflate; server_max_window_bits=10, permessage-deflate"],
  ["unknown-parameter", "permessage-deflate; level=9"],
  ["flag-value", "permessage-deflate; server_no_context_takeover=true"],
  ["flag-twice", "permessage-deflate; server_no_context_takeover; server_no_context_takeover"],
  ["bits-none", "permessage-deflate; server_max_window_bits"],
  ["client-bits-none", "permessage-deflate; client_max_window_bits"],
  ...[
    "0",
    "7",
    "16",
    "1000",
    "08",
    "010",
    "1e1",
    "9.5",
    "-9",
    "+9",
    "0x9",
    "abc",
    '""',
    "10abc",
  ].flatMap((value) =>
    ["server", "client"].map(
      (side) =>
        [
          `${side}-bits-${value.replace(/[^\w.+-]+/g, "_")}`,
          `permessage-deflate; ${side}_max_window_bits=${value}`,
        ] as const,
    ),
  ),
  ["bits-twice", "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10"],
  ["constructor", "constructor"],
  ["proto", "__proto__"],
  ["proto-parameter", "permessage-deflate; __proto__=1"],
  ["no-token", "per(message"],
  ["unclosed-quote", `permessage-deflate; x="${"\\c".repeat(3500)}`],
  ["spaces", `permessage-deflate${" ".repeat(7000)}x`],
  ["semicolons", `permessage-deflate${";".repeat(7000)}`],
  ["many", Array.from({ length: 300 }, () => "permessage-deflate").join(", ")],
];

const ROWS: readonly Row[] = [
  ...STATUS_LINES.map(([id, line, verdict]) => ({
    id: `status-${id}`,
    title: `"${line.slice(0, 50)}" with the rest of a 101`,
    rows: ["R3"],
    answer: status(line),
    verdict,
    ends: true,
  })),
  {
    id: "upgrade-missing",
    title: "no Upgrade",
    answer: instead("upgrade"),
    verdict: "refused",
  },
  {
    id: "upgrade-other",
    title: "Upgrade: h2c",
    answer: instead("upgrade", "Upgrade: h2c"),
    verdict: "refused",
  },
  {
    id: "upgrade-suffix",
    title: "Upgrade: websockets",
    answer: instead("upgrade", "Upgrade: websockets"),
    verdict: "refused",
  },
  {
    id: "connection-missing",
    title: "no Connection",
    answer: instead("connection"),
    verdict: "refused",
  },
  {
    id: "connection-other",
    title: "Connection: keep-alive",
    answer: instead("connection", "Connection: keep-alive"),
    verdict: "refused",
  },
  {
    id: "connection-substring",
    title: "Connection: upgraded",
    answer: instead("connection", "Connection: upgraded"),
    verdict: "refused",
  },
  { id: "accept-missing", title: "no accept", answer: accept(() => []), verdict: "refused" },
  { id: "accept-empty", title: "an empty accept", answer: accept(() => [""]), verdict: "refused" },
  {
    id: "accept-other",
    title: "the accept of another key",
    answer: accept(() => [acceptOf("dGhlIHNhbXBsZSBub25jZQ==")]),
    verdict: "refused",
  },
  {
    id: "accept-key",
    title: "the key itself",
    answer: changed((lines, request) => [
      ...lines.filter((line) => !line.startsWith("Sec-WebSocket-Accept")),
      `Sec-WebSocket-Accept: ${keyOf(request)}`,
    ]),
    verdict: "refused",
  },
  {
    id: "accept-lower",
    title: "the accept in lower case",
    answer: accept((right) => [right.toLowerCase()]),
    verdict: "refused",
  },
  {
    id: "accept-cut",
    title: "the accept without its last character",
    answer: accept((right) => [right.slice(0, -1)]),
    verdict: "refused",
  },
  {
    id: "accept-longer",
    title: "the accept and more",
    answer: accept((right) => [`${right}A`]),
    verdict: "refused",
  },
  {
    id: "accept-two",
    title: "a wrong accept before the right one",
    answer: accept((right) => ["AAAAAAAAAAAAAAAAAAAAAAAAAAA=", right]),
    verdict: "refused",
  },
  {
    id: "accept-two-other",
    title: "a wrong accept behind the right one",
    answer: accept((right) => [right, "AAAAAAAAAAAAAAAAAAAAAAAAAAA="]),
    verdict: "refused",
  },
  ...GRAMMAR.map(([id, line]) => ({
    id: `field-${id}`,
    title: `a field that is none: ${id}`,
    rows: ["B5"],
    answer: plus(line),
    verdict: "refused" as const,
    ends: true,
  })),
  ...EXTENSIONS.map(([id, value]) => ({
    id: `extension-${id}`,
    title: `Sec-WebSocket-Extensions: ${value.slice(0, 60)}`,
    rows: id.startsWith("twice") ? ["B24", "R13"] : ["R13", "A14", "B29", "A3"],
    answer: plus(`Sec-WebSocket-Extensions: ${value}`),
    verdict: "refused" as const,
    deflate: value.includes("permessage"),
  })),
  {
    id: "extension-two-fields",
    title: "permessage-deflate in two fields",
    rows: ["B24"],
    answer: plus(
      "Sec-WebSocket-Extensions: permessage-deflate",
      "Sec-WebSocket-Extensions: permessage-deflate",
    ),
    verdict: "refused",
    deflate: true,
  },
  {
    id: "subprotocol-not-asked",
    title: "a subprotocol that was not asked for",
    answer: plus("Sec-WebSocket-Protocol: chat"),
    verdict: "refused",
  },
  {
    id: "subprotocol-proto",
    title: "a subprotocol named __proto__",
    rows: ["R14"],
    answer: plus("Sec-WebSocket-Protocol: __proto__"),
    verdict: "refused",
  },
  {
    id: "headers-5000",
    title: "5 000 headers",
    rows: ["A5", "R7"],
    answer: plus(...Array.from({ length: 5000 }, (_, index) => `X-${index}: a`)),
    verdict: "refused",
    ends: true,
  },
  {
    id: "headers-2500-before",
    title: "2 500 headers before those that matter",
    rows: ["A5"],
    answer: changed(([first = "", ...rest]) => [
      first,
      ...Array.from({ length: 2500 }, (_, index) => `X-${index}: a`),
      ...rest,
    ]),
    verdict: "refused",
    ends: true,
  },
  {
    id: "headers-proto",
    title: "headers named __proto__ and constructor",
    rows: ["R14", "B27"],
    answer: plus("__proto__: 1", "constructor: 2", "toString: 3"),
    verdict: "accepted",
  },
  {
    id: "frame-behind",
    title: "a message in the same packet",
    rows: ["B7"],
    answer: plus(),
    verdict: "accepted",
  },
  {
    id: "names-in-any-case",
    title: "names and tokens in any case",
    answer: changed((lines) =>
      lines.map((line) =>
        line.startsWith("Sec-") || line.startsWith("HTTP")
          ? line.replace("Sec-WebSocket-Accept", "sec-websocket-ACCEPT")
          : line.toUpperCase(),
      ),
    ),
    verdict: "accepted",
  },
  ...(
    [
      ["content-length", "Content-Length: 5"],
      ["chunked", "Transfer-Encoding: chunked"],
    ] as const
  ).map(([id, line]) => ({
    id: `body-${id}`,
    title: `${line} with the 101`,
    rows: ["R4"],
    answer: plus(line),
    verdict: "either" as const,
    ends: true,
  })),
  ...(
    [
      ["not-http", "SSH-2.0-OpenSSH_9.2\r\n"],
      ["tls", "\x15\x03\x01\x00\x02\x02\x28"],
      ["nuls", "\0".repeat(1000)],
      ["html", "<!doctype html><title>no</title>"],
      ["half", "HTTP/1.1 101 Switching"],
      ["empty", ""],
      ["line-ends", "\r\n\r\n\r\n"],
      [
        "html-error",
        "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n<h1>",
      ],
      [
        "chunk-size",
        "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\nx",
      ],
      ["length-huge", "HTTP/1.1 403 Forbidden\r\nContent-Length: 99999999999999999999\r\n\r\nx"],
      ["redirect-nowhere", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"],
      [
        "redirect-ftp",
        "HTTP/1.1 302 Found\r\nLocation: ftp://localhost/\r\nContent-Length: 0\r\n\r\n",
      ],
      [
        "redirect-javascript",
        "HTTP/1.1 302 Found\r\nLocation: javascript:alert(1)\r\nContent-Length: 0\r\n\r\n",
      ],
      [
        "redirect-file",
        "HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
      ],
      [
        "redirect-bad",
        "HTTP/1.1 307 Temporary\r\nLocation: ws://[::1\r\nContent-Length: 0\r\n\r\n",
      ],
      [
        "redirect-port-0",
        "HTTP/1.1 307 Temporary\r\nLocation: ws://127.0.0.1:0/\r\nContent-Length: 0\r\n\r\n",
      ],
      [
        "redirect-two",
        "HTTP/1.1 308 Permanent\r\nLocation: ws://a/\r\nLocation: ws://b/\r\nContent-Length: 0\r\n\r\n",
      ],
    ] as const
  ).map(([id, octets]) => ({
    id: `answer-${id}`,
    title: `an answer: ${octets
      .split("\r\n", 1)[0]
      ?.slice(0, 40)
      .replace(/[^ -~]/g, "·")} (${id})`,
    rows: ["R1", "R19"],
    answer: () => octets,
    verdict: "refused" as const,
    ends: true,
  })),
];

interface Meeting {
  readonly call: Call;
  readonly wire: Wire;
  readonly head: Head;
}

async function meet(subject: ClientSubject): Promise<Meeting> {
  const call = await subject.call();
  const wire = await call.accept();
  const head = wire === null ? null : await wire.head();
  if (wire !== null && head !== null) return { call, wire, head };
  call.hangUp();
  throw new Unexpected("a request from the client", "none");
}

/** The client has done with the address, and has told whoever asked it to connect. */
async function expectOver(call: Call, ms: number = SOON): Promise<void> {
  if (!(await call.over(ms)))
    throw new Unexpected(`a client that has given up within ${ms / 1000} s`, "it waits on");
}

/** The client ends the connection, and says nothing more on it. */
async function expectRefusal({ wire, call }: Meeting, ms: number = SOON): Promise<void> {
  const before = wire.octetsIn;
  if (!(await wire.ends(ms)))
    throw new Unexpected("a client that ends the connection", "it keeps it");
  if (wire.octetsIn > before) {
    const shown = wire.text.slice(0, 20).replace(/[^ -~]/g, "·");
    throw new Unexpected(
      "a client that says nothing more",
      `${wire.octetsIn - before} bytes: ${shown}`,
    );
  }
  await expectOver(call, ms);
}

function toCase({
  id,
  title,
  answer,
  verdict,
  ends,
  deflate,
  ...options
}: Row): Case<ClientSubject> {
  return makeCase<ClientSubject>(`response/${id}`, title, options, async (subject) => {
    const meeting = await meet(subject);
    const { call, wire, head } = meeting;
    try {
      if (deflate === true && !offersDeflate(head))
        throw new NotApplicable("it offers no compression");
      wire.write(answer(head));
      if (verdict === "refused") {
        if (ends === true) wire.finish();
        await expectRefusal(meeting);
        return;
      }
      if (verdict === "either") {
        await wire.until(() => wire.octetsIn > 0 && wire.ended !== null, 300);
        wire.finish();
        await wire.ends();
        wire.destroy();
        await expectOver(call);
        return;
      }
      wire.upgrade(false);
      await expectEcho(wire, "too soon");
      await expectService(wire);
      await closeWell(wire);
      await expectOver(call);
    } finally {
      call.hangUp();
    }
  });
}

/** Something that goes on for ever, until the client has had enough. */
interface Endless {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly string[];
  readonly first: string;
  readonly drip: string;
}

const ENDLESS: readonly Endless[] = [
  {
    id: "silence",
    title: "a server that accepts TCP and says nothing",
    rows: ["R6", "B8"],
    first: "",
    drip: "",
  },
  {
    id: "status-drip",
    title: "a status line that comes byte by byte",
    rows: ["R6"],
    first: "HTTP/1.1 101 S",
    drip: "w",
  },
  {
    id: "header-drip",
    title: "headers that never end",
    rows: ["R6", "R7"],
    first: "HTTP/1.1 101 Switching Protocols\r\n",
    drip: "X-Drip: a\r\n",
  },
  {
    id: "interim",
    title: "100 Continue for ever",
    rows: ["B23", "R6"],
    first: "",
    drip: "HTTP/1.1 100 Continue\r\n\r\n",
  },
  {
    id: "hints",
    title: "103 Early Hints for ever",
    rows: ["B23", "R6"],
    first: "",
    drip: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
  },
  {
    id: "body-drip",
    title: "a refusal whose body never ends",
    rows: ["R6"],
    first: "HTTP/1.1 403 Forbidden\r\nContent-Length: 1000000\r\n\r\n",
    drip: "x",
  },
  {
    id: "chunk-drip",
    title: "a refusal whose chunks never end",
    rows: ["R6"],
    first: "HTTP/1.1 500 Internal Server Error\r\nTransfer-Encoding: chunked\r\n\r\n",
    drip: "1\r\nx\r\n",
  },
  {
    id: "redirect-drip",
    title: "a redirect whose body never ends",
    rows: ["R6", "R19"],
    first: "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 1000000\r\n\r\n",
    drip: "x",
  },
];

const endless: readonly Case<ClientSubject>[] = ENDLESS.map(({ id, title, rows, first, drip }) =>
  makeCase<ClientSubject>(`response/${id}`, title, { rows, pace: "slow" }, async (subject) => {
    const { call, wire } = await meet(subject);
    try {
      wire.write(first);
      const deadline = performance.now() + PATIENCE;
      while (performance.now() < deadline && wire.ended === null) {
        wire.write(drip);
        await wire.until(() => wire.ended !== null, 250);
      }
      if (!(await call.over(Math.max(1, deadline - performance.now()))))
        throw new Unexpected(
          `a client that has given up within ${PATIENCE / 1000} s`,
          "it waits on",
        );
    } finally {
      call.hangUp();
    }
  }),
);

const SPECIAL: readonly Case<ClientSubject>[] = [
  makeCase<ClientSubject>(
    "response/redirect-loop",
    "a redirect to itself, without end",
    { rows: ["R19"] },
    async (subject) => {
      const call = await subject.call();
      try {
        for (let count = 0; ; count += 1) {
          const wire = await call.accept(count === 0 ? SOON : 500);
          if (wire === null) break;
          if (count > 40)
            throw new Unexpected("a client that gives up", `${count} redirects followed`);
          if ((await wire.head()) === null) break;
          wire.write(
            `HTTP/1.1 302 Found\r\nLocation: ${call.address}\r\nContent-Length: 0\r\n\r\n`,
          );
          wire.finish();
        }
        await expectOver(call);
      } finally {
        call.hangUp();
      }
    },
  ),
  ...(["reset", "finish"] as const).flatMap((how) =>
    (
      [
        ["tcp", ""],
        ["half-a-status", "HTTP/1.1 10"],
        ["half-a-head", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: web"],
        ["the-answer", null],
      ] as const
    ).map(([name, octets]) =>
      makeCase<ClientSubject>(
        `response/${how}-after-${name}`,
        `the server ${how === "reset" ? "resets" : "ends"} after ${name.replaceAll("-", " ")}`,
        { rows: ["R1", "R17", "A5"] },
        async (subject) => {
          for (let count = subject.lives ? 10 : 1; count > 0; count -= 1) {
            const { call, wire, head } = await meet(subject);
            wire.write(octets ?? welcome(head));
            if (count % 2 === 0) await new Promise<void>((resolve) => setTimeout(resolve, 2));
            if (how === "finish") wire.finish();
            else wire.reset();
            if (how === "finish") {
              await wire.ends();
              wire.destroy();
            }
            const over = await call.over(SOON);
            call.hangUp();
            if (!over) throw new Unexpected("a client that has given up", "it waits on");
          }
        },
      ),
    ),
  ),
  makeCase<ClientSubject>(
    "response/keys-differ",
    "each handshake has a key of its own, of 16 octets",
    { rows: ["R18"] },
    async (subject) => {
      const keys = new Set<string>();
      for (let count = 0; count < 4; count += 1) {
        const { call, wire, head } = await meet(subject);
        if (Buffer.from(keyOf(head), "base64").length !== 16)
          throw new Unexpected("a key of 16 octets", keyOf(head));
        keys.add(keyOf(head));
        wire.reset();
        await call.over(SOON);
        call.hangUp();
      }
      if (keys.size !== 4) throw new Unexpected("four keys", `${keys.size}`);
    },
  ),
  makeCase<ClientSubject>(
    "response/masks-differ",
    "each frame has a masking key of its own, not zero",
    { rows: ["R18", "B10"] },
    async (subject) => {
      const { call, wire, head } = await meet(subject);
      try {
        wire.write(welcome(head));
        wire.write(encodeFrame(text(""), false));
        await wire.until(() => wire.text.length >= 6, SOON);
        wire.send(...Array.from({ length: 99 }, () => text("")));
        const all = 100 * 6;
        await wire.until(() => wire.text.length >= all || wire.ended !== null, SOON);
        const octets = Buffer.from(wire.text, "latin1");
        if (octets.length !== all)
          throw new Unexpected(`${all} octets of echoes`, `${octets.length}`);
        const masks = new Set<number>();
        for (let at = 2; at < octets.length; at += 6) masks.add(octets.readUInt32BE(at));
        if (masks.has(0) || masks.size < 99)
          throw new Unexpected("a hundred masking keys, none zero", `${masks.size} of them`);
      } finally {
        call.hangUp();
      }
    },
  ),
];

export const RESPONSE_CASES: readonly Case<ClientSubject>[] = [
  ...ROWS.map(toCase),
  ...endless,
  ...SPECIAL,
];
