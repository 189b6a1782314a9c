/** reconnect() on real sockets: what it is given, what it asks for, what it logs, and where it goes round. */
import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, type TestContext, test } from "node:test";
import type { ClientConnection } from "../../src/client/options.ts";
import { type ReconnectOptions, reconnect } from "../../src/client/reconnect.ts";
import type { Handler } from "../../src/server/options.ts";
import { serve } from "../../src/server/serve.ts";
import type { Server } from "../../src/server/server.ts";
import { run } from "../support/child.ts";
import { acceptRaw, serveRaw } from "../support/raw-peer.ts";
import { echo, Log, start } from "../support/server.ts";

/** Short delays without an end, so that tests need no clock. */
function* soon(): Generator<number, never> {
  while (true) yield 1;
}

const quick: ReconnectOptions = {
  reconnectDelays: soon,
  proxy: null,
  logger: null,
  compression: null,
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Reads until the connection is lost. */
async function readOn(connection: ClientConnection): Promise<void> {
  while (true) await connection.recv();
}

describe("reconnect() with a handler", () => {
  test("talks, and ends when the handler returns", async (t) => {
    const { url } = await start(t);
    const got: unknown[] = [];
    const result = await reconnect(
      url,
      async (connection, attempt) => {
        await connection.send("hello");
        got.push(await connection.recv(), attempt.number);
      },
      quick,
    );
    assert.equal(result, undefined);
    assert.deepEqual(got, ["hello", 1]);
  });

  test("waits for a server that comes later, and for one that comes back", async (t) => {
    const port = await freePort();
    const handler = echo as Handler<undefined>;
    const options = { host: "127.0.0.1", port, logger: null };
    const numbers: number[] = [];
    let failures = 0;
    let server: Promise<Server<undefined>> | null = null;
    const done = reconnect(
      `ws://127.0.0.1:${port}/`,
      async (connection, attempt) => {
        numbers.push(attempt.number);
        if (numbers.length === 3) return;
        void server?.then((one) => one.close());
        await readOn(connection);
      },
      {
        ...quick,
        processException: (error) => {
          assert.equal((error as NodeJS.ErrnoException).code, "ECONNREFUSED");
          failures += 1;
          if (failures % 3 === 0) server = serve(handler, options);
        },
      },
    );
    t.after(async () => (await (server as Promise<Server> | null))?.close({ deadline: 0 }));
    await done;
    assert.equal(numbers.length, 3);
    assert.ok(failures >= 9);
  });

  for (const [name, url, options] of [
    ["an address that is none", "http//x", {}],
    ["a scheme that is none of ours", "ftp://x/", {}],
    ["an option that it does not know", "ws://x/", { delay: 5 }],
    ["a socket, which could serve once only", "ws://x/", { socket: {} }],
    ["a wrong option of connect()", "ws://x/", { maxSize: "big" }],
    ["a wrong minUptime", "ws://x/", { minUptime: -1 }],
    ["wrong delays", "ws://x/", { reconnectDelays: [1, 2] }],
    ["a wrong processException", "ws://x/", { processException: true }],
    ["a header that can't be", "ws://x/", { headers: { "a b": "c" } }],
  ] as const) {
    test(`rejects, and as a loop throws at once, for ${name}`, async () => {
      const wrong = { ...quick, ...options } as ReconnectOptions;
      const expected = { name: /^(InvalidURI|TypeError|RangeError)$/ };
      await assert.rejects(
        reconnect(url, () => {}, wrong),
        expected,
      );
      const loop = async (): Promise<void> => {
        for await (const _connection of reconnect(url, wrong)) assert.fail();
      };
      await assert.rejects(loop(), expected);
    });
  }

  test("throws for a handler that is none", () => {
    assert.throws(() => reconnect("ws://x/", {} as never, {}), {
      name: "TypeError",
      message: "the handler is Object: it must be a function",
    });
  });

  test("shows wrong variables of the environment before the first attempt", async (t) => {
    t.after(() => delete process.env.WEBSOCKETS_BACKOFF_FACTOR);
    process.env.WEBSOCKETS_BACKOFF_FACTOR = "golden";
    await assert.rejects(
      reconnect("ws://127.0.0.1:1/", () => {}),
      {
        name: "RangeError",
        message: /^WEBSOCKETS_BACKOFF_FACTOR is "golden"/,
      },
    );
  });
});

describe("reconnect() as a loop", () => {
  test("gives one connection after the other, each closed at the end of its turn", async (t) => {
    const { url } = await start(t);
    const connections: ClientConnection[] = [];
    for await (const connection of reconnect(url, { ...quick, minUptime: 0 })) {
      connections.push(connection);
      await connection.send("hello");
      assert.equal(await connection.recv(), "hello");
      if (connections.length === 3) break;
    }
    assert.deepEqual(
      connections.map(({ state, closeCode }) => [state, closeCode]),
      Array(3).fill(["closed", 1000]),
    );
    assert.equal(new Set(connections.map(({ id }) => id)).size, 3);
  });

  test("outlives servers that accept and drop, without a spin", async (t) => {
    let accepted = 0;
    const server = await acceptRaw(
      () => "",
      (peer) => {
        accepted += 1;
        peer.socket.destroy();
      },
    );
    t.after(() => server.close());
    const bounds: number[] = [];
    const reconnectDelays = function* (): Generator<number, void> {
      for (let bound = 1; bound < 64; bound *= 2) {
        bounds.push(bound);
        yield bound;
      }
    };
    const loop = async (): Promise<void> => {
      const url = `ws://127.0.0.1:${server.port}/`;
      for await (const connection of reconnect(url, { ...quick, reconnectDelays })) {
        await connection.closed;
      }
    };
    // Were the delays to begin anew after each connection, they would never end.
    await assert.rejects(loop(), { name: "ConnectionClosedError" });
    assert.deepEqual([accepted, bounds], [7, [1, 2, 4, 8, 16, 32]]);
  });
});

describe("sources", () => {
  interface Asked {
    readonly path: string;
    readonly token: string | null;
    readonly subprotocol: string | null;
  }

  /** A server that drops its first connections, and tells what was asked for. */
  async function serveDropping(
    t: TestContext,
    drops: number,
  ): Promise<{ readonly url: string; readonly asked: Asked[] }> {
    const asked: Asked[] = [];
    const server = await serveRaw(async (peer) => {
      const { line, headers } = await peer.head();
      asked.push({
        path: line.split(" ")[1] ?? "",
        token: headers.get("X-Token"),
        subprotocol: headers.get("Sec-WebSocket-Protocol"),
      });
      peer.write("HTTP/1.1 503 Not now\r\nContent-Length: 0\r\n\r\n");
      if (asked.length > drops) peer.socket.destroy();
    });
    t.after(() => server.close());
    return { url: `ws://127.0.0.1:${server.port}`, asked };
  }

  test("are asked anew for each attempt, and may be asynchronous", async (t) => {
    const { url, asked } = await serveDropping(t, 3);
    let count = 0;
    const options: ReconnectOptions = {
      ...quick,
      reconnectDelays: () => [1, 1],
      headers: async () => ({ "X-Token": `token-${count}` }),
      subprotocols: () => [`v${count}`],
    };
    const source = async (): Promise<URL> => {
      count += 1;
      return new URL(`${url}/${count}`);
    };
    await assert.rejects(reconnect(source, readOn, options), { name: "InvalidStatus" });
    assert.deepEqual(
      asked.map(({ path }) => path),
      ["/1", "/2", "/3"],
    );
    assert.deepEqual(
      asked.map(({ token }) => token),
      ["token-1", "token-2", "token-3"],
    );
    assert.deepEqual(
      asked.map(({ subprotocol }) => subprotocol),
      ["v1", "v2", "v3"],
    );
  });

  test("that reject are judged like failures to connect", async (t) => {
    const { url } = await start(t);
    const offline = new TypeError("fetch failed", {
      cause: Object.assign(new Error("no network"), { code: "ENOTFOUND" }),
    });
    const judged: unknown[] = [];
    let count = 0;
    await reconnect(url, () => {}, {
      ...quick,
      headers: async () => {
        count += 1;
        if (count < 3) throw offline;
        return {};
      },
    });
    assert.equal(count, 3);
    const denied = new Error("the token was refused");
    const refusing = {
      ...quick,
      subprotocols: () => Promise.reject(denied),
      processException: (error: unknown) => {
        judged.push(error);
        return judged.length < 3 ? null : error;
      },
    };
    await assert.rejects(
      reconnect(url, () => {}, refusing),
      (error) => error === denied,
    );
    assert.deepEqual(judged, [denied, denied, denied]);
  });

  test("that give what can't be sent are fatal", async (t) => {
    const { url } = await start(t);
    const options = { ...quick, headers: () => ({ "X-Token": "a\r\nb" }) };
    await assert.rejects(
      reconnect(url, () => {}, options),
      { name: "TypeError" },
    );
    await assert.rejects(
      reconnect(
        () => "http//x",
        () => {},
        quick,
      ),
      { name: "InvalidURI" },
    );
    const many = { ...quick, subprotocols: () => "chat" as never };
    await assert.rejects(
      reconnect(url, () => {}, many),
      { name: "TypeError" },
    );
  });

  test("that never answer are given up after openTimeout, and tried again", async (t) => {
    const { url } = await start(t);
    let count = 0;
    const errors: unknown[] = [];
    const source = (): string | Promise<string> => {
      count += 1;
      return count === 1 ? new Promise<string>(() => {}) : url;
    };
    await reconnect(source, () => {}, {
      ...quick,
      openTimeout: 500,
      processException: (error) => void errors.push(error),
    });
    assert.deepEqual(errors.map(String), [
      "TimeoutError: timed out waiting for url, headers or subprotocols",
    ]);
  });

  test("that never answer hold up no abort", async () => {
    const aborter = new AbortController();
    const reason = new Error("no more");
    const options = { ...quick, signal: aborter.signal, openTimeout: null };
    const done = reconnect(
      () => new Promise<string>(() => {}),
      () => {},
      options,
    );
    setImmediate(() => aborter.abort(reason));
    await assert.rejects(done, (error) => error === reason);
  });

  test("of each connection may name another server: a failover", async (t) => {
    const { url } = await start(t);
    const servers = ["ws://127.0.0.1:1/", "ws://127.0.0.1:2/", url];
    let at = -1;
    const next = (): string => {
      at += 1;
      return servers[at % servers.length] ?? url;
    };
    await reconnect(next, () => {}, quick);
    assert.equal(at, 2);
  });
});

describe("the log", () => {
  test("has a line for each failure, with its delay and its cause", async () => {
    const log = new Log();
    const options = { ...quick, reconnectDelays: () => [1, 26, 3.4], logger: log };
    await assert.rejects(reconnect("ws://127.0.0.1:1/", () => {}, options));
    const reason = "Error: can't connect to 127.0.0.1:1: nobody listens there";
    assert.deepEqual(log.texts("info"), [
      `connect failed; reconnecting in 0.0 seconds: ${reason}`,
      `connect failed; reconnecting in 0.0 seconds: ${reason}`,
      `connect failed; reconnecting in 0.0 seconds: ${reason}`,
    ]);
  });

  test("rounds to tenths of seconds, as Python does", async () => {
    const log = new Log();
    const aborter = new AbortController();
    const options: ReconnectOptions = {
      ...quick,
      reconnectDelays: () => [3141],
      logger: log,
      signal: aborter.signal,
      processException: () => void setImmediate(() => aborter.abort()),
    };
    await assert.rejects(
      reconnect("ws://127.0.0.1:1/", () => {}, options),
      { name: "AbortError" },
    );
    assert.match(log.texts("info")[0] ?? "", /^connect failed; reconnecting in 3\.1 seconds: /);
  });

  test("has a line for a connection that was lost too soon", async (t) => {
    const log = new Log();
    const server = await acceptRaw(
      (peer) => peer.frame(8, Buffer.from([0x03, 0xf3])),
      async (peer) => {
        await peer.frames(1);
        peer.socket.end();
      },
    );
    t.after(() => server.close());
    const options = { ...quick, reconnectDelays: () => [0], logger: log };
    await assert.rejects(reconnect(`ws://127.0.0.1:${server.port}/`, readOn, options));
    const [line = ""] = log.texts("info");
    assert.match(
      line,
      /^connect failed; reconnecting in 0\.0 seconds: ConnectionClosedError: received 1011/,
    );
  });

  test("cannot be forged by what a server or an application says", async () => {
    const log = new Log();
    const forged = Object.assign(new Error("no\r\nINFO all is well \x1b[31m"), { code: "EFORGED" });
    const source = (): never => {
      throw forged;
    };
    const options = { ...quick, reconnectDelays: () => [0], logger: log };
    await assert.rejects(reconnect(source, () => {}, options));
    assert.deepEqual(log.texts(), [
      "connect failed; reconnecting in 0.0 seconds: Error: no\\r\\nINFO all is well \\x1b[31m",
    ]);
  });

  test("is silent for null, and the channel websockets:reconnect is not", async (t) => {
    const events: unknown[] = [];
    const listener = (message: unknown): void => void events.push(message);
    channel("websockets:reconnect").subscribe(listener);
    t.after(() => channel("websockets:reconnect").unsubscribe(listener));
    const options = { ...quick, reconnectDelays: () => [2] };
    await assert.rejects(
      reconnect("ws://127.0.0.1:1/", () => {}, options),
      (error) => {
        const event = {
          type: "reconnect.wait",
          connection: null,
          side: "client",
          remote: null,
          delay: 2,
          attempt: 1,
        };
        const [first] = events as [{ event: { error: Error } }];
        assert.deepEqual(first, { websocket: null, event: { ...event, error: first.event.error } });
        assert.match(first.event.error.message, /nobody listens there/);
        return error instanceof Error;
      },
    );
    assert.equal(events.length, 1);
  });
});

describe("a promise of reconnect()", () => {
  test("that is dropped brings nothing down", async () => {
    const { code, stdout, stderr } = await run(`
      import { reconnect } from "#/src/client/reconnect.ts";
      const options = { logger: null, proxy: null, reconnectDelays: () => [] };
      void reconnect("ws://127.0.0.1:1/", () => {}, options);
      void reconnect("no address", () => {}, options);
      process.on("exit", () => console.log("fine"));
    `);
    assert.deepEqual([code, stdout, stderr], [0, "fine\n", ""]);
  });

  test("keeps the process alive while it waits, and lets it end after", async () => {
    const { code, stdout } = await run(`
      import { reconnect } from "#/src/client/reconnect.ts";
      const options = { logger: null, proxy: null, reconnectDelays: () => [50, 50] };
      reconnect("ws://127.0.0.1:1/", () => {}, options).catch(() => console.log("given up"));
    `);
    assert.deepEqual([code, stdout], [0, "given up\n"]);
  });
});
