import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { adaptLogger } from "../../src/logging/adapt.ts";
import { ColourFormatter, wantsColour } from "../../src/logging/colour.ts";
import { Logger } from "../../src/logging/logger.ts";
import { LogRecord } from "../../src/logging/record.ts";
import { StreamHandler } from "../../src/logging/stream.ts";
import { Sink } from "./adapt/support.ts";
import { faultOf, HOSTILE_TEXTS } from "./hostile-text.ts";

function makeRecord(msg: string, level: number, fields: object = {}): LogRecord {
  return Object.assign(new LogRecord("websockets.server", level, msg, []), fields);
}

describe("wantsColour", () => {
  const TERMINAL = { isTTY: true };
  const FILE = {};
  const CASES: readonly (readonly [object | null, Record<string, string>, boolean])[] = [
    [TERMINAL, {}, true],
    [FILE, {}, false],
    [null, {}, false],
    [TERMINAL, { NO_COLOR: "1" }, false],
    [TERMINAL, { NO_COLOR: "" }, true],
    [TERMINAL, { TERM: "dumb" }, false],
    [TERMINAL, { TERM: "xterm" }, true],
    [FILE, { FORCE_COLOR: "1" }, true],
    [FILE, { FORCE_COLOR: "" }, true],
    [FILE, { FORCE_COLOR: "true" }, true],
    [TERMINAL, { FORCE_COLOR: "0" }, false],
    [TERMINAL, { FORCE_COLOR: "false" }, false],
    [FILE, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  ];
  for (const [stream, environment, expected] of CASES) {
    const where = stream === TERMINAL ? "a terminal" : stream === FILE ? "a file" : "nothing";
    test(`for ${where} with ${JSON.stringify(environment)} is ${expected}`, () => {
      assert.equal(wantsColour(stream, environment), expected);
    });
  }
});

describe("ColourFormatter", () => {
  const CASES: readonly (readonly [string, number, string])[] = [
    ["> PING", 10, "\u001b[36m>\u001b[0m PING"],
    ["< PONG", 10, "\u001b[32m<\u001b[0m PONG"],
    ["= connection is OPEN", 10, "\u001b[34m=\u001b[0m connection is OPEN"],
    ["x closing TCP connection", 10, "\u001b[35mx\u001b[0m closing TCP connection"],
    ["% sent keepalive ping", 10, "\u001b[90m%\u001b[0m sent keepalive ping"],
    ["! invalid origin", 10, "\u001b[33m!\u001b[0m invalid origin"],
    ["xylophone", 10, "xylophone"],
    ["? what", 10, "? what"],
    ["", 10, ""],
    ["> not a frame", 20, "> not a frame"],
    ["connection open", 20, "connection open"],
    ["skipped broadcast", 30, "\u001b[33mskipped broadcast\u001b[0m"],
    ["connection handler failed", 40, "\u001b[31mconnection handler failed\u001b[0m"],
    ["down", 50, "\u001b[1;31mdown\u001b[0m"],
  ];
  for (const [msg, level, expected] of CASES) {
    test(`writes ${JSON.stringify(msg)} at ${level} as ${JSON.stringify(expected)}`, () => {
      assert.equal(
        new ColourFormatter(null, { colour: true }).format(makeRecord(msg, level)),
        expected,
      );
    });
  }

  test("begins a line with the short id of its connection, in a colour of its own", () => {
    const formatter = new ColourFormatter("%(levelname)s %(message)s", { colour: true });
    const line = (id: string) =>
      formatter.format(makeRecord("connection open", 20, { event: { connection: id } }));
    const one = line("aaaaaaaa-0000");
    assert.match(one, /^INFO \u001b\[38;5;\d+maaaaaa\u001b\[0m connection open$/);
    assert.equal(line("aaaaaaaa-0000"), one);
    const colours = new Set("abcdefgh".split("").map((letter) => line(letter).split("m")[0]));
    assert.ok(colours.size > 2, "ids share all colours");
    const other = formatter.format(makeRecord("x", 20, { websocket: { id: "aaaaaaaa-0000" } }));
    assert.match(other, /aaaaaa/);
  });

  test("leaves the id out where it is told to, and adds details", () => {
    const formatter = new ColourFormatter("%(message)s", {
      colour: true,
      ids: false,
      details: true,
    });
    const event = { type: "connection.close", connection: "aaaaaaaa", code: 1000, duration: 5 };
    assert.equal(
      formatter.format(makeRecord("connection closed", 20, { event })),
      "connection closed 1000 (OK) 5ms",
    );
  });

  test("is plain where the stream is no terminal, and coloured where it is", () => {
    const record = makeRecord("! invalid origin", 10, { websocket: { id: "aaaaaaaa-0000" } });
    const format = (options: object) => new ColourFormatter("%(message)s", options).format(record);
    assert.equal(format({ stream: {} }), "! invalid origin");
    assert.equal(format({ colour: false }), "! invalid origin");
    assert.equal(format({ colour: false, ids: true }), "aaaaaa ! invalid origin");
    assert.ok(format({ colour: true, stream: {} }).includes("\u001b[33m!"));
    const terminal = wantsColour({ isTTY: true });
    assert.equal(format({ stream: { isTTY: true } }).includes("\u001b["), terminal);
  });

  test("leaves the record as it was for other handlers", () => {
    const record = makeRecord("> PING", 10);
    new ColourFormatter(null, { colour: true }).format(record);
    assert.equal(record.getMessage(), "> PING");
    assert.equal(record.message, undefined);
  });
});

for (const text of HOSTILE_TEXTS) {
  test(`a coloured line shows ${JSON.stringify(text)} without a raw control character of the peer's`, () => {
    const sink = new Sink();
    const handler = new StreamHandler(sink);
    handler.setFormatter(
      new ColourFormatter("%(levelname)s %(message)s", { colour: true, details: true }),
    );
    const logger = new Logger("colour", "DEBUG");
    logger.addHandler(handler);
    const target = adaptLogger(logger);
    const event = {
      type: "connection.close",
      connection: `c0ffee${text}`,
      code: 1000,
      reason: text,
    };
    for (const level of [10, 20, 30, 40, 50]) target.emit(level, `> ${text}`, { event });
    assert.equal(faultOf(sink.text.replaceAll(/\u001b\[[\d;]*m/g, ""), 5), null);
    assert.equal(sink.text.split("\u001b[").length - 1, 5 * 2 + 4 * 2);
  });
}
