import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closeCode, closeReason } from "../../src/protocol/closure.ts";
import { maxCompressed, maxFrames } from "../../src/protocol/limits.ts";
import { MOVES, moves, type State } from "../../src/protocol/state.ts";

const STATES = Object.keys(MOVES) as State[];

describe("states", () => {
  test("§4.1, §7.1: move forward only, along the table", () => {
    const allowed = STATES.flatMap((from) =>
      STATES.filter((to) => moves(from, to)).map((to) => `${from} to ${to}`),
    );
    assert.deepEqual(allowed, [
      "connecting to open",
      "connecting to closed",
      "open to closing",
      "open to closed",
      "closing to closed",
    ]);
  });

  test("have a way out, but for the last", () => {
    for (const state of STATES) assert.equal(moves(state, "closed"), state !== "closed");
  });
});

describe("a closure", () => {
  test("§7.1.5, §7.1.6: has the code and reason of the peer's Close frame, or 1006", () => {
    const sent = { code: 1000, reason: "ours" };
    const received = { code: 4000, reason: "theirs" };
    assert.equal(closeCode({ sent, received, order: "sent" }), 4000);
    assert.equal(closeReason({ sent, received, order: "sent" }), "theirs");
    assert.equal(closeCode({ sent, received: null, order: "sent" }), 1006);
    assert.equal(closeReason({ sent, received: null, order: "sent" }), "");
    assert.equal(
      closeCode({ sent: null, received: { code: 1005, reason: "" }, order: "received" }),
      1005,
    );
  });
});

describe("limits", () => {
  test("allow a frame for each 16 bytes, and 1024 in any case", () => {
    for (const [maxSize, most] of [
      [0, 1024],
      [16_384, 1024],
      [16_400, 1025],
      [1 << 20, 65_536],
      [null, Number.POSITIVE_INFINITY],
    ] as const) {
      assert.equal(maxFrames(maxSize), most);
    }
  });

  test("allow a compressed frame to be a little larger than its message", () => {
    for (const size of [0, 1, 1000, 1 << 20]) assert.ok(maxCompressed(size) > size + size / 16);
    assert.ok(maxCompressed(1 << 20) < 1.5 * (1 << 20));
  });
});
