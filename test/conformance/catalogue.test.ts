import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { allCases, groupOf, selectCases } from "../../conformance/cases/catalogue.ts";
import { parseCommand, UsageError } from "../../conformance/command.ts";
import { matches } from "../../conformance/glob.ts";

describe("the catalogue", () => {
  const cases = allCases(3);

  test("has 517 cases with numbers of their own", () => {
    assert.equal(cases.length, 517);
    assert.equal(new Set(cases.map(({ id }) => id)).size, 517);
  });

  const sizes: Readonly<Record<string, number>> = {
    "1": 16,
    "2": 11,
    "3": 7,
    "4": 10,
    "5": 20,
    "6": 145,
    "7": 37,
    "9": 54,
    "10": 1,
    "12": 90,
    "13": 126,
  };
  for (const [group, size] of Object.entries(sizes)) {
    test(`has ${size} cases in group ${group}`, () => {
      assert.equal(cases.filter(({ id }) => groupOf(id) === group).length, size);
    });
  }

  test("numbers the cases of each group from 1, without gaps", () => {
    const last = new Map<string, number>();
    for (const { id } of cases) {
      const dot = id.lastIndexOf(".");
      const [group, number] = [id.slice(0, dot), Number(id.slice(dot + 1))];
      assert.equal(number, (last.get(group) ?? 0) + 1, id);
      last.set(group, number);
    }
  });

  test("sends as many messages in groups 12 and 13 as it is told", () => {
    for (const { id, play } of cases) {
      if (play.kind === "series" && !id.startsWith("9.")) assert.equal(play.count, 3, id);
    }
  });

  test("sends windows of the file one after the other, and goes on at its beginning", () => {
    const subject = cases.find(({ id }) => id === "13.1.10");
    assert.ok(subject?.play.kind === "series");
    const [first, second] = [subject.play.message(0).payload, subject.play.message(1).payload];
    const rest = 194_056 - 131_072;
    assert.deepEqual(second.subarray(rest), first.subarray(0, second.length - rest));
  });
});

describe("patterns", () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ["6.*", "6.4.1", true],
    ["6.*", "16.4.1", false],
    ["6", "6.4.1", true],
    ["1", "10.1.1", false],
    ["1.*", "10.1.1", false],
    ["9.3.1", "9.3.1", true],
    ["9.3", "9.3.1", true],
    ["9.3.1", "9.3.11", false],
    ["*.1", "2.1", true],
    ["12.*.15", "12.2.15", true],
    ["12.*.15", "12.2.1", false],
    ["*", "7.13.2", true],
    ["6.4", "6.401", false],
  ];
  for (const [pattern, id, expected] of rows) {
    test(`${pattern} ${expected ? "takes" : "leaves"} ${id}`, () =>
      assert.equal(matches(pattern, id), expected));
  }

  test("select cases in the catalogue's order", () => {
    const ids = selectCases(1, ["7.5", "1.1.8", "1.1.*"]).map(({ id }) => id);
    assert.deepEqual(ids, [
      "1.1.1",
      "1.1.2",
      "1.1.3",
      "1.1.4",
      "1.1.5",
      "1.1.6",
      "1.1.7",
      "1.1.8",
      "7.5.1",
    ]);
  });
});

describe("the command line", () => {
  test("is read with its defaults", () => {
    assert.deepEqual(parseCommand(["server", "ws://h:1"]), {
      mode: "server",
      address: "ws://h:1",
      cases: [],
      messages: 100,
      parallel: 16,
      port: 9001,
      host: "127.0.0.1",
      json: null,
      html: null,
    });
  });

  test("takes several patterns, and lists of them", () => {
    assert.deepEqual(parseCommand(["self", "--cases", "6.*", "--cases", "1,2.*"]).cases, [
      "6.*",
      "1",
      "2.*",
    ]);
  });

  const bad: readonly (readonly string[])[] = [
    [],
    ["both"],
    ["server"],
    ["self", "ws://h:1"],
    ["server", "ws://h:1", "more"],
    ["self", "--messages", "0"],
    ["self", "--parallel", "many"],
    ["self", "--unknown"],
  ];
  for (const words of bad) {
    test(`refuses "${words.join(" ")}"`, () =>
      assert.throws(() => parseCommand(words), UsageError));
  }
});
