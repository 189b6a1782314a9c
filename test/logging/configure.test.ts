import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, describe, test } from "node:test";
import {
  type BasicConfig,
  basicConfig,
  critical,
  debug,
  error,
  exception,
  fatal,
  info,
  log,
  warn,
  warning,
} from "../../src/logging/configure.ts";
import { Formatter } from "../../src/logging/formatter.ts";
import type { Handler } from "../../src/logging/handler.ts";
import { getLogger } from "../../src/logging/manager.ts";
import { NullHandler } from "../../src/logging/null.ts";
import { resetRegistry } from "../../src/logging/registry.ts";
import { StreamHandler } from "../../src/logging/stream.ts";
import { temporaryFile } from "../support/temporary.ts";
import { catchStderr } from "./stderr.ts";

beforeEach(resetRegistry);

class Text {
  text = "";

  write(text: string): void {
    this.text += text;
  }
}

describe("basicConfig", () => {
  test("prints level, name and message on standard error and leaves the level at WARNING", () => {
    const stderr = catchStderr(() => {
      basicConfig();
      getLogger("a.b").info("no");
      getLogger("a.b").warning("yes");
      getLogger().error("root");
    });
    assert.equal(stderr, "WARNING:a.b:yes\nERROR:root:root\n");
  });

  const STYLES: readonly (readonly [BasicConfig, string])[] = [
    [{ style: "{" }, "ERROR:a:x\n"],
    [{ style: "$" }, "ERROR:a:x\n"],
    [{ format: null }, "x\n"],
    [{ format: "%(name)s|%(message)s" }, "a|x\n"],
    [{ format: "{name}|{message}", style: "{" }, "a|x\n"],
  ];
  for (const [config, expected] of STYLES) {
    test(`with ${JSON.stringify(config)} prints ${JSON.stringify(expected)}`, () => {
      const stream = new Text();
      basicConfig({ ...config, stream });
      getLogger("a").error("x");
      assert.equal(stream.text, expected);
    });
  }

  test("sets the root's level, by name or number", () => {
    basicConfig({ level: "INFO", stream: new Text() });
    assert.equal(getLogger().level, 20);
    basicConfig({ level: 15, force: true, stream: new Text() });
    assert.equal(getLogger().level, 15);
  });

  test("does nothing when the root has any handler, not even to the level", () => {
    getLogger().addHandler(new NullHandler());
    basicConfig({ level: 10, filename: "/no/such/folder", style: "?" as "%" });
    assert.equal(getLogger().level, 30);
    assert.equal(getLogger().handlers.length, 1);
  });

  test("with force removes and closes the root's handlers first", () => {
    let closed = false;
    class Closing extends NullHandler {
      override close(): void {
        closed = true;
        super.close();
      }
    }
    getLogger().addHandler(new Closing());
    const stream = new Text();
    basicConfig({ stream, force: true });
    assert.ok(closed);
    assert.equal(getLogger().handlers.length, 1);
  });

  test("gives the format to handlers that have no formatter", () => {
    const [one, two] = [new Text(), new Text()];
    const own = new StreamHandler(two);
    own.setFormatter(new Formatter("own %(message)s"));
    basicConfig({ handlers: new Set<Handler>([new StreamHandler(one), own]), format: "%(name)s" });
    getLogger("a").error("x");
    assert.deepEqual([one.text, two.text], ["a\n", "own x\n"]);
  });

  test("writes to a file, anew or appending", () => {
    const filename = temporaryFile("log");
    basicConfig({ filename, format: "%(message)s" });
    getLogger("a").error("one");
    basicConfig({ filename, format: "%(message)s", force: true });
    getLogger("a").error("two");
    assert.equal(readFileSync(filename, "utf8"), "one\ntwo\n");
    basicConfig({ filename, filemode: "w", force: true });
    assert.equal(readFileSync(filename, "utf8"), "");
    basicConfig({ stream: new Text(), force: true });
  });

  const REFUSED: readonly (readonly [object, string])[] = [
    [{ stream: null, filename: "x" }, "'stream' and 'filename' should not be specified together"],
    [
      { handlers: [], stream: null },
      "'stream' or 'filename' should not be specified together with 'handlers'",
    ],
    [
      { handlers: [], filename: "x" },
      "'stream' or 'filename' should not be specified together with 'handlers'",
    ],
    [{ style: "?" }, "Style must be one of: %,{,$"],
    [{ format: "no field" }, "Invalid format 'no field' for '%' style"],
    [{ level: "nope" }, "Unknown level: 'nope'"],
    [{ fmt: "x", levl: 1 }, "Unrecognised argument(s): fmt, levl"],
  ];
  for (const [config, message] of REFUSED) {
    test(`refuses ${JSON.stringify(config)}`, () => {
      assert.throws(() => basicConfig(config as BasicConfig), { name: "RangeError", message });
    });
  }

  test("colours what goes to a terminal, when it is asked to, and never a file", () => {
    const terminal = Object.assign(new Text(), { isTTY: true });
    const config = { format: "%(message)s", color: true, force: true } as const;
    basicConfig({ ...config, stream: terminal });
    getLogger("a").error("x");
    assert.match(terminal.text, /\u001b\[/);
    const plain = new Text();
    basicConfig({ ...config, stream: plain, color: "auto" });
    getLogger("a").error("x");
    assert.equal(plain.text, "x\n");
    const filename = temporaryFile("log");
    basicConfig({ ...config, filename });
    getLogger("a").error("x");
    assert.equal(readFileSync(filename, "utf8"), "x\n");
    basicConfig({ stream: plain, force: true });
  });
});

describe("the functions that log on the root", () => {
  const CALLS = { debug, info, warning, warn, error, critical, fatal };
  for (const [name, call] of Object.entries(CALLS)) {
    test(`${name} configures the root if it has no handler`, () => {
      getLogger().setLevel("DEBUG");
      const stderr = catchStderr(() => call("x %d", 1));
      assert.match(stderr, /^[A-Z]+:root:x 1\n$/);
      assert.equal(getLogger().handlers.length, 1);
    });
  }

  test("exception and log do so too", () => {
    const stderr = catchStderr(() => {
      log(35, "l");
      exception("e", new Error("boom"));
    });
    assert.match(stderr, /^Level 35:root:l\nERROR:root:e\nError: boom\n {4}at /);
  });
});
