import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "../../src/client/connect.ts";
import { NegotiationError } from "../../src/http/errors.ts";
import { getLogger } from "../../src/logging/manager.ts";
import { connectionPair, settle } from "../../src/testing/index.ts";
import { Log, start } from "../support/server.ts";

/** Lines of two connections that differ for good reason: keys, ports, times. */
function mask(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line
      .replace(/(Sec-WebSocket-(?:Key|Accept): ).+/, "$1…")
      .replace(/(Date: ).+/, "$1…")
      .replace(/(Host: \S+?)(?::\d+)?$/, "Host: …")
      .replace(/\d+ (bytes|ms)/, "… $1"),
  );
}

describe("the opening handshake of connectionPair()", () => {
  test("leaves on both connections the request and the response that went between them", async () => {
    await using pair = connectionPair({
      path: "/chat?room=é",
      headers: { "X-Trace": "7" },
      client: { origin: "https://example.com", userAgentHeader: "mine" },
      server: { serverHeader: "its" },
    });
    for (const { request, response } of [pair.client, pair.server]) {
      assert.equal(request.method, "GET");
      assert.equal(request.path, "/chat?room=%C3%A9");
      assert.equal(request.url.href, "http://localhost/chat?room=%C3%A9");
      assert.equal(request.headers.get("host"), "localhost");
      assert.equal(request.headers.get("x-trace"), "7");
      assert.equal(request.headers.get("origin"), "https://example.com");
      assert.equal(request.headers.get("user-agent"), "mine");
      assert.match(request.headers.get("sec-websocket-key") ?? "", /^.{22}==$/);
      assert.deepEqual([response.status, response.statusText], [101, "Switching Protocols"]);
      assert.match(response.headers.get("sec-websocket-accept") ?? "", /^.{27}=$/);
      assert.equal(response.headers.get("server"), "its");
    }
    assert.deepEqual(pair.server.request.remoteAddress, pair.client.localAddress);
    await pair.client.close();
    await settle();
    assert.equal(pair.server.request.signal.aborted, true);
    assert.equal(pair.client.request.signal.aborted, true);
  });

  test("agrees on a subprotocol as a server does, or is refused", async () => {
    await using chosen = connectionPair({
      client: { subprotocols: ["a", "b", "c"] },
      server: { subprotocols: ["c", "b"] },
    });
    assert.deepEqual([chosen.client.subprotocol, chosen.server.subprotocol], ["c", "c"]);
    await using none = connectionPair({ subprotocol: null, client: { subprotocols: ["a"] } });
    assert.deepEqual([none.client.subprotocol, none.server.subprotocol], [null, null]);
    assert.throws(
      () => connectionPair({ client: { subprotocols: ["a"] }, server: { subprotocols: ["b"] } }),
      NegotiationError,
    );
    assert.throws(
      () => connectionPair({ subprotocol: "x", client: { subprotocols: ["a"] } }),
      NegotiationError,
    );
  });

  test("agrees on compression where both sides have it, and on none by default", async () => {
    const text = "again and again ".repeat(100);
    for (const both of [true, false]) {
      const compression = both ? { compression: {} } : {};
      await using pair = connectionPair({ client: compression, server: compression });
      await pair.client.send(text);
      assert.equal(await pair.server.recv(), text);
      const { wireIn } = await pair.server.close();
      assert.equal(wireIn < text.length, both);
    }
  });

  test("logs what a real one logs on both sides, and so does all that follows", async (t) => {
    async function play(client: Awaited<ReturnType<typeof connect>>): Promise<void> {
      await client.send("hello");
      assert.equal(await client.recv(), "hello");
      await client.close(1000, "bye");
    }
    const options = { compression: {}, subprotocols: ["chat"] };

    const real = { client: new Log() };
    const { url, log, server } = await start(
      t,
      async (connection) => {
        for await (const message of connection) await connection.send(message);
      },
      options,
    );
    const client = await connect(`${url}?token=secret`, {
      ...options,
      logger: real.client,
      proxy: null,
    });
    await play(client);
    await server.close();

    const ours = { client: new Log(), server: new Log() };
    const pair = connectionPair({
      path: "/?token=secret",
      client: { ...options, logger: ours.client },
      server: { ...options, logger: ours.server },
    });
    const handling = (async () => {
      for await (const message of pair.server) await pair.server.send(message);
    })();
    await play(pair.client);
    await handling;
    await settle();

    const ofConnection = log.texts().filter((text) => !/^server (listening|clos)/.test(text));
    assert.deepEqual(mask(ours.server.texts()).sort(), mask(ofConnection).sort());
    assert.deepEqual(mask(ours.client.texts()).sort(), mask(real.client.texts()).sort());
    assert.ok(ours.client.texts().includes("> GET /?token=*** HTTP/1.1"));
    assert.deepEqual(ours.server.texts("info"), ["connection open", "connection closed"]);
  });

  test("logs to websockets.client and websockets.server, or nowhere with null", async () => {
    await using pair = connectionPair({ client: { logger: null } });
    assert.equal(pair.client.logger, null);
    assert.equal(pair.server.logger, getLogger("websockets.server"));
  });

  test("refuses what cannot be said in one", () => {
    for (const [options, kind, says] of [
      [{ path: "chat" }, TypeError, /path is "chat": it must begin with a slash/],
      [{ path: 5 }, TypeError, /path is 5/],
      [{ headers: { "X-A": "b\r\nc" } }, TypeError, /X-A/],
      [{ headers: { Upgrade: "x" } }, TypeError, /Upgrade/],
      [{ headers: 5 }, TypeError, /headers is 5/],
      [{ subprotocol: "a b" }, TypeError, /a b/],
      [{ subprotocol: 5 }, TypeError, /subprotocol is 5/],
      [{ clock: 5 }, TypeError, /clock is 5/],
      [{ client: 5 }, TypeError, /client of connectionPair/],
      [{ client: { socket: {} } }, TypeError, /no option "socket"/],
      [{ server: { port: 5 } }, TypeError, /no option "port"/],
      [{ server: { maxSize: "1" } }, TypeError, /maxSize is "1"/],
      [{ client: { origin: "a\nb" } }, TypeError, /Origin/i],
      [null, TypeError, /options of connectionPair/],
    ] as const) {
      assert.throws(
        () => connectionPair(options as never),
        (error) => error instanceof kind && says.test(error.message),
        JSON.stringify(options),
      );
    }
  });
});
