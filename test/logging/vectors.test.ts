/**
 * The runner of vectors, and vectors of our own: operations chosen at random whose results Python 3.13's `logging` gave
 * (`vectors/*.vectors`). Those of the specification are run by `npm run vectors`.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFile } from "../support/temporary.ts";

const RUNNER = fileURLToPath(new URL("../../scripts/vectors/main.ts", import.meta.url));
const OWN = fileURLToPath(new URL("vectors/", import.meta.url));

function run(...files: readonly string[]): {
  readonly code: number | null;
  readonly lines: string[];
} {
  const options = ["--conditions=clearsocket-source", "--import=tsx"];
  const { status, stdout } = spawnSync(process.execPath, [...options, RUNNER, ...files], {
    encoding: "utf8",
  });
  return { code: status, lines: stdout.trimEnd().split("\n") };
}

/** The last line and the exit code for one file with the given text. */
function judge(text: string): readonly [string | undefined, number | null] {
  const file = temporaryFile("vectors.json");
  writeFileSync(file, text);
  const { code, lines } = run(file);
  return [lines.at(-1), code];
}

interface Vector {
  readonly ops: readonly object[];
  readonly results: readonly unknown[];
  readonly stderr?: string;
}

function write({ ops, results, stderr = "" }: Vector): string {
  const expected = { stderr, streams: {}, records: {}, results };
  return JSON.stringify({ vectors: [{ id: "v", about: "a vector", ops, expected }] });
}

const PASSED = ["1 passed, 0 failed, 0 different", 0] as const;
const FAILED = ["0 passed, 1 failed, 0 different", 1] as const;
const DIFFERENT = ["0 passed, 0 failed, 1 different", 0] as const;

describe("the runner of vectors", () => {
  test("runs a file of operations that hold, and one of frames and close codes", () => {
    const ops = [{ op: "getMessage", msg: "%s", args: [[1, "a", null, true]] }];
    assert.deepEqual(judge(write({ ops, results: ["[1, 'a', None, True]"] })), PASSED);
    const frames = [{ opcode: "TEXT", fin: true, hex: "6869", text: "TEXT 'hi' [2 bytes]" }];
    const closes = [{ code: 1000, reason: "bye", text: "1000 (OK) bye" }];
    assert.deepEqual(judge(JSON.stringify({ frames, closes })), [
      "2 passed, 0 failed, 0 different",
      0,
    ]);
  });

  test("keeps what JavaScript's numbers do not hold", () => {
    const text = write({
      ops: [{ op: "getMessage", msg: "%s %s %s %s", args: [1, 2, 3, 4] }],
      results: ["1.0 12345678901234567890 inf nan"],
    });
    const given = text.replace("[1,2,3,4]", "[1.0, 12345678901234567890, Infinity, NaN]");
    assert.deepEqual(judge(given), PASSED);
  });

  const FAULTS: readonly (readonly [string, string])[] = [
    ["a result that differs", write({ ops: [{ op: "getMessage", msg: "x" }], results: ["y"] })],
    ["an operation that it does not know", write({ ops: [{ op: "fly" }], results: [null] })],
    [
      "the name of a method of objects for one",
      write({ ops: [{ op: "toString" }], results: [null] }),
    ],
    [
      "a type of handler that it does not know",
      write({ ops: [{ op: "handler", id: "h", type: "carrier pigeon" }], results: [null] }),
    ],
    [
      "a type of filter that it does not know",
      write({ ops: [{ op: "filter", id: "f", type: "coffee" }], results: [null] }),
    ],
    [
      "text on standard error that was not expected",
      write({ ops: [{ op: "log", logger: "a", level: "error", msg: "x" }], results: [null] }),
    ],
    [
      "a result that only looks like a difference",
      write({
        ops: [{ op: "setLevel", logger: "a", level: "nope" }],
        results: [{ error: { type: "ValueError", message: "something else" } }],
      }),
    ],
    [
      "a frame that differs",
      '{"frames": [{"opcode": "TEXT", "fin": true, "hex": "", "text": "?"}]}',
    ],
    [
      "an opcode that it does not know",
      '{"frames": [{"opcode": "NOPE", "fin": true, "hex": "", "text": ""}]}',
    ],
    ["a file that is not JSON", "{"],
    ["a file of neither format", "{}"],
  ];
  for (const [what, text] of FAULTS) {
    test(`fails for ${what}`, () => {
      assert.deepEqual(judge(text), FAILED);
    });
  }

  test("fails for a file that is not there, and runs the others", () => {
    const file = temporaryFile("vectors.json");
    writeFileSync(file, write({ ops: [{ op: "getMessage", msg: "x" }], results: ["x"] }));
    const { code, lines } = run(temporaryFile("missing.json"), file);
    assert.deepEqual([lines.at(-1), code], ["1 passed, 1 failed, 0 different", 1]);
  });

  test("counts deliberate differences apart, with their reason", () => {
    const file = temporaryFile("vectors.json");
    const result = { error: { type: "ValueError", message: "Unknown level: 'nope'" } };
    const ops = [{ op: "setLevel", logger: "a", level: "nope" }];
    writeFileSync(file, write({ ops, results: [result] }));
    const { code, lines } = run(file);
    assert.equal(code, 0);
    assert.match(lines[0] ?? "", /^different: v \(a vector\)$/);
    assert.match(lines[1] ?? "", /RangeError for ValueError/);
  });

  test("counts the filter of the document as a difference", () => {
    const ops = [
      { op: "filter", id: "f", type: "const", value: false },
      { op: "addFilter", logger: "websockets", filter: "f" },
      { op: "log", logger: "websockets.server", level: "error", msg: "x" },
    ];
    const vector = { ops, results: [null, null, null], stderr: "x\n" };
    assert.deepEqual(judge(write(vector)), DIFFERENT);
  });

  test("gives each vector a fresh registry, clock and time zone", () => {
    const dirty = {
      ops: [
        { op: "tz", name: "Asia/Tokyo" },
        { op: "time", ns: 0 },
        { op: "setLevel", logger: "", level: 10 },
        { op: "format", format: "%(asctime)s" },
      ],
      results: [null, null, null, "1970-01-01 09:00:00,000"],
    };
    const clean = {
      ops: [
        { op: "getEffectiveLevel", logger: "" },
        { op: "format", format: "%(asctime)s" },
      ],
      results: [30, "2023-11-14 22:13:20,123"],
    };
    const vectors = [dirty, clean].map(({ ops, results }) => ({
      id: "v",
      ops,
      expected: { stderr: "", streams: {}, records: {}, results },
    }));
    assert.deepEqual(judge(JSON.stringify({ vectors })), ["2 passed, 0 failed, 0 different", 0]);
  });

  test("says how it is used when it is given no file", () => {
    assert.equal(run().code, 2);
  });
});

describe("what Python 3.13 does", () => {
  for (const name of readdirSync(OWN)) {
    test(`is done here too, in ${name}`, () => {
      const { code, lines } = run(`${OWN}${name}`);
      assert.match(lines.at(-1) ?? "", /^\d+ passed, 0 failed, \d+ different$/, lines.join("\n"));
      assert.equal(code, 0);
    });
  }
});
