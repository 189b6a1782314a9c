import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, beforeEach, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import logging, { type Logging, type LogRecord } from "../../src/logging/index.ts";
import { resetRegistry, shared } from "../../src/logging/registry.ts";
import { run } from "../support/child.ts";
import { temporaryFile } from "../support/temporary.ts";

beforeEach(resetRegistry);

const SOURCE = fileURLToPath(new URL("../../src/logging", import.meta.url));

describe("two copies of the module in one process", () => {
  let other: Logging;

  before(async () => {
    const copy = temporaryFile("copy");
    cpSync(SOURCE, copy, { recursive: true });
    writeFileSync(join(copy, "package.json"), '{ "type": "module" }');
    const path = pathToFileURL(join(copy, "index.ts")).href;
    other = ((await import(path)) as { default: Logging }).default;
  });

  test("are two copies", () => {
    assert.notEqual(other.Logger, logging.Logger);
  });

  test("have the same loggers, whichever makes them", () => {
    assert.equal(other.getLogger("a"), logging.getLogger("a"));
    const made = other.getLogger("a.b");
    assert.equal(logging.getLogger("a.b"), made);
    assert.equal(made.parent, logging.getLogger("a"));
    assert.equal(other.root, logging.root);
  });

  test("hear of each other's levels, names of levels and switches", () => {
    const logger = logging.getLogger("a");
    assert.ok(!logger.isEnabledFor(logging.DEBUG));
    other.getLogger("a").setLevel("DEBUG");
    assert.ok(logger.isEnabledFor(logging.DEBUG));
    other.disable("CRITICAL");
    assert.ok(!logger.isEnabledFor(logging.ERROR));
    other.addLevelName(5, "TRACE");
    assert.equal(logging.getLevelName("TRACE"), 5);
    other.raiseExceptions = false;
    assert.equal(logging.raiseExceptions, false);
    other.lastResort = null;
    assert.equal(logging.lastResort, null);
  });

  test("take each other's handlers, options, records and adapters", () => {
    const records: LogRecord[] = [];
    class Collector extends other.Handler {
      override emit(record: LogRecord): void {
        records.push(record);
      }
    }
    const logger = logging.getLogger("a");
    logger.addHandler(new Collector());
    const replaced = new other.LogRecord("a", 40, "replaced", []);
    logger.error("x", other.options({ extra: { id: 1 } }));
    logger.addFilter(() => replaced);
    new other.LoggerAdapter(logger).error("y");
    assert.deepEqual(
      records.map((record) => [record.getMessage(), record.id]),
      [
        ["x", 1],
        ["replaced", undefined],
      ],
    );
  });

  test("close each other's handlers at shutdown", () => {
    let closed = false;
    class Closing extends other.NullHandler {
      override close(): void {
        closed = true;
        super.close();
      }
    }
    const handler = new Closing();
    logging.shutdown();
    assert.ok(closed && handler.level === 0);
  });
});

describe("shared", () => {
  test("makes each part once, and resetRegistry puts it back as it was first", () => {
    const make = (): { count: number } => ({ count: 1 });
    const part = shared("test", make);
    part.count = 2;
    assert.equal(shared("test", make), part);
    resetRegistry();
    assert.equal(part.count, 1);
  });
});

describe("where there is no process, as in browsers", () => {
  const CODE = `
    const lines = [];
    for (const name of ["debug", "info", "warn", "error"]) console[name] = (line) => lines.push(name + ": " + line);
    const { process } = globalThis;
    delete globalThis.process;
    const { default: logging } = await import("#/src/logging/index.ts");
    const logger = logging.getLogger("a");
    logger.warning("last resort");
    logging.basicConfig({ level: "DEBUG" });
    logger.debug("d");
    logger.info("i");
    logger.warning("w %s", 1);
    logger.error("e");
    logger.critical("%d", "x");
    let refused;
    try {
      new logging.FileHandler("x.log");
    } catch (error) {
      refused = error.message;
    }
    globalThis.process = process;
    process.stdout.write(JSON.stringify([...lines, refused]));
  `;

  test("lines go to the console by their level, and files are refused", async () => {
    const { stdout, stderr } = await run(CODE);
    assert.equal(stderr, "");
    const lines = JSON.parse(stdout) as string[];
    assert.deepEqual(lines.slice(0, 5), [
      "warn: last resort",
      "debug: DEBUG:a:d",
      "info: INFO:a:i",
      "warn: WARNING:a:w 1",
      "error: ERROR:a:e",
    ]);
    assert.match(lines[5] ?? "", /^error: --- Logging error ---\nTypeError: %d format/);
    assert.equal(lines[6], "FileHandler needs a platform with files");
  });
});
