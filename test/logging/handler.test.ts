import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Formatter } from "../../src/logging/formatter.ts";
import { getHandlerByName, getHandlerNames, Handler, shutdown } from "../../src/logging/handler.ts";
import { getLastResort, handleLast, setLastResort } from "../../src/logging/last-resort.ts";
import { MemoryHandler } from "../../src/logging/memory.ts";
import { NullHandler } from "../../src/logging/null.ts";
import { type LogRecord, makeRecord } from "../../src/logging/record.ts";
import { resetRegistry, switches } from "../../src/logging/registry.ts";
import { StreamHandler } from "../../src/logging/stream.ts";
import { run } from "../support/child.ts";
import { faultOf, HOSTILE_TEXTS } from "./hostile-text.ts";
import { catchStderr } from "./stderr.ts";

beforeEach(resetRegistry);

class ListHandler extends Handler {
  readonly texts: string[] = [];
  closed = 0;

  override emit(record: LogRecord): void {
    this.texts.push(this.format(record));
  }

  override close(): void {
    this.closed += 1;
    super.close();
  }
}

class FailingHandler extends Handler {
  override emit(): void {
    throw new TypeError("handler bug");
  }
}

describe("Handler", () => {
  test("shows the message alone without a formatter", () => {
    const handler = new ListHandler();
    handler.handle(makeRecord("a", 20, "x %d", [1]));
    handler.setFormatter(new Formatter("%(levelname)s %(message)s"));
    handler.handle(makeRecord("a", 20, "y", []));
    handler.setFormatter(null);
    handler.handle(makeRecord("a", 20, "z", []));
    assert.deepEqual(handler.texts, ["x 1", "INFO y", "z"]);
  });

  test("takes whatever has a method format for a formatter", () => {
    const handler = new ListHandler();
    handler.setFormatter({ format: ({ name }) => `<${name}>` });
    handler.handle(makeRecord("a", 20, "x", []));
    assert.deepEqual(handler.texts, ["<a>"]);
  });

  test("takes a level by name or number, and refuses others", () => {
    const handler = new Handler("ERROR");
    assert.equal(handler.level, 40);
    handler.setLevel(15);
    assert.equal(handler.level, 15);
    assert.throws(() => handler.setLevel("error"), { name: "RangeError" });
  });

  test("emits the record that a filter put in its place, and none that a filter dropped", () => {
    const handler = new ListHandler();
    const replaced = makeRecord("a", 20, "replaced", []);
    const replace = (): LogRecord => replaced;
    handler.addFilter(replace);
    handler.addFilter(replace);
    assert.equal(handler.filters.length, 1);
    assert.ok(handler.handle(makeRecord("a", 20, "x", [])));
    handler.addFilter(() => false);
    assert.ok(!handler.handle(makeRecord("a", 20, "y", [])));
    handler.removeFilter(replace);
    assert.equal(handler.filters.length, 1);
    assert.deepEqual(handler.texts, ["replaced"]);
  });

  test("lets what a filter throws reach the caller", () => {
    const handler = new ListHandler();
    handler.addFilter(() => {
      throw new TypeError("bad filter");
    });
    assert.throws(() => handler.handle(makeRecord("a", 20, "x", [])), { message: "bad filter" });
  });

  test("reports what emit throws on standard error, and never throws", () => {
    const stderr = catchStderr(() => {
      assert.ok(new FailingHandler().handle(makeRecord("a", 20, "only %s", ["one", "two"])));
    });
    assert.match(stderr, /^--- Logging error ---\nTypeError: handler bug\n {4}at /);
    assert.match(stderr, /\nCall stack:\n {4}at /);
    assert.ok(stderr.endsWith("\nMessage: 'only %s'\nArguments: ('one', 'two')\n"));
  });

  test("reports errors of formatting", () => {
    const stderr = catchStderr(() => {
      new ListHandler().handle(makeRecord("a", 20, "%d", ["x"]));
    });
    assert.match(stderr, /TypeError: %d format: a real number is required, not str\n/);
  });

  test("is quiet when raiseExceptions is false", () => {
    switches.raiseExceptions = false;
    const stderr = catchStderr(() => {
      new FailingHandler().handle(makeRecord("a", 20, "x", []));
    });
    assert.equal(stderr, "");
  });

  test("survives arguments that cannot be printed and a standard error that fails", () => {
    const bad = {
      toString(): string {
        throw new Error("unprintable");
      },
    };
    const stderr = catchStderr(() => {
      new FailingHandler().handle(makeRecord("a", 20, "%s", [Object.assign(new Date(), bad)]));
      new FailingHandler().handle(makeRecord("a", 20, "%s", [new (class extends Map {})(), bad]));
    });
    assert.equal(stderr.match(/--- Logging error ---/g)?.length, 2);
    const write = Object.getOwnPropertyDescriptor(process.stderr, "write");
    process.stderr.write = (): never => {
      throw new Error("EPIPE");
    };
    try {
      new FailingHandler().handle(makeRecord("a", 20, "x", []));
      new StreamHandler().handle(makeRecord("a", 20, "x", []));
    } finally {
      Reflect.deleteProperty(process.stderr, "write");
      if (write !== undefined) Object.defineProperty(process.stderr, "write", write);
    }
  });

  test("drops what it logs to itself after a few rounds", () => {
    let rounds = 0;
    class Loop extends Handler {
      override emit(): void {
        rounds += 1;
        this.handle(makeRecord("a", 20, "again", []));
        this.handle(makeRecord("a", 20, "and again", []));
      }
    }
    const handler = new Loop();
    handler.handle(makeRecord("a", 20, "x", []));
    assert.equal(rounds, 1 + 2 + 4);
    handler.handle(makeRecord("a", 20, "x", []));
    assert.equal(rounds, 2 * (1 + 2 + 4));
  });

  test("must be given an emit", () => {
    const stderr = catchStderr(() => {
      new Handler().handle(makeRecord("a", 20, "x", []));
    });
    assert.match(stderr, /TypeError: Handler must implement emit\(\)/);
  });

  for (const hostile of HOSTILE_TEXTS) {
    test(`forges nothing in its report with ${JSON.stringify(hostile)}`, () => {
      const stderr = catchStderr(() => {
        const record = makeRecord("a", 20, hostile, [hostile, new Error(hostile)]);
        new ListHandler().handleError(record, new Error(hostile));
      });
      // The title, the error, "Call stack:", "Message:" and "Arguments:".
      assert.equal(faultOf(stderr, 5), null);
    });
  }
});

describe("names of handlers", () => {
  test("find the handler until it is renamed or closed", () => {
    const handler = new ListHandler();
    handler.name = "list";
    assert.equal(getHandlerByName("list"), handler);
    handler.name = "other";
    assert.equal(getHandlerByName("list"), null);
    assert.deepEqual([...getHandlerNames()], ["other"]);
    handler.close();
    assert.equal(getHandlerByName("other"), null);
  });
});

describe("shutdown", () => {
  test("flushes and closes all handlers, the latest first, and goes on when one fails", () => {
    const order: string[] = [];
    class Noting extends Handler {
      override flush(): void {
        order.push(`flush ${this.name}`);
        if (this.name === "two") throw new Error("disk full");
      }
      override close(): void {
        order.push(`close ${this.name}`);
        super.close();
      }
    }
    const made = ["one", "two", "three"].map((name) => Object.assign(new Noting(), { name }));
    const stderr = catchStderr(shutdown);
    assert.equal(made.length, 3);
    assert.deepEqual(order, ["flush three", "close three", "flush two", "flush one", "close one"]);
    assert.match(stderr, /^Error: disk full\n/);
  });

  test("does not close a handler twice", () => {
    const handler = new ListHandler();
    handler.close();
    shutdown();
    assert.equal(handler.closed, 1);
  });
});

describe("the end of the process", () => {
  const COUNT = 'console.log(process.listenerCount("exit") - before);';

  test("is waited for by handlers that have something to do then, and by no others", async () => {
    const { stdout, stderr } = await run(`const before = process.listenerCount("exit");
const { default: logging } = await import("#/src/logging/index.ts");
${COUNT}
logging.warning("x");
logging.getLogger("a").addHandler(new logging.NullHandler());
${COUNT}
class Buffering extends logging.Handler {
  lines = [];
  emit(record) {
    this.lines.push(this.format(record));
  }
  flush() {
    process.stdout.write(this.lines.splice(0).join() + "\\n");
  }
}
logging.getLogger("b").addHandler(new Buffering());
new Buffering();
${COUNT}
logging.getLogger("b").error("held back");`);
    assert.match(stderr, /^WARNING:root:x\n/);
    assert.deepEqual(stdout.split("\n").slice(0, 5), ["0", "0", "1", "", "held back"]);
  });

  test("is waited for by a stream that can be flushed", async () => {
    const { stdout } = await run(`import logging from "#/src/logging/index.ts";
const stream = { write() {}, flush: () => process.stdout.write("flushed") };
logging.getLogger("a").addHandler(new logging.StreamHandler(stream));`);
    assert.equal(stdout, "flushed");
  });
});

describe("StreamHandler", () => {
  test("writes each record and its terminator in one piece", () => {
    const pieces: string[] = [];
    const handler = new StreamHandler({ write: (text) => pieces.push(text) });
    handler.handle(makeRecord("a", 20, "x", []));
    handler.terminator = "|\r\n";
    handler.handle(makeRecord("a", 20, "y", []));
    assert.deepEqual(pieces, ["x\n", "y|\r\n"]);
  });

  test("writes to the standard error of the moment", () => {
    const handler = new StreamHandler();
    assert.equal(handler.stream, null);
    const record = makeRecord("a", 20, "x", []);
    assert.equal(
      catchStderr(() => handler.handle(record)),
      "x\n",
    );
    assert.equal(
      catchStderr(() => handler.handle(record)),
      "x\n",
    );
  });

  test("setStream flushes the stream before it takes another", () => {
    const events: string[] = [];
    const one = { write: () => events.push("write"), flush: () => events.push("flush") };
    const two = { write: () => events.push("write two") };
    const handler = new StreamHandler(one);
    assert.equal(handler.setStream(one), null);
    handler.handle(makeRecord("a", 20, "x", []));
    assert.equal(handler.setStream(two), one);
    handler.handle(makeRecord("a", 20, "x", []));
    handler.flush();
    assert.deepEqual(events, ["write", "flush", "write two"]);
  });
});

describe("NullHandler", () => {
  test("asks no filter and writes nothing", () => {
    const handler = new NullHandler();
    handler.addFilter(() => {
      throw new Error("asked");
    });
    assert.equal(
      catchStderr(() => assert.ok(handler.handle())),
      "",
    );
  });
});

describe("MemoryHandler", () => {
  test("passes on what it keeps when it is full or an ERROR comes", () => {
    const target = new ListHandler();
    const handler = new MemoryHandler(3, { target });
    handler.handle(makeRecord("a", 10, "1", []));
    handler.handle(makeRecord("a", 10, "2", []));
    assert.deepEqual(target.texts, []);
    assert.equal(handler.buffer.length, 2);
    handler.handle(makeRecord("a", 10, "3", []));
    assert.deepEqual(target.texts, ["1", "2", "3"]);
    handler.handle(makeRecord("a", 40, "4", []));
    assert.deepEqual(target.texts, ["1", "2", "3", "4"]);
    assert.equal(handler.buffer.length, 0);
  });

  test("keeps the latest while it has no target", () => {
    const handler = new MemoryHandler(2);
    for (const msg of ["1", "2", "3"]) handler.handle(makeRecord("a", 40, msg, []));
    const target = new ListHandler();
    handler.setTarget(target);
    assert.equal(handler.target, target);
    handler.flush();
    assert.deepEqual(target.texts, ["2", "3"]);
  });

  test("passes on what it keeps when it is closed, unless flushOnClose is false", () => {
    const target = new ListHandler();
    for (const flushOnClose of [true, false]) {
      const handler = new MemoryHandler(9, { target, flushOnClose, flushLevel: "CRITICAL" });
      handler.handle(makeRecord("a", 40, String(flushOnClose), []));
      handler.close();
      assert.equal(handler.target, null);
    }
    assert.deepEqual(target.texts, ["true"]);
  });
});

describe("the handler of last resort", () => {
  test("prints WARNING and above on standard error, the message alone", () => {
    const stderr = catchStderr(() => {
      for (const level of [10, 20, 29, 30, 40, 50]) {
        handleLast(makeRecord("a", level, String(level), []), "a");
      }
    });
    assert.equal(stderr, "30\n40\n50\n");
  });

  test("can be replaced", () => {
    const handler = new ListHandler();
    setLastResort(handler);
    assert.equal(getLastResort(), handler);
    handleLast(makeRecord("a", 10, "x", []), "a");
    assert.deepEqual(handler.texts, ["x"]);
  });

  test("leaves one line in the whole process when there is none", () => {
    setLastResort(null);
    const stderr = catchStderr(() => {
      handleLast(makeRecord("a", 40, "x", []), "a");
      handleLast(makeRecord("b", 40, "y", []), "b");
    });
    assert.equal(stderr, 'No handlers could be found for logger "a"\n');
  });

  test("leaves nothing when raiseExceptions is false", () => {
    setLastResort(null);
    switches.raiseExceptions = false;
    assert.equal(
      catchStderr(() => handleLast(makeRecord("a", 40, "x", []), "a")),
      "",
    );
  });
});
