/** The promises of the document on logging, one after the other. Where standard error matters, in a process of its own. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConnectionClosedError, connect, InvalidStatus } from "../src/index.ts";
import { DEBUG, ERROR, INFO } from "../src/logging/level.ts";
import { linesOf, readRecipe, runSession } from "./promises/run.ts";
import { toLine } from "./transcripts/lines.ts";
import { rewriteOurs, rewriteTranscript } from "./transcripts/rewrites.ts";
import { FAULTS } from "./transcripts/scenarios/faults.ts";
import { REFUSALS } from "./transcripts/scenarios/refusals.ts";
import { SESSIONS } from "./transcripts/scenarios/sessions.ts";
import { echo, Stage } from "./transcripts/stage.ts";

async function onStage(
  level: "DEBUG" | "INFO",
  play: (stage: Stage) => Promise<void>,
): Promise<Stage> {
  const stage = new Stage(level);
  try {
    await play(stage);
  } finally {
    await stage.end();
  }
  return stage;
}

describe("1. The client raises its errors, the server logs them:", () => {
  test("a handler that crashes is an ERROR with its stack, and the client gets ConnectionClosedError", async () => {
    const boom = new Error("boom");
    const stage = await onStage("INFO", async (stage) => {
      const { url, server } = await stage.serve(() => {
        throw boom;
      });
      const connection = await stage.connect(url);
      await assert.rejects(connection.recv(), ConnectionClosedError);
      await server.close();
    });
    const errors = stage.records.filter(({ levelno }) => levelno >= ERROR);
    assert.deepEqual(
      errors.map(({ name, error }) => [name, error]),
      [["websockets.server", boom]],
    );
    assert.equal(errors[0]?.getMessage(), "connection handler failed");
  });

  test("an opening handshake that crashes is an ERROR with its stack, and connect() rejects", async () => {
    const boom = new Error("boom");
    const stage = await onStage("INFO", async (stage) => {
      const { url, server } = await stage.serve(echo, {
        match: () => {
          throw boom;
        },
      });
      await assert.rejects(stage.connect(url), InvalidStatus);
      await stage.settled();
      await server.close();
    });
    assert.deepEqual(
      stage.records.map((record) => [record.name, record.getMessage(), record.error]).slice(1, 3),
      [
        ["websockets.server", "opening handshake failed", boom],
        ["websockets.server", "connection rejected (500 Internal Server Error)", undefined],
      ],
    );
  });

  test("an opening handshake that is turned down is told at INFO, its cause at DEBUG", async () => {
    const stage = await onStage("DEBUG", async (stage) => {
      const { url, server } = await stage.serve(echo, { origins: ["https://example.com"] });
      await assert.rejects(stage.connect(url, { origin: "https://evil.example" }), InvalidStatus);
      await stage.settled();
      await server.close();
    });
    const told = stage.records.map((record) => [record.levelno, record.getMessage()]);
    const has = (level: number, text: string): boolean =>
      told.some(([l, t]) => l === level && t === text);
    assert.ok(has(DEBUG, "! invalid origin"));
    assert.ok(has(INFO, "connection rejected (403 Forbidden)"));
    assert.ok(
      has(INFO, "origin https://evil.example is not allowed by the option origins (a list)"),
    );
  });

  test("nothing that happens to a client is logged above DEBUG", async () => {
    const stage = await onStage("DEBUG", async (stage) => {
      await assert.rejects(connect("ws://127.0.0.1:1/"));
      const { url, server } = await stage.serve(() => {
        throw new Error("boom");
      });
      await (await stage.connect(url)).closed;
      await server.close();
    });
    const clients = stage.records.filter(({ name }) => name === "websockets.client");
    assert.ok(clients.length > 0);
    assert.deepEqual(
      clients.filter(({ levelno }) => levelno > DEBUG),
      [],
    );
  });
});

test("2. A connection is one INFO event when it opens and one when it closes, however much it says", async () => {
  const stage = await onStage("INFO", async (stage) => {
    const { url, server } = await stage.serve();
    const connection = await stage.connect(url);
    for (let left = 100; left > 0; left -= 1) {
      await connection.send("x");
      await connection.recv();
    }
    await connection.ping();
    await connection.close();
    await stage.settled();
    await server.close();
  });
  assert.deepEqual(stage.records.map((record) => record.getMessage()).slice(1), [
    "connection open",
    "connection closed",
    "server closing",
    "server closed",
  ]);
});

describe("3. The loggers are websockets.client and websockets.server, and", () => {
  test("nothing is logged anywhere else", async () => {
    const stage = await onStage("DEBUG", async (stage) => {
      const { url, server } = await stage.serve();
      await (await stage.connect(url)).close();
      await server.close();
    });
    assert.deepEqual(new Set(stage.records.map(({ name }) => name)), new Set(LOGGERS));
  });

  test("nobody configures them", async () => {
    const { stdout } = await runSession("nothing-is-configured");
    assert.deepEqual(JSON.parse(stdout), [
      ["", 30, 0, 0, true],
      ["websockets", 0, 0, 0, true],
      ["websockets.server", 0, 0, 0, true],
      ["websockets.client", 0, 0, 0, true],
    ]);
  });
});

const LOGGERS = ["websockets.server", "websockets.client"];

describe("4. and 5. Under a configuration of the document, standard error is that of Python's library:", () => {
  for (const name of [
    "doc-02-basicConfig-INFO",
    "doc-04-basicConfig-default",
    "doc-06-nullhandler-configured",
    "doc-08-propagate-False-only",
    "doc-13-logger-argument",
    "doc-15-adapter-as-in-the-docs",
  ]) {
    test(name, async () => {
      const { code, stdout, stderr } = await runSession(name);
      assert.deepEqual(linesOf(stderr), linesOf(readRecipe(name)));
      assert.deepEqual([code, stdout], [0, ""]);
    });
  }

  test("doc-03-basicConfig-DEBUG, whatever comes first of what two sides do", async () => {
    const name = "doc-03-basicConfig-DEBUG";
    const { code, stderr } = await runSession(name);
    const toLines = (text: string) =>
      linesOf(text)
        // Another library's line.
        .filter((line) => line !== "Using selector: EpollSelector")
        .map((text) => ({ level: "", logger: "", text, hasStack: false }));
    const sorted = (lines: readonly { readonly text: string }[]) =>
      lines.map(({ text }) => text).sort();
    assert.deepEqual(
      sorted(rewriteOurs(toLines(stderr))),
      sorted(rewriteTranscript(toLines(readRecipe(name)))),
    );
    assert.equal(code, 0);
  });

  test("doc-14-json, with the fields of the events besides", async () => {
    const name = "doc-14-json";
    const { stderr } = await runSession(name);
    const parse = (text: string): Record<string, unknown>[] =>
      text
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"))
        .map((line) => JSON.parse(line));
    const ours = parse(stderr);
    const theirs = parse(readRecipe(name));
    const keys = ["message", "level", "logger"];
    const pick = (line: Record<string, unknown>) =>
      keys.map((key) => String(line[key]).replace(/:\d+$/, ":<port>"));
    assert.deepEqual(ours.map(pick), theirs.map(pick));
    for (const [at, line] of ours.entries()) {
      const their = theirs[at] ?? {};
      assert.match(String(line.timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.equal(typeof line.connection === "string", their.connection_id !== undefined);
      assert.equal(line.exc_info !== undefined, their.exc_info !== undefined);
    }
  });

  test("doc-16: a format that wants the connection fails on the server's lines alone", async () => {
    const { code, stderr } = await runSession("doc-16-format-with-websocket-attribute");
    const lines = linesOf(stderr);
    assert.equal(code, 0);
    assert.deepEqual(
      lines.filter((line) => line.startsWith("Message: ")),
      [
        "Message: 'server listening on 127.0.0.1:<port>'",
        "Message: 'server closing'",
        "Message: 'server closed'",
      ],
    );
    assert.deepEqual(
      lines.filter((line) => line.startsWith("<time>")),
      ["connection open", "connection closed", "connection open", "connection handler failed"]
        .map((message) => `<time> <id> 127.0.0.1 ${message}`)
        .concat("<time> <id> 127.0.0.1 connection closed"),
    );
  });
});

describe("6. Unconfigured, WARNING and above are on standard error;", () => {
  test("so a crash shows with its stack, and nothing else does", async () => {
    const { code, stdout, stderr } = await runSession("doc-01-unconfigured");
    assert.deepEqual(linesOf(stderr), ["connection handler failed", "<<error>>"]);
    assert.match(stderr, /^RangeError: boom\n {4}at \S*handler .*session\.ts/m);
    assert.deepEqual([code, stdout], [0, ""]);
  });

  const SILENT: readonly (readonly [how: string, name: string])[] = [
    ["a NullHandler on websockets", "doc-05-nullhandler-unconfigured"],
    [
      "a NullHandler and propagate = false, when the application configures logging",
      "doc-07-nullhandler-and-propagate-False",
    ],
    ["setLevel(CRITICAL)", "doc-09-setLevel-CRITICAL"],
    ["a filter on both loggers", "doc-12-filter-on-both-leaves"],
    // Python's library prints the crash here, though the document says that it does not: LOGGING.md, finding 2.
    ["a filter on websockets", "doc-10-filter-on-websockets"],
    ["a filter on websockets, configured", "doc-11-filter-on-websockets-configured"],
    ["the option logger: null", "logger-null"],
  ];
  for (const [how, name] of SILENT) {
    test(`${how} silences them`, async () => {
      assert.deepEqual(await runSession(name), { code: 0, stdout: "", stderr: "" });
    });
  }
});

describe("7. Levels and prefixes:", () => {
  const PREFIX = /^[><=x%!] /;
  const played = { ...SESSIONS, ...FAULTS, ...REFUSALS };
  const chosen = ["06", "07", "18", "22", "28", "36"];

  test("all DEBUG lines have a prefix, and no others do", async () => {
    const prefixes = new Set<string>();
    for (const [name, scenario] of Object.entries(played)) {
      if (!chosen.some((number) => name.startsWith(number))) continue;
      const play = typeof scenario === "function" ? scenario : scenario.play;
      const { records } = await onStage("DEBUG", play);
      for (const { level, text } of records.map(toLine)) {
        assert.equal(PREFIX.test(text), level === "DEBUG", `${level} ${text}`);
        if (level === "DEBUG") prefixes.add(text.charAt(0));
      }
    }
    assert.deepEqual([...prefixes].sort(), ["!", "%", "<", "=", ">", "x"]);
  });
});
