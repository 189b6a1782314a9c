import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyFilters, Filter, ignorePeerLoss } from "../../src/logging/filter.ts";
import { makeRecord } from "../../src/logging/record.ts";

const record = makeRecord("a.b", 40, "x", []);

describe("applyFilters", () => {
  for (const answer of [false, null, undefined, 0, "", Number.NaN]) {
    test(`drops the record for the answer ${String(answer)}`, () => {
      assert.equal(applyFilters([() => answer], record), null);
      assert.equal(applyFilters([{ filter: () => answer }], record), null);
    });
  }

  for (const answer of [true, 1, "yes", {}, []]) {
    test(`keeps the record for the answer ${JSON.stringify(answer)}`, () => {
      assert.equal(applyFilters([() => answer], record), record);
    });
  }

  test("hands a record that a filter returns to the next filter, and returns it", () => {
    const other = makeRecord("a.b", 40, "other", []);
    const seen: unknown[] = [];
    const kept = applyFilters([() => other, (one) => seen.push(one)], record);
    assert.equal(kept, other);
    assert.deepEqual(seen, [other]);
  });

  test("asks no filter after one that refused", () => {
    let asked = false;
    const second = (): boolean => {
      asked = true;
      return true;
    };
    applyFilters([() => false, second], record);
    assert.ok(!asked);
  });

  test("lets through what a filter throws", () => {
    const failing = (): never => {
      throw new TypeError("bad filter");
    };
    assert.throws(() => applyFilters([failing], record), { message: "bad filter" });
  });
});

describe("Filter", () => {
  const CASES: readonly (readonly [string, string, boolean])[] = [
    ["", "anything", true],
    ["a.b", "a.b", true],
    ["a.b", "a.b.c", true],
    ["a.b", "a.bb", false],
    ["a.b", "a", false],
    ["a.b", "b", false],
  ];
  for (const [name, logger, kept] of CASES) {
    test(`by "${name}" ${kept ? "keeps" : "drops"} records of ${logger}`, () => {
      assert.equal(new Filter(name).filter(makeRecord(logger, 40, "x", [])), kept);
    });
  }
});

describe("ignorePeerLoss", () => {
  const code = "ERR_WEBSOCKET_CONNECTION_CLOSED_ERROR";
  const mine = { id: 1 };
  const other = { id: 2 };

  function keeps(error: unknown, fields: Record<string, unknown> = {}): boolean {
    const made = makeRecord("websockets.server", 40, "connection handler failed", [], { error });
    return ignorePeerLoss(Object.assign(made, fields));
  }

  test("drops the record of a handler whose own connection was lost", () => {
    assert.ok(!keeps(Object.assign(new Error("lost"), { code }), { websocket: mine }));
    const lost = Object.assign(new Error("lost"), { code, connection: mine });
    assert.ok(!keeps(lost, { websocket: mine }));
    assert.ok(!keeps(lost, { websocket: mine, event: { type: "handler.failed" } }));
  });

  test("keeps the record when another connection was lost", () => {
    const lost = Object.assign(new Error("lost"), { code, connection: other });
    assert.ok(keeps(lost, { websocket: mine }));
  });

  test("keeps records of other errors and of other events, and those without an error", () => {
    assert.ok(keeps(new Error("boom"), { websocket: mine }));
    assert.ok(keeps(undefined));
    assert.ok(keeps(null));
    assert.ok(keeps("text"));
    const lost = Object.assign(new Error("lost"), { code });
    assert.ok(keeps(lost, { websocket: mine, event: { type: "internal.error" } }));
  });
});
