/**
 * Hostile text in every place where a peer's text can reach a log: whatever it is, no raw control character comes out, no
 * line is forged, no secret is told, and lines have bounds.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { connect, type Handler, reconnect, type ServeOptions } from "../../src/index.ts";
import { ConnectionFormatter } from "../../src/logging/connection-formatter.ts";
import { Formatter } from "../../src/logging/formatter.ts";
import { JSONFormatter } from "../../src/logging/json.ts";
import { getLogger } from "../../src/logging/manager.ts";
import type { LogRecord } from "../../src/logging/record.ts";
import { faultOf, HOSTILE_TEXTS } from "../logging/hostile-text.ts";
import { closePayload, frame, REQUEST, rawServer } from "../transcripts/raw-peer.ts";
import { Stage } from "../transcripts/stage.ts";

const FORMATTERS: readonly (readonly [
  name: string,
  formatter: { format(record: LogRecord): string },
])[] = [
  ["text", new Formatter()],
  ["production", new Formatter("%(asctime)s %(message)s")],
  ["levels", new Formatter("%(levelname)s:%(name)s:%(message)s")],
  ["braces", new Formatter("{levelname} {message}", { style: "{" })],
  ["fields", { format: (record) => formatterOf(record).format(record) }],
  ["details", new ConnectionFormatter("%(connection)s %(path)s %(origin)s %(message)s")],
  ["JSON", new JSONFormatter()],
  ["JSON for pino", new JSONFormatter({ shape: "pino" })],
];

const made = new Map<string, Formatter>();

/** A formatter that shows each text of the record's event. */
function formatterOf({ event }: LogRecord): Formatter {
  const texts = Object.entries((event ?? {}) as object).filter(
    ([, one]) => typeof one === "string",
  );
  const format = ["{message}", ...texts.map(([name]) => `{event[${name}]}`)].join(" ");
  const formatter = made.get(format) ?? new Formatter(format, { style: "{" });
  made.set(format, formatter);
  return formatter;
}

/** All that the records make, in each format. */
function* printed(
  records: readonly LogRecord[],
): Generator<readonly [name: string, text: string, LogRecord]> {
  for (const record of records) {
    for (const [name, formatter] of FORMATTERS) {
      // Formatters keep the text of an error on the record.
      record.excText = undefined;
      yield [name, formatter.format(record), record];
    }
  }
}

/** Lets each connection's error escape, as a handler does that does not think of it. */
const careless: Handler<undefined> = async (connection) => {
  for await (const _ of connection) {
    // What comes does not matter.
  }
};

/** What a peer sends, with `text` in one place of it. */
type Place = (text: string) => readonly Uint8Array[];

const FIELDS = REQUEST.slice(1);

function request(line: string, ...fields: readonly string[]): Uint8Array {
  return Buffer.from(`${[line, ...fields].join("\r\n")}\r\n\r\n`);
}

/** A request with `field` instead of its own of the same name. */
function requestWith(field: string): Uint8Array {
  const name = `${field.split(":", 1)[0]?.toLowerCase()}:`;
  const others = FIELDS.filter((other) => !other.toLowerCase().startsWith(name));
  return request("GET /chat HTTP/1.1", ...others, field);
}

const good = request("GET /chat HTTP/1.1", ...FIELDS);

const IN_REQUEST: Readonly<Record<string, Place>> = {
  "the first bytes": (text) => [Buffer.from(`${text}\r\n\r\n`)],
  "the first bytes, one a character": (text) => [Buffer.from(`${text}\r\n\r\n`, "latin1")],
  "the method": (text) => [request(`${text} /chat HTTP/1.1`, ...FIELDS)],
  "the path": (text) => [request(`GET /${text} HTTP/1.1`, ...FIELDS)],
  "the path, percent-encoded": (text) => [
    request(`GET /${encodeURIComponent(encodable(text))} HTTP/1.1`, ...FIELDS),
  ],
  "the query": (text) => [request(`GET /chat?${text} HTTP/1.1`, ...FIELDS)],
  "a value in the query": (text) => [request(`GET /chat?room=${text} HTTP/1.1`, ...FIELDS)],
  "the version": (text) => [request(`GET /chat ${text}`, ...FIELDS)],
  "a header's name": (text) => [requestWith(`${text}: 1`)],
  "a header's value": (text) => [requestWith(`X-Any: ${text}`)],
  ...Object.fromEntries(
    [
      "Host",
      "Origin",
      "Upgrade",
      "Connection",
      "Sec-WebSocket-Key",
      "Sec-WebSocket-Version",
      "Sec-WebSocket-Protocol",
      "Sec-WebSocket-Extensions",
      "User-Agent",
      "Referer",
      "Cookie",
      "X-Forwarded-For",
      "Content-Length",
      "Transfer-Encoding",
    ].flatMap((name) => [
      [name, (text: string) => [requestWith(`${name}: ${text}`)]],
      [
        `${name}, one byte a character`,
        (text: string) => [Buffer.from(requestWith(`${name}: ${text}`).toString(), "latin1")],
      ],
    ]),
  ),
};

/** Characters that no text in UTF-8 can have. */
function encodable(text: string): string {
  return text.replace(/[\ud800-\udfff]/g, "");
}

const IN_SESSION: Readonly<Record<string, Place>> = {
  "a close reason": (text) => [good, frame(0x88, closePayload(1014, encodable(text)))],
  "a close reason of 1000": (text) => [good, frame(0x88, closePayload(1000, encodable(text)))],
  "a close reason that is not UTF-8": (text) => [
    good,
    frame(0x88, Buffer.concat([Buffer.from([0x03, 0xe8]), Buffer.from(text, "latin1")])),
  ],
  "a text": (text) => [good, frame(0x81, encodable(text)), frame(0x88)],
  "a text that is not UTF-8": (text) => [good, frame(0x81, Buffer.from(text, "latin1"))],
  "a long text": (text) => [good, frame(0x81, encodable(text).repeat(20)), frame(0x88)],
  bytes: (text) => [good, frame(0x82, Buffer.from(text, "latin1")), frame(0x88)],
  "a ping": (text) => [good, frame(0x89, encodable(text)), frame(0x88)],
  "a pong": (text) => [good, frame(0x8a, encodable(text)), frame(0x88)],
  "a fragment": (text) => [good, frame(0x01, encodable(text)), frame(0x88)],
  "a frame with reserved bits": (text) => [good, frame(0xf1, encodable(text))],
};

/** Plays `sent` against a server, each on a connection of its own, and returns all records. */
async function played(
  sent: readonly (readonly Uint8Array[])[],
  options: ServeOptions<undefined> = {},
): Promise<readonly LogRecord[]> {
  const stage = new Stage("DEBUG");
  try {
    const { server, port } = await stage.serve(careless, options);
    for (const bytes of sent) {
      const peer = await stage.dial(port);
      for (const piece of bytes) peer.send(piece);
      // What is not complete is not waited for.
      peer.socket.end();
      await peer.closed;
    }
    await stage.settled();
    await server.close();
    return stage.records;
  } finally {
    await stage.end();
  }
}

function judge(records: readonly LogRecord[]): void {
  assert.ok(records.length > 3);
  for (const [name, text, record] of printed(records)) {
    // The stack of an error begins a line of its own, with the error's name.
    const begins = record.error === undefined || name.startsWith("JSON") ? 1 : 2;
    const fault = faultOf(text, begins);
    assert.equal(fault, null, `${name}: ${fault}`);
  }
}

describe("hostile text on a server", () => {
  for (const [what, place] of Object.entries({ ...IN_REQUEST, ...IN_SESSION })) {
    test(`in ${what}`, async () => judge(await played(HOSTILE_TEXTS.map(place))));
  }

  test("in what the application throws because of it", async () => {
    const options: ServeOptions<undefined> = {
      processRequest: (request) => {
        const inner = new Error(`no: ${request.headers.get("X-Any")}`);
        throw new Error(`bad path ${request.path}\n at all`, { cause: inner });
      },
    };
    const sent = HOSTILE_TEXTS.map((text) => [
      Buffer.from(requestWith(`X-Any: ${text}`).toString(), "latin1"),
    ]);
    judge(await played(sent, options));
  });

  test("in what the application answers", async () => {
    const sent = HOSTILE_TEXTS.map((text) => [
      Buffer.from(requestWith(`X-Any: ${text}`).toString(), "latin1"),
    ]);
    const options: ServeOptions<undefined> = {
      processRequest: (request) =>
        new Response(null, {
          status: 404,
          headers: { "X-Any": request.headers.get("X-Any") ?? "" },
        }),
    };
    judge(await played(sent, options));
  });
});

describe("hostile text on a server with somebody else's logger", () => {
  for (const [what, place] of Object.entries({ ...IN_REQUEST, ...IN_SESSION })) {
    test(`in ${what}`, async () => {
      const written: unknown[][] = [];
      const write = (...args: unknown[]): void => {
        written.push(args);
      };
      const logger = { debug: write, info: write, warn: write, error: write };
      await played(HOSTILE_TEXTS.map(place), { logger });
      assert.ok(written.length > 3);
      for (const [text, ...rest] of written) {
        assert.equal(faultOf(String(text)), null);
        for (const error of rest) {
          if (!(error instanceof Error)) continue;
          // As `console` prints it, but for the brace behind its fields.
          assert.equal(faultOf(inspect(error).replace(/\n\}$/, "")), null);
        }
      }
    });
  }
});

/** A server's answers, with `text` in one place. */
const ANSWERS: Readonly<Record<string, (text: string) => Uint8Array>> = {
  "the first bytes": (text) => Buffer.from(`${text}\r\n\r\n`),
  "the reason phrase": (text) => request(`HTTP/1.1 403 ${text}`, "Content-Length: 0"),
  "the reason phrase of a 101": (text) =>
    request(`HTTP/1.1 101 ${text}`, "Upgrade: websocket", "Connection: Upgrade"),
  "a header's name": (text) => request("HTTP/1.1 403 Forbidden", `${text}: 1`, "Content-Length: 0"),
  "a header's value": (text) =>
    request("HTTP/1.1 403 Forbidden", `X-Any: ${text}`, "Content-Length: 0"),
  "the length of a body": (text) => request("HTTP/1.1 403 Forbidden", `Content-Length: ${text}`),
  "a redirect": (text) => request("HTTP/1.1 302 Found", `Location: /${text}`, "Content-Length: 0"),
  "a body": (text) =>
    Buffer.concat([
      request("HTTP/1.1 403 Forbidden", `Content-Length: ${Buffer.byteLength(text)}`),
      Buffer.from(text),
    ]),
  Upgrade: (text) => request("HTTP/1.1 101 OK", `Upgrade: ${text}`, "Connection: Upgrade"),
  Connection: (text) => request("HTTP/1.1 101 OK", "Upgrade: websocket", `Connection: ${text}`),
  "Sec-WebSocket-Accept": (text) => answer(`Sec-WebSocket-Accept: ${text}`),
  "Sec-WebSocket-Protocol": (text) => answer(`Sec-WebSocket-Protocol: ${text}`),
  "Sec-WebSocket-Extensions": (text) => answer(`Sec-WebSocket-Extensions: ${text}`),
};

function answer(...fields: readonly string[]): Uint8Array {
  return request("HTTP/1.1 101 OK", "Upgrade: websocket", "Connection: Upgrade", ...fields);
}

/** What a client logs, and what an application makes of the errors that it gets. */
async function clientRecords(answers: readonly Uint8Array[]): Promise<readonly LogRecord[]> {
  const stage = new Stage("DEBUG");
  try {
    let bytes: Uint8Array = Buffer.alloc(0);
    const server = await rawServer((peer) => {
      void peer.until("\r\n\r\n").then(() => {
        peer.send(bytes);
        peer.socket.end();
      });
    });
    const url = `ws://127.0.0.1:${server.port}/chat`;
    for (bytes of answers) {
      const error = await connect(url, { maxRedirects: 0 }).then(
        () => assert.fail("it must not connect"),
        (error: unknown) => error,
      );
      getLogger("websockets.app").error("no connection: %s", error);
      getLogger("websockets.app").exception("no connection", error);
      const waiting = new AbortController();
      const trying = reconnect(url, () => {}, {
        signal: waiting.signal,
        maxRedirects: 0,
        processException: () => null,
        reconnectDelays: () => [10_000],
      });
      const count = stage.records.length;
      await stage.untilLogged(/^connect failed/).then(() => waiting.abort());
      await trying.catch(() => {});
      assert.ok(stage.records.length >= count);
    }
    await server.close();
    return stage.records;
  } finally {
    await stage.end();
  }
}

describe("hostile text on a client", () => {
  for (const [what, make] of Object.entries(ANSWERS)) {
    test(`in ${what}`, async () => judge(await clientRecords(HOSTILE_TEXTS.map(make))));
    test(`in ${what}, one byte a character`, async () => {
      const latin1 = (text: string) => Buffer.from(Buffer.from(make(text)).toString(), "latin1");
      judge(await clientRecords(HOSTILE_TEXTS.map(latin1)));
    });
  }

  test("in a close reason, in the log and in the error that the application logs", async () => {
    const stage = new Stage("DEBUG");
    try {
      for (const text of HOSTILE_TEXTS.map(encodable)) {
        const { server, url } = await stage.serve(async (connection) => {
          await connection.close(4000, text);
        });
        const connection = await stage.connect(url);
        const error = await connection.recv().catch((error: unknown) => error);
        getLogger("websockets.app").exception("lost", error);
        getLogger("websockets.app").error(`lost: ${(error as Error).message}`, error as Error);
        await connection.closed;
        await server.close();
      }
    } finally {
      await stage.end();
    }
    judge(stage.records);
  });
});

const SECRET = "s3cretS3CRET0123456789abcdef";

/** Requests that hold a secret where people put them, good and bad. */
const WITH_SECRETS: Readonly<Record<string, readonly Uint8Array[]>> = {
  "the query": [request(`GET /chat?token=${SECRET}&room=1 HTTP/1.1`, ...FIELDS)],
  "the query of a line that does not parse": [
    request(`GET /chat?token=${SECRET} HTTP/1.1 x`, ...FIELDS),
    request(`GET /chat?token=${SECRET}\u001b HTTP/1.1`, ...FIELDS),
    request(`GET /chat?token=${SECRET}`, ...FIELDS),
  ],
  "the query of a plain request": [request(`GET /?api_key=${SECRET} HTTP/1.1`, "Host: x")],
  Authorization: [
    requestWith(`Authorization: Bearer ${SECRET}`),
    requestWith(`Authorization: Basic ${SECRET}`),
    requestWith(`Authorization: ${SECRET}`),
  ],
  "an Authorization that does not parse": [
    requestWith(`Authorization: Bearer ${SECRET}\u0007`),
    requestWith(`Authorization : Bearer ${SECRET}`),
    requestWith(` Authorization: Bearer ${SECRET}`),
  ],
  cookies: [requestWith(`Cookie: session=${SECRET}`), requestWith(`Cookie: a\u0000=${SECRET}`)],
  "a key of an API": [requestWith(`X-Api-Key: ${SECRET}`)],
  "the subprotocols": [
    requestWith(`Sec-WebSocket-Protocol: access_token, ${SECRET}`),
    requestWith(`Sec-WebSocket-Protocol: chat, bearer.${SECRET}`),
  ],
  "subprotocols that do not parse": [
    requestWith(`Sec-WebSocket-Protocol: access_token, ${SECRET} @`),
    requestWith(`Sec-WebSocket-Protocol: @, access_token, ${SECRET}`),
  ],
  "an Origin": [requestWith(`Origin: https://user:${SECRET}@example.com`)],
  "a Referer": [requestWith(`Referer: https://example.com/?token=${SECRET}`)],
};

describe("a secret is not told", () => {
  for (const [what, sent] of Object.entries(WITH_SECRETS)) {
    for (const subprotocols of [[], ["chat", "access_token"]]) {
      const how = subprotocols.length === 0 ? "" : ", with subprotocols";
      test(`in ${what}${how}`, async () => {
        const records = await played(
          sent.map((bytes) => [bytes]),
          { subprotocols },
        );
        for (const [name, text] of printed(records)) {
          assert.ok(!text.includes(SECRET), `${name}: ${text}`);
        }
        assert.ok(!JSON.stringify(records.map(({ event }) => event)).includes(SECRET));
      });
    }
  }

  test("by a client, in what it sends and in what it gets", async () => {
    const stage = new Stage("DEBUG");
    try {
      const { server, port } = await stage.serve(careless, {
        processRequest: () => ({ headers: { "Set-Cookie": `session=${SECRET}` } }),
      });
      const connection = await connect(
        `ws://user:${SECRET}@127.0.0.1:${port}/chat?token=${SECRET}`,
        { headers: { Cookie: `session=${SECRET}`, "X-Api-Key": SECRET } },
      );
      await connection.close();
      await server.close();
    } finally {
      await stage.end();
    }
    assert.ok(stage.records.some((record) => record.getMessage() === "> Cookie: ***"));
    for (const [name, text] of printed(stage.records)) {
      assert.ok(!text.includes(SECRET), `${name}: ${text}`);
    }
  });
});

describe("lines have bounds", () => {
  /** Of a line of text; a value of 256 characters may be escaped, sixfold at the worst. */
  const LINE = 4096;
  /** Of a line of JSON, which has all headers of a request. */
  const JSON_LINE = 128 * 1024;

  const long = ["x".repeat(8000), "/".repeat(8000), "\u009b".repeat(4000), "token=x&".repeat(900)];
  const places = { ...IN_REQUEST, ...IN_SESSION };
  for (const [what, place] of Object.entries(places)) {
    test(`with long text in ${what}`, async () => {
      const sent = long.map((text) => {
        const fits = what.startsWith("a close") || /p[io]ng/.test(what);
        return place(fits ? text.slice(0, what.includes("UTF-8") ? 120 : 60) : text);
      });
      const records = await played(sent, { maxSize: 200_000 });
      for (const [name, text] of printed(records)) {
        const most = name.startsWith("JSON") ? JSON_LINE : LINE;
        for (const line of text.split("\n")) {
          assert.ok(
            line.length <= most,
            `${name}: ${line.length} characters: ${line.slice(0, 300)}`,
          );
        }
      }
    });
  }

  for (const [what, make] of Object.entries(ANSWERS)) {
    test(`with long text in an answer's ${what}`, async () => {
      const records = (await clientRecords(long.slice(0, 2).map(make))).filter(
        // The application's own lines are its own business.
        ({ name }) => name !== "websockets.app",
      );
      for (const [name, text] of printed(records)) {
        const most = name.startsWith("JSON") ? JSON_LINE : LINE;
        for (const line of text.split("\n")) {
          assert.ok(
            line.length <= most,
            `${name}: ${line.length} characters: ${line.slice(0, 300)}`,
          );
        }
      }
    });
  }

  test("with a long text in what a handler throws", async () => {
    const stage = new Stage("DEBUG");
    try {
      const { server, url } = await stage.serve(async (connection) => {
        const text = await connection.recv();
        throw new Error(`bad: ${text}`, { cause: new Error(`because: ${text}`) });
      });
      const connection = await connect(url);
      await connection.send("x".repeat(500_000));
      await connection.closed;
      await server.close();
    } finally {
      await stage.end();
    }
    for (const [name, text] of printed(stage.records)) {
      assert.ok(text.length <= 64 * 1024, `${name}: ${text.length} characters`);
    }
  });
});
