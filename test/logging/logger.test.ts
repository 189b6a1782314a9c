import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import fc from "fast-check";
import { LoggerAdapter } from "../../src/logging/adapter.ts";
import { Handler } from "../../src/logging/handler.ts";
import { Logger } from "../../src/logging/logger.ts";
import {
  disable,
  findLogger,
  getLogger,
  getLoggerClass,
  manager,
  setLoggerClass,
} from "../../src/logging/manager.ts";
import { type LogCallOptions, options } from "../../src/logging/options.ts";
import { extraOf, type LogRecord } from "../../src/logging/record.ts";
import { resetRegistry, switches } from "../../src/logging/registry.ts";
import { catchStderr } from "./stderr.ts";

beforeEach(resetRegistry);

class Collector extends Handler {
  readonly records: LogRecord[] = [];

  get texts(): string[] {
    return this.records.map((record) => record.getMessage());
  }

  override emit(record: LogRecord): void {
    this.records.push(record);
  }
}

/** A collector on the logger called `name`, which lets everything through. */
function collect(name: string): Collector {
  const collector = new Collector();
  const logger = getLogger(name);
  logger.addHandler(collector);
  logger.setLevel("DEBUG");
  return collector;
}

describe("getLogger", () => {
  test("gives the same logger for the same name, and the root for none", () => {
    assert.equal(getLogger("a.b"), getLogger("a.b"));
    assert.notEqual(getLogger("a"), getLogger("A"));
    assert.equal(getLogger(), getLogger("root"));
    assert.equal(getLogger(""), getLogger(null));
    assert.equal(getLogger().name, "root");
    assert.equal(getLogger().level, 30);
    assert.equal(getLogger().parent, null);
  });

  test("refuses a name that is no string", () => {
    assert.throws(() => getLogger(5 as unknown as string), {
      name: "TypeError",
      message: "A logger name must be a string",
    });
  });

  const PARENTS: readonly (readonly [readonly string[], string, string])[] = [
    [["a.b.c"], "a.b.c", "root"],
    [["a.b.c", "a"], "a.b.c", "a"],
    [["a.b.c", "a", "a.b"], "a.b.c", "a.b"],
    [["a.b.c", "a", "a.b"], "a.b", "a"],
    [["a", "ab", "ab.c"], "ab.c", "ab"],
    [["a.", "a"], "a.", "a"],
    [["a.", "a..b"], "a..b", "a."],
    [[".", ".."], "..", "."],
    [[".a", "a"], ".a", "root"],
    [["r.x", "r"], "r.x", "r"],
    [["websocketsx", "websockets"], "websocketsx", "root"],
  ];
  for (const [made, name, parent] of PARENTS) {
    test(`puts ${name} below ${parent} after ${made.join(", ")}`, () => {
      for (const one of made) getLogger(one);
      assert.equal(getLogger(name).parent?.name, parent);
    });
  }

  test("makes the same tree in whatever order loggers are asked for", () => {
    const names = fc.uniqueArray(
      fc
        .array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 4 })
        .map((parts) => parts.join(".")),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(names, (made) => {
        resetRegistry();
        for (const name of made) getLogger(name);
        for (const name of made) {
          const above = made
            .filter((other) => name.startsWith(`${other}.`))
            .sort((one, other) => other.length - one.length);
          assert.equal(getLogger(name).parent, above[0] ? getLogger(above[0]) : getLogger());
        }
      }),
    );
  });

  test("findLogger makes none", () => {
    getLogger("a.b");
    assert.equal(findLogger("a"), null);
    assert.equal(findLogger("c"), null);
    assert.equal(findLogger("a.b"), getLogger("a.b"));
    assert.equal(findLogger(""), getLogger());
  });

  test("makes loggers of the class that was set", () => {
    class Own extends Logger {}
    setLoggerClass(Own);
    assert.equal(getLoggerClass(), Own);
    assert.ok(getLogger("new") instanceof Own);
  });
});

describe("children", () => {
  test("getChild names a descendant, getChildren the loggers directly below", () => {
    const a = getLogger("a");
    assert.equal(a.getChild("b.c").name, "a.b.c");
    assert.equal(getLogger().getChild("x").name, "x");
    assert.deepEqual([...a.getChildren()], []);
    getLogger("a.b");
    assert.deepEqual([...a.getChildren()], [getLogger("a.b")]);
    assert.deepEqual([...getLogger().getChildren()].map(({ name }) => name).sort(), ["a", "x"]);
  });

  test("a logger that getLogger did not make has no place in the tree", () => {
    assert.throws(() => new Logger("loose").getChild("x"), { name: "TypeError" });
  });
});

describe("levels", () => {
  test("the nearest that is set counts, lower or higher, and NOTSET inherits again", () => {
    getLogger("a").setLevel("DEBUG");
    getLogger("a.b").setLevel(40);
    const levels = ["", "a", "a.b", "a.b.c", "a.c", "b"].map((name) =>
      getLogger(name).getEffectiveLevel(),
    );
    assert.deepEqual(levels, [30, 10, 40, 40, 10, 30]);
    getLogger("a.b").setLevel("NOTSET");
    assert.equal(getLogger("a.b.c").getEffectiveLevel(), 10);
    getLogger().setLevel(0);
    assert.equal(getLogger("b").getEffectiveLevel(), 0);
  });

  test("propagate does not stop their inheritance", () => {
    getLogger("a").propagate = false;
    getLogger().setLevel(10);
    assert.equal(getLogger("a.b").getEffectiveLevel(), 10);
  });

  test("a level that is refused changes nothing", () => {
    const logger = getLogger("a");
    logger.setLevel(10);
    assert.throws(() => logger.setLevel("nope"), { name: "RangeError" });
    assert.equal(logger.level, 10);
  });

  const CHANGES: readonly (readonly [string, (logger: Logger) => void])[] = [
    ["its own level", (logger) => logger.setLevel("INFO")],
    ["its own level, assigned", (logger) => Object.assign(logger, { level: 20 })],
    ["its parent's level", () => getLogger("a").setLevel("INFO")],
    ["the root's level", () => getLogger().setLevel("INFO")],
    ["disabled", (logger) => Object.assign(logger, { disabled: true })],
    ["disable()", () => disable("DEBUG")],
    ["manager.disable", () => Object.assign(manager, { disable: 10 })],
    [
      "a parent that comes late",
      () => {
        setLoggerClass(
          class extends Logger {
            constructor(name: string) {
              super(name, "ERROR");
            }
          },
        );
        getLogger("a.b");
      },
    ],
  ];
  for (const [what, change] of CHANGES) {
    test(`isEnabledFor hears of ${what} at once, and so does the generation`, () => {
      getLogger().setLevel("DEBUG");
      getLogger("a");
      const logger = getLogger("a.b.c");
      assert.ok(logger.isEnabledFor(10));
      const { generation } = manager;
      change(logger);
      assert.ok(!logger.isEnabledFor(10));
      assert.notEqual(manager.generation, generation);
    });
  }

  test("disable(level) counts for all loggers until it is lifted", () => {
    const collector = collect("a");
    disable("INFO");
    getLogger("a").info("1");
    getLogger("a").warning("2");
    disable();
    getLogger("a").critical("3");
    getLogger("a").log(51, "4");
    disable("NOTSET");
    getLogger("a").debug("5");
    assert.deepEqual(collector.texts, ["2", "4", "5"]);
  });

  test("isLevelEnabled takes the names of other loggers", () => {
    const logger = getLogger("a");
    const names = ["trace", "debug", "info", "warn", "error", "fatal", "WARNING"];
    assert.deepEqual(
      names.filter((name) => logger.isLevelEnabled(name)),
      ["warn", "error", "fatal", "WARNING"],
    );
  });
});

describe("the methods of a logger", () => {
  const METHODS = [
    ["debug", 10],
    ["info", 20],
    ["warning", 30],
    ["warn", 30],
    ["error", 40],
    ["critical", 50],
    ["fatal", 50],
  ] as const;
  for (const [method, level] of METHODS) {
    test(`${method} logs at ${level}, with any number of arguments`, () => {
      const collector = collect("a");
      const logger = getLogger("a");
      logger[method]("none");
      logger[method]("%s", 1);
      logger[method]("%s %s", 1, 2);
      logger[method]("%s %s %s %s", 1, 2, 3, 4);
      logger[method]("%s", undefined);
      assert.deepEqual(collector.texts, ["none", "1", "1 2", "1 2 3 4", "undefined"]);
      assert.ok(collector.records.every(({ levelno }) => levelno === level));
      logger.setLevel(level + 1);
      logger[method]("no more");
      assert.equal(collector.records.length, 5);
    });
  }

  test("log takes any whole number, and refuses others unless raiseExceptions is false", () => {
    const collector = collect("a");
    getLogger("a").log(15, "x");
    assert.equal(collector.records[0]?.levelname, "Level 15");
    assert.throws(() => getLogger("a").log(1.5, "x"), {
      name: "TypeError",
      message: "level must be an integer",
    });
    switches.raiseExceptions = false;
    getLogger("a").log(1.5, "x");
    assert.equal(collector.records.length, 1);
  });

  test("a last argument that is an Error is no argument of the message", () => {
    const collector = collect("a");
    const error = new Error("boom");
    getLogger("a").error("failed", error);
    getLogger("a").error("failed %s", "x", error);
    assert.deepEqual(collector.texts, ["failed", "failed x"]);
    assert.ok(collector.records.every((record) => record.error === error));
  });

  test("an Error for which the message has a place is an argument, too", () => {
    const collector = collect("a");
    const error = new Error("boom");
    getLogger("a").error("failed: %s", error);
    assert.deepEqual(collector.texts, ["failed: Error: boom"]);
    assert.equal(collector.records[0]?.error, error);
  });

  test("options give an error, extra fields, and the stack of the call", () => {
    const collector = collect("a");
    const error = new Error("boom");
    getLogger("a").info("x %s", 1, options({ error, extra: { id: 7 }, stackInfo: true }));
    const [record] = collector.records;
    assert.equal(record?.getMessage(), "x 1");
    assert.equal(record?.error, error);
    assert.deepEqual(record && extraOf(record), { id: 7 });
    assert.match(
      record?.stackInfo ?? "",
      /^Stack \(most recent call first\):\n {4}at .*logger\.test/,
    );
  });

  test("a plain object is an argument, not options", () => {
    const collector = collect("a");
    getLogger("a").info("%s", { error: "x" });
    assert.deepEqual(collector.texts, ["{'error': 'x'}"]);
    assert.equal(collector.records[0]?.error, undefined);
  });

  test("a reserved key in extra throws, but only if the record is made", () => {
    const collector = collect("a");
    const evil = options({ extra: { name: "evil" } });
    assert.throws(() => getLogger("a").error("x", evil), {
      name: "ReferenceError",
      message: "Attempt to overwrite 'name' in LogRecord",
    });
    getLogger("a").setLevel("CRITICAL");
    getLogger("a").error("x", evil);
    assert.equal(collector.records.length, 0);
  });

  test("exception logs at ERROR, with the error also when there is none", () => {
    const collector = collect("a");
    const error = new Error("boom");
    getLogger("a").exception("one", error);
    getLogger("a").exception("two %s", undefined, 2);
    getLogger("a").exception("three", error, options({ extra: { id: 7 } }));
    assert.deepEqual(collector.texts, ["one", "two 2", "three"]);
    assert.deepEqual(
      collector.records.map((record) => record.error),
      [error, null, error],
    );
    assert.equal(collector.records[2]?.id, 7);
  });
});

describe("the way of a record", () => {
  test("leads to the logger's handlers, then to each ancestor's", () => {
    const order: string[] = [];
    for (const name of ["", "a.b", "a"]) {
      const handler = new Collector();
      handler.addFilter(() => order.push(name));
      getLogger(name).addHandler(handler);
    }
    getLogger("a.b").error("x");
    assert.deepEqual(order, ["a.b", "a", ""]);
  });

  test("ends at a logger that does not propagate, after its handlers", () => {
    const [top, middle] = [collect(""), collect("a")];
    getLogger("a").propagate = false;
    getLogger("a.b").error("x");
    assert.deepEqual([top.texts, middle.texts], [[], ["x"]]);
    assert.ok(getLogger("a.b").hasHandlers());
    getLogger("a.b").propagate = false;
    assert.ok(!getLogger("a.b").hasHandlers());
  });

  test("asks levels and filters of the first logger alone", () => {
    const collector = collect("a");
    getLogger("a").setLevel("CRITICAL");
    getLogger("a").addFilter(() => false);
    getLogger("a.b").setLevel("DEBUG");
    getLogger("a.b").debug("x");
    assert.deepEqual(collector.texts, ["x"]);
  });

  test("passes a handler on two loggers twice, one added twice once", () => {
    const collector = collect("a");
    getLogger("a").addHandler(collector);
    getLogger("").addHandler(collector);
    getLogger("a").error("x");
    assert.deepEqual(collector.texts, ["x", "x"]);
    getLogger("a").removeHandler(collector);
    getLogger("a").error("y");
    assert.deepEqual(collector.texts, ["x", "x", "y"]);
  });

  test("leaves out handlers above the record's level, which count as found all the same", () => {
    const collector = collect("a");
    collector.setLevel("CRITICAL");
    assert.equal(
      catchStderr(() => getLogger("a").error("x")),
      "",
    );
    assert.deepEqual(collector.texts, []);
  });

  test("goes on when a handler fails", () => {
    class Failing extends Handler {
      override emit(): void {
        throw new Error("bug");
      }
    }
    getLogger("a").addHandler(new Failing());
    const collector = collect("a");
    const stderr = catchStderr(() => getLogger("a").error("x"));
    assert.match(stderr, /Error: bug/);
    assert.deepEqual(collector.texts, ["x"]);
  });

  test("is the same for a record while a handler removes itself", () => {
    const second = new Collector();
    const first = new Collector();
    first.addFilter(() => {
      getLogger("a").removeHandler(first);
      return true;
    });
    getLogger("a").addHandler(first);
    getLogger("a").addHandler(second);
    getLogger("a").error("x");
    getLogger("a").error("y");
    assert.deepEqual([first.texts, second.texts], [["x"], ["x", "y"]]);
  });

  test("ends in the handler of last resort when there is no handler", () => {
    const stderr = catchStderr(() => {
      getLogger("a").info("no");
      getLogger("a").warning("one\ntwo");
      getLogger("a").error("three");
    });
    assert.equal(stderr, "one\ntwo\nthree\n");
  });

  test("ends at once in a logger that is disabled, but not for its descendants", () => {
    const collector = collect("a");
    getLogger("a").disabled = true;
    getLogger("a").error("x");
    getLogger("a").handle(getLogger("a").makeRecord(40, "y", []));
    getLogger("a.b").error("z");
    assert.deepEqual(collector.texts, ["z"]);
  });

  test("begins at handle for a record whose level nobody asks", () => {
    const collector = collect("a");
    getLogger("a").setLevel("CRITICAL");
    getLogger("a").handle(getLogger("a").makeRecord(10, "forced %s", ["x"], { extra: { id: 1 } }));
    assert.deepEqual(collector.texts, ["forced x"]);
    assert.equal(collector.records[0]?.id, 1);
  });
});

describe("filters of loggers", () => {
  test("change or replace the record for all handlers", () => {
    const [own, top] = [collect("a"), collect("")];
    const other = getLogger("a").makeRecord(40, "replaced", []);
    const replace = (): LogRecord => other;
    getLogger("a").addFilter(replace);
    getLogger("a").addFilter(replace);
    assert.equal(getLogger("a").filters.length, 1);
    getLogger("a").error("x");
    assert.deepEqual([own.texts, top.texts], [["replaced"], ["replaced"]]);
    getLogger("a").removeFilter(replace);
    getLogger("a").error("x");
    assert.deepEqual(own.texts, ["replaced", "x"]);
  });

  test("throw at whoever logs", () => {
    collect("a");
    getLogger("a").addFilter(() => {
      throw new TypeError("bad filter");
    });
    assert.throws(() => getLogger("a").error("x"), { message: "bad filter" });
  });

  test("on websockets see the records of its descendants, whenever it is made", () => {
    const stderr = catchStderr(() => {
      getLogger("websockets.server").error("before");
      assert.ok(getLogger("websockets").filterDescendants);
      getLogger("websockets").addFilter(() => false);
      getLogger("websockets.server").error("no");
      getLogger("websockets.client.x").error("no");
      getLogger("websockets").error("no");
      getLogger("websocketsx").error("after");
    });
    assert.equal(stderr, "before\nafter\n");
  });

  test("run from the first logger upward", () => {
    const order: string[] = [];
    collect("websockets.server");
    getLogger("websockets").addFilter(() => order.push("websockets"));
    getLogger("websockets.server").addFilter(() => order.push("server"));
    getLogger("websockets.server").error("x");
    assert.deepEqual(order, ["server", "websockets"]);
  });

  test("on other loggers see those of descendants only if filterDescendants is set", () => {
    const collector = collect("a.b");
    getLogger("a").addFilter(() => false);
    getLogger("a.b").error("x");
    getLogger("a").filterDescendants = true;
    getLogger("a.b").error("y");
    assert.deepEqual(collector.texts, ["x"]);
  });
});

describe("LoggerAdapter", () => {
  test("replaces the fields of the call by its own, or keeps both with mergeExtra", () => {
    const collector = collect("a");
    const call = options({ extra: { both: "call", call: 1 } });
    new LoggerAdapter(getLogger("a"), { both: "own", own: 1 }).info("x", call);
    const merging = new LoggerAdapter(
      getLogger("a"),
      { both: "own", own: 1 },
      { mergeExtra: true },
    );
    merging.info("x", call);
    merging.info("x");
    assert.deepEqual(collector.records.map(extraOf), [
      { both: "own", own: 1 },
      { both: "call", call: 1, own: 1 },
      { both: "own", own: 1 },
    ]);
  });

  test("of an adapter: the inner one comes last", () => {
    const collector = collect("a");
    const inner = new LoggerAdapter(getLogger("a"), { inner: 1 });
    new LoggerAdapter(inner, { outer: 1 }).error("x");
    const merging = new LoggerAdapter(getLogger("a"), { inner: 1 }, { mergeExtra: true });
    new LoggerAdapter(merging, { outer: 1 }).error("x");
    assert.deepEqual(collector.records.map(extraOf), [{ inner: 1 }, { inner: 1, outer: 1 }]);
  });

  test("lets a subclass change message and fields, and see the fields of the call", () => {
    const collector = collect("a");
    const seen: unknown[] = [];
    class Prefix extends LoggerAdapter {
      override process(msg: unknown, call: LogCallOptions): [unknown, LogCallOptions] {
        seen.push(call.extra?.websocket);
        return [`[7] ${String(msg)}`, call];
      }
    }
    const user = new Prefix(getLogger("a"));
    const error = new Error("boom");
    new LoggerAdapter(user, { websocket: "WS" }).error("failed %d", 1, error);
    const [record] = collector.records;
    assert.equal(record?.getMessage(), "[7] failed 1");
    assert.equal(record?.error, error);
    assert.equal(record?.websocket, "WS");
    assert.deepEqual(seen, ["WS"]);
  });

  test("has all methods of a logger, and its levels", () => {
    const collector = collect("a");
    const adapter = new LoggerAdapter(getLogger("a"), { id: 1 });
    for (const method of [
      "debug",
      "info",
      "warning",
      "warn",
      "error",
      "critical",
      "fatal",
    ] as const) {
      adapter[method]("%s", method);
    }
    adapter.exception("e", new Error("boom"));
    adapter.log(15, "l");
    assert.deepEqual(
      collector.records.map(({ levelno }) => levelno),
      [10, 20, 30, 30, 40, 50, 50, 40, 15],
    );
    assert.ok(collector.records.every((record) => record.id === 1));
    assert.equal(adapter.name, "a");
    assert.ok(adapter.hasHandlers());
    adapter.setLevel("ERROR");
    assert.equal(adapter.getEffectiveLevel(), 40);
    assert.ok(!adapter.isEnabledFor(30));
    assert.ok(!adapter.isLevelEnabled("warn"));
    adapter.info("no");
    assert.equal(collector.records.length, 9);
  });

  test("child adds fields, as pino's does", () => {
    const collector = collect("a");
    getLogger("a")
      .child({ one: 1 })
      .child({ two: 2 })
      .info("x", options({ extra: { three: 3 } }));
    assert.deepEqual(collector.records.map(extraOf), [{ one: 1, two: 2, three: 3 }]);
  });
});
