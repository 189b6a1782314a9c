import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import {
  addLevelName,
  getLevelName,
  getLevelNamesMapping,
  type Level,
  nameLevel,
  toLevel,
} from "../../src/logging/level.ts";
import { resetRegistry } from "../../src/logging/registry.ts";

beforeEach(resetRegistry);

describe("toLevel", () => {
  const CASES: readonly (readonly [Level, number])[] = [
    ["NOTSET", 0],
    ["DEBUG", 10],
    ["INFO", 20],
    ["WARN", 30],
    ["WARNING", 30],
    ["ERROR", 40],
    ["FATAL", 50],
    ["CRITICAL", 50],
    [15, 15],
    [-5, -5],
  ];
  for (const [level, number] of CASES) {
    test(`takes ${JSON.stringify(level)} for ${number}`, () => {
      assert.equal(toLevel(level), number);
    });
  }

  for (const name of ["debug", "Info", "TRACE", "10", "", "toString"]) {
    test(`throws RangeError for the unknown name ${JSON.stringify(name)}`, () => {
      assert.throws(() => toLevel(name), {
        name: "RangeError",
        message: `Unknown level: '${name}'`,
      });
    });
  }

  const STRANGE: readonly (readonly [unknown, string])[] = [
    [10.5, "10.5"],
    [null, "None"],
    [undefined, "undefined"],
    [Number.NaN, "nan"],
    [{}, "{}"],
  ];
  for (const [value, shown] of STRANGE) {
    test(`throws TypeError for ${shown}`, () => {
      assert.throws(() => toLevel(value as Level), {
        name: "TypeError",
        message: `Level not an integer or a valid string: ${shown}`,
      });
    });
  }

  test("takes true for 1, as Python does", () => {
    assert.equal(toLevel(true as unknown as Level), 1);
  });
});

describe("names of levels", () => {
  test("a level between those that have names is called by its number", () => {
    assert.equal(nameLevel(15), "Level 15");
    assert.equal(getLevelName(-1), "Level -1");
    assert.equal(getLevelName("nope"), "Level nope");
  });

  test("addLevelName gives a level a name, and its earlier names still lead to it", () => {
    addLevelName(5, "TRACE");
    addLevelName(20, "Information");
    assert.equal(nameLevel(5), "TRACE");
    assert.equal(toLevel("TRACE"), 5);
    assert.equal(nameLevel(20), "Information");
    assert.equal(toLevel("INFO"), 20);
    assert.equal(getLevelName("Information"), 20);
    assert.equal(getLevelNamesMapping().TRACE, 5);
  });
});
