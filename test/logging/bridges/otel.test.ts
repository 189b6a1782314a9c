import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import { OTelHandler } from "../../../src/logging/bridges/otel.ts";
import { getLogger } from "../../../src/logging/manager.ts";
import { options } from "../../../src/logging/options.ts";
import { resetRegistry } from "../../../src/logging/registry.ts";
import { EVENT, TEMPLATE, WEBSOCKET } from "../adapt/support.ts";
import { faultOf, HOSTILE_TEXTS } from "../hostile-text.ts";

const exporter = new InMemoryLogRecordExporter();
const provider = new LoggerProvider({
  processors: [new SimpleLogRecordProcessor({ exporter })],
});

/** What reached the exporter while `run` logged on `websockets.server`. */
async function exported(
  run: (logger: ReturnType<typeof getLogger>) => void,
): Promise<readonly ReadableLogRecord[]> {
  const logger = getLogger("websockets.server");
  logger.setLevel("DEBUG");
  logger.addHandler(new OTelHandler(provider.getLogger("websockets")));
  logger.propagate = false;
  run(logger);
  await provider.forceFlush();
  return exporter.getFinishedLogRecords();
}

beforeEach(() => {
  exporter.reset();
  resetRegistry();
});

describe("OTelHandler, with the SDK of OpenTelemetry", () => {
  for (const [level, number, text] of [
    [10, 5, "DEBUG"],
    [20, 9, "INFO"],
    [30, 13, "WARNING"],
    [40, 17, "ERROR"],
    [50, 21, "CRITICAL"],
  ] as const) {
    test(`sends level ${level} as severity ${number}`, async () => {
      const [record] = await exported((logger) => logger.log(level, "text"));
      assert.equal(record!.severityNumber, number);
      assert.equal(record!.severityText, text);
      assert.equal(record!.body, "text");
      assert.equal(record!.attributes["logger.name"], "websockets.server");
    });
  }

  test("names the fields of events by the conventions", async () => {
    const event = { ...EVENT, path: "/chat?room=1", messagesIn: 7, userAgent: "curl" };
    const [record] = await exported((logger) =>
      logger.info(
        "connection closed",
        options({ extra: { websocket: WEBSOCKET, event, shop: 7 } }),
      ),
    );
    const { attributes } = record!;
    assert.equal(record!.eventName, "connection.close");
    assert.equal(attributes["network.peer.address"], "192.0.2.1");
    assert.equal(attributes["network.peer.port"], 4711);
    assert.equal(attributes["url.path"], "/chat");
    assert.equal(attributes["url.query"], "room=1");
    assert.equal(attributes["websocket.close_code"], 1000);
    assert.equal(attributes["websocket.close_reason"], "bye\\u202e\\x1b[31m");
    assert.equal(attributes["websocket.connection.id"], "c0ffee");
    assert.equal(attributes["websocket.messages_in"], 7);
    assert.equal(attributes["user_agent.original"], "curl");
    assert.equal(attributes.shop, 7);
  });

  for (const [remote, address, port] of [
    ["[::1]:80", "::1", 80],
    ["127.0.0.1:65535", "127.0.0.1", 65535],
    ["/run/chat.sock", "/run/chat.sock", undefined],
  ] as const) {
    test(`reads the address ${remote}`, async () => {
      const extra = { event: { type: "connection.open", remote } };
      const [record] = await exported((logger) => logger.info("x", options({ extra })));
      assert.equal(record!.attributes["network.peer.address"], address);
      assert.equal(record!.attributes["network.peer.port"], port);
    });
  }

  test("sends an error with its type, message and stack", async () => {
    const error = new TypeError("boom", { cause: new Error("below") });
    const [record] = await exported((logger) => logger.error("connection handler failed", error));
    assert.equal(record!.attributes["exception.type"], "TypeError");
    assert.equal(record!.attributes["exception.message"], "boom");
    assert.match(
      String(record!.attributes["exception.stacktrace"]),
      /^TypeError: boom\n[\s\S]*below/,
    );
  });

  test("keeps the time of the record, and the text as it is", async () => {
    const [record] = await exported((logger) => {
      const one = logger.makeRecord(20, TEMPLATE, []);
      one.created = 1_700_000_000.5;
      logger.handle(one);
    });
    assert.deepEqual(record!.hrTime, [1_700_000_000, 500_000_000]);
    assert.equal(record!.body, TEMPLATE);
  });

  test("asks a logger whether it is on", () => {
    const emitted: unknown[] = [];
    const handler = new OTelHandler({
      emit: (record) => void emitted.push(record.body),
      enabled: ({ severityNumber = 0 }) => severityNumber >= 13,
    });
    const logger = getLogger("websockets.client");
    logger.setLevel("DEBUG");
    logger.propagate = false;
    logger.addHandler(handler);
    logger.info("off");
    logger.warning("on");
    assert.deepEqual(emitted, ["on"]);
  });

  for (const text of HOSTILE_TEXTS) {
    test(`sends ${JSON.stringify(text)} without a raw control character`, async () => {
      const records = await exported((logger) => {
        for (const level of [10, 20, 30, 40, 50]) {
          const event = { type: "x", path: `/${text}`, remote: text, headers: [[text, text]] };
          logger.log(
            level,
            text,
            options({ error: new Error(text), extra: { event, note: text } }),
          );
        }
      });
      assert.equal(records.length, 5);
      for (const { body, attributes } of records) {
        for (const value of [body, ...Object.values(attributes)]) {
          if (typeof value === "string") assert.equal(faultOf(`x${value}`), null);
        }
      }
    });
  }
});
