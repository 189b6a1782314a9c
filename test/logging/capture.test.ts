import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { captureLogs } from "../../src/logging/capture.ts";
import { getLogger } from "../../src/logging/manager.ts";
import { NullHandler } from "../../src/logging/null.ts";
import { resetRegistry } from "../../src/logging/registry.ts";
import { catchStderr } from "./stderr.ts";

beforeEach(resetRegistry);

describe("captureLogs", () => {
  test("keeps what is logged on a logger and below, away from all other handlers", () => {
    const stderr = catchStderr(() => {
      const logs = captureLogs("a");
      getLogger("a").info("one %d", 1);
      getLogger("a.b").error("two");
      getLogger("a").debug("no");
      getLogger("b").error("other");
      assert.deepEqual(logs.output, ["INFO:a:one 1", "ERROR:a.b:two"]);
      assert.deepEqual(
        logs.records.map(({ levelno }) => levelno),
        [20, 40],
      );
      logs.stop();
    });
    assert.equal(stderr, "other\n");
  });

  test("puts the logger back as it was, once, and keeps what it has", () => {
    const logger = getLogger("a");
    const handler = new NullHandler();
    logger.addHandler(handler);
    logger.setLevel("ERROR");
    logger.propagate = false;
    const logs = captureLogs("a", "DEBUG");
    logger.debug("x");
    logs.stop();
    logger.setLevel("CRITICAL");
    logs.stop();
    logs[Symbol.dispose]();
    assert.deepEqual(logger.handlers, [handler]);
    assert.equal(logger.level, 50);
    assert.equal(logger.propagate, false);
    assert.deepEqual(logs.output, ["DEBUG:a:x"]);
  });

  test("captures everything without a name", () => {
    const logs = captureLogs();
    getLogger("a.b.c").warning("x");
    logs.stop();
    assert.deepEqual(logs.output, ["WARNING:a.b.c:x"]);
  });

  test("refuses an unknown level and leaves the logger alone", () => {
    assert.throws(() => captureLogs("a", "nope"), { name: "RangeError" });
    assert.deepEqual(getLogger("a").handlers, []);
    assert.ok(getLogger("a").propagate);
  });
});
