import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import pino from "pino";
import { adaptLogger, type BunyanLike } from "../../../src/logging/adapt.ts";
import { faultOf, HOSTILE_TEXTS } from "../hostile-text.ts";
import { EVENT, Sink, TEMPLATE, WEBSOCKET } from "./support.ts";

const bunyan = createRequire(import.meta.url)("bunyan") as {
  createLogger(options: object): BunyanLike & { level(value: string): void };
  readonly stdSerializers: object;
};

function pinoTo(sink: Sink, options: pino.LoggerOptions = {}) {
  return pino({ level: "trace", base: null, timestamp: false, ...options }, sink);
}

function bunyanTo(stream: Sink, options: object = {}) {
  return bunyan.createLogger({ name: "app", level: "trace", stream, ...options });
}

const LEVELS = [
  [5, 20],
  [10, 20],
  [20, 30],
  [25, 30],
  [30, 40],
  [40, 50],
  [50, 60],
] as const;

for (const [name, make] of [
  ["pino", pinoTo],
  ["bunyan", bunyanTo],
] as const) {
  describe(`a logger of ${name}`, () => {
    for (const [level, expected] of LEVELS) {
      test(`gets level ${level} as ${expected}`, () => {
        const sink = new Sink();
        adaptLogger(make(sink)).emit(level, "text", {});
        assert.equal(sink.lines.length, 1);
        assert.equal(sink.lines[0]!.level, expected);
        assert.equal(sink.lines[0]!.msg, "text");
      });
    }

    test("gets the fields of the event as fields of the line, and not the connection itself", () => {
      const sink = new Sink();
      adaptLogger(make(sink)).emit(20, "connection closed", { websocket: WEBSOCKET, event: EVENT });
      const [line] = sink.lines;
      assert.equal(line!.event, "connection.close");
      assert.equal(line!.connection, "c0ffee");
      assert.equal(line!.code, 1000);
      assert.equal(line!.reason, "bye\\u202e\\x1b[31m");
      assert.equal(line!.ratio, null);
      assert.deepEqual(line!.sent, { code: 1000, reason: "bye" });
      assert.equal(line!.cause, "Error: socket\\x1bhang up");
      assert.deepEqual(line!.headers, [["Host", "localhost"]]);
      assert.equal(line!.payload, "<7 bytes>");
      assert.ok(!sink.text.includes("serialised"));
    });

    test("gets the id of a connection that has no event", () => {
      const sink = new Sink();
      adaptLogger(make(sink)).emit(20, "connection open", { websocket: WEBSOCKET });
      assert.equal(sink.lines[0]!.connection, "c0ffee");
    });

    test("gets a text with per cent signs and braces as it is", () => {
      const sink = new Sink();
      const target = adaptLogger(make(sink));
      target.emit(10, TEMPLATE, { event: EVENT });
      target.emit(10, TEMPLATE, {});
      assert.deepEqual(
        sink.lines.map((line) => line.msg),
        [TEMPLATE, TEMPLATE],
      );
    });

    test("gets an error with its stack", () => {
      const sink = new Sink();
      adaptLogger(make(sink)).emit(40, "connection handler failed", {}, new TypeError("boom"));
      const err = sink.lines[0]!.err as { message: string; stack: string };
      assert.equal(sink.lines[0]!.msg, "connection handler failed");
      assert.equal(err.message, "boom");
      assert.match(err.stack, /^TypeError: boom\n {4}at /);
    });

    test("is asked for its level again after each change", () => {
      const logger = make(new Sink());
      const target = adaptLogger(logger);
      const set = (level: string): void => {
        if (typeof logger.level === "function") logger.level(level);
        else (logger as { level: string }).level = level;
      };
      const on = (): boolean[] => [10, 20, 30, 40, 50].map((level) => target.isEnabledFor(level));
      assert.deepEqual(on(), [true, true, true, true, true]);
      set("warn");
      assert.deepEqual(on(), [false, false, true, true, true]);
      set("debug");
      assert.deepEqual(on(), [true, true, true, true, true]);
      set("fatal");
      assert.deepEqual(on(), [false, false, false, false, true]);
    });

    test("gets forced lines at its lowest enabled level", () => {
      const sink = new Sink();
      const logger = make(sink, { level: "warn" });
      adaptLogger(logger).emit(10, "> TEXT 'x' [1 byte]", {}, undefined, true);
      assert.equal(sink.lines[0]!.level, 40);
      assert.equal(sink.lines[0]!.forced, true);
      adaptLogger(logger).emit(10, "> TEXT 'x' [1 byte]", {});
      assert.equal(sink.lines.length, 1);
    });

    for (const text of HOSTILE_TEXTS) {
      test(`writes ${JSON.stringify(text)} without a raw control character`, () => {
        const sink = new Sink();
        const target = adaptLogger(make(sink));
        for (const level of [10, 20, 30, 40, 50]) {
          const event = {
            type: "x",
            path: text,
            headers: [[text, text]],
            nested: { [text]: text },
          };
          target.emit(level, text, { event }, new Error(text, { cause: new Error(text) }));
        }
        assert.equal(faultOf(sink.text, 5), null);
        for (const line of sink.lines) assert.equal(faultOf(`x${line.msg}`), null);
      });
    }
  });
}

test("bunyan's serialiser for errors is used if there is one", () => {
  const sink = new Sink();
  const logger = bunyanTo(sink, { serializers: bunyan.stdSerializers });
  adaptLogger(logger).emit(40, "failed", {}, Object.assign(new Error("boom"), { code: "E" }));
  assert.equal((sink.lines[0]!.err as { code: string }).code, "E");
});

test("a child of a pino logger keeps its bindings", () => {
  const sink = new Sink();
  adaptLogger(pinoTo(sink).child({ app: "chat" })).emit(20, "connection open", {});
  assert.equal(sink.lines[0]!.app, "chat");
});

test("a silent pino logger gets nothing, not even forced", () => {
  const sink = new Sink();
  const target = adaptLogger(pinoTo(sink, { level: "silent" }));
  target.emit(50, "x", {}, undefined, true);
  assert.equal(target.isEnabledFor(50), false);
  assert.equal(sink.text, "");
});
