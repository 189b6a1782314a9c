/**
 * The rules of the house, held against the real sources; and the proof that the checker finds what breaks them: each
 * rule has a fault planted into a small house that is otherwise in order.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { drawFloors } from "../scripts/draw-floors.ts";
import {
  checkFloors,
  checkHouse,
  findCircles,
  MOST_LINES,
  wingOf,
} from "./support/architecture.ts";
import { FLOORS, type Wing } from "./support/floors.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

function readSources(): Map<string, string> {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => `src/${path.replaceAll("\\", "/")}`)
    .sort();
  return new Map(files.map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));
}

function readEntries(): Set<string> {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    exports: Record<string, string | Record<string, string>>;
  };
  const sources = Object.values(exports).map((entry) =>
    typeof entry === "string" ? entry : (entry["clearsocket-source"] ?? ""),
  );
  return new Set(sources.map((source) => source.replace(/^\.\//, "")));
}

/** A house in order, into which the cases below plant their faults. */
const HOUSE: Readonly<Record<string, string>> = {
  "src/error.ts": "/** … */ export class WebSocketError extends Error {}",
  "src/bytes/queue.ts": "/** … */ export const take = (): number => 1;",
  "src/platform/node.ts": 'export { randomUUID as randomId } from "node:crypto";',
  "src/platform/browser.ts": '/** … */ export const randomId = (): string => "1";',
  "src/logging/level.ts": "/** … */ export const DEBUG = 10;",
  "src/logging/file.ts":
    '/** … */ export const fs: unknown = process.getBuiltinModule?.("node:fs");',
  "src/logging/index.ts": 'export * from "./level.ts";',
  "src/frames/parse.ts":
    'import { take } from "../bytes/queue.ts"; /** … */ export const parse = take;',
  "src/http/head.ts": 'import { randomId } from "#platform"; /** … */ export const key = randomId;',
  "src/protocol/session.ts": 'import { parse } from "../frames/parse.ts"; export { parse };',
  "src/protocol/index.ts": 'export * from "./session.ts";',
  "src/connection/driver.ts":
    'import { parse } from "../protocol/session.ts"; import { DEBUG } from "../logging/level.ts"; export { parse, DEBUG };',
  "src/node/socket.ts":
    'import net from "node:net"; export { parse } from "../connection/driver.ts"; export { net };',
  "src/server/serve.ts": 'export { net } from "../node/socket.ts";',
  "src/client/connect.ts": 'export { parse } from "../connection/driver.ts";',
  "src/cli/main.ts": '#!/usr/bin/env node\nimport { net } from "../server/serve.ts"; void net;',
  "src/index.ts": 'export * from "./server/serve.ts"; export * from "./protocol/index.ts";',
};

const ENTRIES = new Set(["src/index.ts", "src/protocol/index.ts", "src/logging/index.ts"]);

function faultsOf(planted: Readonly<Record<string, string>>): string[] {
  return checkHouse(new Map(Object.entries({ ...HOUSE, ...planted })), ENTRIES);
}

describe("the house", () => {
  test("its sources keep every rule", () => {
    const sources = readSources();
    assert.ok(sources.size > 0, "no sources were found, so nothing was checked");
    assert.deepEqual(checkHouse(sources, readEntries()), []);
  });

  test("its table lets no wing import upward or sideways, nor one that is not in it", () => {
    assert.deepEqual(checkFloors(FLOORS), []);
  });

  test("each wing of the table has a file, but those that are marked as later", () => {
    const built = new Set([...readSources().keys()].map(wingOf));
    const missing = Object.entries(FLOORS)
      .filter(([name, wing]) => wing.later !== true && !built.has(name))
      .map(([name]) => name);
    assert.deepEqual(missing, []);
    const late = Object.entries(FLOORS)
      .filter(([name, wing]) => wing.later === true && built.has(name))
      .map(([name]) => `${name} is built: take "later" out of test/support/floors.ts`);
    assert.deepEqual(late, []);
  });

  test("ARCHITECTURE.md shows the table as it is", () => {
    assert.equal(drawFloors().isCurrent, true, "run: npm run draw");
  });
});

describe("a planted fault", () => {
  test("is not found in a house that is in order", () => {
    assert.deepEqual(faultsOf({}), []);
  });

  const upward = 'import { DEBUG } from "../connection/driver.ts"; void DEBUG;';
  const cases: readonly {
    readonly plants: string;
    readonly files: Readonly<Record<string, string>>;
    readonly file: string;
    readonly rule: string;
  }[] = [
    {
      plants: "an upward import",
      files: { "src/frames/mask.ts": upward },
      file: "src/frames/mask.ts",
      rule: "floors",
    },
    {
      plants: "an upward import of a type",
      files: { "src/http/uri.ts": 'export type { key } from "../connection/driver.ts";' },
      file: "src/http/uri.ts",
      rule: "floors",
    },
    {
      plants: "an upward import() of a type",
      files: { "src/http/uri.ts": 'export type K = import("../connection/driver.ts").K;' },
      file: "src/http/uri.ts",
      rule: "floors",
    },
    {
      plants: "an upward dynamic import",
      files: { "src/http/uri.ts": 'export const k = import("../connection/driver.ts");' },
      file: "src/http/uri.ts",
      rule: "floors",
    },
    {
      plants: "an upward dynamic import in a template",
      files: { "src/http/uri.ts": "export const k = import(`../connection/driver.ts`);" },
      file: "src/http/uri.ts",
      rule: "floors",
    },
    {
      plants: "an import between the two grammars",
      files: { "src/frames/mask.ts": 'export * from "../http/head.ts";' },
      file: "src/frames/mask.ts",
      rule: "floors",
    },
    {
      plants: "an import between the two doors",
      files: { "src/server/attach.ts": 'export * from "../client/connect.ts";' },
      file: "src/server/attach.ts",
      rule: "floors",
    },
    {
      plants: "a logger in the machine",
      files: { "src/protocol/state.ts": 'export * from "../logging/level.ts";' },
      file: "src/protocol/state.ts",
      rule: "floors",
    },
    {
      plants: "the protocol in the program",
      files: { "src/cli/talk.ts": 'export * from "../protocol/session.ts";' },
      file: "src/cli/talk.ts",
      rule: "floors",
    },
    {
      plants: "a seam on a floor that has no use for it",
      files: { "src/cli/talk.ts": 'import "#platform";' },
      file: "src/cli/talk.ts",
      rule: "floors",
    },
    {
      plants: "a file in no wing",
      files: { "src/sundry/thing.ts": "export const x = 1;" },
      file: "src/sundry/thing.ts",
      rule: "floors",
    },
    {
      plants: "a file in src itself",
      files: { "src/version.ts": "export const x = 1;" },
      file: "src/version.ts",
      rule: "floors",
    },
    {
      plants: "node:* in the core",
      files: { "src/frames/mask.ts": 'import { Buffer } from "node:buffer"; void Buffer;' },
      file: "src/frames/mask.ts",
      rule: "platform",
    },
    {
      plants: "Node's types in the core",
      files: {
        "src/connection/tap.ts": 'import type { Socket } from "node:net"; export { Socket };',
      },
      file: "src/connection/tap.ts",
      rule: "platform",
    },
    {
      plants: "a module of Node without its prefix",
      files: { "src/connection/tap.ts": 'import "fs";' },
      file: "src/connection/tap.ts",
      rule: "platform",
    },
    {
      plants: "node:* in what browsers load",
      files: { "src/platform/browser.ts": 'export { randomUUID } from "node:crypto";' },
      file: "src/platform/browser.ts",
      rule: "platform",
    },
    {
      plants: "a static import of Node in the logging",
      files: { "src/logging/file.ts": 'import fs from "node:fs"; void fs;' },
      file: "src/logging/file.ts",
      rule: "platform",
    },
    {
      plants: "getBuiltinModule in the core",
      files: { "src/frames/mask.ts": 'export const b = process.getBuiltinModule("buffer");' },
      file: "src/frames/mask.ts",
      rule: "platform",
    },
    {
      plants: "require in the core",
      files: { "src/frames/mask.ts": 'export const b = require("buffer");' },
      file: "src/frames/mask.ts",
      rule: "platform",
    },
    {
      plants: "one platform by its path",
      files: { "src/http/uri.ts": 'export * from "../platform/node.ts";' },
      file: "src/http/uri.ts",
      rule: "platform",
    },
    {
      plants: "a dependency",
      files: { "src/server/attach.ts": 'import ws from "ws"; void ws;' },
      file: "src/server/attach.ts",
      rule: "dependencies",
    },
    {
      plants: "a type of a dependency",
      files: { "src/server/attach.ts": 'import type ws from "ws"; export type W = ws;' },
      file: "src/server/attach.ts",
      rule: "dependencies",
    },
    {
      plants: "the package's own name",
      files: { "src/server/attach.ts": 'export * from "clearsocket";' },
      file: "src/server/attach.ts",
      rule: "dependencies",
    },
    {
      plants: "a circle of two files",
      files: {
        "src/bytes/concat.ts": 'export * from "./queue.ts";',
        "src/bytes/queue.ts": 'export * from "./concat.ts";',
      },
      file: "src/bytes/concat.ts",
      rule: "circles: files",
    },
    {
      plants: "a circle of types",
      files: {
        "src/bytes/concat.ts": 'import type { Q } from "./queue.ts"; export type C = Q;',
        "src/bytes/queue.ts": 'import type { C } from "./concat.ts"; export type Q = C;',
      },
      file: "src/bytes/queue.ts",
      rule: "circles: files",
    },
    {
      plants: "a file that imports itself",
      files: { "src/bytes/queue.ts": 'export * from "./queue.ts";' },
      file: "src/bytes/queue.ts",
      rule: "circles: files",
    },
    {
      plants: "a barrel",
      files: { "src/connection/log.ts": 'export * from "../logging/index.ts";' },
      file: "src/connection/log.ts",
      rule: "index.ts: no barrels",
    },
    {
      plants: "a barrel of its own wing",
      files: { "src/protocol/state.ts": 'export * from "./index.ts";' },
      file: "src/protocol/state.ts",
      rule: "index.ts: no barrels",
    },
    {
      plants: "an index.ts that is no entry",
      files: { "src/frames/index.ts": 'export * from "./parse.ts";' },
      file: "src/frames/index.ts",
      rule: "index.ts: entries only",
    },
    {
      plants: "an import of a file that is not there",
      files: { "src/http/uri.ts": 'export * from "./gone.ts";' },
      file: "src/http/uri.ts",
      rule: "imports",
    },
    {
      plants: "a drawer",
      files: { "src/http/utils.ts": "export const x = 1;" },
      file: "src/http/utils.ts",
      rule: "drawers",
    },
    {
      plants: "a drawer of types",
      files: { "src/http/types.ts": "export type X = 1;" },
      file: "src/http/types.ts",
      rule: "drawers",
    },
    {
      plants: "a drawer that is a folder",
      files: { "src/server/helpers/origin.ts": "export const x = 1;" },
      file: "src/server/helpers/origin.ts",
      rule: "drawers",
    },
    {
      plants: "a name in another case",
      files: { "src/http/requestHead.ts": "export const x = 1;" },
      file: "src/http/requestHead.ts",
      rule: "names",
    },
    {
      plants: "a line of code too many",
      files: { "src/http/uri.ts": "export {};\n".repeat(MOST_LINES + 1) },
      file: "src/http/uri.ts",
      rule: "size",
    },
    {
      plants: "an export without a docstring",
      files: { "src/http/uri.ts": "// word\nexport const x = 1, y = 2;" },
      file: "src/http/uri.ts",
      rule: "docs",
    },
    {
      plants: "a text that does not parse",
      files: { "src/http/uri.ts": "export const = ;" },
      file: "src/http/uri.ts",
      rule: "syntax",
    },
  ];

  for (const { plants, files, file, rule } of cases) {
    test(`is found: ${plants}, with the rule "${rule}" and the file`, () => {
      const faults = faultsOf(files);
      const wanted = new RegExp(`${file.replaceAll(".", "\\.")}\\b.*\\[${rule}[\\]:]`);
      assert.ok(
        faults.some((fault) => wanted.test(fault)),
        `not among ${JSON.stringify(faults, null, 2)}`,
      );
    });
  }

  test("is named by its floors when it runs upward", () => {
    assert.deepEqual(
      faultsOf({ "src/frames/mask.ts": upward })[0],
      "src/frames/mask.ts imports ../connection/driver.ts of connection: frames (floor 2) may import bytes, platform, error.ts, and this one runs upward [floors: who may import whom]",
    );
  });

  test("between folders is found as a circle of folders too", () => {
    const faults = faultsOf({ "src/bytes/concat.ts": 'export * from "../frames/parse.ts";' });
    assert.ok(
      faults.some((fault) => fault.endsWith("bytes -> frames -> bytes [circles: folders]")),
    );
  });

  test("in the table itself is found", () => {
    const wing = (floor: Wing["floor"], imports: readonly string[]): Wing => ({
      floor,
      is: "",
      imports,
    });
    assert.deepEqual(
      checkFloors({
        low: wing(1, ["high"]),
        high: wing(2, ["low", "gone"]),
        twin: wing(2, ["high"]),
      }),
      [
        "low (floor 1) may import high (floor 2)",
        "high may import gone, which is no wing",
        "twin (floor 2) may import high (floor 2)",
      ],
    );
  });
});

describe("what is allowed", () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    [
      "comments beyond the limit of lines",
      { "src/http/uri.ts": "// word\n".repeat(MOST_LINES + 1) },
    ],
    ["as many lines as the limit", { "src/http/uri.ts": "export {};\n".repeat(MOST_LINES) }],
    [
      "a foreign type in the logging",
      { "src/logging/adapt.ts": 'import type p from "pino"; export { p };' },
    ],
    [
      "an import that only a comment or a text has",
      { "src/http/uri.ts": '// import "node:fs";\n/** … */ export const x = \'import "fs"\';' },
    ],
  ];
  for (const [what, files] of cases) {
    test(`${what} is no fault`, () => assert.deepEqual(faultsOf(files), []));
  }
});

describe("findCircles()", () => {
  const graph = (edges: Readonly<Record<string, string>>): Map<string, Set<string>> =>
    new Map(Object.entries(edges).map(([from, to]) => [from, new Set(to)]));

  test("finds no circle where two ways lead to one file", () => {
    assert.deepEqual(findCircles(graph({ a: "bc", b: "d", c: "d", d: "" })), []);
  });

  test("gives one circle a knot, the shortest through its first file", () => {
    assert.deepEqual(findCircles(graph({ a: "b", b: "c", c: "db", d: "b", e: "ef", f: "" })), [
      ["b", "c", "b"],
      ["e", "e"],
    ]);
  });
});
