/** What is logged can be changed while connections are open. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClientConnection, Connection } from "../../src/index.ts";
import { getLogger } from "../../src/logging/manager.ts";
import { Stage } from "../transcripts/stage.ts";

/** Both ends of a connection under loggers at INFO, and what an echo logs on either side. */
async function withConnection(
  act: (
    lines: (side: "server" | "client") => Promise<string[]>,
    ends: { readonly client: ClientConnection; readonly server: Connection<undefined> },
  ) => Promise<void>,
): Promise<void> {
  const stage = new Stage("INFO");
  try {
    let began = (_: Connection<undefined>): void => {};
    const connected = new Promise<Connection<undefined>>((resolve) => {
      began = resolve;
    });
    const { server, url } = await stage.serve(
      async (connection) => {
        began(connection);
        for await (const message of connection) await connection.send(message);
      },
      { compression: null },
    );
    const client = await stage.connect(url, { compression: null });
    const lines = async (side: "server" | "client"): Promise<string[]> => {
      const before = stage.records.length;
      await client.send("x");
      await client.recv();
      return stage.records
        .slice(before)
        .filter(({ name }) => name === `websockets.${side}`)
        .map((record) => record.getMessage());
    };
    await act(lines, { client, server: await connected });
    await client.close();
    await server.close();
  } finally {
    for (const side of ["server", "client"]) getLogger(`websockets.${side}`).setLevel("NOTSET");
    await stage.end();
  }
}

const ECHO = {
  server: ["< TEXT 'x' [1 byte]", "> TEXT 'x' [1 byte]"],
  client: ["> TEXT 'x' [1 byte]", "< TEXT 'x' [1 byte]"],
};

describe("a change of level reaches open connections, and back:", () => {
  for (const side of ["server", "client"] as const) {
    for (const name of ["websockets", `websockets.${side}`]) {
      test(`of ${name}, on the ${side}`, () =>
        withConnection(async (lines) => {
          const logger = getLogger(name);
          assert.deepEqual(await lines(side), []);
          logger.setLevel("DEBUG");
          assert.deepEqual(await lines(side), ECHO[side]);
          logger.setLevel("INFO");
          assert.deepEqual(await lines(side), []);
          logger.setLevel("DEBUG");
          assert.deepEqual(await lines(side), ECHO[side]);
        }));
    }
  }

  test("what comes of itself too: pings, and the end", () =>
    withConnection(async (_, { server, client }) => {
      getLogger("websockets").setLevel("DEBUG");
      const records: string[] = [];
      getLogger("websockets").addFilter((record) => {
        records.push(`${record.name.slice(11)} ${record.getMessage()}`);
        return true;
      });
      try {
        await server.ping("ping");
        getLogger("websockets").setLevel("INFO");
        await server.ping("silent");
        getLogger("websockets").setLevel("DEBUG");
        await client.close();
        await server.closed;
      } finally {
        getLogger("websockets").filters = [];
      }
      assert.deepEqual(
        records.filter((text) => text.includes("silent")),
        [],
      );
      for (const text of [
        "server > PING 'ping' [text, 4 bytes]",
        "client < PING 'ping' [text, 4 bytes]",
        "client > PONG 'ping' [text, 4 bytes]",
        "server < PONG 'ping' [text, 4 bytes]",
        "client > CLOSE 1000 (OK) [2 bytes]",
        "client = connection is CLOSING",
        "server = connection is CLOSED",
      ]) {
        assert.ok(records.includes(text), `${text} in ${records.join("; ")}`);
      }
    }));
});

describe("connection.debug = true shows a connection's frames whatever the level:", () => {
  for (const side of ["server", "client"] as const) {
    for (const level of ["INFO", "WARNING", "CRITICAL"] as const) {
      test(`${level}, on the ${side}`, () =>
        withConnection(async (lines, ends) => {
          getLogger("websockets").setLevel(level);
          assert.equal(ends[side].debug, false);
          ends[side].debug = true;
          assert.deepEqual(await lines(side), ECHO[side]);
          // The other end is another connection.
          assert.deepEqual(await lines(side === "server" ? "client" : "server"), []);
          ends[side].debug = false;
          assert.deepEqual(await lines(side), []);
        }));
    }
  }

  test("and of no other connection", () =>
    withConnection(async (lines, { server }) => {
      server.debug = true;
      await withConnection(async (otherLines) => {
        assert.deepEqual(await otherLines("server"), []);
        assert.deepEqual(await otherLines("client"), []);
      });
      assert.deepEqual(await lines("server"), ECHO.server);
    }));

  test("but not what a handler's own level keeps out, nor anything for logger: null", async () => {
    const stage = new Stage("INFO");
    try {
      const { server, url } = await stage.serve(
        async (connection) => {
          connection.debug = true;
          for await (const message of connection) await connection.send(message);
        },
        { logger: null },
      );
      const client = await stage.connect(url);
      for (const handler of getLogger("websockets").handlers) handler.setLevel("INFO");
      client.debug = true;
      await client.send("x");
      await client.recv();
      await client.close();
      await server.close();
    } finally {
      await stage.end();
    }
    assert.deepEqual(stage.records, []);
  });

  test("to a foreign logger at its lowest level that is on, marked as forced", async () => {
    const written: unknown[][] = [];
    const write =
      (level: string) =>
      (...args: unknown[]): void => {
        written.push([level, ...args]);
      };
    const pino = {
      level: "warn",
      child: () => pino,
      isLevelEnabled: (level: string) => ["warn", "error", "fatal"].includes(level),
      trace: write("trace"),
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
      fatal: write("fatal"),
    };
    const stage = new Stage("INFO");
    try {
      const { server, url } = await stage.serve(
        async (connection) => {
          connection.debug = true;
          for await (const message of connection) await connection.send(message);
        },
        { logger: pino, compression: null },
      );
      const client = await stage.connect(url, { compression: null });
      await client.send("x");
      await client.recv();
      const frames = written.filter(([, , text]) => String(text).includes("TEXT"));
      assert.deepEqual(
        frames.map(([level, fields, text]) => [
          level,
          text,
          (fields as { forced?: boolean }).forced,
        ]),
        ECHO.server.map((text) => ["warn", text, true]),
      );
      await client.close();
      await server.close();
    } finally {
      await stage.end();
    }
    assert.ok(!written.some(([level]) => level === "debug" || level === "info"));
  });
});
