import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { followConnections, runForConnection } from "../../src/logging/context.ts";
import { JSONFormatter } from "../../src/logging/json.ts";
import { ERROR, INFO } from "../../src/logging/level.ts";
import { LogRecord, makeLogRecord } from "../../src/logging/record.ts";
import { EVENT, WEBSOCKET } from "./adapt/support.ts";
import { faultOf, HOSTILE_TEXTS } from "./hostile-text.ts";

type Line = Record<string, unknown>;

const { prettyFactory } = createRequire(import.meta.url)("pino-pretty") as {
  prettyFactory(options: object): (line: string) => string;
};

function makeRecord(fields: Line = {}, msg = "connection open", level = INFO): LogRecord {
  const record = new LogRecord("websockets.server", level, msg, []);
  record.created = 1_700_000_000.123;
  record.msecs = 123;
  return Object.assign(record, fields);
}

function format(record: LogRecord, options = {}): Line {
  return JSON.parse(new JSONFormatter(options).format(record));
}

describe("JSONFormatter", () => {
  test("writes time, message, level and logger, in this order", () => {
    assert.equal(
      new JSONFormatter().format(makeRecord()),
      '{"timestamp":"2023-11-14T22:13:20.123Z","message":"connection open","level":"INFO","logger":"websockets.server"}',
    );
  });

  test("puts arguments into the message", () => {
    const record = makeLogRecord({ msg: "%s closed %d", args: ["it", 7] });
    assert.equal(format(record).message, "it closed 7");
  });

  test("writes the data of the event and the id of the connection", () => {
    const line = format(makeRecord({ event: EVENT, websocket: WEBSOCKET }));
    assert.equal(line.event, "connection.close");
    assert.equal(line.connection, "c0ffee");
    assert.equal(line.code, 1000);
    assert.equal(line.ratio, null);
    assert.deepEqual(line.headers, [["Host", "localhost"]]);
    assert.equal("websocket" in line, false);
  });

  test("writes what extra added, and the fields that every line has", () => {
    const line = format(makeRecord({ user: "ann", basket: { items: [1, 2n] }, odd: Symbol("x") }), {
      fields: { service: "shop" },
    });
    assert.equal(line.user, "ann");
    assert.deepEqual(line.basket, { items: [1, "2"] });
    assert.equal(line.service, "shop");
    assert.equal("odd" in line, false);
  });

  test("renames a field that goes by the name of one of its own", () => {
    const line = format(
      makeRecord({ level: 7, logger: "mine", exc_info: 1, event: { code: 1 }, code: 2 }),
    );
    assert.equal(line.level, "INFO");
    assert.equal(line.level_, 7);
    assert.equal(line.logger_, "mine");
    assert.equal(line.code, 1);
    assert.equal(line.code_, 2);
  });

  test("writes an error with its stack and its cause", () => {
    const error = new TypeError("boom", { cause: new Error("below") });
    const line = format(makeRecord({ error }, "connection handler failed", ERROR));
    assert.match(
      String(line.exc_info),
      /^TypeError: boom\n {4}at [\s\S]*\[cause\]: Error: below\n/,
    );
  });

  test("survives fields that cannot be serialised", () => {
    const loop: Line = {};
    loop.self = loop;
    const line = format(
      makeRecord({
        loop,
        bad: {
          get x(): never {
            throw new Error("no");
          },
        },
        nan: Number.NaN,
        when: new Date(Number.NaN),
        map: new Map([["a", 1]]),
        ["__proto__" as string]: 1,
      }),
    );
    assert.equal(line.bad, "[unreadable]");
    assert.equal(line.nan, null);
    assert.equal(line.when, null);
    assert.deepEqual(line.map, [["a", 1]]);
  });

  test("gives a record inside a handler the id of its connection", () => {
    followConnections();
    const record = makeRecord();
    runForConnection(WEBSOCKET, () => assert.equal(format(record).connection, "c0ffee"));
    assert.equal("connection" in format(record), false);
  });

  test("refuses an unknown shape", () => {
    assert.throws(() => new JSONFormatter({ shape: "bunyan" as never }), RangeError);
  });

  test("reads back the application's own text exactly", () => {
    for (const text of HOSTILE_TEXTS) {
      const line = format(makeRecord({ text }, text));
      assert.equal(line.message, text);
      assert.equal(line.text, text);
    }
  });

  for (const shape of ["plain", "pino"] as const) {
    for (const text of HOSTILE_TEXTS) {
      test(`in the shape ${shape} writes ${JSON.stringify(text)} without a raw control character`, () => {
        const formatter = new JSONFormatter({ shape });
        const event = { type: "x", path: text, headers: [[text, text]] };
        for (const level of [10, 20, 30, 40, 50]) {
          const error = new Error(text, { cause: new Error(text) });
          const line = formatter.format(makeRecord({ event, [text]: text, error }, text, level));
          assert.equal(faultOf(line), null);
          assert.equal(line.includes("\n"), false);
        }
      });
    }
  }
});

describe("JSONFormatter in the shape of pino", () => {
  for (const [level, expected] of [
    [0, 10],
    [5, 10],
    [10, 20],
    [20, 30],
    [25, 30],
    [30, 40],
    [40, 50],
    [50, 60],
    [70, 60],
  ] as const) {
    test(`writes level ${level} as ${expected}`, () => {
      assert.equal(format(makeRecord({}, "x", level), { shape: "pino" }).level, expected);
    });
  }

  test("writes the keys of pino", () => {
    const error = Object.assign(new TypeError("boom"), { code: "E_BOOM" });
    const line = format(makeRecord({ error, event: EVENT }, "failed", ERROR), { shape: "pino" });
    assert.equal(line.time, 1_700_000_000_123);
    assert.equal(line.name, "websockets.server");
    assert.equal(line.msg, "failed");
    assert.equal(line.connection, "c0ffee");
    const err = line.err as Line;
    assert.equal(err.type, "TypeError");
    assert.equal(err.message, "boom");
    assert.equal(err.code, "E_BOOM");
    assert.match(String(err.stack), /^TypeError: boom\n/);
  });

  test("is read by pino-pretty", () => {
    const formatter = new JSONFormatter({ shape: "pino" });
    const pretty = prettyFactory({ colorize: false, translateTime: "UTC:HH:MM:ss" });
    const record = makeRecord({ error: new Error("boom") }, "connection handler failed", ERROR);
    const text = pretty(`${formatter.format(record)}\n`);
    assert.ok(
      text.startsWith("[22:13:20] ERROR (websockets.server): connection handler failed\n"),
      text,
    );
    assert.match(text, /"message": "boom"|message: "boom"|Error: boom/);
  });
});
