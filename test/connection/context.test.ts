/** Whose AsyncLocalStorage is seen where: that of who awaits, on sockets that serve many. */
import assert from "node:assert/strict";
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { describe, test } from "node:test";
import { connect } from "../../src/client/connect.ts";
import { reconnect } from "../../src/client/reconnect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { start } from "../support/server.ts";

const quiet = { logger: null, proxy: null } as const;
const storage = new AsyncLocalStorage<string>();

/** Each way to wait, and that the store is what it was after it. */
async function useAll(connection: Connection<undefined>, name: string): Promise<void> {
  const check = (what: string): void => assert.equal(storage.getStore(), name, what);
  await connection.send("one");
  check("send");
  await connection.recv();
  check("recv");
  await connection.ping();
  check("ping");
  await connection.send(["a", "b"]);
  check("send in fragments");
  for await (const piece of connection.recvStreaming()) {
    assert.ok(piece.length >= 0);
    check("recvStreaming");
  }
  await connection.send("two");
  for await (const messages of connection.batches()) {
    assert.equal(messages.length, 1);
    check("batches");
    break;
  }
  await connection.send("three");
  for await (const message of connection) {
    assert.equal(message, "three");
    check("iteration");
    break;
  }
  await connection.close();
  check("close");
  await connection.closed;
  check("closed");
}

describe("the async context", () => {
  test("of a caller is kept over everything that it awaits, beside others", async (t) => {
    const { url } = await start(t);
    await Promise.all(
      ["ann", "ben", "cleo"].map((name) =>
        storage.run(name, async () => {
          const connection = await connect(url, quiet);
          assert.equal(storage.getStore(), name);
          await useAll(connection, name);
        }),
      ),
    );
  });

  test("of a handler is kept, each connection's own", async (t) => {
    let count = 0;
    const results: Promise<void>[] = [];
    const { url } = await start(t, (connection) => {
      count += 1;
      const name = `handler ${count}`;
      const result = storage.run(name, () => useAll(connection, name));
      results.push(result);
      return result;
    });
    const clients = await Promise.all([connect(url, quiet), connect(url, quiet)]);
    await Promise.all(
      clients.map(async (client) => {
        for await (const message of client) await client.send(message);
      }),
    );
    assert.equal(results.length, 2);
    await Promise.all(results);
  });

  test("of who calls reconnect() is its handler's", async (t) => {
    const { url } = await start(t);
    await storage.run("ann", () =>
      reconnect(url, async (connection) => useAll(connection, "ann"), quiet),
    );
  });

  test("of who calls consume() can be bound to its callback", async (t) => {
    const { url } = await start(t);
    const seen: (string | undefined)[] = [];
    await storage.run("ann", async () => {
      const connection = await connect(url, quiet);
      const onMessage = AsyncResource.bind(() => {
        seen.push(storage.getStore());
        void connection.close();
      });
      const consumed = connection.consume(() => onMessage());
      await connection.send("x");
      await consumed;
    });
    assert.deepEqual(seen, ["ann"]);
  });
});
