/** Connections through proxies, with real ones of both kinds, and servers with and without TLS behind them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { afterEach, beforeEach, describe, type TestContext, test } from "node:test";
import { connect } from "../../src/client/connect.ts";
import type { ConnectOptions } from "../../src/client/options.ts";
import { defer } from "../../src/connection/deferred.ts";
import { ProxyError } from "../../src/http/errors.ts";
import { InvalidProxyStatus } from "../../src/http/invalid-status.ts";
import type { Handler } from "../../src/server/options.ts";
import { serve } from "../../src/server/serve.ts";
import { Authority } from "../support/certificates.ts";
import { socksConnect, startHttpProxy, startSocksProxy } from "../support/proxies.ts";
import { type RawPeer, serveRaw } from "../support/raw-peer.ts";
import { echo, start } from "../support/server.ts";
import { temporaryFile } from "../support/temporary.ts";

const authority = new Authority();
const server = authority.issue("server", ["localhost", "127.0.0.1"]);
const proxyAuthority = new Authority("another authority");
const proxyIdentity = proxyAuthority.issue("proxy", ["127.0.0.1"]);

const VARIABLES = ["ws", "wss", "socks", "http", "https", "no"].flatMap((name) => [
  `${name}_proxy`,
  `${name}_proxy`.toUpperCase(),
]);
const before = new Map(VARIABLES.map((name) => [name, process.env[name]]));

beforeEach(() => {
  for (const name of VARIABLES) delete process.env[name];
});
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** An echo server: its address, and what a client needs to trust it. */
async function serveEcho(
  t: TestContext,
  scheme: "ws" | "wss",
): Promise<{ readonly url: string; readonly port: number; readonly options: ConnectOptions }> {
  const isSecure = scheme === "wss";
  const { port } = await start(t, undefined, isSecure ? { tls: { ...server } } : {});
  const url = `${scheme}://localhost:${port}/`;
  return { url, port, options: isSecure ? { tls: { ca: authority.cert } } : {} };
}

/** Connects, lets a message go there and back, and closes. */
async function converse(url: string, options: ConnectOptions): Promise<void> {
  const connection = await connect(url, { logger: null, ...options });
  const message = "x".repeat(100_000);
  await connection.send(message);
  assert.equal(await connection.recv(), message);
  const { clean } = await connection.close();
  assert.equal(clean, true);
}

for (const scheme of ["ws", "wss"] as const) {
  describe(`${scheme}: through a proxy`, () => {
    test("by CONNECT", async (t) => {
      const { url, port, options } = await serveEcho(t, scheme);
      const proxy = await startHttpProxy(t);
      await converse(url, { ...options, proxy: `http://127.0.0.1:${proxy.port}` });
      assert.deepEqual(proxy.asked, [`localhost:${port}`]);
      assert.match(proxy.heads[0] ?? "", /^User-Agent: clearsocket\//m);
    });

    test("by CONNECT with credentials", async (t) => {
      const { url, options } = await serveEcho(t, scheme);
      const proxy = await startHttpProxy(t, { credentials: "user:pa:ss" });
      const address = new URL(`http://user:pa%3Ass@127.0.0.1:${proxy.port}`);
      await converse(url, { ...options, proxy: address });
      assert.equal(proxy.asked.length, 1);
    });

    test("by CONNECT over TLS, whose options are its own", async (t) => {
      const { url, options } = await serveEcho(t, scheme);
      const proxy = await startHttpProxy(t, { identity: proxyIdentity, credentials: "a:b" });
      const address = `https://a:b@127.0.0.1:${proxy.port}`;
      const tls = { ca: proxyAuthority.cert };
      await converse(url, { ...options, proxy: { url: address, tls } });
      await assert.rejects(connect(url, { ...options, proxy: address }), {
        message: new RegExp(`^can't connect to the proxy 127.0.0.1:${proxy.port}: `),
      });
    });

    test("by SOCKS 5, which looks up the name itself with socks5h", async (t) => {
      const { url, port, options } = await serveEcho(t, scheme);
      const proxy = await startSocksProxy(t);
      const address = `socks5h://127.0.0.1:${proxy.port}`;
      await converse(url, { ...options, proxy: { url: address, connect: socksConnect } });
      assert.deepEqual(proxy.asked, [`localhost:${port}`]);
    });

    test("by SOCKS 5 with credentials", async (t) => {
      const { url, options } = await serveEcho(t, scheme);
      const proxy = await startSocksProxy(t, { credentials: "user:p@ss" });
      const address = `socks5://user:p%40ss@127.0.0.1:${proxy.port}`;
      await converse(url, { ...options, proxy: { url: address, connect: socksConnect } });
    });

    test("that the environment names", async (t) => {
      const { url, options } = await serveEcho(t, scheme);
      const proxy = await startHttpProxy(t);
      process.env[`${scheme}_proxy`] = `http://127.0.0.1:${proxy.port}`;
      await converse(url, options);
      assert.equal(proxy.asked.length, 1);
      await converse(url, { ...options, proxy: null });
      process.env.no_proxy = "localhost";
      await converse(url, options);
      assert.equal(proxy.asked.length, 1);
    });

    test("that the environment names, by SOCKS", async (t) => {
      const { url, options } = await serveEcho(t, scheme);
      const proxy = await startSocksProxy(t);
      process.env.socks_proxy = `socks5h://127.0.0.1:${proxy.port}`;
      await converse(url, { ...options, proxy: { connect: socksConnect } });
      assert.equal(proxy.asked.length, 1);
      await assert.rejects(connect(url, options), {
        name: "InvalidProxy",
        message: /SOCKS needs the option proxy\.connect/,
      });
    });

    test("leaves no socket behind when both ends have closed", async (t) => {
      const { url, options } = await serveEcho(t, scheme);
      const proxy = await startHttpProxy(t);
      await converse(url, { ...options, proxy: `http://127.0.0.1:${proxy.port}` });
      while (proxy.sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
    });
  });
}

describe("a proxy that fails", () => {
  test("by 407 gives its answer, before anything reaches the server", async (t) => {
    const { url } = await serveEcho(t, "ws");
    const proxy = await startHttpProxy(t, { credentials: "right:right" });
    const address = `http://wrong:wrong@127.0.0.1:${proxy.port}`;
    await assert.rejects(connect(url, { proxy: address }), (error) => {
      assert.ok(error instanceof InvalidProxyStatus);
      assert.equal(error.response.status, 407);
      assert.equal(error.response.headers.get("Proxy-Authenticate"), "Basic");
      return true;
    });
    assert.deepEqual(proxy.asked, []);
  });

  test("by 502, since there is nobody, gives its answer", async (t) => {
    const proxy = await startHttpProxy(t);
    const address = `http://127.0.0.1:${proxy.port}`;
    await assert.rejects(connect("ws://127.0.0.1:1/", { proxy: address }), {
      name: "InvalidProxyStatus",
      message: "proxy rejected connection: HTTP 502",
    });
  });

  for (const [what, address, setup] of [
    ["wants credentials", "socks5://127.0.0.1", { credentials: "a:b" }],
    ["wants others", "socks5://c:d@127.0.0.1", { credentials: "a:b" }],
    ["reaches nobody", "socks5://127.0.0.1", {}],
  ] as const) {
    test(`by SOCKS, since it ${what}, gives a ProxyError with the cause`, async (t) => {
      const proxy = await startSocksProxy(t, setup);
      const options = { proxy: { url: `${address}:${proxy.port}`, connect: socksConnect } };
      await assert.rejects(connect("ws://127.0.0.1:1/", options), (error) => {
        assert.ok(error instanceof ProxyError);
        return error.cause instanceof Error;
      });
    });
  }

  test("by not being there names the proxy, with the system's code", async () => {
    await assert.rejects(connect("ws://server.example/", { proxy: "http://127.0.0.1:1" }), {
      code: "ECONNREFUSED",
      message: "can't connect to the proxy 127.0.0.1:1: nobody listens there",
    });
  });

  for (const [name, answer] of [
    ["says nothing", ""],
    ["stops in its head", "HTTP/1.1 200 OK\r\n"],
  ] as const) {
    test(`because it ${name} ends by openTimeout`, async (t) => {
      const { promise: asked, resolve: onAsked } = defer<RawPeer>();
      const proxy = await serveRaw((peer) => {
        peer.write(answer);
        onAsked(peer);
      });
      t.after(() => proxy.close());
      // Long enough that the proxy is reached first, also on a busy machine.
      const options = { proxy: `http://127.0.0.1:${proxy.port}`, openTimeout: 1000 };
      await assert.rejects(connect("ws://server.example/", options), {
        name: "TimeoutError",
        message: "timed out during opening handshake",
      });
      assert.equal(await (await asked).end(), "end");
    });
  }

  test("because it speaks no SOCKS ends by openTimeout", async (t) => {
    const proxy = await serveRaw(() => {});
    t.after(() => proxy.close());
    const url = `socks5h://127.0.0.1:${proxy.port}`;
    const options = { proxy: { url, connect: socksConnect }, openTimeout: 100 };
    await assert.rejects(connect("ws://server.example/", options), { name: "TimeoutError" });
    assert.equal(await proxy.peers[0]?.end(), "end");
  });

  test("because its tunnel leads to no TLS rejects, and the tunnel is cut", async (t) => {
    const { url } = await serveEcho(t, "ws");
    const proxy = await startHttpProxy(t);
    const options = { proxy: `http://127.0.0.1:${proxy.port}` };
    await assert.rejects(connect(url.replace("ws:", "wss:"), options), Error);
    while (proxy.sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test("is left at once when the signal aborts", async (t) => {
    const proxy = await serveRaw((peer) => peer.head());
    t.after(() => proxy.close());
    const aborter = new AbortController();
    const options = { proxy: `http://127.0.0.1:${proxy.port}`, signal: aborter.signal };
    const opened = connect("ws://server.example/", options);
    while (proxy.peers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error("no more");
    aborter.abort(reason);
    await assert.rejects(opened, (error) => error === reason);
    assert.equal(await proxy.peers[0]?.end(), "end");
  });
});

describe("the environment", () => {
  beforeEach(() => {
    process.env.ws_proxy = "http://127.0.0.1:1";
  });

  test("has no say where a socket is given", async (t) => {
    const { url, port } = await serveEcho(t, "ws");
    const socket = connectTcp(port, "127.0.0.1");
    await once(socket, "connect");
    await converse(url, { socket });
  });

  test("has no say where the path of a socket is given", async (t) => {
    const path = temporaryFile("proxy.sock");
    const local = await serve(echo as Handler<undefined>, { socketPath: path, logger: null });
    t.after(() => local.close({ deadline: 0 }));
    await converse("ws://localhost/", { socketPath: path });
  });

  test("with a wrong address rejects, by its name", async () => {
    process.env.ws_proxy = "gopher://user:secret@proxy";
    await assert.rejects(connect("ws://server.example/"), {
      name: "InvalidProxy",
      message: "gopher://user:***@proxy isn't a valid proxy: scheme gopher isn't supported",
    });
  });
});

describe("the option proxy", () => {
  const cases: readonly (readonly [proxy: unknown, name: string, message: RegExp])[] = [
    [true, "TypeError", /^proxy is true: it can be an address, null, or \{ url, tls, connect \}$/],
    [8080, "TypeError", /^proxy is 8080: /],
    [{ host: "proxy" }, "TypeError", /^proxy has no option "host"/],
    [{ url: 4 }, "TypeError", /^proxy.url is 4: /],
    [{ url: "http://proxy", tls: true }, "TypeError", /^proxy.tls is true: /],
    [{ connect: {} }, "TypeError", /^proxy.connect is Object: /],
    ["gopher://proxy", "InvalidProxy", /scheme gopher isn't supported$/],
    ["socks5://proxy", "InvalidProxy", /SOCKS needs the option proxy.connect/],
    [{ url: "socks5://proxy" }, "InvalidProxy", /SOCKS needs the option proxy.connect/],
  ];
  for (const [proxy, name, message] of cases) {
    test(`refuses ${JSON.stringify(proxy)} before anything is sent`, async () => {
      await assert.rejects(connect("ws://127.0.0.1:1/", { proxy: proxy as never }), {
        name,
        message,
      });
    });
  }

  test("goes with no other way to the server", async () => {
    for (const way of [{ socketPath: "/x" }, { socket: {} as never }, { agent: {} as never }]) {
      await assert.rejects(connect("ws://127.0.0.1:1/", { proxy: "http://proxy", ...way }), {
        name: "TypeError",
        message: /^only one is allowed of .* and proxy$/,
      });
    }
  });
});
