/** log4js, tslog and debug: by `fromLog4js`, `fromTslog` and `fromDebug`. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { format } from "node:util";
import log4js from "log4js";
import { Logger as Tslog } from "tslog";
import { adaptLogger, fromDebug, fromLog4js, fromTslog } from "../../../src/logging/adapt.ts";
import { faultOf, HOSTILE_TEXTS } from "../hostile-text.ts";
import { createDebug } from "./debug-package.ts";
import { EVENT, TEMPLATE, WEBSOCKET } from "./support.ts";

interface Seen {
  readonly level: string;
  readonly text: string;
  readonly context: Record<string, unknown>;
}

/** Configures log4js and returns what it will have written, in the given layout. */
function log4jsTo(level: string, pattern = "%m"): Seen[] {
  const seen: Seen[] = [];
  const type = {
    configure: (
      _config: object,
      layouts: { patternLayout(pattern: string): (event: log4js.LoggingEvent) => string },
    ) => {
      const layout = layouts.patternLayout(pattern);
      return (event: log4js.LoggingEvent) =>
        void seen.push({
          level: event.level.levelStr,
          text: layout(event),
          context: event.context,
        });
    },
  };
  log4js.configure({
    appenders: { list: { type: type as never } },
    categories: { default: { appenders: ["list"], level } },
  });
  return seen;
}

describe("a logger of log4js", () => {
  test("gets each level by its own name", () => {
    const seen = log4jsTo("trace");
    const target = fromLog4js(log4js.getLogger("ws"));
    for (const level of [10, 20, 30, 40, 50]) target.emit(level, TEMPLATE, {});
    assert.deepEqual(
      seen.map((one) => one.level),
      ["DEBUG", "INFO", "WARN", "ERROR", "FATAL"],
    );
    for (const one of seen) assert.equal(one.text, TEMPLATE);
  });

  test("gets the fields as the context of the event, and its own context stays", () => {
    const seen = log4jsTo("trace", "%X{connection} %X{user} %m");
    const logger = log4js.getLogger("ws");
    logger.addContext("user", "ann");
    fromLog4js(logger).emit(20, "connection closed", { websocket: WEBSOCKET, event: EVENT });
    assert.equal(seen[0]!.text, "c0ffee ann connection closed");
    assert.equal(seen[0]!.context.code, 1000);
    logger.info("mine");
    assert.deepEqual(seen[1]!.context, { user: "ann" });
  });

  test("gets an error behind the text", () => {
    const seen = log4jsTo("trace");
    fromLog4js(log4js.getLogger("ws")).emit(40, "100% failed", {}, new Error("boom"));
    assert.match(seen[0]!.text, /^100% failed Error: boom\n {4}at /);
  });

  test("is known by its shape too, and asked for its level", () => {
    log4jsTo("warn");
    const target = adaptLogger(log4js.getLogger("asked"));
    assert.equal(target.isEnabledFor(20), false);
    assert.equal(target.isEnabledFor(30), true);
  });

  test("gets forced lines at its lowest enabled level", () => {
    const seen = log4jsTo("warn");
    fromLog4js(log4js.getLogger("ws")).emit(10, "> PING", {}, undefined, true);
    assert.equal(seen[0]!.level, "WARN");
    assert.equal(seen[0]!.context.forced, true);
  });
});

/** A logger of tslog, and what it hands to its transports. */
function tslogTo(minLevel: number) {
  const seen: Record<string, unknown>[] = [];
  const logger = new Tslog({ type: "hidden", minLevel });
  logger.attachTransport((record) => void seen.push(record as Record<string, unknown>));
  return { logger, seen };
}

describe("a logger of tslog", () => {
  test("gets each level by its own name", () => {
    const { logger, seen } = tslogTo(0);
    const target = fromTslog(logger);
    for (const level of [10, 20, 30, 40, 50]) target.emit(level, TEMPLATE, {});
    assert.deepEqual(
      seen.map((one) => (one._logMeta as { logLevelName: string }).logLevelName),
      ["DEBUG", "INFO", "WARN", "ERROR", "FATAL"],
    );
  });

  test("gets the fields and the error as an object behind the text", () => {
    const { logger, seen } = tslogTo(0);
    fromTslog(logger).emit(40, TEMPLATE, { websocket: WEBSOCKET, event: EVENT }, new Error("boom"));
    const { 0: text, 1: fields } = seen[0] as { 0: string; 1: Record<string, unknown> };
    assert.equal(text, TEMPLATE);
    assert.equal(fields.connection, "c0ffee");
    assert.equal(fields.event, "connection.close");
    assert.equal((fields.error as Error).message, "boom");
  });

  test("is known by its shape too, and asked for its level each time", () => {
    const { logger } = tslogTo(4);
    const target = adaptLogger(logger);
    assert.deepEqual(
      [10, 20, 30, 40, 50].map((level) => target.isEnabledFor(level)),
      [false, false, true, true, true],
    );
    logger.settings.minLevel = 0;
    assert.equal(target.isEnabledFor(10), true);
  });

  test("gets forced lines at its lowest enabled level", () => {
    const { logger, seen } = tslogTo(4);
    fromTslog(logger).emit(10, "> PING", {}, undefined, true);
    assert.equal((seen[0]!._logMeta as { logLevelName: string }).logLevelName, "WARN");
    assert.deepEqual(seen[0]![1], { forced: true });
  });

  test("of the pretty type gets a text that is no template", () => {
    const calls: unknown[][] = [];
    const logger = new Tslog({ type: "pretty" });
    logger.info = (...args: unknown[]) => void calls.push(args) as undefined;
    const target = fromTslog(logger);
    target.emit(20, "100%", {});
    target.emit(20, "100% %s", { event: { type: "x" } });
    assert.deepEqual(calls, [["100%"], ["100%% %%s", { event: "x" }]]);
  });
});

describe("a logger of debug", () => {
  function debugTo() {
    const lines: string[] = [];
    const logger = createDebug("websockets:adapt");
    logger.enabled = true;
    logger.log = (...args: unknown[]) => void lines.push(format(...args));
    return { lines, logger };
  }

  test("gets every level while it is switched on", () => {
    const { lines, logger } = debugTo();
    const target = fromDebug(logger);
    for (const level of [10, 20, 30, 40, 50]) {
      assert.equal(target.isEnabledFor(level), true);
      target.emit(level, TEMPLATE, {});
    }
    assert.equal(lines.length, 5);
    for (const line of lines) assert.ok(line.includes(` ${TEMPLATE}`), line);
    logger.enabled = false;
    assert.equal(target.isEnabledFor(40), false);
  });

  test("gets the stack of an error behind the text", () => {
    const { lines, logger } = debugTo();
    fromDebug(logger).emit(40, "100% failed", {}, new Error("boom"));
    assert.match(lines[0]!, /100% failed\n.*Error: boom\n +.*at /);
  });

  for (const text of HOSTILE_TEXTS) {
    test(`writes ${JSON.stringify(text)} without a raw control character`, () => {
      const { lines, logger } = debugTo();
      logger.useColors = false;
      fromDebug(logger).emit(40, text, {}, new Error(text));
      assert.equal(faultOf(lines.join("\n"), lines[0]!.split("\nError: ").length), null);
    });
  }
});
