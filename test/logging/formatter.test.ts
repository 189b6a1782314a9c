import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { basicFormat, Formatter } from "../../src/logging/formatter.ts";
import { LogRecord } from "../../src/logging/record.ts";
import type { Style } from "../../src/logging/style.ts";
import { printError } from "../../src/logging/traceback.ts";
import { faultOf, HOSTILE_TEXTS } from "./hostile-text.ts";

function makeRecord(msg: string, error?: unknown): LogRecord {
  const record = new LogRecord("a.b", 40, msg, [], { error });
  return Object.assign(record, { created: 1_700_000_000.123, msecs: 123 });
}

/** A Formatter whose tracebacks are one line. */
class Short extends Formatter {
  calls = 0;

  override formatException(error: unknown): string {
    this.calls += 1;
    return `<<${String(error)}>>`;
  }
}

describe("Formatter", () => {
  for (const style of ["%", "{", "$"] as const) {
    test(`shows the message alone when it is given no format, in style ${style}`, () => {
      assert.equal(new Formatter(undefined, { style }).format(makeRecord("x")), "x");
      assert.equal(new Formatter("", { style }).format(makeRecord("x")), "x");
      assert.equal(new Formatter(null, { style }).format(makeRecord("x")), "x");
    });

    test(`shows level, name and message by the basic format, in style ${style}`, () => {
      const formatter = new Formatter(basicFormat(style), { style });
      assert.equal(formatter.format(makeRecord("x")), "ERROR:a.b:x");
    });
  }

  test("refuses an unknown style", () => {
    assert.throws(() => new Formatter("%(message)s", { style: "?" as Style }), {
      name: "RangeError",
      message: "Style must be one of: %,{,$",
    });
  });

  test("writes the time with milliseconds, truncated, or by datefmt without", () => {
    const utc = true;
    const record = makeRecord("x");
    assert.equal(new Formatter("%(asctime)s", { utc }).format(record), "2023-11-14 22:13:20,123");
    const short = new Formatter("%(asctime)s", { utc, datefmt: "%H:%M" });
    assert.equal(short.format(record), "22:13");
    const empty = new Formatter("%(asctime)s", { utc, datefmt: "" });
    assert.equal(empty.format(record), "2023-11-14 22:13:20,123");
  });

  test("writes each second's time anew", () => {
    const formatter = new Formatter("%(asctime)s", { utc: true });
    const times = [0, 0.999, 1, 61, 0].map((created) => {
      const record = Object.assign(makeRecord("x"), { created, msecs: (created * 1000) % 1000 });
      return formatter.format(record);
    });
    assert.deepEqual(times, [
      "1970-01-01 00:00:00,000",
      "1970-01-01 00:00:00,999",
      "1970-01-01 00:00:01,000",
      "1970-01-01 00:01:01,000",
      "1970-01-01 00:00:00,000",
    ]);
  });

  test("takes other formats of time from a subclass", () => {
    class Precise extends Formatter {
      override defaultTimeFormat = "%H:%M:%S";
      override defaultMsecFormat = "%s.%03d";
    }
    const formatter = new Precise("%(asctime)s", { utc: true });
    assert.equal(formatter.format(makeRecord("x")), "22:13:20.123");
  });

  test("puts error and stack behind the message, each on lines of its own", () => {
    const record = makeRecord("x", "E");
    record.stackInfo = "Stack (most recent call first):\n    at here";
    assert.equal(
      new Short().format(record),
      "x\n<<E>>\nStack (most recent call first):\n    at here",
    );
    assert.equal(new Short().format(makeRecord("ends\n", "E")), "ends\n<<E>>");
    assert.equal(new Short().format(makeRecord("", "E")), "\n<<E>>");
  });

  test("keeps the error's text on the record for the next formatter", () => {
    const record = makeRecord("x", "E");
    const [first, second] = [new Short(), new Short()];
    first.format(record);
    assert.equal(second.format(record), "x\n<<E>>");
    assert.deepEqual([first.calls, second.calls], [1, 0]);
  });

  test("says which field a record lacks, and keeps the first error as the cause", () => {
    assert.throws(
      () => new Formatter("%(websocket)s").format(makeRecord("x")),
      (error: Error) => {
        assert.equal(error.name, "RangeError");
        assert.equal(error.message, "Formatting field not found in record: 'websocket'");
        assert.ok(error.cause instanceof ReferenceError);
        return true;
      },
    );
  });

  test("takes defaults for fields that a record may lack", () => {
    const formatter = new Formatter("%(ip)s %(message)s", { defaults: { ip: "-" } });
    assert.equal(formatter.format(makeRecord("x")), "- x");
    assert.equal(formatter.format(Object.assign(makeRecord("x"), { ip: "::1" })), "::1 x");
  });
});

describe("the text of an error", () => {
  test("is its stack, then its causes, moved in", () => {
    const inner = new TypeError("inner");
    const text = printError(new Error("outer", { cause: inner }));
    const lines = text.split("\n");
    assert.equal(lines[0], "Error: outer");
    assert.match(lines[1] ?? "", /^ {4}at /);
    assert.ok(lines.includes("  [cause]: TypeError: inner"));
    assert.ok(lines.slice(1).every((line) => line.startsWith("  ")));
  });

  test("shows the members of an AggregateError", () => {
    const text = printError(new AggregateError([new Error("one"), "two"], "both"));
    assert.match(text, /\n {2}\[errors 0\]: Error: one\n/);
    assert.match(text, /\n {2}\[errors 1\]: Uncaught 'two'$/);
  });

  test("ends where causes go in a circle, and after eight of them", () => {
    const circle = new Error("a");
    circle.cause = new Error("b", { cause: circle });
    assert.match(printError(circle), /\[cause\]: \[Circular\]$/);
    let long = new Error("end");
    for (let count = 0; count < 100; count += 1) long = new Error("link", { cause: long });
    assert.equal(printError(long).match(/\[cause\]/g)?.length, 8);
  });

  const THROWN: readonly (readonly [unknown, string])[] = [
    [null, "NoneType: None"],
    ["text", "Uncaught 'text'"],
    [{ code: 1 }, "Uncaught {'code': 1}"],
    [undefined, "Uncaught undefined"],
  ];
  for (const [thrown, expected] of THROWN) {
    test(`of what is no Error is ${expected}`, () => {
      assert.equal(printError(thrown), expected);
    });
  }

  test("has the name and message of now where the stack has older ones", () => {
    const error = new Error("first");
    error.name = "Renamed";
    error.message = "second";
    assert.match(printError(error), /^Renamed: second\n {4}at /);
  });

  test("survives an error whose properties throw", () => {
    const error = new Error("x");
    Object.defineProperty(error, "stack", {
      get() {
        throw new Error("no stack");
      },
    });
    assert.equal(printError(error), "Error: x");
    const proxy = new Proxy(
      {},
      {
        get() {
          throw new Error("no property");
        },
        getPrototypeOf() {
          throw new Error("no prototype");
        },
      },
    );
    assert.match(printError(proxy), /^Uncaught /);
  });

  test("is bounded in length", () => {
    assert.ok(printError(new Error("x".repeat(1_000_000))).length < 20_000);
  });

  for (const hostile of HOSTILE_TEXTS) {
    test(`forges no line and moves no cursor with ${JSON.stringify(hostile)}`, () => {
      const errors = [
        new Error(hostile),
        new Error("x", { cause: new Error(hostile) }),
        new AggregateError([new Error(hostile)], hostile),
        Object.assign(new Error("x"), { name: hostile }),
        Object.assign(new Error("x"), { stack: hostile }),
        hostile,
        { [hostile]: hostile },
      ];
      for (const error of errors) assert.equal(faultOf(printError(error)), null);
    });
  }
});
