import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import type { TransportListener } from "../../src/connection/transport.ts";
import { SocketTransport } from "../../src/node/socket.ts";
import { Authority } from "../support/certificates.ts";
import { settle } from "../support/connection.ts";

/** Keeps what a transport tells. */
class Ear implements TransportListener {
  readonly heard: string[] = [];
  received = 0;
  error: Error | null = null;
  #waiting: (() => void)[] = [];

  onChunk(chunk: Uint8Array): void {
    this.received += chunk.length;
    this.#tell("chunk");
  }

  onEnd(): void {
    this.#tell("end");
  }

  onDrain(): void {
    this.#tell("drain");
  }

  onClose(error: Error | null): void {
    this.error = error;
    this.#tell("close");
  }

  async until(ready: () => boolean): Promise<void> {
    while (!ready()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #tell(what: string): void {
    this.heard.push(what);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

const authority = new Authority();

async function pair(
  t: TestContext,
  encrypted: boolean,
): Promise<[SocketTransport, Socket, Ear, Socket]> {
  const server = encrypted
    ? createTlsServer({ ...authority.issue("server", ["localhost"]), allowHalfOpen: true })
    : createServer({ allowHalfOpen: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const opened = once(server, encrypted ? "secureConnection" : "connection");
  // In between stands a relay, which can cut what TLS would end politely.
  let raw: Socket | undefined;
  const relay = createServer({ allowHalfOpen: true }, (near) => {
    raw = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    near.pipe(raw).pipe(near);
    for (const socket of [near, raw]) socket.on("error", () => {});
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  const near = {
    port: (relay.address() as AddressInfo).port,
    host: "127.0.0.1",
    allowHalfOpen: true,
  };
  const peer = encrypted
    ? connectTls({ ...near, ca: authority.cert, servername: "localhost" })
    : connect(near);
  peer.on("error", () => {});
  await once(peer, encrypted ? "secureConnect" : "connect");
  const [socket] = (await opened) as [Socket];
  t.after(() => {
    peer.destroy();
    socket.destroy();
    raw?.destroy();
    relay.close();
    server.close();
  });
  const transport = new SocketTransport(socket);
  const ear = new Ear();
  transport.listener = ear;
  if (raw?.connecting === true) await once(raw, "connect");
  return [transport, peer, ear, raw as Socket];
}

for (const encrypted of [false, true]) {
  describe(`SocketTransport on a ${encrypted ? "TLS" : "TCP"} socket`, () => {
    test("knows whether it is encrypted, and its addresses", async (t) => {
      const [transport, , , peer] = await pair(t, encrypted);
      assert.equal(transport.isEncrypted, encrypted);
      assert.deepEqual(transport.remoteAddress, {
        address: "127.0.0.1",
        port: peer.localPort,
        family: "IPv4",
      });
      assert.deepEqual(transport.localAddress, {
        address: "127.0.0.1",
        port: peer.remotePort,
        family: "IPv4",
      });
    });

    test("hands over what comes, the peer's end, and the close when both have ended", async (t) => {
      const [transport, peer, ear] = await pair(t, encrypted);
      peer.end("hello");
      await ear.until(() => ear.heard.includes("end"));
      assert.equal(ear.received, 5);
      assert.ok(!ear.heard.includes("close"), "it stays half-open");
      peer.resume();
      assert.equal(transport.write(Buffer.from("late")), true);
      transport.end();
      await ear.until(() => ear.heard.includes("close"));
      assert.equal(ear.error, null);
      assert.deepEqual(
        ear.heard.filter((what) => what !== "drain"),
        ["chunk", "end", "close"],
      );
    });

    test("says that the memory of what it writes is free only when it is", async (t) => {
      const [transport, peer] = await pair(t, encrypted);
      const got: Buffer[] = [];
      peer.on("data", (chunk: Buffer) => got.push(chunk));
      const memory = Buffer.alloc(1000);
      const sizes = Array.from({ length: 300 }, (_, n) => 1 + (n % 1000));
      for (const [n, size] of sizes.entries()) {
        memory.fill(n & 0xff, 0, size);
        const chunk = memory.subarray(0, size);
        // Where it is not free, other memory must be used.
        const taken = transport.write(chunk);
        if (!taken) assert.fail("a small chunk waits although the peer reads");
        memory.fill(0xff);
      }
      const total = sizes.reduce((sum, size) => sum + size, 0);
      while (Buffer.concat(got).length < total) await settle();
      const expected = Buffer.concat(sizes.map((size, n) => Buffer.alloc(size, n & 0xff)));
      assert.ok(Buffer.concat(got).equals(expected));
    });

    test("counts what waits, and tells when it has gone, also below the socket's own mark", async (t) => {
      const [transport, peer, ear] = await pair(t, encrypted);
      peer.pause();
      // Until the system takes no more.
      while (transport.bufferedAmount === 0) {
        transport.write(Buffer.alloc(1_000_000));
        await settle();
      }
      const before = transport.bufferedAmount;
      assert.equal(transport.write(Buffer.alloc(100_000)), false);
      assert.ok(transport.bufferedAmount >= before + 100_000);
      const drains = ear.heard.filter((what) => what === "drain").length;
      peer.resume();
      await ear.until(
        () =>
          transport.bufferedAmount === 0 &&
          ear.heard.filter((what) => what === "drain").length > drains,
      );
      ear.heard.length = 0;
      transport.write(Buffer.alloc(100_000));
      if (transport.bufferedAmount > 0) await ear.until(() => ear.heard.includes("drain"));
      assert.equal(transport.bufferedAmount, 0);
    });

    test("pause() keeps what comes in the system, resume() goes on", async (t) => {
      const [transport, peer, ear] = await pair(t, encrypted);
      transport.pause();
      peer.write("hello");
      for (let turn = 0; turn < 10; turn += 1) await settle();
      assert.equal(ear.received, 0);
      transport.resume();
      await ear.until(() => ear.received === 5);
    });

    test("destroy() closes at once, with no error of its own, and what is written then is nothing", async (t) => {
      const [transport, , ear] = await pair(t, encrypted);
      transport.destroy();
      assert.equal(transport.write(Buffer.from("x")), true);
      transport.end();
      transport.destroy();
      await ear.until(() => ear.heard.includes("close"));
      assert.equal(ear.error, null);
      assert.deepEqual(ear.heard, ["close"]);
    });

    test("a reset is told with its error, and nothing is ever uncaught", async (t) => {
      const [transport, , ear, raw] = await pair(t, encrypted);
      raw.resetAndDestroy();
      await ear.until(() => ear.heard.includes("close") || ear.heard.includes("end"));
      // Amid its first records TLS takes a reset for an end.
      if (ear.heard.includes("end")) {
        assert.ok(encrypted);
        transport.end();
        await ear.until(() => ear.heard.includes("close"));
      } else {
        assert.equal((ear.error as NodeJS.ErrnoException).code, "ECONNRESET");
      }
      assert.equal(transport.bufferedAmount, 0);
    });

    test("writes to a peer that has gone end in the close, with the error", async (t) => {
      const [transport, peer, ear, raw] = await pair(t, encrypted);
      transport.pause();
      peer.destroy();
      raw.destroy();
      while (!ear.heard.includes("close")) {
        transport.write(Buffer.from("hello"));
        await settle();
      }
      assert.match(
        String((ear.error as NodeJS.ErrnoException | null)?.code),
        /^(EPIPE|ECONNRESET)$/,
      );
    });
  });
}
