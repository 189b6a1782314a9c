import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { SYSTEM_CLOCK, type Timer } from "../../src/connection/clock.ts";
import { Subject } from "../../src/connection/tap.ts";
import { type ClientConnection, connect, type Server, serve } from "../../src/index.ts";
import { type CapturedLogs, captureLogs } from "../../src/logging/capture.ts";
import { getLogger } from "../../src/logging/manager.ts";
import { type DebugFilter, DebugRules } from "../../src/server/debug.ts";

let server: Server;
let port: number;
let logs: CapturedLogs;

beforeEach(async () => {
  server = await serve(
    async (connection) => {
      for await (const message of connection) await connection.send(message);
    },
    { host: "127.0.0.1", port: 0, compression: null },
  );
  const [address] = server.addresses;
  port = (address as { port: number }).port;
  logs = captureLogs("websockets.server", "DEBUG");
  // The logger itself is at INFO: what is below comes only because it is asked for.
  getLogger("websockets.server").setLevel("INFO");
});

afterEach(async () => {
  await server.close();
  logs.stop();
});

function open(path = "/chat"): Promise<ClientConnection> {
  return connect(`ws://127.0.0.1:${port}${path}`, { logger: null, compression: null });
}

/** Echoes once, and returns the lines that this brought. */
async function lines(connection: ClientConnection, text: string): Promise<string[]> {
  const before = logs.records.length;
  await connection.send(text);
  await connection.recv();
  return logs.records.slice(before).map((record) => record.getMessage());
}

const SHOWN = ["< TEXT 'a' [1 byte]", "> TEXT 'a' [1 byte]"];

describe("server.debug()", () => {
  test("shows nothing that is not asked for", async () => {
    const connection = await open();
    assert.deepEqual(await lines(connection, "a"), []);
    await connection.close();
  });

  test("shows the frames of an open connection until it is disposed of", async () => {
    const connection = await open();
    const watching = server.debug({ path: "/chat" });
    assert.deepEqual(await lines(connection, "a"), SHOWN);
    watching[Symbol.dispose]();
    assert.deepEqual(await lines(connection, "a"), []);
    watching[Symbol.dispose]();
    await connection.close();
  });

  test("shows a future connection by its path, from its request on", async () => {
    using _watching = server.debug({ path: "/chat" });
    const other = await open("/other");
    const chosen = await open("/chat?room=1");
    const shown = logs.records.map((record) => record.getMessage());
    assert.equal(
      shown.filter((text) => text.startsWith("< GET")).join(),
      "< GET /chat?room=1 HTTP/1.1",
    );
    assert.ok(!shown.includes("= connection is CONNECTING"));
    assert.ok(shown.includes("= connection is OPEN"));
    assert.deepEqual(await lines(other, "a"), []);
    assert.deepEqual(await lines(chosen, "a"), SHOWN);
    await Promise.all([other.close(), chosen.close()]);
  });

  test("shows a future connection by its address, from its first line on", async () => {
    using _watching = server.debug({ remote: "127.0.0.1" });
    const connection = await open();
    const [first] = logs.records;
    assert.equal(first?.getMessage(), "= connection is CONNECTING");
    await connection.close();
  });

  const FILTERS: readonly (readonly [
    what: string,
    make: (one: ClientConnection) => DebugFilter,
    boolean,
  ])[] = [
    ["its address", () => ({ remote: "127.0.0.1" }), true],
    [
      "its address and port",
      (one) => ({ remote: `127.0.0.1:${(one.localAddress as { port: number }).port}` }),
      true,
    ],
    ["another port", () => ({ remote: "127.0.0.1:1" }), false],
    ["another address", () => ({ remote: "127.0.0.2" }), false],
    ["its path", () => ({ path: "/chat" }), true],
    ["a pattern for its path", () => ({ path: /^\/ch/g }), true],
    ["another path", () => ({ path: "/cha" }), false],
    ["its id", () => ({ id: [...server.connections][0]!.id }), true],
    ["another id", () => ({ id: "" }), false],
    ["nothing at all", () => ({}), true],
    ["its path and another address", () => ({ path: "/chat", remote: "192.0.2.1" }), false],
  ];

  for (const [what, make, isShown] of FILTERS) {
    test(`${isShown ? "finds" : "does not find"} a connection by ${what}`, async () => {
      const connection = await open();
      using _watching = server.debug(make(connection));
      assert.deepEqual(await lines(connection, "a"), isShown ? SHOWN : []);
      await connection.close();
    });
  }

  test("takes a function, which sees the id, the address and the request", async () => {
    const connection = await open("/chat?room=2");
    const seen: unknown[] = [];
    using _watching = server.debug(({ id, remoteAddress, request }) => {
      seen.push([id, (remoteAddress as { address: string }).address, request.path]);
      return request.url.searchParams.get("room") === "3";
    });
    const future = await open("/chat?room=3");
    const [one, two] = [...server.connections];
    assert.deepEqual(seen, [
      [one!.id, "127.0.0.1", "/chat?room=2"],
      [two!.id, "127.0.0.1", "/chat?room=3"],
    ]);
    assert.deepEqual(await lines(connection, "a"), []);
    assert.deepEqual(await lines(future, "a"), SHOWN);
    await Promise.all([connection.close(), future.close()]);
  });

  test("serves on when a function throws for whoever comes", async () => {
    using _watching = server.debug(() => {
      throw new Error("no");
    });
    const connection = await open();
    assert.deepEqual(await lines(connection, "a"), []);
    await connection.close();
  });

  test("throws what a function throws for whoever is there", async () => {
    const connection = await open();
    const filter = (): boolean => {
      throw new Error("no");
    };
    assert.throws(() => server.debug(filter), { message: "no" });
    await connection.close();
  });

  test("ends after its time, and with its server", () => {
    const subject = new Subject("server", null);
    const rules = new DebugRules(() => [{ subject, request: null }]);
    const due: (() => void)[] = [];
    let cancelled = 0;
    const after = (delay: number, callback: () => void): Timer => {
      assert.equal(delay, 5000);
      due.push(callback);
      return {
        cancel: () => {
          cancelled += 1;
        },
      };
    };
    const clock = { ...SYSTEM_CLOCK, after };
    rules.add({}, { for: 5000 }, clock);
    assert.ok(subject.debug);
    due.shift()?.();
    assert.ok(!subject.debug);
    rules.add({}, { for: 5000 }, clock);
    rules.add({}, {}, clock);
    cancelled = 0;
    rules.clear();
    assert.ok(!subject.debug);
    assert.equal(cancelled, 1);
  });

  test("of one leaves alone what another shows, and what the connection itself wants", async () => {
    const connection = await open();
    const [own] = server.connections;
    const first = server.debug({});
    const second = server.debug({ path: "/chat" });
    first[Symbol.dispose]();
    assert.deepEqual(await lines(connection, "a"), SHOWN);
    own!.debug = true;
    second[Symbol.dispose]();
    assert.deepEqual(await lines(connection, "a"), SHOWN);
    own!.debug = false;
    assert.deepEqual(await lines(connection, "a"), []);
    await connection.close();
  });

  test("refuses what is wrong, by name", () => {
    const wrong: readonly (readonly [filter: unknown, options: unknown, message: RegExp])[] = [
      [{ remotes: "x" }, {}, /the filter of debug has no option "remotes"/],
      [{ remote: 1 }, {}, /remote is 1/],
      [{ id: 1 }, {}, /id is 1/],
      [{ path: 1 }, {}, /path is 1/],
      [null, {}, /filter of debug/],
      [{}, { for: -1 }, /for is -1/],
      [{}, { of: 1 }, /debug has no option "of"/],
    ];
    for (const [filter, options, message] of wrong) {
      assert.throws(() => server.debug(filter as DebugFilter, options as { for?: number }), {
        message,
      });
    }
  });
});
