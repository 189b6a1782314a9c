/** Each example and each promise of the design's page on the public face, run as it stands there, but for the port. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, type TestContext, test } from "node:test";
import { expectTypeOf } from "expect-type";
import {
  attach,
  broadcast,
  type ClientConnection,
  type Closure,
  type Connection,
  ConnectionClosedError,
  ConnectionClosedOK,
  connect,
  type HandshakeRequest,
  type HandshakeResponse,
  InvalidStatus,
  type Message,
  processException,
  reconnect,
  type Server,
  serve,
  TimeoutError,
  WebSocketError,
} from "../src/index.ts";
import logging from "../src/logging/index.ts";

/** The address at which a server listens. */
function urlOf(server: Pick<Server, "addresses">): string {
  const [address] = server.addresses;
  assert.ok(typeof address === "object");
  return `ws://127.0.0.1:${address.port}/`;
}

const local = { host: "127.0.0.1", port: 0, logger: null } as const;
const silent = { logger: null } as const;

/** A server that echoes, for one test. */
async function echo(t: TestContext): Promise<string> {
  const server = await serve(async (connection) => {
    for await (const message of connection) await connection.send(message);
  }, local);
  t.after(() => server.close({ deadline: 0 }));
  return urlOf(server);
}

describe("the example at the head", () => {
  test("echoes, and serves until it is told to stop", async () => {
    assert.equal(typeof logging.basicConfig, "function");
    assert.equal(logging.INFO, 20);
    const server = await serve(async (connection) => {
      for await (const message of connection) await connection.send(message);
    }, local);
    const serving = server.serveForever({ signals: [] });

    const connection = await connect(urlOf(server), silent);
    await connection.send("hello");
    assert.equal(await connection.recv(), "hello");
    const { code, clean } = await connection.close();
    assert.deepEqual([code, clean], [1000, true]);

    await server.close();
    await serving;
  });
});

describe("serve", () => {
  test("closes with 1000 when the handler returns, and with 1011 when it throws", async (t) => {
    for (const [handler, code] of [
      [() => {}, 1000],
      [
        () => {
          throw new Error("planted");
        },
        1011,
      ],
    ] as const) {
      const server = await serve(handler, local);
      t.after(() => server.close({ deadline: 0 }));
      const connection = await connect(urlOf(server), silent);
      assert.equal((await connection.closed).code, code);
    }
  });

  test("infers the type of connection.data from processRequest", async (t) => {
    const server = await serve({
      ...local,
      processRequest: (request) =>
        request.url.pathname === "/health"
          ? new Response("OK\n")
          : { data: { user: "ann" }, headers: { "X-Served-By": "one" } },
      handler: async (connection) => {
        const name: string = connection.data.user;
        await connection.send(name);
      },
    });
    t.after(() => server.close({ deadline: 0 }));
    const url = urlOf(server);
    const connection = await connect(url, silent);
    assert.equal(await connection.recv(), "ann");
    assert.equal(connection.response.headers.get("X-Served-By"), "one");
    const health = await fetch(`${url.replace("ws:", "http:")}health`);
    assert.deepEqual([health.status, await health.text()], [200, "OK\n"]);
    await assert.rejects(connect(`${url}health`, silent), InvalidStatus);
  });

  test("refuses an Origin that is not the same with 403", async (t) => {
    const url = await echo(t);
    const refused = connect(url, { ...silent, origin: "https://elsewhere.example" });
    await assert.rejects(refused, (error) => {
      return error instanceof InvalidStatus && error.response.status === 403;
    });
  });
});

describe("attach", () => {
  test("serves beside the listeners of an existing server, in both forms", async (t) => {
    const http = createServer((_request, response) => response.end("plain"));
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    t.after(() => http.close());
    const one = attach(http, async (connection) => connection.send("one"), {
      ...silent,
      match: "/one",
    });
    const two = attach(http, {
      ...silent,
      match: /^\/two/,
      processRequest: (request) => ({ data: request.url.searchParams.get("name") }),
      handler: async (connection) => connection.send(`two ${connection.data}`),
    });
    const { port } = http.address() as { port: number };
    const url = `ws://127.0.0.1:${port}`;
    assert.equal(await (await connect(`${url}/one`, silent)).recv(), "one");
    assert.equal(await (await connect(`${url}/two?name=ann`, silent)).recv(), "two ann");
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "plain");
    await one.close();
    await two.close();
  });
});

describe("Server", () => {
  test("tells where it listens and who is connected, and closes in all its parts", async () => {
    const heard: unknown[] = [];
    const server = await serve(async (connection) => {
      server.signal.addEventListener("abort", () => heard.push(connection.state));
      await connection.closed;
    }, local);
    const [address] = server.addresses;
    assert.ok(typeof address === "object");
    assert.deepEqual([address.address, address.family], ["127.0.0.1", "IPv4"]);
    const client = await connect(urlOf(server), silent);
    while (server.connections.size === 0) await new Promise((resolve) => setImmediate(resolve));
    const watching: Disposable = server.debug({ path: "/" }, { for: 60_000 });
    const [connection] = server.connections;
    assert.equal(connection?.debug, true);
    watching[Symbol.dispose]();
    assert.equal(connection?.debug, false);
    const serving = server.serveForever({ signals: ["SIGUSR1"] });
    await server.close({ code: 1012, reason: "back soon", deadline: 5000, pace: 100 });
    await Promise.all([server.closed, serving]);
    assert.deepEqual(heard, ["open"]);
    assert.deepEqual([client.closeCode, client.closeReason], [1012, "back soon"]);
    assert.equal(server.connections.size, 0);
    await assert.rejects(connect(urlOf({ addresses: [address] }), silent), {
      code: "ECONNREFUSED",
    });
  });
});

describe("connect and reconnect", () => {
  test("opening times out with Python's sentence, and a signal with its reason", async (t) => {
    let answer = (): void => {};
    const server = await serve({
      ...local,
      processRequest: () =>
        new Promise<void>((resolve) => {
          answer = resolve;
        }),
      handler: () => {},
    });
    t.after(() => server.close({ deadline: 0 }));
    await assert.rejects(connect(urlOf(server), { ...silent, openTimeout: 50 }), (error) => {
      assert.ok(error instanceof TimeoutError);
      assert.equal(error.message, "timed out during opening handshake");
      return true;
    });
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await assert.rejects(connect(urlOf(server), { ...silent, signal }), (e) => e === reason);
    answer();
  });

  test("the handler form of reconnect ends when the handler returns", async (t) => {
    const url = await echo(t);
    const attempts: number[] = [];
    await reconnect(
      async () => url,
      async (connection, attempt) => {
        attempts.push(attempt.number);
        await connection.send("hello");
        assert.equal(await connection.recv(), "hello");
      },
      silent,
    );
    assert.equal(attempts.length, 1);
  });

  test("the iterated form closes each connection at the end of its turn", async (t) => {
    const url = await echo(t);
    let held: ClientConnection | null = null;
    for await (const connection of reconnect(url, silent)) {
      held = connection;
      await connection.send("hello");
      assert.equal(await connection.recv(), "hello");
      break;
    }
    assert.equal((await held!.closed).code, 1000);
    assert.equal(typeof processException, "function");
  });
});

describe("Connection", () => {
  async function both(t: TestContext): Promise<[ClientConnection, string]> {
    const url = await echo(t);
    const connection = await connect(url, silent);
    t.after(() => connection.close());
    return [connection, url];
  }

  test("recv, recvStreaming, batches, iteration and consume read", async (t) => {
    const [connection] = await both(t);
    for (let turn = 0; turn < 5; turn += 1) await connection.send("hello");
    const text: string = await connection.recv({ as: "text" });
    const bytes: Uint8Array = await connection.recv({ as: "bytes" });
    assert.equal(text, Buffer.from(bytes).toString());
    let streamed = "";
    for await (const piece of connection.recvStreaming({ as: "text" })) streamed += piece;
    assert.equal(streamed, "hello");
    for await (const messages of connection.batches()) {
      assert.equal(messages[0], "hello");
      break;
    }
    await connection.send("last");
    const consumed = connection.consume((data, isText) => {
      assert.equal(isText, true);
      if (data === "last") void connection.close();
    });
    assert.equal((await consumed).code, 1000);
  });

  test("send takes text, bytes and sources of fragments; post and send may be dropped", async (t) => {
    const [connection] = await both(t);
    await connection.send(new Uint8Array([1, 2, 3]), { compress: false });
    assert.deepEqual(await connection.recv(), new Uint8Array([1, 2, 3]));
    await connection.send(["a", "b", "c"]);
    assert.equal(await connection.recv(), "abc");
    await connection.send(
      (async function* () {
        yield "d";
        yield "e";
      })(),
    );
    assert.equal(await connection.recv(), "de");
    assert.equal(connection.post("f"), true);
    assert.equal(await connection.recv(), "f");
    await connection.close();
    assert.equal(connection.post("g"), false);
    void connection.send("h");
    await assert.rejects(connection.send("i"), ConnectionClosedOK);
  });

  test("ping measures, close says how it ended, and all there is to look at is there", async (t) => {
    const [connection] = await both(t);
    assert.ok((await connection.ping()) > 0);
    assert.equal(connection.bufferedAmount, 0);
    connection.pong();
    assert.ok(connection.latency > 0);
    assert.equal(connection.state, "open");
    assert.match(connection.id, /^[\da-f-]{36}$/);
    assert.equal(connection.request.method, "GET");
    assert.equal(connection.response.status, 101);
    assert.equal(connection.subprotocol, null);
    assert.equal(connection.debug, false);
    assert.equal(connection.closeCode, null);
    const { signal } = connection;
    const closure = await connection.close(4000, "done");
    assert.deepEqual([connection.closeCode, connection.closeReason], [4000, "done"]);
    assert.deepEqual(closure.sent, { code: 4000, reason: "done" });
    assert.deepEqual(closure.received, { code: 4000, reason: "done" });
    assert.equal(closure.order, "sent");
    assert.equal(closure, await connection.closed);
    assert.ok(signal.reason instanceof ConnectionClosedError);
    assert.ok(signal.reason instanceof WebSocketError);
    assert.match(signal.reason.code, /^ERR_WEBSOCKET_/);
  });

  test("readable and writable are Web Streams", async (t) => {
    const [connection] = await both(t);
    const writer = connection.writable.getWriter();
    const reader = connection.readable.getReader();
    await writer.write("hello");
    assert.equal((await reader.read()).value, "hello");
    await writer.close();
    assert.equal((await connection.closed).code, 1000);
  });

  test("is disposed of by `await using`", async (t) => {
    const url = await echo(t);
    let held: ClientConnection;
    {
      await using connection = await connect(url, silent);
      held = connection;
    }
    assert.equal((await held.closed).code, 1000);
  });

  test("broadcast says how many got the message", async (t) => {
    const server = await serve(async (connection) => {
      await connection.closed;
    }, local);
    t.after(() => server.close({ deadline: 0 }));
    const clients = await Promise.all([
      connect(urlOf(server), silent),
      connect(urlOf(server), silent),
    ]);
    assert.deepEqual(broadcast(server.connections, "to all"), { sent: 2, skipped: 0, closed: 0 });
    assert.deepEqual(server.broadcast("again", { slow: "skip" }), {
      sent: 2,
      skipped: 0,
      closed: 0,
    });
    for (const client of clients) assert.equal(await client.recv(), "to all");
  });

  test("what waits takes a signal, and rejects with its reason", async (t) => {
    const [connection] = await both(t);
    const reason = new Error("enough");
    const aborter = new AbortController();
    const { signal } = aborter;
    const waiting = [
      connection.recv({ signal }),
      connection.ping("x", { signal }),
      connection.close(1000, "", { signal }),
    ];
    aborter.abort(reason);
    for (const promise of waiting) await assert.rejects(promise, (error) => error === reason);
    assert.equal((await connection.closed).code, 1000);
  });

  test("is what the design says that it is", async (t) => {
    type Iterables = Iterable<Message> | AsyncIterable<Message>;
    /** The interface as it stands in the design. */
    interface Designed<D> extends AsyncDisposable, AsyncIterable<Message> {
      recv(options?: { as?: "auto"; signal?: AbortSignal }): Promise<Message>;
      recv(options: { as: "text"; signal?: AbortSignal }): Promise<string>;
      recv(options: { as: "bytes"; signal?: AbortSignal }): Promise<Uint8Array>;
      recvStreaming(options?: { signal?: AbortSignal }): AsyncIterable<Message>;
      batches(): AsyncIterable<readonly Message[]>;
      consume(onMessage: (data: Message, isText: boolean) => void): Promise<Closure>;
      send(
        data: Message | Iterables,
        options?: { as?: "text" | "binary"; compress?: boolean; signal?: AbortSignal },
      ): Promise<void>;
      post(data: Message, options?: { as?: "text" | "binary"; compress?: boolean }): boolean;
      ping(data?: Message, options?: { signal?: AbortSignal }): Promise<number>;
      pong(data?: Message): void;
      close(code?: number, reason?: string, options?: { signal?: AbortSignal }): Promise<Closure>;
      abort(): void;
      readonly closed: Promise<Closure>;
      readonly signal: AbortSignal;
      readonly id: string;
      readonly request: HandshakeRequest;
      readonly response: HandshakeResponse;
      readonly subprotocol: string | null;
      readonly state: "connecting" | "open" | "closing" | "closed";
      readonly closeCode: number | null;
      readonly closeReason: string | null;
      readonly latency: number;
      readonly bufferedAmount: number;
      debug: boolean;
      readonly data: D;
      readonly readable: ReadableStream<Message>;
      readonly writable: WritableStream<Message>;
    }
    expectTypeOf<Connection<{ user: string }>>().toExtend<Designed<{ user: string }>>();

    const [connection] = await both(t);
    for (const name of ["localAddress", "remoteAddress"] as const) {
      assert.ok(typeof connection[name] === "object" && connection[name] !== null, name);
    }
    assert.equal(connection.logger, null);
    assert.equal(connection.data, undefined);
    const { request, response } = connection;
    assert.deepEqual([request.method, request.path, request.version], ["GET", "/", "1.1"]);
    assert.equal(request.url.pathname, "/");
    assert.equal(request.headers.get("upgrade"), "websocket");
    assert.ok(request.rawHeaders.some(([name]) => name === "Sec-WebSocket-Key"));
    assert.deepEqual(request.remoteAddress, connection.remoteAddress);
    assert.equal(request.signal.aborted, false);
    assert.ok(request.toRequest() instanceof Request);
    assert.deepEqual([response.status, response.statusText], [101, "Switching Protocols"]);
    assert.equal(response.headers.get("upgrade"), "websocket");
    assert.ok(response.rawHeaders.length > 0);
    assert.equal(response.body.length, 0);

    await connection.send("12345");
    await connection.recv();
    const closure = await connection.close(1000, "bye");
    assert.deepEqual(
      Object.keys(closure)
        .filter((name) => name !== "cause")
        .sort(),
      [
        "bytesIn",
        "bytesOut",
        "clean",
        "closedAt",
        "code",
        "duration",
        "latency",
        "messagesIn",
        "messagesOut",
        "openedAt",
        "order",
        "reason",
        "received",
        "sent",
        "wireIn",
        "wireOut",
      ],
    );
    const { messagesIn, messagesOut, bytesIn, bytesOut, wireIn, wireOut } = closure;
    assert.deepEqual([messagesIn, messagesOut, bytesIn, bytesOut], [1, 1, 5, 5]);
    assert.ok(wireIn > 5 && wireOut > 5);
    assert.ok(closure.closedAt >= closure.openedAt && closure.duration >= 0);
  });
});
