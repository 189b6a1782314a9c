import assert from "node:assert/strict";
import { describe, test } from "node:test";
import pino from "pino";
import { adaptLogger, fromDebug, type LoggerLike } from "../../src/logging/adapt.ts";
import { switches } from "../../src/logging/registry.ts";
import { createDebug } from "./adapt/debug-package.ts";
import { captureStderr } from "./adapt/support.ts";

describe("adaptLogger", () => {
  test("returns the same target for the same logger, and a target itself", () => {
    const logger = pino({ level: "silent" });
    const target = adaptLogger(logger);
    assert.equal(adaptLogger(logger), target);
    assert.equal(target.logger, logger);
    const debug = fromDebug(createDebug("x"));
    assert.equal(adaptLogger(debug), debug);
  });

  const UNKNOWN: readonly (readonly [string, unknown])[] = [
    ["null", null],
    ["undefined", undefined],
    ["string", "websockets.server"],
    ["number", 7],
    ["function", createDebug("x")],
    ["Object { log }", { log: () => undefined }],
    ["Map {  }", new Map()],
    ["an object { info, warn }", Object.assign(Object.create(null), { info() {}, warn() {} })],
  ];
  for (const [name, value] of UNKNOWN) {
    test(`refuses ${name} and names the adapters`, () => {
      assert.throws(
        () => adaptLogger(value as LoggerLike),
        (error) =>
          error instanceof TypeError &&
          error.message.includes(`not ${name};`) &&
          ["fromLog4js", "fromTslog", "fromDebug"].every((one) => error.message.includes(one)),
      );
    });
  }
});

describe("a foreign logger that throws", () => {
  function broken() {
    return {
      info() {
        throw new Error("disk\u001bfull");
      },
      warn() {},
      error() {},
      get level(): number {
        throw new Error("no level");
      },
    };
  }

  test("does not reach the connection and is reported once", async () => {
    const text = await captureStderr(() => {
      const { info, warn, error } = broken();
      const target = adaptLogger({ info, warn, error });
      target.emit(20, "one", {});
      target.emit(20, "two", {});
    });
    assert.equal(text.split("disk\\x1bfull").length, 2, text);
  });

  test("is off if it throws when it is asked", async () => {
    const text = await captureStderr(() => {
      assert.equal(adaptLogger(broken()).isEnabledFor(20), false);
    });
    assert.match(text, /no level/);
  });

  test("is not reported when raiseExceptions is off", async () => {
    switches.raiseExceptions = false;
    try {
      const text = await captureStderr(() => {
        const { info, warn, error } = broken();
        adaptLogger({ info, warn, error }).emit(20, "one", {});
      });
      assert.equal(text, "");
    } finally {
      switches.raiseExceptions = true;
    }
  });

  test("may be given an event whose fields throw", () => {
    const lines: string[] = [];
    const logger = { info: (text: string) => void lines.push(text), warn() {}, error() {} };
    const event = {
      type: "x",
      nested: {
        get bad(): never {
          throw new Error("no");
        },
      },
    };
    adaptLogger(logger).emit(20, "still written", { event });
    assert.deepEqual(lines, ["still written"]);
  });
});

test("a logger that logs through the connection it logs for does not do so for ever", () => {
  let calls = 0;
  const logger = {
    info() {
      calls += 1;
      target.emit(20, "sent a log line", {});
    },
    warn() {},
    error() {},
  };
  const target = adaptLogger(logger);
  target.emit(20, "one", {});
  target.emit(20, "two", {});
  assert.equal(calls, 2);
});
