import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { TimeoutError } from "../../src/connection/deadline.ts";
import {
  ConcurrencyError,
  ConnectionClosed,
  ConnectionClosedError,
  ConnectionClosedOK,
  connectionClosed,
  KeepaliveTimeout,
} from "../../src/connection/errors.ts";
import { WebSocketError } from "../../src/error.ts";

const close = (code: number, reason = ""): { code: number; reason: string } => ({ code, reason });

describe("the sentence of ConnectionClosed", () => {
  const rows = [
    [null, null, null, "no close frame received or sent", ConnectionClosedError],
    [close(1000), null, "sent", "sent 1000 (OK); no close frame received", ConnectionClosedError],
    [
      null,
      close(1001),
      "received",
      "received 1001 (going away); no close frame sent",
      ConnectionClosedError,
    ],
    [
      close(1000),
      close(1000),
      "sent",
      "sent 1000 (OK); then received 1000 (OK)",
      ConnectionClosedOK,
    ],
    [
      close(1001),
      close(1000, "Bye!"),
      "received",
      "received 1000 (OK) Bye!; then sent 1001 (going away)",
      ConnectionClosedOK,
    ],
    [
      close(1005),
      close(1005),
      "received",
      "received 1005 (no status received [internal]); then sent 1005 (no status received [internal])",
      ConnectionClosedOK,
    ],
    [
      close(1000),
      close(1002),
      "sent",
      "sent 1000 (OK); then received 1002 (protocol error)",
      ConnectionClosedError,
    ],
    [
      close(3000),
      close(4000, "x"),
      "sent",
      "sent 3000 (registered); then received 4000 (private use) x",
      ConnectionClosedError,
    ],
  ] as const;
  for (const [sent, received, order, sentence, kind] of rows) {
    test(sentence, () => {
      const error = connectionClosed({ sent, received, order }, null, null, false);
      assert.equal(error.message, sentence);
      assert.equal(error.constructor, kind);
      assert.deepEqual([error.sent, error.received, error.order], [sent, received, order]);
    });
  }
});

test("each error has its name, its code, and its place in the tree", () => {
  const frames = { sent: null, received: null, order: null };
  const rows: [Error & { code: string }, string, string, (new (...given: never[]) => Error)[]][] = [
    [
      new ConnectionClosed(frames),
      "ConnectionClosed",
      "ERR_WEBSOCKET_CONNECTION_CLOSED",
      [WebSocketError],
    ],
    [
      new ConnectionClosedOK(frames),
      "ConnectionClosedOK",
      "ERR_WEBSOCKET_CONNECTION_CLOSED_OK",
      [ConnectionClosed],
    ],
    [
      new ConnectionClosedError(frames),
      "ConnectionClosedError",
      "ERR_WEBSOCKET_CONNECTION_CLOSED_ERROR",
      [ConnectionClosed],
    ],
    [
      new KeepaliveTimeout(frames),
      "KeepaliveTimeout",
      "ERR_WEBSOCKET_KEEPALIVE_TIMEOUT",
      [ConnectionClosedError],
    ],
    [new ConcurrencyError("x"), "ConcurrencyError", "ERR_WEBSOCKET_CONCURRENCY", [WebSocketError]],
    [new TimeoutError("x"), "TimeoutError", "ERR_WEBSOCKET_TIMEOUT", [Error]],
  ];
  for (const [error, name, code, parents] of rows) {
    assert.equal(error.name, name);
    assert.equal(error.code, code);
    for (const parent of parents) assert.ok(error instanceof parent);
    assert.ok(String(error.stack).startsWith(name), String(error.stack).split("\n")[0]);
  }
});

test("the cause is chained, and the connection is there without being printed", () => {
  const cause = new Error("below");
  const connection = { secret: 1 };
  const error = connectionClosed(
    { sent: null, received: null, order: null },
    connection,
    cause,
    true,
  );
  assert.ok(error instanceof KeepaliveTimeout);
  assert.equal(error.cause, cause);
  assert.equal(error.connection, connection);
  assert.doesNotMatch(inspect(error), /secret/);
  assert.doesNotMatch(JSON.stringify(error), /secret/);
});

test("a connection that was not heard of in time, and then closed well, is closed well", () => {
  const frames = { sent: close(1000), received: close(1000), order: "sent" } as const;
  assert.equal(connectionClosed(frames, null, null, true).constructor, ConnectionClosedOK);
});
