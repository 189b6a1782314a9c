import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { adaptLogger } from "../../../src/logging/adapt.ts";
import { LoggerAdapter } from "../../../src/logging/adapter.ts";
import { Handler } from "../../../src/logging/handler.ts";
import { DEBUG, ERROR, INFO, WARNING } from "../../../src/logging/level.ts";
import { disable, getLogger } from "../../../src/logging/manager.ts";
import type { LogCallOptions } from "../../../src/logging/options.ts";
import type { LogRecord } from "../../../src/logging/record.ts";
import { resetRegistry } from "../../../src/logging/registry.ts";
import { StreamHandler } from "../../../src/logging/stream.ts";
import { faultOf, HOSTILE_TEXTS } from "../hostile-text.ts";
import { captureStderr, EVENT, Sink, TEMPLATE, WEBSOCKET } from "./support.ts";

class ListHandler extends Handler {
  readonly records: LogRecord[] = [];

  override emit(record: LogRecord): void {
    this.records.push(record);
  }
}

function listen(name: string, level = DEBUG) {
  const logger = getLogger(name);
  logger.setLevel(level);
  logger.propagate = false;
  const handler = new ListHandler();
  logger.addHandler(handler);
  return { logger, handler, records: handler.records };
}

beforeEach(resetRegistry);
afterEach(resetRegistry);

describe("a logger of ours", () => {
  test("gets the text as it is, with the connection and the event as attributes", () => {
    const { logger, records } = listen("websockets.server");
    const error = new Error("boom");
    adaptLogger(logger).emit(INFO, TEMPLATE, { websocket: WEBSOCKET, event: EVENT }, error);
    const [record] = records as [LogRecord];
    assert.equal(record.getMessage(), TEMPLATE);
    assert.equal(record.levelno, INFO);
    assert.equal(record.name, "websockets.server");
    assert.equal(record.websocket, WEBSOCKET);
    assert.equal(record.event, EVENT);
    assert.equal(record.error, error);
  });

  test("gets no attribute for a field that is not there, and no error", () => {
    const { logger, records } = listen("websockets.server");
    adaptLogger(logger).emit(INFO, "server closing", {});
    assert.equal("websocket" in records[0]!, false);
    assert.equal("event" in records[0]!, false);
    assert.equal(records[0]!.error, undefined);
  });

  test("is on or off as its level is now", () => {
    const { logger } = listen("websockets.server", INFO);
    const target = adaptLogger(logger);
    assert.equal(target.isEnabledFor(DEBUG), false);
    logger.setLevel(DEBUG);
    assert.equal(target.isEnabledFor(DEBUG), true);
    disable(INFO);
    assert.equal(target.isEnabledFor(INFO), false);
    assert.equal(target.isEnabledFor(WARNING), true);
  });

  test("drops what is below its level, unless it is forced", () => {
    const { logger, records } = listen("websockets.server", INFO);
    const target = adaptLogger(logger);
    target.emit(DEBUG, "dropped", {});
    target.emit(DEBUG, "forced", {}, undefined, true);
    assert.deepEqual(
      records.map((record) => [record.levelno, record.msg]),
      [[DEBUG, "forced"]],
    );
  });

  test("keeps forced records from handlers with a higher level, and from all after disable()", () => {
    const { logger, handler, records } = listen("websockets.server", INFO);
    const target = adaptLogger(logger);
    handler.setLevel(INFO);
    target.emit(DEBUG, "below the handler's level", {}, undefined, true);
    handler.setLevel(DEBUG);
    disable(DEBUG);
    target.emit(DEBUG, "disabled", {}, undefined, true);
    assert.deepEqual(records, []);
  });

  test("does not throw when a filter does, and says so once", async () => {
    const { logger, records } = listen("websockets.server");
    logger.addFilter(() => {
      throw new Error("bad filter");
    });
    const target = adaptLogger(logger);
    const text = await captureStderr(() => {
      target.emit(INFO, "one", {});
      target.emit(INFO, "two", {});
    });
    assert.equal(text.split("bad filter").length, 2, text);
    assert.deepEqual(records, []);
  });

  for (const text of HOSTILE_TEXTS) {
    test(`writes ${JSON.stringify(text)} without a raw control character`, () => {
      const { logger, handler } = listen("websockets.server");
      logger.removeHandler(handler);
      const sink = new Sink();
      logger.addHandler(new StreamHandler(sink));
      const target = adaptLogger(logger);
      for (const level of [DEBUG, INFO, WARNING, ERROR, 50]) {
        target.emit(level, `. ${text}`, {});
      }
      assert.equal(faultOf(sink.text, 5), null);
    });
  }

  test("escapes what reaches the handler of last resort", async () => {
    const text = await captureStderr(() => {
      adaptLogger(getLogger("nobody.listens")).emit(
        ERROR,
        "failed\nFAKE",
        {},
        new Error("bye\nFAKE \u001b[2J"),
      );
    });
    assert.match(text, /^failed\\nFAKE\nError: bye\n {4}FAKE \\x1b\[2J\n {4}at /);
  });
});

describe("an adapter of ours", () => {
  class Tagged extends LoggerAdapter {
    override process(msg: unknown, call: LogCallOptions): [unknown, LogCallOptions] {
      const { websocket } = call.extra as { websocket: { id: string } };
      return [`${websocket.id} ${String(msg)}`, call];
    }
  }

  test("sees the connection in process(), forced or not", () => {
    const { logger, records } = listen("app", INFO);
    const target = adaptLogger(new Tagged(logger));
    target.emit(INFO, TEMPLATE, { websocket: WEBSOCKET, event: EVENT });
    target.emit(DEBUG, "dropped", { websocket: WEBSOCKET });
    target.emit(DEBUG, "forced", { websocket: WEBSOCKET, event: EVENT }, undefined, true);
    assert.deepEqual(
      records.map((record) => record.getMessage()),
      [`c0ffee ${TEMPLATE}`, "c0ffee forced"],
    );
    assert.equal(records[0]!.websocket, WEBSOCKET);
    assert.equal(records[1]!.event, EVENT);
  });

  test("that merges keeps its fields beside ours; one that does not replaces them, as in Python", () => {
    const { logger, records } = listen("app");
    const error = new Error("boom");
    adaptLogger(logger.child({ shop: 7 })).emit(ERROR, "x", { websocket: WEBSOCKET }, error);
    adaptLogger(new LoggerAdapter(logger, { shop: 7 })).emit(ERROR, "x", { websocket: WEBSOCKET });
    assert.equal(records[0]!.shop, 7);
    assert.equal(records[0]!.websocket, WEBSOCKET);
    assert.equal(records[0]!.error, error);
    assert.equal(records[1]!.shop, 7);
    assert.equal("websocket" in records[1]!, false);
  });

  test("before an adapter is passed through from the outside in, forced or not", () => {
    const { logger, records } = listen("app", INFO);
    class Outer extends LoggerAdapter {
      override process(msg: unknown, call: LogCallOptions): [unknown, LogCallOptions] {
        return [`outer ${String(msg)}`, call];
      }
    }
    const target = adaptLogger(new Outer(new Tagged(logger)));
    target.emit(INFO, "x", { websocket: WEBSOCKET });
    target.emit(DEBUG, "y", { websocket: WEBSOCKET }, undefined, true);
    assert.deepEqual(
      records.map((record) => record.msg),
      ["c0ffee outer x", "c0ffee outer y"],
    );
  });

  test("whose process() throws does not reach the connection", async () => {
    const { logger } = listen("app");
    const text = await captureStderr(() => adaptLogger(new Tagged(logger)).emit(INFO, "x", {}));
    assert.match(text, /TypeError/);
  });
});
