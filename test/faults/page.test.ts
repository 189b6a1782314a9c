/** docs/topics/reliability.md: each promise names a test, and the test exists; each test of a fault has its promise. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const page = read("docs/topics/reliability.md");
const rows = page.split("\n").filter((line) => line.startsWith("| ") && !/^\| fault \|/.test(line));
const NAMED = /`([\w/-]+)` \*([^*]+)\*/g;

/** The names of tests in a source, as they stand in quotes. */
function testsOf(source: string): string[] {
  return [...source.matchAll(/\btest\(\s*"([^"]+)"/g)].map(([, name = ""]) => name);
}

describe("the page on reliability", () => {
  test("has a row for each fault", () => {
    assert.ok(rows.length >= 12, `${rows.length}`);
  });

  for (const row of rows) {
    const [, fault = "", , shownBy = ""] = row.split(" | ").join("|").split("|");
    test(`names what shows its promise: ${fault.trim()}`, () => {
      const named = [...shownBy.matchAll(NAMED)];
      assert.ok(named.length > 0, shownBy);
      for (const [, file = "", name = ""] of named) {
        assert.ok(existsSync(new URL(`../${file}.test.ts`, import.meta.url)), file);
        assert.ok(testsOf(read(`test/${file}.test.ts`)).includes(name), `no test ${name}`);
      }
    });
  }

  test("has a promise for each test of a fault", () => {
    const named = new Set([...page.matchAll(NAMED)].map(([, , name]) => name));
    const missing = testsOf(read("test/faults/faults.test.ts")).filter((name) => !named.has(name));
    assert.deepEqual(missing, []);
  });
});
