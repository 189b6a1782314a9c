import assert from "node:assert/strict";
import fs, { readFileSync, writeFileSync } from "node:fs";
import { beforeEach, describe, mock, test } from "node:test";
import { FileHandler } from "../../src/logging/file.ts";
import { shutdown } from "../../src/logging/handler.ts";
import { makeRecord } from "../../src/logging/record.ts";
import { resetRegistry } from "../../src/logging/registry.ts";
import { run } from "../support/child.ts";
import { temporaryFile } from "../support/temporary.ts";
import { catchStderr } from "./stderr.ts";

beforeEach(resetRegistry);

const info = (msg: string): ReturnType<typeof makeRecord> => makeRecord("a", 20, msg, []);
const error = (msg: string): ReturnType<typeof makeRecord> => makeRecord("a", 40, msg, []);
const read = (path: string): string => readFileSync(path, "utf8");

describe("FileHandler", () => {
  test("holds lines back until an ERROR comes, and writes them with it", () => {
    const path = temporaryFile("log");
    const handler = new FileHandler(path);
    handler.handle(info("one"));
    assert.equal(read(path), "");
    handler.handle(error("two ☕"));
    assert.equal(read(path), "one\ntwo ☕\n");
    handler.close();
  });

  test("writes when the buffer is full, on flush, and on close", () => {
    const path = temporaryFile("log");
    const handler = new FileHandler(path, { bufferSize: 10 });
    handler.handle(info("12345"));
    assert.equal(read(path), "");
    handler.handle(info("67890"));
    assert.equal(read(path), "12345\n67890\n");
    handler.handle(info("a"));
    handler.flush();
    assert.equal(read(path), "12345\n67890\na\n");
    handler.handle(info("b"));
    handler.close();
    assert.equal(read(path), "12345\n67890\na\nb\n");
  });

  test("writes each record at once without a buffer", () => {
    const path = temporaryFile("log");
    const handler = new FileHandler(path, { bufferSize: 0 });
    handler.handle(info("one"));
    assert.equal(read(path), "one\n");
    handler.close();
  });

  test("writes after a second, or never by itself when there is no interval", () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const [path, other] = [temporaryFile("log"), temporaryFile("log")];
      const handler = new FileHandler(path);
      const patient = new FileHandler(other, { flushInterval: null });
      handler.handle(info("one"));
      patient.handle(info("one"));
      mock.timers.tick(999);
      assert.equal(read(path), "");
      mock.timers.tick(1);
      assert.equal(read(path), "one\n");
      mock.timers.tick(100_000);
      assert.equal(read(other), "");
      handler.close();
      patient.close();
      assert.equal(read(other), "one\n");
    } finally {
      mock.timers.reset();
    }
  });

  test("appends, or begins anew, or fails if the file is there", () => {
    const path = temporaryFile("log");
    writeFileSync(path, "old\n");
    const appending = new FileHandler(path);
    appending.handle(info("new"));
    appending.close();
    assert.equal(read(path), "old\nnew\n");
    new FileHandler(path, { mode: "w" }).close();
    assert.equal(read(path), "");
    assert.throws(() => new FileHandler(path, { mode: "x" }), { code: "EEXIST" });
  });

  test("opens the file with the first record when it is told to wait", () => {
    const path = temporaryFile("log");
    const handler = new FileHandler(path, { delay: true });
    assert.throws(() => read(path), { code: "ENOENT" });
    handler.handle(error("one"));
    assert.equal(read(path), "one\n");
    handler.close();
  });

  test("throws when the file cannot be opened", () => {
    assert.throws(() => new FileHandler(temporaryFile("no/such/folder")), { code: "ENOENT" });
  });

  test("knows its path, absolute", () => {
    const handler = new FileHandler("relative.log", { delay: true });
    assert.equal(handler.baseFilename, `${process.cwd()}/relative.log`);
    handler.close();
  });

  test("goes on after close: later lines are written at once, and nothing begins anew", () => {
    const path = temporaryFile("log");
    const handler = new FileHandler(path, { mode: "w" });
    handler.handle(info("one"));
    handler.close();
    handler.handle(info("two"));
    handler.handle(info("three"));
    assert.equal(read(path), "one\ntwo\nthree\n");
    handler.close();
  });

  test("is flushed and closed by shutdown", () => {
    const path = temporaryFile("log");
    const handler = new FileHandler(path);
    handler.handle(info("one"));
    shutdown();
    assert.equal(read(path), "one\n");
  });

  test("never throws for a disk that is full, and says so once until it works again", () => {
    const path = temporaryFile("log");
    const handler = new FileHandler(path, { bufferSize: 0 });
    const full = mock.method(fs, "writeSync", () => {
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    });
    const stderr = catchStderr(() => {
      handler.handle(info("one"));
      handler.handle(error("two"));
      full.mock.restore();
      handler.handle(info("three"));
      mock.method(fs, "writeSync", () => {
        throw Object.assign(new Error("input/output error"), { code: "EIO" });
      });
      handler.handle(info("four"));
      mock.restoreAll();
    });
    handler.close();
    assert.equal(stderr.match(/--- Logging error ---/g)?.length, 2);
    assert.match(stderr, /no space left on device.*input\/output error/s);
    assert.equal(read(path), "three\n");
  });

  test("never throws for a file that cannot be closed", () => {
    const handler = new FileHandler(temporaryFile("log"));
    handler.handle(info("one"));
    const closing = mock.method(fs, "closeSync", () => {
      throw Object.assign(new Error("bad file descriptor"), { code: "EBADF" });
    });
    const stderr = catchStderr(() => handler.close());
    closing.mock.restore();
    assert.match(stderr, /bad file descriptor/);
  });

  test("writes the rest of what a full pipe took in part", () => {
    const path = temporaryFile("log");
    const handler = new FileHandler(path);
    const { writeSync } = fs;
    let calls = 0;
    const pipe = mock.method(
      fs,
      "writeSync",
      (descriptor: number, data: string | Uint8Array, at?: number, length?: number) => {
        calls += 1;
        if (calls === 2) throw Object.assign(new Error("try again"), { code: "EAGAIN" });
        const bytes =
          typeof data === "string"
            ? Buffer.from(data)
            : data.subarray(at, (at ?? 0) + (length ?? 0));
        return writeSync(descriptor, bytes, 0, Math.min(bytes.length, 3));
      },
    );
    handler.handle(error("é☕😀 and more"));
    pipe.mock.restore();
    handler.close();
    assert.equal(read(path), "é☕😀 and more\n");
  });
});

describe("a file at the end of the process", () => {
  const LOG = `import logging from "#/src/logging/index.ts";
const handler = new logging.FileHandler(process.env.LOG_FILE);
logging.getLogger("a").addHandler(handler);
logging.getLogger("a").setLevel("INFO");
logging.getLogger("a").info("first");
`;
  const ENDS: readonly (readonly [string, string, number, string])[] = [
    ["that ends by itself", "", 0, "first\n"],
    ["that calls process.exit", "process.exit(3);", 3, "first\n"],
    ["that crashes", 'throw new Error("crash");', 1, "first\n"],
    [
      "whose exit listeners still log",
      'process.on("exit", () => logging.getLogger("a").info("last"));',
      0,
      "first\nlast\n",
    ],
  ];
  for (const [what, end, code, expected] of ENDS) {
    test(`has every line of a process ${what}`, async () => {
      const path = temporaryFile("log");
      process.env.LOG_FILE = path;
      const outcome = await run(LOG + end);
      assert.equal(outcome.code, code, outcome.stderr);
      assert.equal(read(path), expected);
    });
  }
});
