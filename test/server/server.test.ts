import assert from "node:assert/strict";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { connect } from "../../src/client/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { ConnectionClosedError, ConnectionClosedOK } from "../../src/connection/errors.ts";
import { serve } from "../../src/server/serve.ts";
import { settle, stateOf } from "../support/connection.ts";
import { closePayload } from "../support/frames.ts";
import { dialRaw, openRaw, request } from "../support/raw-peer.ts";
import { echo, start } from "../support/server.ts";
import { temporaryFile } from "../support/temporary.ts";

const quiet = { logger: null, compression: null };

function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe("a handler", () => {
  test("that returns closes with 1000, at once or later", async (t) => {
    for (const handler of [
      () => {},
      async () => {},
      async (c: Connection<undefined>) => void (await c.recv()),
    ]) {
      const { url } = await start(t, handler);
      const connection = await connect(url, quiet);
      connection.post("x");
      const { code, order } = await connection.closed;
      assert.deepEqual([code, order], [1000, "received"]);
    }
  });

  for (const [how, fail] of [
    [
      "throws",
      () => {
        throw new Error("planted");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("planted");
      },
    ],
    [
      "rejects after a message",
      async (c: Connection<undefined>) => {
        await c.recv();
        throw new Error("planted");
      },
    ],
    [
      "throws what is no error",
      () => {
        throw "planted";
      },
    ],
    [
      "throws null",
      () => {
        throw null;
      },
    ],
  ] as const) {
    test(`that ${how} is logged with its error and closes with 1011; other connections go on`, async (t) => {
      let first = true;
      const { url, log, server } = await start(t, (connection) => {
        if (!first) return echo(connection as never);
        first = false;
        return fail(connection);
      });
      const failing = await connect(url, quiet);
      const other = await connect(url, quiet);
      failing.post("x");
      const { code, reason, clean } = await failing.closed;
      assert.deepEqual([code, reason, clean], [1011, "", true]);
      assert.deepEqual(log.texts("error"), ["connection handler failed"]);
      const logged = log.lines.find(({ level }) => level === "error");
      if (!how.endsWith("no error") && !how.endsWith("null")) {
        assert.match(
          String((logged?.error as Error | undefined)?.stack),
          /planted[\s\S]*server\.test/,
        );
      }
      await other.send("still here");
      assert.equal(await other.recv(), "still here");
      assert.equal(server.connections.size, 1);
      await other.close();
    });
  }

  test("whose own connection is lost, and who lets that escape, is logged", async (t) => {
    const { port, log } = await start(t);
    const peer = await openRaw(port);
    peer.socket.resetAndDestroy();
    while (log.texts("error").length === 0) await settle();
    assert.deepEqual(log.texts("error"), ["connection handler failed"]);
    assert.ok(
      log.lines.find(({ level }) => level === "error")?.error instanceof ConnectionClosedError,
    );
  });

  test("sees its connection before anything else has happened on it, with its request and addresses", async (t) => {
    const seen = deferred<Connection<undefined>>();
    const { url, port } = await start(t, (connection) => {
      seen.resolve(connection);
      return echo(connection as never);
    });
    const client = await connect(`${url}a?b=c`, quiet);
    const connection = await seen.promise;
    assert.equal(connection.request.path, "/a?b=c");
    assert.equal(connection.response.status, 101);
    assert.equal(connection.response.headers.get("Upgrade"), "websocket");
    assert.equal(connection.data, undefined);
    assert.deepEqual(connection.localAddress, { address: "127.0.0.1", port, family: "IPv4" });
    assert.deepEqual(connection.remoteAddress, client.localAddress);
    assert.deepEqual(client.remoteAddress, connection.localAddress);
    await client.close();
  });

  test("may close, cut or fail at once, before the connection begins to read", async (t) => {
    for (const [end, code] of [
      [(c: Connection<undefined>) => void c.close(4000), 4000],
      [(c: Connection<undefined>) => c.abort(), 1006],
    ] as const) {
      const { url, server } = await start(t, end);
      const client = await connect(url, quiet);
      assert.equal((await client.closed).code, code);
      await server.close();
    }
  });
});

describe("server.close()", () => {
  test("closes all connections with 1001, waits for their handlers, and tells in the log", async (t) => {
    const finished: number[] = [];
    const { server, url, log } = await start(t, async (connection) => {
      await connection.closed;
      await settle();
      finished.push(1);
    });
    const clients = await Promise.all([connect(url, quiet), connect(url, quiet)]);
    assert.equal(server.connections.size, 2);
    const closed = server.close();
    assert.ok(server.signal.aborted);
    assert.equal(server.close(), server.closed);
    for (const client of clients) assert.equal((await client.closed).code, 1001);
    await closed;
    assert.equal(finished.length, 2);
    assert.equal(server.connections.size, 0);
    assert.deepEqual(
      log
        .texts("info")
        .filter((text) => text.startsWith("server"))
        .map((text) => text.replace(/:\d+/, "")),
      ["server listening on 127.0.0.1", "server closing", "server closed"],
    );
    await assert.rejects(connect(url, quiet), { code: "ECONNREFUSED" });
  });

  test("takes another code and reason", async (t) => {
    const { server, url } = await start(t);
    const client = await connect(url, quiet);
    const closed = server.close({ code: 1012, reason: "back soon" });
    const { code, reason } = await client.closed;
    assert.deepEqual([code, reason], [1012, "back soon"]);
    await closed;
  });

  test("of a server without connections is over at once", async (t) => {
    const { server } = await start(t);
    await server.close();
    await server[Symbol.asyncDispose]();
  });

  test("cuts at the deadline: peers that do not answer, handlers that do not return, sockets that say nothing", async (t) => {
    const { server, port } = await start(t, () => new Promise(() => {}));
    const silent = await openRaw(port);
    const requesting = await dialRaw(port);
    requesting.write("GET / HTTP/1.1\r\n");
    const idle = await dialRaw(port);
    await server.close({ deadline: 50 });
    await Promise.all([silent.end(), requesting.end(), idle.end()]);
    assert.equal(server.connections.size, 0);
  });

  test("comes by the signal of serveForever() too, which rejects with its reason when all is closed", async (t) => {
    const { server, url } = await start(t);
    const client = await connect(url, quiet);
    const aborter = new AbortController();
    const reason = new Error("enough");
    const serving = server.serveForever({ signals: [], signal: aborter.signal });
    assert.equal(await stateOf(serving), "pending");
    aborter.abort(reason);
    await assert.rejects(serving, (error) => error === reason);
    assert.equal((await client.closed).code, 1001);
    assert.equal(server.connections.size, 0);
    await assert.rejects(
      server.serveForever({ signals: [], signal: aborter.signal }),
      (error) => error === reason,
    );
  });

  test("stops waiting when its signal aborts, and goes on closing", async (t) => {
    const release = deferred();
    const { server } = await start(t, () => release.promise);
    const aborter = new AbortController();
    const reason = new Error("no time");
    const closing = server.close({ signal: aborter.signal });
    aborter.abort(reason);
    await assert.rejects(closing, (error) => error === reason);
    assert.equal(server.signal.aborted, true);
    release.resolve();
    await server.closed;
  });

  test("with deadline: null waits as long as it takes", async (t) => {
    const release = deferred();
    const { server, url } = await start(t, () => release.promise);
    const client = await connect(url, quiet);
    const closed = server.close({ deadline: null });
    await client.closed;
    assert.equal(await stateOf(closed), "pending");
    release.resolve();
    await closed;
  });

  test("answers handshakes under way with 503, says nothing to who has said nothing", async (t) => {
    const release = deferred();
    const { server, port, log } = await start(t, echo as never, {
      processRequest: () => release.promise,
    });
    const asked = await dialRaw(port);
    asked.write(request());
    const asking = await dialRaw(port);
    asking.write("GET / HTTP/1.1\r\n");
    const idle = await dialRaw(port);
    while (!log.texts().includes("< Sec-WebSocket-Version: 13")) await settle();
    await settle();
    const closed = server.close();
    for (const peer of [asked, asking]) {
      const { status, body } = await peer.head();
      assert.equal(status, 503);
      assert.match(body, /the server is closing/);
    }
    await idle.end();
    assert.equal(idle.received.length, 0);
    release.resolve();
    for (const peer of [asked, asking, idle]) peer.socket.end();
    await closed;
    assert.equal(
      log.texts("info").filter((text) => text === "connection rejected (503 Service Unavailable)")
        .length,
      2,
    );
  });

  test("at a pace closes so many in a second, and all at once at the deadline", async (t) => {
    const { server, url } = await start(t);
    const clients = await Promise.all(Array.from({ length: 4 }, () => connect(url, quiet)));
    const codes = clients.map(async ({ closed }) => (await closed).code);
    // The second would come after ten seconds.
    await server.close({ pace: 0.1, deadline: 50 });
    assert.deepEqual(await Promise.all(codes), [1001, 1006, 1006, 1006]);
  });

  test("at a pace that is no hurry closes all", async (t) => {
    const { server, url } = await start(t);
    const clients = await Promise.all(Array.from({ length: 5 }, () => connect(url, quiet)));
    await server.close({ pace: 200 });
    for (const { closed } of clients) assert.equal((await closed).code, 1001);
  });

  test("refuses options that are wrong, and goes on serving", async (t) => {
    const { server, url } = await start(t);
    for (const [options, kind] of [
      [{ code: 1005 }, RangeError],
      [{ reason: "x".repeat(124) }, RangeError],
      [{ reason: 5 }, TypeError],
      [{ deadline: -1 }, RangeError],
      [{ deadline: "1s" }, TypeError],
      [{ pace: 0 }, RangeError],
      [{ pace: -1 }, RangeError],
      [{ pace: "1" }, TypeError],
      [{ timeout: 1 }, TypeError],
      [{ signal: 5 }, TypeError],
      [null, TypeError],
      [5, TypeError],
    ] as const) {
      await assert.rejects(server.close(options as never), kind);
    }
    assert.equal(server.signal.aborted, false);
    await (await connect(url, quiet)).close();
  });

  test("may be called from what hears of its closing", async (t) => {
    const { server, log } = await start(t);
    server.signal.addEventListener("abort", () => void server.close({ code: 1012 }));
    await server.close();
    assert.equal(log.texts().filter((text) => text === "server closing").length, 1);
    assert.equal(log.texts().filter((text) => text === "server closed").length, 1);
  });

  test("lets a handler that is told finish what it does", async (t) => {
    const { server, url } = await start(t, async (connection) => {
      await new Promise((resolve) => server.signal.addEventListener("abort", resolve));
      connection.post("goodbye");
      await connection.closed;
    });
    const client = await connect(url, quiet);
    const closed = server.close();
    assert.equal(await client.recv(), "goodbye");
    assert.equal((await client.closed).code, 1001);
    await closed;
  });

  test("may be heard of by every handler, without a warning of too many listeners", async (t) => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    t.after(() => process.off("warning", onWarning));
    const { server, url } = await start(t, async (connection) => {
      server.signal.addEventListener("abort", () => connection.post("goodbye"));
      await connection.closed;
    });
    const clients = await Promise.all(Array.from({ length: 15 }, () => connect(url, quiet)));
    const closed = server.close();
    for (const client of clients) assert.equal(await client.recv(), "goodbye");
    await closed;
    await settle();
    assert.deepEqual(warnings, []);
  });

  test("frees its port at once", async (t) => {
    const { server, port, url } = await start(t);
    const client = await connect(url, quiet);
    void server.close();
    const again = await start(t, undefined, { port });
    await client.closed;
    await again.server.close();
  });

  test("of many connections is not slow", async (t) => {
    const { server, url } = await start(t);
    const clients = await Promise.all(Array.from({ length: 300 }, () => connect(url, quiet)));
    await server.close();
    const codes = await Promise.all(clients.map(async ({ closed }) => (await closed).code));
    assert.deepEqual(new Set(codes), new Set([1001]));
  });
});

describe("limits", () => {
  test("above maxConnections a handshake gets 503, until one has left", async (t) => {
    const { server, url, log } = await start(t, undefined, { maxConnections: 1 });
    const first = await connect(url, quiet);
    await assert.rejects(
      connect(url, quiet),
      (error: Error & { response?: { status: number } }) => {
        assert.equal(error.response?.status, 503);
        return true;
      },
    );
    assert.ok(log.texts("info").includes("connection rejected (503 Service Unavailable)"));
    await first.close();
    while (server.connections.size > 0) await settle();
    await (await connect(url, quiet)).close();
  });

  test("above maxHandshakes a socket gets 503 at once; those who were answered do not count", async (t) => {
    const { port, url } = await start(t, undefined, { maxHandshakes: 2 });
    const idle = [await dialRaw(port), await dialRaw(port)];
    for (let turn = 0; turn < 3; turn += 1) {
      const { status, body } = await (await dialRaw(port)).head();
      assert.equal(status, 503);
      assert.match(body, /as many opening handshakes under way as it takes/);
    }
    idle[0]!.socket.destroy();
    await idle[0]!.gone();
    // Its place is free when the server has heard of it.
    while (true) {
      const peer = await dialRaw(port);
      peer.write(request());
      if ((await peer.head()).status === 101) break;
    }
    const connections = [await connect(url, quiet), await connect(url, quiet)];
    for (const connection of connections) await connection.close();
  });

  test("maxSize: 1009 above", async (t) => {
    const { port } = await start(t, undefined, { maxSize: 10 });
    const peer = await openRaw(port);
    peer.write(peer.frame(1, "0123456789"), peer.frame(1, "0123456789x"));
    const [first, second] = await peer.frames(2);
    assert.equal(first, "text 0123456789");
    assert.match(second ?? "", /^close 1009 /);
  });

  test("maxSize: null: none", async (t) => {
    const { url } = await start(t, undefined, { maxSize: null });
    const client = await connect(url, { ...quiet, maxSize: null });
    await client.send(new Uint8Array(3_000_000));
    assert.equal(((await client.recv()) as Uint8Array).length, 3_000_000);
    await client.close();
  });
});

describe("serve()", () => {
  test("listens where it is told, and says where that is", async (t) => {
    const { server, port } = await start(t);
    assert.deepEqual(server.addresses, [{ address: "127.0.0.1", port, family: "IPv4" }]);
    assert.ok(port > 0);
  });

  test("on a name takes clients at each of its addresses, and says so", async (t) => {
    const { server, port, log } = await start(t, undefined, { host: "localhost" });
    const found = await lookup("localhost", { all: true });
    const names = server.addresses.map((one) => (typeof one === "string" ? one : one.address));
    assert.equal(names[0], "127.0.0.1");
    assert.ok(names.every((name) => found.some(({ address }) => address === name)));
    for (const name of names) {
      const host = name.includes(":") ? `[${name}]` : name;
      assert.ok(log.texts().includes(`server listening on ${host}:${port}`));
      await (await connect(`ws://${host}:${port}/`, quiet)).close();
    }
  });

  test("on a port in use rejects with the system's code, and a sentence that names the place", async (t) => {
    const { port } = await start(t);
    await assert.rejects(
      serve(() => {}, { host: "127.0.0.1", port, logger: null }),
      (error: NodeJS.ErrnoException) => {
        assert.equal(error.code, "EADDRINUSE");
        assert.match(
          error.message,
          new RegExp(`^can't listen on 127\\.0\\.0\\.1:${port}: another program listens there`),
        );
        assert.equal((error.cause as NodeJS.ErrnoException).code, "EADDRINUSE");
        return true;
      },
    );
  });

  test("at an address that is not ours rejects", async () => {
    await assert.rejects(
      serve(() => {}, { host: "192.0.2.1", port: 0, logger: null }),
      { code: "EADDRNOTAVAIL" },
    );
    await assert.rejects(
      serve(() => {}, { host: "no.such.host.invalid", port: 0, logger: null }),
      /^Error: can't listen on no\.such\.host\.invalid:0: /,
    );
    await assert.rejects(
      serve(() => {}, { socketPath: "/no/such/directory/socket", logger: null }),
      /^Error: can't listen on \/no\/such/,
    );
  });

  test("on a Unix socket: both ways, and the file is gone afterwards", async (t) => {
    const socketPath = temporaryFile("socket");
    const { server, log } = await start(t, undefined, {
      host: undefined,
      port: undefined,
      socketPath,
    } as never);
    assert.deepEqual(server.addresses, [socketPath]);
    assert.equal(log.texts("info")[0], `server listening on ${socketPath}`);
    const client = await connect("ws://any.example/path", { ...quiet, socketPath });
    await client.send("hello");
    assert.equal(await client.recv(), "hello");
    assert.equal(client.remoteAddress, null);
    const [connection] = server.connections;
    assert.equal(connection?.request.headers.get("Host"), "any.example");
    await client.close();
    await server.close();
    await assert.rejects(connect("ws://any.example/", { ...quiet, socketPath }), {
      code: "ENOENT",
    });
  });

  test("takes the handler among the options", async () => {
    const server = await serve({ handler: () => {}, port: 0, host: "127.0.0.1", logger: null });
    await server.close();
  });

  const WRONG: readonly (readonly [
    string,
    unknown,
    typeof TypeError | typeof RangeError,
    RegExp,
  ])[] = [
    ["an unknown name", { prot: 1 }, TypeError, /^serve has no option "prot": it knows .*port/],
    ["port", { port: "80" }, TypeError, /^port is "80": it must be a number$/],
    ["port", { port: 65_536 }, RangeError, /^port is 65536: it must be from 0 to 65535$/],
    ["host", { host: 5 }, TypeError, /^host is 5: it must be a name or an address$/],
    ["socketPath", { socketPath: 5 }, TypeError, /^socketPath is 5/],
    [
      "socketPath",
      { socketPath: "/x", port: 5 },
      TypeError,
      /^socketPath stands instead of port and host/,
    ],
    ["backlog", { backlog: "1" }, TypeError, /^backlog is "1"/],
    ["tls", { tls: true }, TypeError, /^tls is true/],
    ["match", { match: 5 }, TypeError, /^match is 5/],
    ["match", { match: null }, TypeError, /^match is null/],
    [
      "origins",
      { origins: "https://a.example" },
      TypeError,
      /^origins is or has "https:\/\/a\.example"/,
    ],
    ["origins", { origins: [5] }, TypeError, /^origins is or has 5/],
    ["origins", { origins: [undefined] }, TypeError, /^origins is or has undefined/],
    ["origins", { origins: null }, TypeError, /^origins is or has null/],
    ["hosts", { hosts: "a" }, TypeError, /^hosts is or has "a"/],
    ["hosts", { hosts: [5] }, TypeError, /^hosts is or has 5/],
    ["hosts", { hosts: ["http://a"] }, TypeError, /^hosts is or has "http:\/\/a"/],
    ["subprotocols", { subprotocols: "chat" }, TypeError, /subprotocols "chat"/],
    ["subprotocols", { subprotocols: ["a b"] }, TypeError, /subprotocol "a b"/],
    ["subprotocols", { subprotocols: ["a", "a"] }, TypeError, /twice/],
    ["processRequest", { processRequest: 5 }, TypeError, /^processRequest is 5/],
    ["serverHeader", { serverHeader: "a\r\nb" }, TypeError, /header Server/],
    ["serverHeader", { serverHeader: 5 }, TypeError, /^serverHeader is 5: it must be a string$/],
    ["maxConnections", { maxConnections: -1 }, RangeError, /^maxConnections is -1/],
    ["maxHandshakes", { maxHandshakes: "1" }, TypeError, /^maxHandshakes is "1"/],
    ["logger", { logger: 5 }, TypeError, /^logger/],
    ["compression", { compression: true }, TypeError, /^compression is true/],
    ["extensions", { extensions: "deflate" }, TypeError, /^extensions is "deflate"/],
    ["maxSize", { maxSize: "1" }, TypeError, /^maxSize is "1"/],
    ["handler", { handler: 5 }, TypeError, /^the handler is 5|^the handler is Object/],
  ];
  for (const [name, options, kind, message] of WRONG) {
    test(`refuses a wrong ${name}: ${JSON.stringify(options)}`, async () => {
      const first = name === "handler" ? (options as never) : () => {};
      const second = name === "handler" ? undefined : (options as never);
      await assert.rejects(serve(first, second), (error: Error) => {
        assert.equal(error.constructor, kind);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  test("refuses what is no handler", async () => {
    for (const wrong of [undefined, null, 5, "x", {}, []]) {
      await assert.rejects(serve(wrong as never), /^TypeError: the handler is /);
    }
    await assert.rejects(
      serve(() => {}, null as never),
      /^TypeError: the options of serve are null/,
    );
  });

  test("goes on when a stranger resets before he has said anything", async (t) => {
    const { port, url } = await start(t);
    for (let turn = 0; turn < 5; turn += 1) (await dialRaw(port)).socket.resetAndDestroy();
    await (await connect(url, quiet)).close();
  });
});

test("what a connection has not read holds up nobody else", async (t) => {
  const { url, port } = await start(t, undefined, { maxQueue: { messages: 1 } });
  const stuck = await openRaw(port);
  stuck.socket.pause();
  const large = stuck.frame(2, Buffer.alloc(500_000));
  for (let turn = 0; turn < 20; turn += 1) stuck.write(large);
  const client = await connect(url, quiet);
  await client.send("x");
  assert.equal(await client.recv(), "x");
  await client.close();
});

test("a Close with a reason that is longer than a frame holds is the peer's fault, and closes with 1002", async (t) => {
  const { port } = await start(t);
  const peer = await openRaw(port);
  peer.write(peer.frame(8, closePayload(1000, "x".repeat(124))));
  assert.match((await peer.frames(1))[0] ?? "", /^close 1002 control frame too long$/);
});

test("a socket that is half-closed by its client still gets what was sent to it", async (t) => {
  const { port } = await start(t, async (connection) => {
    const message = await connection.recv();
    await connection.send(`re: ${message}`);
    await connection.recv().catch((error) => assert.ok(error instanceof ConnectionClosedOK));
  });
  const peer = await openRaw(port);
  peer.write(peer.frame(1, "x"), peer.frame(8, closePayload(1000)));
  peer.socket.end();
  assert.deepEqual(await peer.framesToEnd(), ["text re: x", "close 1000"]);
});

test("a server that listens keeps the process alive, a stranger's port does not matter", async (t) => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  t.after(() => blocker.close());
  const { server } = await start(t);
  assert.ok(process.getActiveResourcesInfo().includes("TCPServerWrap"));
  await server.close();
});
