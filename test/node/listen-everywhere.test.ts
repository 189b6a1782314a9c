import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, type TestContext, test } from "node:test";
import type { Listener, ListenOptions } from "../../src/node/listen.ts";
import { listenEverywhere } from "../../src/node/listen-everywhere.ts";

const OPTIONS: ListenOptions = {
  port: 0,
  host: "a.name",
  socketPath: undefined,
  backlog: undefined,
  tls: undefined,
  tlsTimeout: null,
};

/** What a name has. */
function addresses(...found: readonly string[]) {
  return async () =>
    found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }) as const);
}

async function open(
  t: TestContext,
  found: readonly string[],
  options: Partial<ListenOptions> = {},
): Promise<{ places: { address: string; port: number }[]; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const onSocket = (socket: Socket): void => void sockets.push(socket);
  const listeners = await listenEverywhere(
    { ...OPTIONS, ...options },
    onSocket,
    addresses(...found),
  );
  t.after(() => closeAll(listeners, sockets));
  const places = listeners.map(({ address }) => {
    assert.ok(typeof address === "object");
    return address;
  });
  return { places, sockets };
}

async function closeAll(listeners: readonly Listener[], sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await Promise.all(listeners.map((listener) => listener.close()));
}

describe("a host name with several addresses", () => {
  test("is listened on at each of them, on the same free port, and takes sockets from all", async (t) => {
    const { places, sockets } = await open(t, ["127.0.0.1", "127.0.0.2", "127.0.0.1"]);
    assert.deepEqual(
      places.map(({ address }) => address),
      ["127.0.0.1", "127.0.0.2"],
    );
    assert.equal(new Set(places.map(({ port }) => port)).size, 1);
    for (const { address, port } of places) {
      const socket = connect(port, address);
      t.after(() => socket.destroy());
      await once(socket, "connect");
      while (!sockets.some(({ localAddress }) => localAddress === address)) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  });

  test("is listened on by IPv4 first, and by IPv6 where the machine has it", async (t) => {
    const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const expected = all.some(({ address }) => address === "::1")
      ? ["127.0.0.1", "::1"]
      : ["127.0.0.1"];
    const { places } = await open(t, ["::1", "127.0.0.1"]);
    assert.deepEqual(
      places.map(({ address }) => address),
      expected,
    );
  });

  test("passes over an address that this machine does not have, unless there is no other", async (t) => {
    const { places } = await open(t, ["192.0.2.1", "127.0.0.1"]);
    assert.deepEqual(
      places.map(({ address }) => address),
      ["127.0.0.1"],
    );
    await assert.rejects(
      listenEverywhere(OPTIONS, () => {}, addresses("192.0.2.1")),
      {
        code: "EADDRNOTAVAIL",
      },
    );
    await assert.rejects(
      listenEverywhere(OPTIONS, () => {}, addresses()),
      /has no address/,
    );
  });

  test("rejects when the port is taken on one of them, and leaves none of the others open", async () => {
    const other = createServer().listen(0, "127.0.0.2");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const found = addresses("127.0.0.1", "127.0.0.2");
    await assert.rejects(
      listenEverywhere({ ...OPTIONS, port }, () => {}, found),
      (error: NodeJS.ErrnoException) =>
        error.code === "EADDRINUSE" &&
        error.message.startsWith(`can't listen on 127.0.0.2:${port}: another program`),
    );
    const again = createServer().listen(port, "127.0.0.1");
    await once(again, "listening");
    again.close();
    other.close();
  });

  test("that nobody knows rejects with a sentence that names it", async () => {
    const lookup = async () => {
      throw Object.assign(new Error("getaddrinfo ENOTFOUND a.name"), { code: "ENOTFOUND" });
    };
    await assert.rejects(
      listenEverywhere({ ...OPTIONS, port: 80 }, () => {}, lookup),
      { code: "ENOTFOUND", message: "can't listen on a.name:80: no such host name is known" },
    );
  });
});
