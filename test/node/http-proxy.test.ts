/** A tunnel by CONNECT, with proxies that say exactly what a test wants, hostile ones among them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { TimeoutError } from "../../src/connection/deadline.ts";
import { InvalidProxyMessage, ProxyError } from "../../src/http/errors.ts";
import { InvalidProxyStatus } from "../../src/http/invalid-status.ts";
import { openTunnel, type TunnelOptions } from "../../src/node/http-proxy.ts";
import { type RawPeer, serveRaw } from "../support/raw-peer.ts";

const OPEN = "HTTP/1.1 200 Connection established\r\n\r\n";

/** A socket to a proxy that does as told. */
async function dialProxy(
  t: TestContext,
  onPeer: (peer: RawPeer) => unknown,
): Promise<{ socket: Socket; peer: RawPeer }> {
  const server = await serveRaw(onPeer);
  t.after(() => server.close());
  const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  t.after(() => socket.destroy());
  await once(socket, "connect");
  while (server.peers.length === 0) await new Promise((resolve) => setImmediate(resolve));
  return { socket, peer: server.peers[0]! };
}

const options = (more: Partial<TunnelOptions> = {}): TunnelOptions => ({
  authority: "example.com:443",
  credentials: null,
  userAgent: "test/1",
  signal: new AbortController().signal,
  ...more,
});

/** A proxy that has read the request and answers with `text`, in pieces as given. */
const answers =
  (...pieces: readonly (string | Uint8Array)[]) =>
  async (peer: RawPeer): Promise<void> => {
    await peer.head();
    for (const piece of pieces) {
      peer.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

/** All that listens to a socket and is not Node's own. */
function listeners(socket: Socket): number {
  return ["data", "end", "close"].reduce((sum, name) => sum + socket.listenerCount(name), 0);
}

describe("openTunnel()", () => {
  test("asks with Host, User-Agent and nothing else, once", async (t) => {
    const { socket, peer } = await dialProxy(t, () => {});
    const opened = openTunnel(socket, options());
    await peer.until(() => peer.received.includes("\r\n\r\n"));
    assert.equal(
      String(peer.received),
      "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nUser-Agent: test/1\r\n\r\n",
    );
    peer.write(OPEN);
    await opened;
  });

  test("shows credentials to the proxy as Basic, and no User-Agent when there is none", async (t) => {
    const { socket, peer } = await dialProxy(t, () => {});
    const credentials = { username: "usér", password: "p:ss" };
    const opened = openTunnel(socket, options({ credentials, userAgent: null }));
    const { headers } = await peer.head();
    const basic = Buffer.from("usér:p:ss").toString("base64");
    assert.deepEqual(
      [...headers],
      [
        ["host", "example.com:443"],
        ["proxy-authorization", `Basic ${basic}`],
      ],
    );
    peer.write(OPEN);
    await opened;
  });

  for (const status of [200, 201, 204, 299]) {
    for (const version of ["1.0", "1.1"]) {
      test(`takes ${status} over HTTP/${version} for a tunnel, whatever length it names`, async (t) => {
        const head = `HTTP/${version} ${status} Fine\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`;
        const { socket, peer } = await dialProxy(t, answers(head));
        const before = listeners(socket);
        await openTunnel(socket, options());
        assert.equal(listeners(socket), before);
        socket.write("through");
        await peer.until(() => peer.received.includes("through"));
      });
    }
  }

  test("takes the answer in pieces of any size, and leaves what comes after it to the next owner", async (t) => {
    const answer = Buffer.from(`HTTP/1.1 100 Wait\r\n\r\n${OPEN}first bytes`);
    for (let cut = 0; cut <= answer.length; cut += 1) {
      const pieces = [answer.subarray(0, cut), answer.subarray(cut)];
      const { socket } = await dialProxy(t, answers(...pieces));
      await openTunnel(socket, options());
      let got = "";
      socket.on("data", (chunk) => {
        got += chunk;
      });
      socket.resume();
      while (got.length < "first bytes".length) await once(socket, "data");
      assert.equal(got, "first bytes", `cut at ${cut}`);
      socket.destroy();
    }
  });

  for (const status of [101, 301, 400, 403, 407, 502, 504]) {
    test(`refused with ${status} rejects with that answer, and destroys the socket`, async (t) => {
      const text = `HTTP/1.1 ${status} No\r\nProxy-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nWhy?`;
      const { socket } = await dialProxy(t, answers(text));
      await assert.rejects(openTunnel(socket, options()), (error) => {
        assert.ok(error instanceof InvalidProxyStatus);
        assert.ok(error instanceof ProxyError);
        assert.equal(error.message, `proxy rejected connection: HTTP ${status}`);
        assert.equal(error.response.status, status);
        assert.equal(error.response.headers.get("Proxy-Authenticate"), "Basic");
        assert.equal(Buffer.from(error.response.body).toString(), "Why?");
        return true;
      });
      assert.ok(socket.destroyed);
    });
  }

  test("keeps no more than 64 KiB of a refusal", async (t) => {
    const { socket } = await dialProxy(t, async (peer) => {
      await peer.head();
      peer.write("HTTP/1.1 403 No\r\n\r\n", Buffer.alloc(200_000, "x"));
    });
    await assert.rejects(openTunnel(socket, options()), (error) => {
      return error instanceof InvalidProxyStatus && error.response.body.length === 64 * 1024;
    });
  });

  test("gives the refusal when its body is cut short", async (t) => {
    const { socket } = await dialProxy(t, async (peer) => {
      await peer.head();
      peer.write("HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\npart");
      peer.socket.end();
    });
    await assert.rejects(openTunnel(socket, options()), (error) => {
      return error instanceof InvalidProxyStatus && String(error.response.body) !== "";
    });
  });

  test("gives the refusal, not the timeout, when only its body is late", async (t) => {
    const aborter = new AbortController();
    const { socket } = await dialProxy(
      t,
      answers("HTTP/1.1 407 No\r\nContent-Length: 100\r\n\r\npart"),
    );
    const opened = openTunnel(socket, options({ signal: aborter.signal }));
    socket.once("data", () => aborter.abort(new TimeoutError("late")));
    await assert.rejects(opened, InvalidProxyStatus);
  });

  const hostile: readonly (readonly [name: string, text: string | Uint8Array, cause: RegExp])[] = [
    ["rubbish", "SSH-2.0-OpenSSH_9.9\r\n", /starts with byte 0x53/],
    ["TLS", new Uint8Array([0x16, 3, 1, 0, 5]), /TLS handshake/],
    ["an endless status line", `HTTP/1.1 200 ${"x".repeat(9000)}`, /status line too long/],
    ["an endless header", `HTTP/1.1 200 OK\r\nA: ${"x".repeat(9000)}`, /header line too long/],
    ["endless headers", `HTTP/1.1 200 OK\r\n${"A: b\r\n".repeat(200)}`, /no more than 128 headers/],
    ["a line end without CR", "HTTP/1.1 200 OK\n\n", /LF instead of CR LF/],
    ["a folded header", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", /folded/],
    ["a NUL", "HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", /control character/],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", /invalid HTTP status line/],
    ["endless interim answers", "HTTP/1.1 102 Wait\r\n\r\n".repeat(17), /16 interim responses/],
  ];
  for (const [name, text, cause] of hostile) {
    test(`answered with ${name} rejects, and destroys the socket`, async (t) => {
      const { socket } = await dialProxy(t, answers(text));
      await assert.rejects(openTunnel(socket, options()), (error) => {
        assert.ok(error instanceof InvalidProxyMessage);
        assert.equal(error.message, "did not receive a valid HTTP response from proxy");
        const causes = [error.cause, (error.cause as Error).cause].map(String).join("; ");
        assert.match(causes, cause);
        return true;
      });
      assert.ok(socket.destroyed);
    });
  }

  for (const part of ["", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nA: b\r\n"]) {
    for (const how of ["ends", "breaks"] as const) {
      test(`rejects when the connection ${how} after ${JSON.stringify(part)}`, async (t) => {
        const { socket } = await dialProxy(t, async (peer) => {
          await peer.head();
          if (part !== "") peer.write(part);
          if (how === "ends") peer.socket.end();
          else peer.socket.resetAndDestroy();
        });
        await assert.rejects(openTunnel(socket, options()), InvalidProxyMessage);
        assert.ok(socket.destroyed);
      });
    }
  }

  test("rejects with the signal's reason when it aborts, and destroys the socket", async (t) => {
    const aborter = new AbortController();
    const { socket, peer } = await dialProxy(t, (one) => one.head());
    const opened = openTunnel(socket, options({ signal: aborter.signal }));
    await peer.until(() => peer.received.length === 0);
    const reason = new Error("no more");
    aborter.abort(reason);
    await assert.rejects(opened, (error) => error === reason);
    assert.ok(socket.destroyed);
  });

  test("sends nothing when the signal has aborted before", async (t) => {
    const { socket, peer } = await dialProxy(t, () => {});
    const reason = new Error("no more");
    const opened = openTunnel(socket, options({ signal: AbortSignal.abort(reason) }));
    await assert.rejects(opened, (error) => error === reason);
    await peer.end();
    assert.equal(peer.received.length, 0);
  });

  test("rejects for what can't be sent, sends nothing, and destroys the socket", async (t) => {
    const { socket, peer } = await dialProxy(t, () => {});
    const credentials = { username: "a:b", password: "c" };
    await assert.rejects(openTunnel(socket, options({ credentials })), TypeError);
    assert.ok(socket.destroyed);
    await peer.end();
    assert.equal(peer.received.length, 0);
  });

  test("leaves no listener on the signal", async (t) => {
    const aborter = new AbortController();
    const { socket } = await dialProxy(t, answers(OPEN));
    await openTunnel(socket, options({ signal: aborter.signal }));
    aborter.abort();
    assert.equal(socket.destroyed, false);
  });
});
