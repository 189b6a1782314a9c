/** docs/topics/security.md: it has every row, and whatever it names exists. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { CLIENT_CASES, SERVER_CASES, select } from "../../hostile/cases/catalogue.ts";

const ALL = [...SERVER_CASES, ...CLIENT_CASES];
const text = readFileSync(new URL("../../docs/topics/security.md", import.meta.url), "utf8");

interface Row {
  readonly id: string;
  readonly shownBy: string;
}

const rows: readonly Row[] = text.split("\n").flatMap((line) => {
  const cells = line.split(" | ");
  const id = /^\| ([AB]?\d+)$/.exec(cells[0] ?? "")?.[1];
  return id === undefined ? [] : [{ id, shownBy: cells.at(-1) ?? "" }];
});

const FAMILIES = new Set(ALL.map(({ id }) => id.split("/")[0]));

function range(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

describe("the page on security", () => {
  test("has the twenty requirements, and each row of the catalogue, once and in order", () => {
    assert.deepEqual(
      rows.map(({ id }) => id),
      [...range("", 20), ...range("A", 36), ...range("B", 29)],
    );
  });

  for (const { id, shownBy } of rows) {
    test(`names what shows ${id}, and it exists`, () => {
      let named = 0;
      for (const [, name = ""] of shownBy.matchAll(/`([a-z]+\/[\w.*+-]+)`/g)) {
        if (!FAMILIES.has(name.split("/")[0])) continue;
        assert.ok(select(ALL, [name]).length > 0, `no case ${name}`);
        named += 1;
      }
      for (const [, file = "", name = ""] of shownBy.matchAll(/`([\w/-]+)` \*([^*]+)\*/g)) {
        const url = new URL(`../${file}.test.ts`, import.meta.url);
        assert.ok(existsSync(url), `no file test/${file}.test.ts`);
        const source = readFileSync(url, "utf8");
        assert.ok(
          ['"', "`"].some((quote) => source.includes(`${quote}${name}${quote}`)),
          `no test ${name} in test/${file}.test.ts`,
        );
        named += 1;
      }
      assert.ok(named > 0, shownBy);
    });
  }

  test("and the cases name rows that there are", () => {
    const known = new Set(rows.map(({ id }) => (/^\d/.test(id) ? `R${id}` : id)));
    for (const one of ALL) {
      for (const row of one.rows) assert.ok(known.has(row), `${one.id}: ${row}`);
    }
  });
});
