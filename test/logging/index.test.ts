import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import logging, * as names from "../../src/logging/index.ts";
import { resetRegistry } from "../../src/logging/registry.ts";
import { catchStderr } from "./stderr.ts";

beforeEach(resetRegistry);

/** `logging.__all__` of Python 3.13 but for BufferingFormatter and captureWarnings, and what dictConfig needs. */
const PYTHON =
  "BASIC_FORMAT CRITICAL DEBUG ERROR FATAL FileHandler Filter Formatter Handler INFO LogRecord Logger LoggerAdapter NOTSET NullHandler StreamHandler WARN WARNING addLevelName basicConfig critical debug disable error exception fatal getLevelName getLogger getLoggerClass info log makeLogRecord setLoggerClass shutdown warn warning getLogRecordFactory setLogRecordFactory getLevelNamesMapping getHandlerByName getHandlerNames dictConfig MemoryHandler".split(
    " ",
  );

const VARIABLES = ["lastResort", "raiseExceptions", "root"];

describe("the entry", () => {
  for (const name of PYTHON) {
    test(`has Python's ${name}`, () => {
      assert.ok(name in logging);
    });
  }

  test("exports each name of its object by itself, but for the variables", () => {
    const own = Object.keys(logging).filter((name) => !VARIABLES.includes(name));
    const exported = Object.keys(names).filter((name) => name !== "default");
    assert.deepEqual(own.sort(), exported.sort());
    for (const [name, value] of Object.entries(names)) {
      if (name !== "default")
        assert.equal(Object.entries(logging).find(([key]) => key === name)?.[1], value);
    }
  });

  test("has the module's variables, which can be set", () => {
    assert.equal(logging.root, logging.getLogger());
    assert.equal(logging.lastResort?.level, logging.WARNING);
    logging.lastResort = null;
    assert.equal(logging.lastResort, null);
    assert.equal(logging.raiseExceptions, true);
    logging.raiseExceptions = false;
    assert.equal(
      catchStderr(() => logging.getLogger("a").error("x")),
      "",
    );
  });
});
