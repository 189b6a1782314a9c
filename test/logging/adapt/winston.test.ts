import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import winston from "winston";
import { adaptLogger } from "../../../src/logging/adapt.ts";
import { faultOf, HOSTILE_TEXTS } from "../hostile-text.ts";
import { EVENT, Sink, TEMPLATE, WEBSOCKET } from "./support.ts";

const { format } = winston;

function winstonTo(sink: Sink, options: winston.LoggerOptions = {}): winston.Logger {
  return winston.createLogger({
    level: "debug",
    format: format.json(),
    transports: [new winston.transports.Stream({ stream: sink })],
    ...options,
  });
}

describe("a logger of winston", () => {
  for (const [level, expected] of [
    [10, "debug"],
    [20, "info"],
    [30, "warn"],
    [40, "error"],
    [50, "error"],
  ] as const) {
    test(`gets level ${level} as ${expected}`, () => {
      const sink = new Sink();
      adaptLogger(winstonTo(sink)).emit(level, "text", {});
      assert.deepEqual(sink.lines, [{ level: expected, message: "text" }]);
    });
  }

  test("with syslog's levels gets them by syslog's names", () => {
    const sink = new Sink();
    const logger = winstonTo(sink, { levels: winston.config.syslog.levels });
    for (const level of [10, 20, 30, 40, 50]) adaptLogger(logger).emit(level, "x", {});
    assert.deepEqual(
      sink.lines.map((line) => line.level),
      ["debug", "info", "warning", "error", "crit"],
    );
  });

  test("without a level for DEBUG has DEBUG off", () => {
    const sink = new Sink();
    const target = adaptLogger(winstonTo(sink, { levels: { error: 0, info: 1 }, level: "info" }));
    assert.equal(target.isEnabledFor(10), false);
    assert.equal(target.isEnabledFor(20), true);
    for (const level of [10, 20, 30, 40]) target.emit(level, "x", {});
    assert.deepEqual(
      sink.lines.map((line) => line.level),
      ["info", "error", "error"],
    );
  });

  test("gets the fields of the event beside the message", () => {
    const sink = new Sink();
    adaptLogger(winstonTo(sink)).emit(20, "connection closed", {
      websocket: WEBSOCKET,
      event: EVENT,
    });
    const [line] = sink.lines;
    assert.equal(line!.message, "connection closed");
    assert.equal(line!.level, "info");
    assert.equal(line!.event, "connection.close");
    assert.equal(line!.connection, "c0ffee");
    assert.equal(line!.reason, "bye\\u202e\\x1b[31m");
  });

  test("gets an error as stack, and the message stays as it is", () => {
    const sink = new Sink();
    const target = adaptLogger(
      winstonTo(sink, { format: format.combine(format.errors({ stack: true }), format.json()) }),
    );
    target.emit(40, "connection handler failed", {}, new TypeError("boom"));
    const [line] = sink.lines;
    assert.equal(line!.message, "connection handler failed");
    assert.equal(line!.error, "TypeError: boom");
    assert.match(String(line!.stack), /^TypeError: boom\n {4}at /);
  });

  test("gets a text with per cent signs as it is, also where splat() formats", () => {
    const sink = new Sink();
    const target = adaptLogger(
      winstonTo(sink, { format: format.combine(format.splat(), format.json()) }),
    );
    target.emit(20, TEMPLATE, { event: EVENT });
    assert.equal(sink.lines[0]!.message, TEMPLATE);
    assert.equal(sink.lines[0]!.connection, "c0ffee");
  });

  test("is asked for its level at most once a second", (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const logger = winstonTo(new Sink(), { level: "info" });
    const isLevelEnabled = mock.method(logger, "isLevelEnabled");
    const target = adaptLogger(logger);
    for (let round = 0; round < 100; round += 1) assert.equal(target.isEnabledFor(10), false);
    assert.equal(isLevelEnabled.mock.callCount(), 1);
    logger.level = "debug";
    context.mock.timers.tick(1000);
    assert.equal(target.isEnabledFor(10), true);
    logger.level = "info";
    assert.equal(target.isEnabledFor(10), true, "the answer of this second");
    context.mock.timers.tick(1000);
    assert.equal(target.isEnabledFor(10), false);
  });

  test("gets forced lines at its lowest enabled level", () => {
    const sink = new Sink();
    adaptLogger(winstonTo(sink, { level: "info" })).emit(10, "> PING", {}, undefined, true);
    assert.deepEqual(sink.lines, [{ level: "info", message: "> PING", forced: true }]);
  });

  for (const text of HOSTILE_TEXTS) {
    test(`writes ${JSON.stringify(text)} without a raw control character, in text and JSON`, () => {
      for (const [one, records] of [
        [format.json(), 5],
        [format.simple(), 5],
        [format.printf((info) => `${info.message} ${info.path} ${info.stack}`), 5],
      ] as const) {
        const sink = new Sink();
        const target = adaptLogger(winstonTo(sink, { format: one }));
        for (const level of [10, 20, 30, 40, 50]) {
          const event = { type: "x", path: text, headers: [[text, text]] };
          target.emit(level, `. ${text}`, { event }, new Error(text));
        }
        assert.equal(faultOf(sink.text.replaceAll("\r\n", "\n"), records), null);
      }
    });
  }
});
