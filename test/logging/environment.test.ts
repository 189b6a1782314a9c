import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseLogSetting } from "../../src/logging/environment.ts";

describe("parseLogSetting", () => {
  const CASES: readonly (readonly [string, Record<string, number>, boolean, string[]])[] = [
    ["debug", { websockets: 10 }, false, []],
    ["INFO", { websockets: 20 }, false, []],
    ["warn", { websockets: 30 }, false, []],
    ["off", { websockets: 100 }, false, []],
    ["json", { websockets: 20 }, true, []],
    ["json,debug", { websockets: 10 }, true, []],
    [
      "websockets.server=debug,websockets.client=info",
      { "websockets.server": 10, "websockets.client": 20 },
      false,
      [],
    ],
    [" info , app = error ,", { websockets: 20, app: 40 }, false, []],
    ["loud", {}, false, ["loud"]],
    ["=debug,a=b", {}, false, ["=debug", "a=b"]],
    ["", {}, false, []],
  ];
  for (const [setting, levels, json, unknown] of CASES) {
    test(`reads ${JSON.stringify(setting)}`, () => {
      const read = parseLogSetting(setting);
      assert.deepEqual(Object.fromEntries(read.levels), levels);
      assert.equal(read.json, json);
      assert.deepEqual(read.unknown, unknown);
    });
  }
});

const SOURCE = fileURLToPath(new URL("../../src/logging/", import.meta.url));

const PROGRAM = `
  import { configureFromEnvironment } from "${SOURCE}environment.ts";
  import { basicConfig } from "${SOURCE}configure.ts";
  import { getLogger } from "${SOURCE}manager.ts";
  import { NullHandler } from "${SOURCE}null.ts";
  const say = () => {
    for (const name of ["websockets.server", "websockets.client", "app"]) {
      for (const level of [10, 20, 30]) getLogger(name).log(level, "line " + level);
    }
  };
`;

/** The lines on standard error of a process with WEBSOCKETS_LOG that runs `body`. */
function run(setting: string | undefined, body: string): string[] {
  const { WEBSOCKETS_LOG: _, FORCE_COLOR: __, ...env } = process.env;
  const { stderr, status } = spawnSync(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "--eval", PROGRAM + body],
    {
      encoding: "utf8",
      env: { ...env, ...(setting === undefined ? {} : { WEBSOCKETS_LOG: setting }) },
    },
  );
  assert.equal(status, 0, stderr);
  return stderr.split("\n").filter((line) => line !== "");
}

/** A line without its time. */
function cut(line: string): string {
  return line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} /, "");
}

describe("configureFromEnvironment", () => {
  test("does nothing without the variable", () => {
    assert.deepEqual(run(undefined, "configureFromEnvironment(); say();"), [
      "line 30",
      "line 30",
      "line 30",
    ]);
  });

  test("prints the lines of the loggers that are named, once, and leaves others", () => {
    const lines = run(
      "websockets.server=debug,websockets.client=info",
      "configureFromEnvironment(); configureFromEnvironment(); say();",
    );
    assert.deepEqual(lines.map(cut), [
      "DEBUG websockets.server line 10",
      "INFO websockets.server line 20",
      "WARNING websockets.server line 30",
      "INFO websockets.client line 20",
      "WARNING websockets.client line 30",
      "line 30",
    ]);
  });

  test("writes JSON where it is told to", () => {
    const [line] = run("json", "configureFromEnvironment(); say();");
    const { timestamp, ...rest } = JSON.parse(line!);
    assert.equal(typeof timestamp, "string");
    assert.deepEqual(rest, { message: "line 20", level: "INFO", logger: "websockets.server" });
  });

  test("sets the levels, and leaves the form to an application that has handlers", () => {
    for (const body of [
      "configureFromEnvironment(); basicConfig({ format: '%(message)s' }); getLogger('app').disabled = true; say();",
      "basicConfig({ format: '%(message)s' }); configureFromEnvironment(); getLogger('app').disabled = true; say();",
    ]) {
      assert.deepEqual(run("websockets.server=debug", body), [
        "line 10",
        "line 20",
        "line 30",
        "line 30",
      ]);
    }
  });

  test("is stronger than a NullHandler", () => {
    const lines = run(
      "warning",
      "getLogger('websockets').addHandler(new NullHandler()); configureFromEnvironment(); say();",
    );
    assert.deepEqual(lines.map(cut).slice(0, 2), [
      "WARNING websockets.server line 30",
      "WARNING websockets.client line 30",
    ]);
  });

  test("can silence", () => {
    assert.deepEqual(run("off", "configureFromEnvironment(); say();"), ["line 30"]);
  });

  test("configures the root by its name", () => {
    const lines = run("root=info", "configureFromEnvironment(); say();");
    assert.deepEqual(lines.map(cut).slice(-2), ["INFO app line 20", "WARNING app line 30"]);
    assert.equal(lines.length, 6);
  });

  test("says what it does not understand, escaped, and goes on", () => {
    const [first, ...lines] = run("l\u001boud,info", "configureFromEnvironment(); say();");
    assert.equal(first, "WEBSOCKETS_LOG: unknown l\\x1boud; use a level, name=level, or json");
    assert.equal(lines.length, 5);
  });

  test("colours when it is forced to", () => {
    const lines = run("debug", "process.env.FORCE_COLOR = '1'; configureFromEnvironment(); say();");
    assert.ok(lines[2]!.includes("\u001b[33mline 30\u001b[0m"), lines[2]);
  });
});
