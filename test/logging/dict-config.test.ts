import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { type DictConfig, dictConfig } from "../../src/logging/dict-config.ts";
import { Formatter } from "../../src/logging/formatter.ts";
import { getHandlerByName, Handler } from "../../src/logging/handler.ts";
import { JSONFormatter } from "../../src/logging/json.ts";
import { getLogger } from "../../src/logging/manager.ts";
import { MemoryHandler } from "../../src/logging/memory.ts";
import type { LogRecord } from "../../src/logging/record.ts";
import { resetRegistry } from "../../src/logging/registry.ts";
import { catchStderr } from "./stderr.ts";

beforeEach(resetRegistry);

const PLAIN = {
  version: 1,
  formatters: { plain: { format: "%(levelname)s %(name)s %(message)s" } },
  handlers: { console: { class: "logging.StreamHandler", formatter: "plain" } },
} as const;

/** A handler of one's own, made from the rest of its entry. */
class Own extends Handler {
  readonly texts: string[] = [];
  readonly prefix: unknown;

  constructor({ prefix }: Readonly<Record<string, unknown>>) {
    super();
    this.prefix = prefix;
  }

  override emit(record: LogRecord): void {
    this.texts.push(`${String(this.prefix)}${this.format(record)}`);
  }
}

describe("dictConfig", () => {
  test("configures formatters, handlers, loggers and the root", () => {
    const stderr = catchStderr(() => {
      dictConfig({
        ...PLAIN,
        loggers: {
          websockets: { level: "DEBUG", handlers: ["console"], propagate: false },
          "websockets.client": { level: "ERROR" },
        },
        root: { level: "WARNING", handlers: ["console"] },
      });
      getLogger("websockets.server").debug("x");
      getLogger("websockets.client").warning("no");
      getLogger("app").info("no");
      getLogger("app").warning("w");
    });
    assert.equal(stderr, "DEBUG websockets.server x\nWARNING app w\n");
  });

  test("disables loggers that exist and are not named, but not those below a named one", () => {
    for (const name of ["old", "kept.child"]) getLogger(name);
    getLogger("kept.child").setLevel("ERROR");
    getLogger("kept.child").propagate = false;
    dictConfig({ ...PLAIN, loggers: { kept: {} }, root: { handlers: ["console"] } });
    assert.ok(getLogger("old").disabled);
    assert.ok(!getLogger("kept.child").disabled);
    assert.ok(getLogger("kept.child").propagate);
    assert.equal(getLogger("kept.child").level, 0);
    assert.ok(!getLogger("new").disabled);
  });

  for (const key of ["disableExistingLoggers", "disable_existing_loggers"] as const) {
    test(`leaves them with ${key} false`, () => {
      getLogger("old");
      dictConfig({ ...PLAIN, [key]: false });
      assert.ok(!getLogger("old").disabled);
    });
  }

  test("replaces the handlers of what it names, and closes those of before", () => {
    let closed = 0;
    class Closing extends Own {
      override close(): void {
        closed += 1;
        super.close();
      }
    }
    getLogger("a").addHandler(new Closing({}));
    dictConfig({ ...PLAIN, loggers: { a: { handlers: ["console"] } } });
    assert.equal(closed, 1);
    assert.deepEqual(getLogger("a").handlers, [getHandlerByName("console")]);
  });

  test("leaves the root alone when its entry is missing or empty", () => {
    const handler = new Own({});
    getLogger().addHandler(handler);
    dictConfig(PLAIN);
    dictConfig({ ...PLAIN, root: {} });
    assert.deepEqual(getLogger().handlers, [handler]);
    dictConfig({ ...PLAIN, root: { level: "INFO" } });
    assert.deepEqual(getLogger().handlers, []);
  });

  test("makes what a factory makes: classes get the rest of the entry, functions too", () => {
    const first: string[] = [];
    const second: string[] = [];
    dictConfig({
      version: 1,
      formatters: {
        json: { "()": JSONFormatter, shape: "pino" },
        own: { "()": ({ text }) => new Formatter(`${String(text)} %(message)s`), text: "T" },
      },
      filters: {
        own: {
          "()":
            () =>
            ({ msg }: LogRecord) =>
              msg !== "drop",
        },
      },
      handlers: {
        one: { "()": Own, prefix: "1 ", formatter: "json", filters: ["own"] },
        two: { class: Own, prefix: "2 ", formatter: "own", ".": { texts: second } },
      },
      root: { handlers: ["one", "two"] },
    });
    Object.assign(getHandlerByName("one") ?? {}, { texts: first });
    getLogger("a").error("x");
    getLogger("a").error("drop");
    assert.equal(first.length, 1);
    assert.equal((JSON.parse((first[0] ?? "").slice(2)) as { msg: string }).msg, "x");
    assert.deepEqual(second, ["2 T x", "2 T drop"]);
  });

  test("makes a class of formatters with the usual arguments", () => {
    class Loud extends Formatter {
      override format(record: LogRecord): string {
        return super.format(record).toUpperCase();
      }
    }
    const stderr = catchStderr(() => {
      dictConfig({
        version: 1,
        formatters: { loud: { class: Loud, format: "{name} {message}", style: "{" } },
        handlers: { console: { class: "StreamHandler", formatter: "loud" } },
        root: { handlers: ["console"] },
      });
      getLogger("a").error("x");
    });
    assert.equal(stderr, "A X\n");
  });

  test("makes what Python's names of classes say in the place of a factory", () => {
    const stderr = catchStderr(() => {
      dictConfig({
        version: 1,
        formatters: { f: { "()": "logging.Formatter", fmt: "<%(message)s>" } },
        filters: { a: { "()": "logging.Filter", name: "a" } },
        handlers: { h: { "()": "logging.StreamHandler", formatter: "f", filters: ["a"] } },
        root: { handlers: ["h"] },
      } as unknown as DictConfig);
      getLogger("a").error("x");
      getLogger("b").error("no");
    });
    assert.equal(stderr, "<x>\n");
  });

  test("finds a MemoryHandler's target, whatever its name", () => {
    dictConfig({
      version: 1,
      handlers: {
        a: { class: "logging.handlers.MemoryHandler", capacity: 2, target: "z" },
        z: { class: Own, prefix: "" },
      },
      root: { handlers: ["a"] },
    });
    const memory = getHandlerByName("a");
    assert.ok(memory instanceof MemoryHandler);
    assert.equal(memory.target, getHandlerByName("z"));
  });

  test("follows ext:// to streams and cfg:// into the config", () => {
    const stderr = catchStderr(() => {
      dictConfig({
        version: 1,
        levels: ["ERROR", "WARNING"],
        handlers: {
          console: { class: "StreamHandler", stream: "ext://sys.stderr", level: "cfg://levels[1]" },
          other: { class: "StreamHandler", stream: "ext://process.stdout", level: "CRITICAL" },
        },
        root: { level: "DEBUG", handlers: ["console", "other"] },
      } as DictConfig);
      getLogger("a").info("no");
      getLogger("a").warning("yes");
    });
    assert.equal(stderr, "yes\n");
  });

  test("adds filters to loggers, by name or as they are", () => {
    const stderr = catchStderr(() => {
      dictConfig({
        ...PLAIN,
        filters: { a: { name: "a.b" } },
        loggers: {
          "a.b": { filters: ["a", ({ msg }) => msg !== "drop"] },
          "a.c": { filters: ["a"] },
        },
        root: { handlers: ["console"] },
      });
      getLogger("a.b").error("yes");
      getLogger("a.b").error("drop");
      getLogger("a.c").error("no");
    });
    assert.equal(stderr, "ERROR a.b yes\n");
  });

  test("incrementally changes levels and propagate, and nothing else", () => {
    dictConfig({ ...PLAIN, root: { handlers: ["console"] } });
    getLogger("a").disabled = true;
    dictConfig({
      version: 1,
      incremental: true,
      handlers: { console: { level: "ERROR" } },
      loggers: { a: { level: "DEBUG", propagate: false, handlers: ["nope"] } },
      root: { level: "INFO", handlers: ["nope"] },
    });
    assert.equal(getHandlerByName("console")?.level, 40);
    assert.deepEqual(
      [getLogger("a").level, getLogger("a").propagate, getLogger("a").disabled],
      [10, false, false],
    );
    assert.equal(getLogger().level, 20);
    assert.equal(getLogger().handlers.length, 1);
  });

  const REFUSED: readonly (readonly [object, string, string?])[] = [
    [{}, "dictionary doesn't specify a version"],
    [{ version: 2 }, "Unsupported version: 2"],
    [
      { version: 1, root: { handlers: ["nope"] } },
      "Unable to configure root logger",
      "Unable to add handler 'nope'",
    ],
    [
      { version: 1, root: { filters: ["nope"] } },
      "Unable to configure root logger",
      "Unable to add filter 'nope'",
    ],
    [
      { version: 1, loggers: { a: { level: "nope" } } },
      "Unable to configure logger 'a'",
      "Unknown level: 'nope'",
    ],
    [
      { version: 1, formatters: { f: { format: "x", style: "?" } } },
      "Unable to configure formatter 'f'",
      "Style must be one of: %,{,$",
    ],
    [
      { version: 1, formatters: { f: { class: "no.Such" } } },
      "Unable to configure formatter 'f'",
      "Cannot resolve 'no.Such'",
    ],
    [
      { version: 1, filters: { f: { "()": 5 } } },
      "Unable to configure filter 'f'",
      "'()' must be a function or a class, not 5",
    ],
    [
      { version: 1, handlers: { h: { class: "no.Such" } } },
      "Unable to configure handler 'h'",
      "Cannot resolve 'no.Such'",
    ],
    [
      { version: 1, handlers: { h: { class: "StreamHandler", strm: 1 } } },
      "Unable to configure handler 'h'",
      "StreamHandler takes no option 'strm': allowed are stream",
    ],
    [
      { version: 1, handlers: { h: { class: "StreamHandler", formatter: "nope" } } },
      "Unable to configure handler 'h'",
      "Unable to set formatter 'nope'",
    ],
    [
      { version: 1, handlers: { h: { class: "StreamHandler", stream: "ext://no.such" } } },
      "Unable to configure handler 'h'",
      "Cannot resolve 'no.such'",
    ],
    [
      { version: 1, handlers: { h: { class: "MemoryHandler", capacity: 1, target: "h" } } },
      "Unable to configure handler 'h'",
      "Unable to set target handler 'h'",
    ],
    [
      { version: 1, handlers: { h: { class: "MemoryHandler" } } },
      "Unable to configure handler 'h'",
      "MemoryHandler needs a capacity",
    ],
    [
      { version: 1, handlers: { h: { class: "FileHandler" } } },
      "Unable to configure handler 'h'",
      "FileHandler needs a filename",
    ],
    [
      { version: 1, handlers: { h: { "()": () => 5 } } },
      "Unable to configure handler 'h'",
      "not a handler: 5",
    ],
    [{ version: 1, incremental: true, handlers: { h: {} } }, "No handler found with name 'h'"],
  ];
  for (const [config, message, cause] of REFUSED) {
    test(`refuses ${JSON.stringify(config)}`, () => {
      assert.throws(
        () => dictConfig(config as DictConfig),
        (error: Error) => {
          assert.equal(error.name, "RangeError");
          assert.equal(error.message, message);
          assert.equal((error.cause as Error | undefined)?.message, cause);
          return true;
        },
      );
    });
  }
});
