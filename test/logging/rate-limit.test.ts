import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, type TestContext, test } from "node:test";
import { Handler } from "../../src/logging/handler.ts";
import { getLogger } from "../../src/logging/manager.ts";
import { RateLimitFilter } from "../../src/logging/rate-limit.ts";
import type { LogRecord } from "../../src/logging/record.ts";
import { resetRegistry } from "../../src/logging/registry.ts";

class ListHandler extends Handler {
  readonly texts: string[] = [];

  override emit(record: LogRecord): void {
    this.texts.push(record.getMessage());
  }
}

function listen(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const logger = getLogger("websockets.server");
  const handler = new ListHandler();
  getLogger("websockets").addHandler(handler);
  getLogger("websockets").setLevel("DEBUG");
  return {
    logger,
    handler,
    texts: handler.texts,
    tick: (ms: number) => context.mock.timers.tick(ms),
  };
}

beforeEach(resetRegistry);
afterEach(resetRegistry);

describe("RateLimitFilter", () => {
  test("lets a burst through, drops the rest, and says how many", (context) => {
    const { logger, texts, tick } = listen(context);
    logger.addFilter(new RateLimitFilter({ perSecond: 2, burst: 3 }));
    for (let round = 0; round < 415; round += 1) logger.info("connection rejected (403 Forbidden)");
    assert.equal(texts.length, 3);
    tick(1000);
    assert.deepEqual(texts.slice(3), [
      "connection rejected (403 Forbidden) (412 similar messages dropped)",
    ]);
  });

  test("lets messages through again as time passes", (context) => {
    const { logger, texts, tick } = listen(context);
    logger.addFilter(new RateLimitFilter({ perSecond: 2, burst: 1 }));
    for (let round = 0; round < 10; round += 1) {
      logger.info("x");
      tick(250);
    }
    assert.equal(texts.filter((text) => text === "x").length, 5);
    assert.ok(texts.includes("x (2 similar messages dropped)"), texts.join("\n"));
  });

  test("says nothing when nothing was dropped", (context) => {
    const { logger, texts, tick } = listen(context);
    logger.addFilter(new RateLimitFilter());
    logger.info("x");
    tick(5000);
    assert.deepEqual(texts, ["x"]);
  });

  test("counts each kind by itself, by the text before its arguments", (context) => {
    const { logger, texts } = listen(context);
    logger.addFilter(new RateLimitFilter({ perSecond: 1, burst: 1 }));
    logger.info("a %d", 1);
    logger.info("a %d", 2);
    logger.info("b %d", 1);
    assert.deepEqual(texts, ["a 1", "b 1"]);
  });

  test("counts by a key of one's own", (context) => {
    const { logger, texts } = listen(context);
    logger.addFilter(
      new RateLimitFilter({ perSecond: 1, burst: 1, key: (record) => record.levelno }),
    );
    logger.info("a");
    logger.info("b");
    logger.error("c");
    assert.deepEqual(texts, ["a", "c"]);
  });

  test("sums up many kinds in one line", (context) => {
    const { logger, texts, tick } = listen(context);
    logger.addFilter(new RateLimitFilter({ perSecond: 1, burst: 1 }));
    for (let kind = 0; kind < 50; kind += 1)
      for (let n = 0; n < 3; n += 1) logger.info(`kind ${kind}`);
    assert.equal(texts.length, 50);
    tick(1000);
    assert.deepEqual(texts.slice(50), ["(100 messages of 50 kinds dropped)"]);
  });

  test("works on a logger above, and on a handler", (context) => {
    const { logger, handler, texts, tick } = listen(context);
    const limit = new RateLimitFilter({ perSecond: 1, burst: 1 });
    getLogger("websockets").addFilter(limit);
    for (let n = 0; n < 3; n += 1) logger.info("x");
    tick(1000);
    assert.deepEqual(texts, ["x", "x (2 similar messages dropped)"]);
    getLogger("websockets").removeFilter(limit);
    handler.addFilter(limit);
    for (let n = 0; n < 3; n += 1) logger.info("y");
    limit.flush();
    assert.deepEqual(texts.slice(2), ["y", "y (2 similar messages dropped)"]);
  });

  test("forgets kinds, so that a peer cannot fill the memory", (context) => {
    const { logger, texts, tick } = listen(context);
    logger.addFilter(new RateLimitFilter({ perSecond: 1000, burst: 1 }));
    for (let kind = 0; kind < 10_000; kind += 1) logger.info(`kind ${kind}`);
    tick(10);
    for (let kind = 0; kind < 10_001; kind += 1) logger.info(`other ${kind}`);
    assert.equal(texts.length, 20_001);
    logger.info("other 10000");
    assert.equal(texts.length, 20_001, "what is recent is remembered");
  });

  test("bears a clock that is set back", (context) => {
    const { logger, texts } = listen(context);
    logger.addFilter(new RateLimitFilter({ perSecond: 1, burst: 2 }));
    logger.info("x");
    context.mock.timers.setTime(1000);
    for (let n = 0; n < 3; n += 1) logger.info("x");
    assert.equal(texts.length, 2);
  });

  for (const options of [
    { perSecond: -1 },
    { perSecond: Number.NaN },
    { burst: 0 },
    { interval: 0 },
    { perSecond: Number.POSITIVE_INFINITY },
  ]) {
    const [[name, value]] = Object.entries(options) as [[string, number]];
    test(`refuses ${name} ${value}`, () => {
      assert.throws(
        () => new RateLimitFilter(options),
        (error) => error instanceof RangeError && error.message.includes(name),
      );
    });
  }
});
