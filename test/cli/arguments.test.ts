/** What each command line means, and what is said of a wrong one. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readArguments } from "../../src/cli/arguments.ts";
import { UsageError } from "../../src/cli/options.ts";

const SERVE = {
  kind: "serve",
  port: 8765,
  host: "127.0.0.1",
  maxSize: undefined,
  compression: true,
  origins: "same-origin",
  logLevel: "info",
  debug: false,
};
const TARGET = {
  url: "ws://here",
  headers: [],
  subprotocols: [],
  origin: null,
  insecure: false,
  compression: true,
  proxy: undefined,
  maxSize: undefined,
  debug: false,
  json: false,
};
const TALK = {
  kind: "talk",
  ...TARGET,
  ping: null,
  binary: false,
  pipe: false,
  reconnect: false,
  wait: undefined,
};
const LOAD = {
  kind: "load",
  ...TARGET,
  connections: 10,
  rate: null,
  size: 32,
  duration: 10_000,
  binary: false,
};

describe("a command line is understood:", () => {
  const cases: readonly [string, object][] = [
    ["serve", SERVE],
    ["serve --port 0", { ...SERVE, port: 0 }],
    ["serve -p 65535 --host ::1", { ...SERVE, port: 65_535, host: "::1" }],
    ["serve --port=1 --port=2", { ...SERVE, port: 2 }],
    ["serve --max-size 10", { ...SERVE, maxSize: 10 }],
    ["serve --max-size none", { ...SERVE, maxSize: null }],
    ["serve --no-compression --origins any", { ...SERVE, compression: false, origins: "any" }],
    ["serve --log-level off", { ...SERVE, logLevel: "off" }],
    ["serve --log-level DEBUG", { ...SERVE, logLevel: "debug" }],
    ["serve --debug", { ...SERVE, logLevel: "debug", debug: true }],
    ["serve --debug --log-level error", { ...SERVE, logLevel: "error", debug: true }],
    ["ws://here", TALK],
    ["--json ws://here", { ...TALK, json: true }],
    ["--debug -- ws://here", { ...TALK, debug: true }],
    ["ws://here --ping 0.5 --wait 2", { ...TALK, ping: 500, wait: 2000 }],
    ["ws://here --wait forever", { ...TALK, wait: Number.POSITIVE_INFINITY }],
    ["ws://here --pipe -b -k", { ...TALK, pipe: true, binary: true, insecure: true }],
    ["ws://here --proxy http://p:1 --reconnect", { ...TALK, proxy: "http://p:1", reconnect: true }],
    ["ws://here --proxy none", { ...TALK, proxy: null }],
    ["ws://here --no-compression", { ...TALK, compression: false }],
    ["ws://here -s chat -s superchat", { ...TALK, subprotocols: ["chat", "superchat"] }],
    ["ws://here -o https://there", { ...TALK, origin: "https://there" }],
    [
      "ws://here -H A:1 --header=B:_x:y",
      {
        ...TALK,
        headers: [
          ["A", "1"],
          ["B", "_x:y"],
        ],
      },
    ],
    ["ws://here --auth me:a:b", { ...TALK, headers: [["Authorization", "Basic bWU6YTpi"]] }],
    ["load ws://here", LOAD],
    [
      "load ws://here -c 5 -r 0.5 --size 0 -d 1.5 -b",
      { ...LOAD, connections: 5, rate: 0.5, size: 0, duration: 1500, binary: true },
    ],
    ["--version", { kind: "version" }],
    ["serve -V", { kind: "version" }],
  ];
  for (const [line, command] of cases) {
    test(line, () => assert.deepEqual(readArguments(line.split(" ")), command));
  }
});

describe("what is wrong with a command line is said in a line:", () => {
  const cases: readonly [string, string][] = [
    ["", "there is no address to connect to"],
    ["ws://a ws://b", 'there is one address too many: "ws://b"'],
    ["load", "there is no address to connect to"],
    ["serve 8765", 'serve takes options only, not "8765"'],
    ["serve --prot 1", "there is no option --prot; did you mean --port?"],
    ["serve --log debug", "there is no option --log; did you mean --log-level?"],
    ["serve --maxsize 1", "there is no option --maxsize; did you mean --max-size?"],
    ["serve --xyz", "there is no option --xyz"],
    ["serve -x", "there is no option -x"],
    ["serve --__proto__", "there is no option --__proto__"],
    ["serve --port", "--port needs a value: N"],
    ["serve --port --debug", "--port needs a value: N"],
    ["serve --port -1", "--port needs a value: N"],
    ["serve --port=-1", '--port is "-1": it must be a whole number from 0 to 65535'],
    ["serve --port 65536", '--port is "65536": it must be a whole number from 0 to 65535'],
    ["serve --port 0x50", '--port is "0x50": it must be a whole number from 0 to 65535'],
    ["serve --max-size 1MB", '--max-size is "1MB": it must be a number of bytes, or none'],
    ["serve --origins some", '--origins is "some": it can be same-origin, any'],
    [
      "serve --log-level loud",
      '--log-level is "loud": it can be debug, info, warning, error, critical, off',
    ],
    ["serve --debug=yes", "--debug takes no value"],
    ["ws://a -H X", "--header is \"X\": it must be 'NAME: VALUE'"],
    ["ws://a -H :X", "--header is \":X\": it must be 'NAME: VALUE'"],
    ["ws://a --auth me", "--auth has no colon: it must be USER:PASSWORD"],
    ["ws://a --ping x", '--ping is "x": it must be a number from 0.01 to 86400'],
    ["ws://a --ping 0", '--ping is "0": it must be a number from 0.01 to 86400'],
    ["ws://a --wait 1e3", '--wait is "1e3": it must be a number from 0 to 86400'],
    ["ws://a --pipe --json", "--pipe and --json exclude each other"],
    ["load ws://a -c 0", '--connections is "0": it must be a whole number from 1 to 1000000'],
  ];
  for (const [line, sentence] of cases) {
    test(line, () => {
      const words = line.split(" ").filter((word) => word !== "");
      assert.throws(() => readArguments(words), new UsageError(sentence));
    });
  }
});

test("--help tells every option of its command", () => {
  const commands: readonly [string, readonly string[]][] = [
    ["--help", ["--header", "--ping", "--json", "--wait", "clearsocket serve", "clearsocket load"]],
    [
      "serve -h",
      ["--port", "--host", "--max-size", "--no-compression", "--origins", "--log-level"],
    ],
    ["load --help", ["--connections", "--rate", "--size", "--duration", "--header"]],
  ];
  for (const [line, names] of commands) {
    const command = readArguments(line.split(" "));
    assert.equal(command.kind, "help");
    for (const name of names) assert.ok(command.text.includes(name), `${line} tells ${name}`);
  }
});
