import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { argsOf, readField } from "../../src/logging/field.ts";
import {
  addExtra,
  extraOf,
  getLogRecordFactory,
  isLogRecord,
  LogRecord,
  makeLogRecord,
  makeRecord,
  setLogRecordFactory,
} from "../../src/logging/record.ts";
import { resetRegistry } from "../../src/logging/registry.ts";
import { repr } from "../../src/logging/repr.ts";

beforeEach(resetRegistry);

const RESERVED =
  "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created msecs relativeCreated thread threadName process processName taskName message asctime error excText stackInfo getMessage constructor".split(
    " ",
  );

describe("LogRecord", () => {
  test("knows its logger, level, message and time", () => {
    const before = Date.now();
    const record = new LogRecord("a.b", 20, "x %d", [1]);
    const after = Date.now();
    assert.equal(record.name, "a.b");
    assert.equal(record.levelno, 20);
    assert.equal(record.levelname, "INFO");
    assert.equal(record.getMessage(), "x 1");
    const made = Math.round(record.created * 1000);
    assert.ok(made >= before && made <= after);
    assert.equal(record.msecs, made % 1000);
    assert.ok(record.relativeCreated >= 0);
    assert.equal(record.process, process.pid);
  });

  test("prints a message that is no string as Python does", () => {
    assert.equal(new LogRecord("a", 20, null, []).getMessage(), "None");
    assert.equal(new LogRecord("a", 20, [1, "x"], []).getMessage(), "[1, 'x']");
  });

  const PATHS: readonly (readonly [string, string, string])[] = [
    ["/x/y.py", "y.py", "y"],
    ["C:\\x\\y.ts", "y.ts", "y"],
    ["plain", "plain", "plain"],
    ["/x/.hidden", ".hidden", ".hidden"],
  ];
  for (const [pathname, filename, module] of PATHS) {
    test(`takes filename ${filename} and module ${module} from ${pathname}`, () => {
      const origin = { pathname, lineno: 7, funcName: "fn" };
      const record = new LogRecord("a", 20, "x", [], { origin });
      assert.deepEqual([record.filename, record.module], [filename, module]);
      assert.deepEqual([record.lineno, record.funcName], [7, "fn"]);
    });
  }

  test("is recognised by its shape when it comes of another copy of the module", () => {
    assert.ok(isLogRecord({ levelno: 20, getMessage: () => "x" }));
    for (const other of [null, undefined, true, "x", {}, { levelno: 20 }]) {
      assert.ok(!isLogRecord(other));
    }
  });
});

describe("extra", () => {
  test("becomes fields of the record", () => {
    const record = makeRecord("a", 20, "x", []);
    addExtra(record, { websocket: "WS", event: 1 });
    assert.equal(record.websocket, "WS");
    assert.deepEqual(extraOf(record), { websocket: "WS", event: 1 });
  });

  for (const name of RESERVED) {
    test(`may not overwrite ${name}`, () => {
      assert.throws(() => addExtra(makeRecord("a", 20, "x", []), { [name]: 1 }), {
        name: "ReferenceError",
        message: `Attempt to overwrite '${name}' in LogRecord`,
      });
    });
  }

  test("may not change the prototype", () => {
    const extra = JSON.parse('{"__proto__": {"polluted": true}}') as Record<string, unknown>;
    assert.throws(() => addExtra(makeRecord("a", 20, "x", []), extra), { name: "ReferenceError" });
  });
});

describe("readField", () => {
  const record = new LogRecord("a", 20, "x", ["one"], { error: new Error("boom") });

  test("gives created, msecs and relativeCreated as floats", () => {
    for (const name of ["created", "msecs", "relativeCreated"]) {
      assert.match(repr(readField(record, name)), /^-?\d+\.\d+$/);
    }
  });

  test("gives args as Python's tuple, or the mapping that stands for all", () => {
    assert.equal(repr(readField(record, "args")), "('one',)");
    assert.deepEqual(argsOf(new LogRecord("a", 20, "x", [{ k: 1 }])), { k: 1 });
    assert.equal(repr(argsOf(new LogRecord("a", 20, "x", [{}]))), "({},)");
  });

  test("knows Python's names of what has another name here", () => {
    assert.equal(readField(record, "exc_info"), record.error);
    assert.equal(readField(record, "exc_text"), null);
    assert.equal(readField(record, "stack_info"), null);
  });

  for (const name of ["nope", "message", "asctime", "getMessage", "constructor", "toString"]) {
    test(`does not find ${name}, unless there is a default`, () => {
      const fresh = new LogRecord("a", 20, "x", []);
      assert.throws(() => readField(fresh, name), { name: "ReferenceError", message: `'${name}'` });
      assert.equal(readField(fresh, name, { [name]: "-" }), "-");
    });
  }
});

describe("the factory of records", () => {
  test("makes all records once it is set", () => {
    const before = getLogRecordFactory();
    setLogRecordFactory((...args) => Object.assign(before(...args), { host: "h1" }));
    assert.equal(makeRecord("a", 20, "x", []).host, "h1");
  });

  test("makeLogRecord takes fields from elsewhere", () => {
    const record = makeLogRecord({ name: "far", msg: "hello %s", args: ["you"], room: 1 });
    assert.equal(record.getMessage(), "hello you");
    assert.equal(record.name, "far");
    assert.equal(record.room, 1);
  });
});
