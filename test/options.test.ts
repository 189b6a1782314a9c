/** Every option of every door, given what it cannot take: each is refused at once, by its name, and nothing is done. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { describe, test } from "node:test";
import {
  attach,
  backoff,
  basicAuth,
  bearerAuth,
  broadcast,
  connect,
  cookieAuth,
  reconnect,
  route,
  serve,
  subprotocolToken,
  toDuplex,
} from "../src/index.ts";
import { connectionPair } from "../src/testing/index.ts";

/** Of no option the value. */
const NEVER = [Symbol("never"), 1n] as const;
const NO_NUMBER = ["1", true, {}, [], () => {}, ...NEVER] as const;
const NO_LIMIT = [-1, Number.NaN, ...NO_NUMBER] as const;
const NO_DELAY = [Number.POSITIVE_INFINITY, 2 ** 31, ...NO_LIMIT] as const;
const NO_TEXT = [5, true, {}, [], () => {}, ...NEVER] as const;
const NO_HEADER = ["a\r\nb", "a\0b", "\u{1f600}", ...NO_TEXT] as const;
const NO_OBJECT = [5, "x", true, () => {}, ...NEVER] as const;
const NO_FUNCTION = [5, "x", true, null, {}, [], ...NEVER] as const;
const NO_LIST = [5, "x", true, {}, null, () => {}, [5], [null], ...NEVER] as const;

type Table = Readonly<Record<string, readonly unknown[]>>;

const CONNECTION: Table = {
  maxSize: NO_LIMIT,
  maxQueue: [[], { size: 1 }, { bytes: -1 }, { messages: "1" }, ...NO_OBJECT],
  writeLimit: [
    [],
    { high: -1 },
    { high: 1, low: 2 },
    { high: 2, max: 1 },
    { top: 1 },
    ...NO_OBJECT,
  ],
  text: ["text", null, ...NO_TEXT],
  pingInterval: NO_DELAY,
  pingTimeout: NO_DELAY,
  closeTimeout: NO_DELAY,
  openTimeout: NO_DELAY,
  rateLimit: [{}, [], { messages: 0 }, { messages: 1, per: 0 }, { count: 1 }, ...NO_OBJECT],
};

const BOTH: Table = {
  ...CONNECTION,
  subprotocols: ["a", [""], ["a b"], ["a", "a"], ["a\r\nb"], ...NO_LIST],
  compression: [{ windowBits: 8 }, { level: 10 }, { codec: "brotli" }, { bits: 9 }, ...NO_OBJECT],
  extensions: [[{}], [{ name: "x" }], ...NO_LIST],
  logger: [{}, { log() {} }, ...NO_OBJECT],
  redact: ["authorization", {}, [5], null, 5, ...NEVER],
};

const ATTACH: Table = {
  ...BOTH,
  match: ["chat", "", null, 5, true, {}, ...NEVER],
  origins: ["https://a.example", "none", ...NO_LIST.filter((value) => !isNullList(value))],
  hosts: ["a.example", ["a b"], ["http://a"], ...NO_LIST],
  processRequest: NO_FUNCTION,
  serverHeader: NO_HEADER,
  maxConnections: NO_LIMIT,
  maxConnectionsPerAddress: NO_LIMIT,
  memoryBudget: NO_LIMIT,
  trustProxy: [-1, 1.5, "all", true, {}, [5], ["nowhere"], ["10.0.0.0/33"], ...NEVER],
  maxHandshakes: NO_LIMIT,
  unknown: [1],
};

const SERVE: Table = {
  ...ATTACH,
  port: [-1, 65_536, 1.5, null, ...NO_NUMBER],
  host: ["", null, ...NO_TEXT],
  socketPath: ["", null, ...NO_TEXT],
  fd: [-1, 1.5, null, ...NO_NUMBER],
  backlog: [-1, null, ...NO_NUMBER],
  tls: [null, ...NO_OBJECT],
  http2: [true, null, "h2", 1, {}],
};

const CONNECT: Table = {
  ...BOTH,
  origin: NO_HEADER,
  headers: [{ a: 1 }, { "a b": "c" }, { a: "b\r\nc" }, { a: "b\0" }, [["a"]], null, ...NO_OBJECT],
  userAgentHeader: NO_HEADER,
  tls: [null, ...NO_OBJECT],
  socketPath: ["", null, ...NO_TEXT],
  socket: [{}, [], null, ...NO_OBJECT],
  lookup: NO_FUNCTION,
  proxy: [5, true, { address: "x" }, { url: 5 }, { connect: 5 }, ...NEVER],
  agent: [{}, [], null, ...NO_OBJECT],
  http2: [null, "h2", 1, {}],
  maxRedirects: [1.5, ...NO_LIMIT],
  signal: [null, {}, ...NO_OBJECT],
  unknown: [1],
};

/** How a name of an option stands in the sentence, where that is another way. */
const SAID: Readonly<Record<string, RegExp>> = {
  subprotocols: /subprotocol/,
  serverHeader: /serverHeader|header Server/,
  userAgentHeader: /userAgentHeader|header User-Agent/,
  origin: /origin|header Origin/,
  headers: /header/,
};

function isNullList(value: unknown): boolean {
  return Array.isArray(value) && value[0] === null;
}

function says(name: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
    assert.match(error.message, SAID[name] ?? new RegExp(name), name);
    // A sentence of ours, not one of the engine's about what went wrong inside.
    assert.doesNotMatch(error.message, /is not a function$|Cannot |undefined \(reading/);
    return true;
  };
}

function shown(value: unknown): string {
  try {
    return `${typeof value} ${JSON.stringify(value)}`;
  } catch {
    return `${typeof value} ${String(value)}`;
  }
}

/** Tries each value of each option. */
async function refuse(
  table: Table,
  open: (options: never) => unknown,
  base: object = {},
): Promise<void> {
  for (const [name, values] of Object.entries(table)) {
    for (const value of values) {
      const options = { ...base, [name]: value } as never;
      await assert.rejects(
        async () => open(options),
        says(name),
        `${name}: ${shown(value)} is taken`,
      );
    }
  }
}

describe("what cannot be", () => {
  test("serve() refuses", async () => {
    await refuse(SERVE, (options) => serve(() => {}, options), { port: 0 });
    for (const handler of [undefined, null, 5, "x", {}, { handler: 5 }]) {
      await assert.rejects(serve(handler as never), /^TypeError: the handler is/);
    }
    await assert.rejects(
      serve(() => {}, null as never),
      /^TypeError: the options of serve/,
    );
  });

  test("attach() refuses, and leaves the server as it was", async () => {
    const http = createServer();
    await refuse(ATTACH, (options) => attach(http, () => {}, options));
    for (const server of [undefined, null, 5, {}]) {
      assert.throws(() => attach(server as never, () => {}), /^TypeError: attach takes a server/);
    }
    assert.deepEqual([http.listenerCount("upgrade"), http.listenerCount("request")], [0, 0]);
  });

  test("connect() refuses, before it connects", async (t) => {
    let connected = 0;
    const tcp = createTcpServer((socket) => {
      connected += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
    t.after(() => tcp.close());
    const { port } = tcp.address() as { port: number };
    const url = `ws://127.0.0.1:${port}/`;
    await refuse(CONNECT, (options) => connect(url, options), { logger: null });
    for (const wrong of [undefined, null, 5, {}]) {
      await assert.rejects(connect(wrong as never), TypeError);
    }
    for (const text of [
      `${url}a\r\nb`,
      `${url}a\0b`,
      `ws://127.0.0.1:${port}\n/x`,
      `${url}?a\nb`,
    ]) {
      await assert.rejects(connect(text, { logger: null }), { name: "InvalidURI" });
    }
    await assert.rejects(connect(url, { proxy: `http://127.0.0.1:${port}\r\n.x` }), {
      name: "InvalidProxy",
    });
    await assert.rejects(connect(`ws://a%0d%0ab:c@127.0.0.1:${port}/`), TypeError);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(connected, 0);
  });

  test("reconnect() refuses, in both forms", async () => {
    const table = {
      ...CONNECT,
      minUptime: NO_DELAY,
      reconnectDelays: NO_FUNCTION,
      processException: NO_FUNCTION,
    };
    const url = "ws://127.0.0.1:1/";
    // Of these a function is asked anew for each attempt.
    const { headers = [], subprotocols = [], ...others } = table as Table;
    const noFunction = (values: readonly unknown[]) =>
      values.filter((value) => typeof value !== "function");
    const all = { ...others, headers: noFunction(headers), subprotocols: noFunction(subprotocols) };
    await refuse(all, (options) => reconnect(url, () => {}, options));
    await refuse(all, (options) => reconnect(url, options));
    await assert.rejects(
      reconnect(5 as never, () => {}),
      TypeError,
    );
    assert.throws(() => reconnect(url, 5 as never, {}), /^TypeError: the handler is 5/);
    await refuse({ initialDelay: NO_DELAY, minDelay: NO_DELAY, factor: [0.5, ...NO_LIMIT] }, (o) =>
      backoff(o),
    );
  });

  test("connectionPair() refuses", async () => {
    await refuse(
      {
        client: [[], { socket: {} }, null, ...NO_OBJECT],
        server: [[], { port: 1 }, null, ...NO_OBJECT],
        path: ["", "chat", null, ...NO_TEXT],
        headers: CONNECT.headers ?? [],
        subprotocol: ["", "a b", "a\r\nb", ...NO_TEXT],
        clock: [null, ...NO_OBJECT],
        unknown: [1],
      },
      (options) => connectionPair(options),
    );
    await refuse({ ...BOTH, unknown: [1] }, (client) => connectionPair({ client }));
    await refuse({ ...BOTH, unknown: [1] }, (server) => connectionPair({ server }));
  });

  test("route() and the helpers for authentication refuse", async () => {
    const handler = (): void => {};
    await refuse(
      { processRequest: NO_FUNCTION, handler: NO_FUNCTION, unknown: [1] },
      (options) => route("/", options),
      { handler },
    );
    const realm = ["a\r\nb", "é", null, ...NO_TEXT];
    const credentials = ["", [], [""], null, 5, true, {}, ...NEVER];
    const shared = { realm, unknown: [1] };
    await refuse(
      { ...shared, credentials: ["x", ["a"], ["a", "b", "c"], [["a", 5]], ...credentials] },
      (options) => basicAuth(options),
      { credentials: ["a", "b"] },
    );
    const name = ["", "a b", "a\r\nb", null, ...NO_TEXT];
    const base = { credentials: "x" };
    await refuse({ ...shared, credentials }, (options) => bearerAuth(options), base);
    await refuse({ ...shared, credentials, name }, (options) => cookieAuth(options), {
      ...base,
      name: "id",
    });
    await refuse(
      { ...shared, credentials, prefix: name },
      (options) => subprotocolToken(options),
      base,
    );
  });

  test("broadcast(), and what a connection does, refuse", async () => {
    await using pair = connectionPair();
    const { client, server } = pair;
    const as = ["bytes", "string", null, ...NO_TEXT];
    const compress = [0, 1, "yes", null, {}];
    const unknown = [1];
    const signal = [null, {}, ...NO_OBJECT];
    const slow = ["drop", null, ...NO_TEXT];
    await refuse({ as, compress, slow, unknown }, (options) => broadcast([client], "x", options));
    await refuse({ as, compress, signal, unknown }, (options) => client.send("x", options));
    await refuse({ as, compress, signal, unknown }, (options) => client.post("x", options));
    const asRead = as.filter((value) => value !== "bytes");
    await refuse({ as: asRead, signal, unknown }, (options) => client.recv(options));
    await refuse({ as: asRead, signal, unknown }, (options) => client.recvStreaming(options));
    await refuse({ signal, unknown }, (options) => client.batches(options));
    await refuse({ signal, unknown }, (options) => client.consume(() => {}, options));
    await refuse({ signal, unknown }, (options) => client.ping("x", options));
    await refuse({ signal, unknown }, (options) => client.close(1000, "", options));
    await refuse({ unknown }, (options) => toDuplex(client, options));
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN]) {
      await assert.rejects(client.close(code), RangeError);
    }
    for (const data of [5, null, undefined, true, {}, Symbol("never"), 1n]) {
      await assert.rejects(client.send(data as never), TypeError);
      assert.throws(() => client.post(data as never), TypeError);
    }
    assert.equal(client.state, "open");
    await client.send("first");
    assert.equal(await server.recv(), "first");
  });

  test("a server's close() and serveForever() refuse, and it goes on", async (t) => {
    const server = await serve(() => {}, { host: "127.0.0.1", port: 0, logger: null });
    t.after(() => server.close());
    await refuse(
      {
        code: [0, 1005, 5000, null, ...NO_TEXT.filter((value) => value !== 5)],
        reason: ["x".repeat(124), null, ...NO_TEXT],
        deadline: NO_DELAY,
        pace: [0, null, ...NO_LIMIT],
        signal: [null, {}, ...NO_OBJECT],
        unknown: [1],
      },
      (options) => server.close(options),
    );
    await refuse(
      {
        signal: [null, {}, ...NO_OBJECT],
        signals: ["SIGTERM", [5], ["TERM"], [""], null, 5, {}, ...NEVER],
        unknown: [1],
      },
      (options) => server.serveForever(options),
    );
    assert.equal(server.signal.aborted, false);
  });
});
