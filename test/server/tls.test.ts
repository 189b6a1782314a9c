import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { connect } from "../../src/client/connect.ts";
import { Authority } from "../support/certificates.ts";
import { settle } from "../support/connection.ts";
import { dialRaw, RawPeer, request } from "../support/raw-peer.ts";
import { start } from "../support/server.ts";

const authority = new Authority();
const tls = authority.issue("server", ["localhost", "127.0.0.1"]);
const trusting = { logger: null, compression: null, tls: { ca: authority.cert } };

describe("wss:", () => {
  test("both ways: messages of all sizes, a ping, a clean close, and the log of an encrypted connection", async (t) => {
    const { port, log, server } = await start(t, undefined, { tls });
    for (const host of ["localhost", "127.0.0.1"]) {
      const client = await connect(`wss://${host}:${port}/x`, trusting);
      for (const size of [0, 1, 70_000, 1_000_000]) {
        await client.send(new Uint8Array(size).fill(1));
        const back = (await client.recv()) as Uint8Array;
        assert.equal(back.length, size);
        assert.ok(back.every((byte) => byte === 1));
      }
      assert.ok((await client.ping()) >= 0);
      const [connection] = server.connections;
      assert.equal(connection?.request.url.href, `https://${host}:${port}/x`);
      const closure = await client.close(1000, "bye");
      assert.equal(closure.clean, true);
      assert.equal(closure.cause, undefined);
      await connection?.closed;
    }
    assert.ok(log.texts().includes("x closing TCP connection"));
    assert.ok(!log.texts().includes("x half-closing TCP connection"));
  });

  test("many messages in one tick, and backpressure, arrive whole and in order", async (t) => {
    const { port } = await start(t, undefined, { tls });
    const client = await connect(`wss://localhost:${port}/`, { ...trusting, maxQueue: null });
    const sending = (async () => {
      for (let n = 0; n < 200; n += 1) await client.send(`${n}:${"x".repeat(n * 50)}`);
    })();
    for (let n = 0; n < 200; n += 1)
      assert.equal(await client.recv(), `${n}:${"x".repeat(n * 50)}`);
    await sending;
    await client.close();
  });

  test("messages that are sent from one memory, again and again, are not mixed up", async (t) => {
    const { port } = await start(t, undefined, { tls });
    const clients = await Promise.all(
      Array.from({ length: 10 }, () => connect(`wss://localhost:${port}/`, trusting)),
    );
    for (let turn = 0; turn < 20; turn += 1) {
      for (const [n, client] of clients.entries()) client.post(`${n}:${turn}:${"x".repeat(500)}`);
      const got = await Promise.all(clients.map((client) => client.recv()));
      for (const [n, text] of got.entries()) assert.equal(text, `${n}:${turn}:${"x".repeat(500)}`);
    }
    await Promise.all(clients.map((client) => client.close()));
  });

  for (const [name, host, options, code] of [
    [
      "of nobody who is trusted",
      "localhost",
      {},
      "SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    ],
    ["of another authority", "localhost", { ca: new Authority().cert }, "UNABLE|CERT|SIGN"],
    [
      "for other names",
      "localhost",
      { ca: authority.cert, servername: "other.example" },
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
  ] as const) {
    test(`a certificate ${name} is refused, and no request is sent`, async (t) => {
      const { port, log, server } = await start(t, () => assert.fail(), { tls });
      await assert.rejects(
        connect(`wss://${host}:${port}/`, { logger: null, tls: options }),
        (error: NodeJS.ErrnoException) => {
          assert.match(error.message, new RegExp(`^can't connect to localhost:${port}: `));
          assert.match(String(error.code), new RegExp(code));
          assert.ok(error.cause instanceof Error);
          return true;
        },
      );
      await server.close({ deadline: 1000 });
      assert.ok(!log.texts().some((text) => text.startsWith("< GET")));
    });
  }

  test("with rejectUnauthorized: false takes any certificate", async (t) => {
    const { port } = await start(t, undefined, { tls });
    const options = { ...trusting, tls: { rejectUnauthorized: false } };
    await (await connect(`wss://localhost:${port}/`, options)).close();
  });

  test("the certificate of a client is asked for by Node's options", async (t) => {
    const { port } = await start(t, undefined, {
      tls: { ...tls, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
    });
    const identity = authority.issue("client");
    const client = await connect(`wss://localhost:${port}/`, {
      ...trusting,
      tls: { ca: authority.cert, ...identity },
    });
    await client.close();
    await assert.rejects(
      connect(`wss://localhost:${port}/`, { ...trusting, openTimeout: 5000 }),
      (error: Error) => error.name !== "TimeoutError",
    );
  });

  test("ws: at a TLS port, and wss: at a plain one, fail at once", async (t) => {
    const encrypted = await start(t, undefined, { tls });
    await assert.rejects(connect(encrypted.url, { logger: null, openTimeout: 5000 }), {
      name: "InvalidMessage",
    });
    const plain = await start(t);
    await assert.rejects(
      connect(`wss://localhost:${plain.port}/`, { ...trusting, openTimeout: 5000 }),
      (error: Error) => {
        assert.match(error.message, /^can't connect to localhost:/);
        return true;
      },
    );
  });

  test("the option tls with ws: is refused", async () => {
    await assert.rejects(connect("ws://localhost:1/", trusting), {
      name: "InvalidURI",
      message: "ws://localhost:1/ isn't a valid URI: the option tls goes with wss, not with ws",
    });
  });

  test("strangers who do not speak TLS, stop in the midst of it or reset hurt nobody", async (t) => {
    const { port } = await start(t, undefined, { tls });
    const plain = await dialRaw(port);
    plain.write(request());
    await plain.end();
    (await dialRaw(port)).socket.resetAndDestroy();
    const half = await dialRaw(port);
    half.write(Buffer.from([0x16, 3, 1, 2, 0, 1]));
    half.socket.end();
    await half.end();
    const midst = connectTls({
      port,
      host: "127.0.0.1",
      ca: authority.cert,
      servername: "localhost",
    });
    await once(midst, "secureConnect");
    midst.destroy();
    await (await connect(`wss://localhost:${port}/`, trusting)).close();
  });

  test("server.close() cuts TLS handshakes that are under way at the deadline", async (t) => {
    const { port, server } = await start(t, undefined, { tls, openTimeout: null });
    const idle = await dialRaw(port);
    await settle();
    await server.close({ deadline: 30 });
    await idle.end();
  });

  test("a TLS handshake that takes too long is cut after openTimeout", async (t) => {
    const { port } = await start(t, undefined, { tls, openTimeout: 50 });
    const idle = await dialRaw(port);
    await idle.end();
  });

  test("TLS handshakes above maxHandshakes are cut at once; who has shaken hands does not count", async (t) => {
    const { port } = await start(t, undefined, { tls, maxHandshakes: 3 });
    const url = `wss://localhost:${port}`;
    const open = [];
    for (let count = 0; count < 5; count += 1)
      open.push(await connect(url, { tls: { ca: authority.cert }, logger: null }));
    const idle = await Promise.all([dialRaw(port), dialRaw(port), dialRaw(port)]);
    await (await dialRaw(port)).end();
    assert.deepEqual(
      idle.map(({ ended }) => ended),
      [null, null, null],
    );
    idle[0]?.socket.resetAndDestroy();
    for (;;) {
      // Until the server has seen that one has left.
      const next = await connect(url, { tls: { ca: authority.cert }, logger: null }).catch(
        () => null,
      );
      if (next === null) continue;
      open.push(next);
      break;
    }
    await Promise.all(open.map((connection) => connection.close()));
    for (const peer of idle) peer.socket.destroy();
  });

  test("the first message in the same packet as the request is not lost", async (t) => {
    const { port } = await start(t, undefined, { tls });
    const socket = connectTls({
      port,
      host: "127.0.0.1",
      ca: authority.cert,
      servername: "localhost",
    });
    await once(socket, "secureConnect");
    const peer = new RawPeer(socket, true);
    peer.write(request({ Host: "localhost" }), peer.frame(1, "one"), peer.frame(8));
    assert.equal((await peer.head()).status, 101);
    assert.deepEqual(await peer.framesToEnd(), ["text one", "close"]);
  });
});
