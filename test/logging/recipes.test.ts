/**
 * The configurations that websockets' page on logging shows, each in a process of its own with a real standard error,
 * which prints what Python prints with them. The lines are those that a server writes in the scenario of that page: a
 * client that talks and leaves, and one at which the handler crashes. `<<stack>>` stands for the frames of a stack.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { run } from "../support/child.ts";

const SCENARIO = `
import logging from "#/src/logging/index.ts";

let server = logging.getLogger("websockets.server");
const client = logging.getLogger("websockets.client");
CONFIGURATION
server.info("server listening on %s", "127.0.0.1:8765");
server.debug("= connection is CONNECTING");
client.debug("> GET / HTTP/1.1");
const websocket = { websocket: { id: "05f40127", remote_addr: ["127.0.0.1", 1], remoteAddress: "127.0.0.1" } };
const logger = new logging.LoggerAdapter(server, websocket);
logger.info("connection open");
logger.info("connection closed");
logger.info("connection open");
logger.error("connection handler failed", new RangeError("boom"));
logger.debug("> CLOSE 1011 (internal error) [2 bytes]");
logger.info("connection closed");
server.info("server closing");
server.info("server closed");
`;

const CRASH = "connection handler failed\n<<error>>\n";

/** All lines of INFO and above, each with a prefix. */
function lines(prefix: (level: string) => string): string {
  const info = prefix("INFO");
  const error = prefix("ERROR");
  return [
    `${info}server listening on 127.0.0.1:8765\n`,
    `${info}connection open\n`,
    `${info}connection closed\n`,
    `${info}connection open\n`,
    `${error}${CRASH}`,
    `${info}connection closed\n`,
    `${info}server closing\n`,
    `${info}server closed\n`,
  ].join("");
}

const RECIPES: readonly (readonly [string, string, string])[] = [
  ["nothing is configured", "", CRASH],
  [
    "production",
    'logging.basicConfig({ format: "%(asctime)s %(message)s", level: logging.INFO });',
    lines(() => "<<time>> "),
  ],
  [
    "development",
    'logging.basicConfig({ format: "%(message)s", level: logging.DEBUG });',
    lines(() => "")
      .replace("8765\n", "8765\n= connection is CONNECTING\n> GET / HTTP/1.1\n")
      .replace("<<error>>\n", "<<error>>\n> CLOSE 1011 (internal error) [2 bytes]\n"),
  ],
  ["basicConfig alone", "logging.basicConfig();", `ERROR:websockets.server:${CRASH}`],
  [
    "a NullHandler, and nothing is configured",
    'logging.getLogger("websockets").addHandler(new logging.NullHandler());',
    "",
  ],
  [
    "a NullHandler is not enough when the root has a handler",
    `logging.basicConfig({ level: logging.INFO });
logging.getLogger("websockets").addHandler(new logging.NullHandler());`,
    lines((level) => `${level}:websockets.server:`),
  ],
  [
    "a NullHandler and propagate = false",
    `logging.basicConfig({ level: logging.INFO });
logging.getLogger("websockets").addHandler(new logging.NullHandler());
logging.getLogger("websockets").propagate = false;`,
    "",
  ],
  [
    "propagate = false alone leaves the handler of last resort",
    `logging.basicConfig({ level: logging.INFO });
logging.getLogger("websockets").propagate = false;`,
    CRASH,
  ],
  ["setLevel(CRITICAL)", 'logging.getLogger("websockets").setLevel(logging.CRITICAL);', ""],
  // Here we keep what the page promises and Python does not: the filter also sees the records of descendants.
  ["a filter on websockets", 'logging.getLogger("websockets").addFilter((record) => null);', ""],
  [
    "a filter on websockets when the root has a handler",
    `logging.basicConfig({ level: logging.INFO });
logging.getLogger("websockets").addFilter((record) => null);`,
    "",
  ],
  [
    "a filter on both loggers",
    `for (const name of ["server", "client"]) {
  logging.getLogger("websockets." + name).addFilter(() => null);
}`,
    "",
  ],
  [
    "another logger",
    `logging.basicConfig({ format: "%(name)s %(levelname)s %(message)s", level: logging.INFO });
server = logging.getLogger("interface.websocket");`,
    lines((level) => `interface.websocket ${level} `),
  ],
  [
    "an adapter that adds the connection's id to the message",
    `logging.basicConfig({ format: "%(asctime)s %(message)s", level: logging.INFO });
class Adapter extends logging.LoggerAdapter {
  process(msg, call) {
    const connection = call.extra?.websocket;
    return connection === undefined ? [msg, call] : [connection.id + " " + msg, call];
  }
}
server = new Adapter(server);`,
    lines(() => "<<time>> ").replace(/> connection/g, "> 05f40127 connection"),
  ],
];

/** `stderr` without what differs from run to run. */
function mask(stderr: string): string {
  return stderr
    .replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} /gm, "<<time>> ")
    .replace(/^RangeError: boom\n(?: {4}at .*\n)+/gm, "<<error>>\n");
}

describe("the recipes of the document", () => {
  for (const [what, configuration, expected] of RECIPES) {
    test(`${what}`, async () => {
      const { code, stdout, stderr } = await run(SCENARIO.replace("CONFIGURATION", configuration));
      assert.equal(mask(stderr), expected);
      assert.equal(stdout, "");
      assert.equal(code, 0);
    });
  }

  test("a format with a field of the connection reports the records that have none", async () => {
    const format = "{asctime} {websocket.id} {websocket.remote_addr[0]} {message}";
    const { stderr } = await run(
      SCENARIO.replace(
        "CONFIGURATION",
        `logging.basicConfig({ format: "${format}", level: logging.INFO, style: "{" });`,
      ),
    );
    assert.equal(stderr.match(/--- Logging error ---/g)?.length, 3);
    const missing = "Formatting field not found in record: 'websocket'";
    assert.equal(stderr.split(`RangeError: ${missing}\n`).length - 1, 3);
    assert.match(stderr, /Message: 'server listening on %s'\nArguments: \('127.0.0.1:8765',\)\n/);
    assert.match(stderr, /^[-\d]+ [:\d]+,\d{3} 05f40127 127\.0\.0\.1 connection open$/m);
  });

  test("JSON has one object a line, with the stack of the crash", async () => {
    const { stderr } = await run(
      SCENARIO.replace(
        "CONFIGURATION",
        `const handler = new logging.StreamHandler();
handler.setFormatter(new logging.JSONFormatter());
logging.getLogger().addHandler(handler);
logging.getLogger().setLevel(logging.INFO);`,
      ),
    );
    const records = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      records.map(({ level, message }) => `${String(level)} ${String(message)}`),
      lines((level) => `${level} `)
        .replace("<<error>>\n", "")
        .trimEnd()
        .split("\n"),
    );
    assert.match(String(records[4]?.exc_info), /^RangeError: boom\n {4}at /);
    assert.ok(records.every(({ logger }) => logger === "websockets.server"));
  });
});
