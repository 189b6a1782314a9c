/** Each example and each promise of the design's page on the public face, run as it stands there, but for the port. */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import {
  broadcast,
  type ClientConnection,
  ConnectionClosedError,
  ConnectionClosedOK,
  connect,
  InvalidStatus,
  processException,
  reconnect,
  type Server,
  serve,
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

describe("connect and reconnect", () => {
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
});
