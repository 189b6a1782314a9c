import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { configure, getLogger as getLogTape, type LogRecord, reset } from "@logtape/logtape";
import log4js from "log4js";
import pino from "pino";
import winston from "winston";
import { BridgeHandler } from "../../../src/logging/bridges/bridge.ts";
import { LogTapeHandler } from "../../../src/logging/bridges/logtape.ts";
import { getLogger } from "../../../src/logging/manager.ts";
import { options } from "../../../src/logging/options.ts";
import { resetRegistry } from "../../../src/logging/registry.ts";
import { EVENT, Sink, TEMPLATE, WEBSOCKET } from "../adapt/support.ts";
import { faultOf, HOSTILE_TEXTS } from "../hostile-text.ts";

beforeEach(resetRegistry);
afterEach(resetRegistry);

/** Logs one line of each level on `websockets.server`. */
function talk(): void {
  const logger = getLogger("websockets.server");
  logger.setLevel("DEBUG");
  logger.debug("> PING", options({ extra: { websocket: WEBSOCKET } }));
  logger.info("connection closed", options({ extra: { websocket: WEBSOCKET, event: EVENT } }));
  logger.warning("%d%% %s", 100, TEMPLATE);
  logger.error("connection handler failed", new TypeError("boom"));
  logger.critical("down", options({ extra: { shop: 7 } }));
}

describe("BridgeHandler", () => {
  test("sends records to pino", () => {
    const sink = new Sink();
    const logger = pino({ level: "trace", base: null, timestamp: false }, sink);
    getLogger("websockets").addHandler(new BridgeHandler(logger));
    talk();
    const [debug, info, warning, error, critical] = sink.lines;
    assert.deepEqual(debug, {
      level: 20,
      logger: "websockets.server",
      connection: "c0ffee",
      msg: "> PING",
    });
    assert.equal(info!.event, "connection.close");
    assert.equal(info!.code, 1000);
    assert.equal(warning!.msg, `100% ${TEMPLATE}`);
    assert.equal((error!.err as { message: string }).message, "boom");
    assert.equal(critical!.level, 60);
    assert.equal(critical!.shop, 7);
  });

  test("sends records to winston", () => {
    const sink = new Sink();
    const logger = winston.createLogger({
      level: "debug",
      transports: [new winston.transports.Stream({ stream: sink })],
    });
    getLogger("websockets").addHandler(new BridgeHandler(logger));
    talk();
    assert.deepEqual(
      sink.lines.map((line) => [line.level, line.message, line.logger]),
      [
        ["debug", "> PING", "websockets.server"],
        ["info", "connection closed", "websockets.server"],
        ["warn", `100% ${TEMPLATE}`, "websockets.server"],
        ["error", "connection handler failed", "websockets.server"],
        ["error", "down", "websockets.server"],
      ],
    );
    assert.match(String(sink.lines[3]!.stack), /^TypeError: boom\n/);
  });

  test("sends records to log4js and to what is shaped like console", () => {
    const texts: unknown[] = [];
    const note = (text: string): void => void texts.push(text);
    getLogger("websockets").addHandler(
      new BridgeHandler({ debug: note, info: note, warn: note, error: note }),
    );
    log4js.configure({
      appenders: {
        list: {
          type: {
            configure: () => (event: log4js.LoggingEvent) => texts.push(event.data[0]),
          } as never,
        },
      },
      categories: { default: { appenders: ["list"], level: "warn" } },
    });
    getLogger("websockets").addHandler(new BridgeHandler(log4js.getLogger("ws")));
    getLogger("websockets.server").warning("100%");
    assert.deepEqual(texts, ["100%", "100%"]);
  });

  test("refuses a logger of no known shape", () => {
    assert.throws(() => new BridgeHandler({} as never), TypeError);
  });

  for (const text of HOSTILE_TEXTS) {
    test(`writes ${JSON.stringify(text)} without a raw control character`, () => {
      const sink = new Sink();
      const logger = pino({ level: "trace", base: null, timestamp: false }, sink);
      getLogger("websockets").addHandler(new BridgeHandler(logger));
      const ours = getLogger("websockets.server");
      ours.setLevel("DEBUG");
      for (const level of [10, 20, 30, 40, 50]) {
        const extra = { event: { type: "x", path: text }, note: text };
        ours.log(level, "%s", text, options({ error: new Error(text), extra }));
      }
      assert.equal(faultOf(sink.text, 5), null);
      for (const line of sink.lines) assert.equal(faultOf(`x${line.msg}${line.note}`), null);
    });
  }
});

describe("LogTapeHandler", () => {
  const records: LogRecord[] = [];

  beforeEach(async () => {
    records.length = 0;
    await configure({
      reset: true,
      sinks: { list: (record) => void records.push(record) },
      loggers: [
        { category: "websockets", sinks: ["list"], lowestLevel: "debug" },
        { category: ["logtape", "meta"], lowestLevel: "fatal" },
      ],
    });
  });
  afterEach(() => reset());

  test("sends records to the category of their logger", () => {
    getLogger("websockets").addHandler(new LogTapeHandler(getLogTape()));
    talk();
    assert.deepEqual(
      records.map(({ category, level, message }) => [category.join("."), level, message]),
      [
        ["websockets.server", "debug", ["> PING"]],
        ["websockets.server", "info", ["connection closed"]],
        ["websockets.server", "warning", [`100% ${TEMPLATE}`]],
        ["websockets.server", "error", ["connection handler failed"]],
        ["websockets.server", "fatal", ["down"]],
      ],
    );
    assert.equal(records[1]!.properties.connection, "c0ffee");
    assert.equal(records[1]!.properties.event, "connection.close");
    assert.equal((records[3]!.properties.error as Error).message, "boom");
    assert.equal(records[4]!.properties.shop, 7);
  });

  test("keeps the time of the record", () => {
    getLogger("websockets").addHandler(new LogTapeHandler(getLogTape()));
    const logger = getLogger("websockets.client");
    const record = logger.makeRecord(30, "x", []);
    record.created = 1_700_000_000.123;
    logger.handle(record);
    assert.equal(records[0]!.timestamp, 1_700_000_000_123);
    assert.deepEqual(records[0]!.category, ["websockets", "client"]);
  });
});
