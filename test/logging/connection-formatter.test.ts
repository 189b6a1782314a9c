import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ConnectionFormatter,
  formatDuration,
  formatSize,
} from "../../src/logging/connection-formatter.ts";
import { ERROR, INFO } from "../../src/logging/level.ts";
import { LogRecord } from "../../src/logging/record.ts";
import { faultOf, HOSTILE_TEXTS } from "./hostile-text.ts";

function makeRecord(msg: string, event?: object, fields: object = {}, level = INFO): LogRecord {
  return Object.assign(new LogRecord("websockets.server", level, msg, []), {
    ...(event === undefined ? {} : { event }),
    ...fields,
  });
}

const CLOSE = {
  type: "connection.close",
  connection: "c0ffee",
  side: "server",
  remote: "192.0.2.1:4711",
  code: 1000,
  reason: "",
  clean: true,
  duration: 192_000,
  messagesIn: 120,
  bytesIn: 4_100,
  messagesOut: 118,
  bytesOut: 3_900,
};

describe("ConnectionFormatter", () => {
  const formatter = new ConnectionFormatter("%(message)s");

  const LINES: readonly (readonly [string, object, string])[] = [
    ["connection closed", CLOSE, "connection closed 1000 (OK) 3m12s in 120/4.1 kB out 118/3.9 kB"],
    [
      "connection closed",
      { ...CLOSE, code: 1001, reason: "see you\n'soon'" },
      `connection closed 1001 (going away) "see you\\n'soon'" 3m12s in 120/4.1 kB out 118/3.9 kB`,
    ],
    [
      "connection closed",
      { ...CLOSE, code: 1006, cause: new TypeError("reset\u001b by peer") },
      "connection closed 1006 (abnormal closure) 3m12s in 120/4.1 kB out 118/3.9 kB because of TypeError: reset\\x1b by peer",
    ],
    [
      "connection closed",
      { type: "connection.close", code: 3000 },
      "connection closed 3000 (registered)",
    ],
    [
      "connection closed",
      { type: "connection.close", code: 4999 },
      "connection closed 4999 (private use)",
    ],
    [
      "connection closed",
      { type: "connection.close", code: 1016 },
      "connection closed 1016 (unknown)",
    ],
    ["connection closed", { type: "connection.close" }, "connection closed"],
    [
      "connection open",
      { type: "connection.open", path: "/chat", remote: "[::1]:80", subprotocol: "v1" },
      "connection open /chat from [::1]:80 as v1",
    ],
    [
      "connection open",
      { type: "connection.open", path: "/", remote: null, subprotocol: null },
      "connection open /",
    ],
    [
      "connection rejected (403 Forbidden)",
      { type: "connection.rejected", path: "/", remote: "192.0.2.1:1", origin: "http://evil\n" },
      "connection rejected (403 Forbidden) / from 192.0.2.1:1 origin http://evil\\n",
    ],
    ["> PING '' [0 bytes]", { type: "frame.sent" }, "> PING '' [0 bytes]"],
    ["x", { type: "toString" }, "x"],
  ];
  for (const [msg, event, expected] of LINES) {
    test(`writes ${expected}`, () => {
      assert.equal(formatter.format(makeRecord(msg, event)), expected);
    });
  }

  test("leaves the record as it was for other handlers", () => {
    const record = makeRecord("connection closed", CLOSE);
    formatter.format(record);
    assert.equal(record.getMessage(), "connection closed");
    assert.equal("remote" in record, false);
  });

  test("gives formats the fields of the event, and - where there are none", () => {
    const named = new ConnectionFormatter(
      "%(connection)s %(remote)s %(path)s %(code)s %(message)s",
    );
    assert.equal(
      named.format(makeRecord("connection closed", CLOSE)).split(" connection")[0],
      "c0ffee 192.0.2.1:4711 - 1000",
    );
    assert.equal(named.format(makeRecord("server closing")), "- - - - server closing");
    assert.equal(
      named.format(makeRecord("x", undefined, { websocket: { id: "abc" }, path: "mine" })),
      "abc - mine - x",
    );
  });

  test("has a default format with the time, in each style", () => {
    for (const style of ["%", "{", "$"] as const) {
      const text = new ConnectionFormatter(null, { style }).format(makeRecord("x"));
      assert.match(text, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} x$/);
    }
  });

  test("prints the stack of an error behind the line", () => {
    const record = makeRecord(
      "connection handler failed",
      undefined,
      { error: new Error("boom") },
      ERROR,
    );
    assert.match(formatter.format(record), /^connection handler failed\nError: boom\n {4}at /);
  });

  for (const text of HOSTILE_TEXTS) {
    test(`writes ${JSON.stringify(text)} without a raw control character`, () => {
      const named = new ConnectionFormatter(
        ". %(connection)s %(side)s %(remote)s %(path)s %(subprotocol)s %(origin)s %(message)s",
      );
      const data = {
        connection: text,
        side: text,
        remote: text,
        path: text,
        subprotocol: text,
        origin: text,
        reason: text,
        cause: new Error(text),
      };
      for (const type of ["connection.open", "connection.rejected", "connection.close"]) {
        for (const level of [10, 20, 30, 40, 50]) {
          const error = level < 40 ? undefined : new Error(text);
          const record = makeRecord("connection", { type, code: 1000, ...data }, { error }, level);
          const lines = named.format(record);
          assert.equal(faultOf(lines, level < 40 ? 1 : 2), null);
        }
      }
    });
  }
});

describe("formatDuration", () => {
  for (const [duration, expected] of [
    [0, "0ms"],
    [0.7, "0ms"],
    [999.9, "999ms"],
    [1000, "1.0s"],
    [12_345, "12.3s"],
    [59_999, "59.9s"],
    [60_000, "1m00s"],
    [192_000, "3m12s"],
    [3_599_999, "59m59s"],
    [3_600_000, "1h00m"],
    [7_500_000, "2h05m"],
    [86_400_000, "1d00h"],
    [273_600_000, "3d04h"],
  ] as const) {
    test(`writes ${duration} ms as ${expected}`, () => {
      assert.equal(formatDuration(duration), expected);
    });
  }
});

describe("formatSize", () => {
  for (const [size, expected] of [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [4_100, "4.1 kB"],
    [999_949, "999.9 kB"],
    [999_950, "1.0 MB"],
    [3_900_000, "3.9 MB"],
    [1_000_000_000, "1.0 GB"],
    [2_500_000_000_000, "2.5 TB"],
  ] as const) {
    test(`writes ${size} bytes as ${expected}`, () => {
      assert.equal(formatSize(size), expected);
    });
  }
});
