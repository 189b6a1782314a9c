import assert from "node:assert/strict";
import { Console } from "node:console";
import { describe, test } from "node:test";
import { createConsola } from "consola";
import loglevel from "loglevel";
import { adaptLogger } from "../../../src/logging/adapt.ts";
import { faultOf, HOSTILE_TEXTS } from "../hostile-text.ts";
import { EVENT, Sink, TEMPLATE } from "./support.ts";

/** An object shaped like console that keeps its calls. */
function recorder(...methods: string[]) {
  const calls: unknown[][] = [];
  const logger = Object.fromEntries(
    methods.map((name) => [name, (...args: unknown[]) => void calls.push([name, ...args])]),
  ) as unknown as Console;
  return { calls, logger };
}

describe("what is shaped like console", () => {
  test("gets each level by its own method, and the text alone", () => {
    const { calls, logger } = recorder("debug", "info", "warn", "error");
    const target = adaptLogger(logger);
    for (const level of [10, 20, 30, 40, 50]) {
      assert.equal(target.isEnabledFor(level), true);
      target.emit(level, TEMPLATE, { event: EVENT });
    }
    assert.deepEqual(calls, [
      ["debug", TEMPLATE],
      ["info", TEMPLATE],
      ["warn", TEMPLATE],
      ["error", TEMPLATE],
      ["error", TEMPLATE],
    ]);
  });

  test("gets CRITICAL by fatal() if it has one", () => {
    const { calls, logger } = recorder("info", "warn", "error", "fatal");
    adaptLogger(logger).emit(50, "x", {});
    assert.deepEqual(calls, [["fatal", "x"]]);
  });

  test("without debug() has DEBUG off, and forced lines come as INFO", () => {
    const { calls, logger } = recorder("info", "warn", "error");
    const target = adaptLogger(logger);
    assert.equal(target.isEnabledFor(10), false);
    assert.equal(target.isEnabledFor(20), true);
    target.emit(10, "not written", {});
    target.emit(10, "written", {}, undefined, true);
    assert.deepEqual(calls, [["info", "written"]]);
  });

  test("gets an error as a second argument, and its text is no template", () => {
    const { calls, logger } = recorder("info", "warn", "error");
    const error = new Error("boom");
    adaptLogger(logger).emit(40, "100% sure %s", {}, error);
    assert.deepEqual(calls, [["error", "100%% sure %%s", error]]);
    const sink = new Sink();
    adaptLogger(new Console(sink, sink)).emit(40, TEMPLATE, {}, error);
    assert.ok(sink.text.startsWith(`${TEMPLATE} Error: boom\n    at `), sink.text);
  });
});

describe("consola", () => {
  for (const [level, expected] of [
    [5, [true, true, true, true, true]],
    [4, [true, true, true, true, true]],
    [3, [false, true, true, true, true]],
    [1, [false, false, true, true, true]],
    [0, [false, false, false, true, true]],
    [-999, [false, false, false, false, false]],
  ] as const) {
    test(`at its level ${level} is on for ${expected.filter(Boolean).length} levels`, () => {
      const target = adaptLogger(createConsola({ level }));
      assert.deepEqual(
        [10, 20, 30, 40, 50].map((one) => target.isEnabledFor(one)),
        expected,
      );
    });
  }

  test("gets each level as its own type, and the error", () => {
    const types: unknown[] = [];
    const logger = createConsola({
      level: 5,
      reporters: [{ log: ({ type, args }) => void types.push([type, ...args]) }],
    });
    const error = new Error("boom");
    const target = adaptLogger(logger);
    for (const level of [10, 20, 30]) target.emit(level, "x", {});
    target.emit(40, "failed", {}, error);
    target.emit(50, "fell", {});
    assert.deepEqual(types, [
      ["debug", "x"],
      ["info", "x"],
      ["warn", "x"],
      ["error", "failed", error],
      ["fatal", "fell"],
    ]);
  });

  test("prints per cent signs as they are", () => {
    const sink = new Sink();
    const stdout = Object.assign(sink, { columns: 80 }) as unknown as NodeJS.WriteStream;
    const target = adaptLogger(createConsola({ level: 5, stdout, stderr: stdout, fancy: false }));
    target.emit(20, TEMPLATE, {});
    target.emit(40, TEMPLATE, {}, new Error("boom"));
    assert.equal(sink.text.split(TEMPLATE).length, 3, sink.text);
  });
});

describe("loglevel", () => {
  test("is asked for its level each time", () => {
    const logger = loglevel.getLogger("adapt");
    const target = adaptLogger(logger);
    const on = (): boolean[] => [10, 20, 30, 40, 50].map((level) => target.isEnabledFor(level));
    logger.setLevel("trace");
    assert.deepEqual(on(), [true, true, true, true, true]);
    logger.setLevel("warn");
    assert.deepEqual(on(), [false, false, true, true, true]);
    logger.setLevel("silent");
    assert.deepEqual(on(), [false, false, false, false, false]);
  });

  test("gets the text by the method of the level", () => {
    const calls: unknown[][] = [];
    const logger = loglevel.getLogger("adapt-calls");
    logger.methodFactory =
      (name) =>
      (...args: unknown[]) =>
        void calls.push([name, ...args]);
    logger.setLevel("info");
    const target = adaptLogger(logger);
    target.emit(10, "frame", {}, undefined, true);
    target.emit(30, TEMPLATE, {});
    assert.deepEqual(calls, [
      ["info", "frame"],
      ["warn", TEMPLATE],
    ]);
  });
});

for (const text of HOSTILE_TEXTS) {
  test(`console writes ${JSON.stringify(text)} without a raw control character`, () => {
    const sink = new Sink();
    const target = adaptLogger(new Console(sink, sink));
    for (const level of [10, 20, 30, 40, 50]) {
      const error = Object.assign(new Error(text, { cause: new Error(text) }));
      target.emit(level, `. ${text}`, {}, level < 40 ? undefined : error);
    }
    assert.equal(faultOf(sink.text.replaceAll("\n}\n", "\n"), 5), null);
  });
}
