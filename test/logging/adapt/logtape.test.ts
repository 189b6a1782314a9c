import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import {
  configure,
  getLogger,
  getTextFormatter,
  jsonLinesFormatter,
  type LogLevel,
  type LogRecord,
  reset,
} from "@logtape/logtape";
import { adaptLogger } from "../../../src/logging/adapt.ts";
import { faultOf, HOSTILE_TEXTS } from "../hostile-text.ts";
import { EVENT, TEMPLATE, WEBSOCKET } from "./support.ts";

const records: LogRecord[] = [];

async function install(lowestLevel: LogLevel): Promise<void> {
  await configure({
    reset: true,
    sinks: { list: (record) => void records.push(record) },
    loggers: [
      { category: "app", sinks: ["list"], lowestLevel },
      { category: ["logtape", "meta"], lowestLevel: "fatal" },
    ],
  });
}

describe("a logger of LogTape", () => {
  beforeEach(async () => {
    records.length = 0;
    await install("trace");
  });
  afterEach(() => reset());

  for (const [level, expected] of [
    [10, "debug"],
    [20, "info"],
    [30, "warning"],
    [40, "error"],
    [50, "fatal"],
  ] as const) {
    test(`gets level ${level} as ${expected}`, () => {
      adaptLogger(getLogger(["app", "ws"])).emit(level, "text", {});
      assert.equal(records.length, 1);
      assert.equal(records[0]!.level, expected);
      assert.deepEqual(records[0]!.message, ["text"]);
      assert.deepEqual(records[0]!.category, ["app", "ws"]);
    });
  }

  test("gets the fields and the error as properties", () => {
    const error = new Error("boom");
    adaptLogger(getLogger("app")).emit(
      40,
      "connection handler failed",
      { websocket: WEBSOCKET, event: EVENT },
      error,
    );
    const [{ properties }] = records as [LogRecord];
    assert.equal(properties.error, error);
    assert.equal(properties.event, "connection.close");
    assert.equal(properties.connection, "c0ffee");
    assert.equal("websocket" in properties, false);
  });

  test("keeps what with() added", () => {
    adaptLogger(getLogger("app").with({ node: 7 })).emit(20, "x", { event: EVENT });
    assert.equal(records[0]!.properties.node, 7);
    assert.equal(records[0]!.properties.connection, "c0ffee");
  });

  test("gets a text with braces as it is", () => {
    adaptLogger(getLogger("app")).emit(20, TEMPLATE, { event: { ...EVENT, x: "replaced" } });
    const format = getTextFormatter({ timestamp: "none", level: "FULL" });
    assert.equal(format(records[0]!).trimEnd(), `[INFO] app: ${TEMPLATE}`);
  });

  test("is asked for its level, and again within a second of a change", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const target = adaptLogger(getLogger(["app", "asked"]));
    assert.equal(target.isEnabledFor(10), true);
    await install("warning");
    context.mock.timers.tick(1000);
    assert.equal(target.isEnabledFor(10), false);
    assert.equal(target.isEnabledFor(30), true);
  });

  test("gets forced lines at its lowest enabled level", async () => {
    await install("warning");
    adaptLogger(getLogger(["app", "forced"])).emit(10, "> PING", {}, undefined, true);
    assert.equal(records[0]!.level, "warning");
    assert.equal(records[0]!.properties.forced, true);
  });

  for (const text of HOSTILE_TEXTS) {
    test(`writes ${JSON.stringify(text)} without a raw control character, in text and JSON`, () => {
      const target = adaptLogger(getLogger("app"));
      for (const level of [10, 20, 30, 40, 50]) {
        target.emit(level, text, { event: { type: "x", path: text } }, new Error(text));
      }
      assert.equal(faultOf(records.map(getTextFormatter()).join(""), 5), null);
      assert.equal(faultOf(records.map(jsonLinesFormatter).join(""), 5), null);
    });
  }
});
