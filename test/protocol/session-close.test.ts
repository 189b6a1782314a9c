import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BINARY, CLOSE, CONTINUATION, PING, TEXT } from "../../src/frames/opcode.ts";
import { closeCode, closeReason } from "../../src/protocol/closure.ts";
import { concat, everyCut, hex } from "../frames/bytes.ts";
import { Bench, SIDES } from "./bench.ts";

/** Payloads of Close frames: [hex, code and reason that are told, what answers it]. */
const CLOSES = [
  ["", { code: 1005, reason: "" }, "CLOSE"],
  ["03e8", { code: 1000, reason: "" }, "CLOSE 1000"],
  ["03e9 627965", { code: 1001, reason: "bye" }, "CLOSE 1001 bye"],
  ["0bb8", { code: 3000, reason: "" }, "CLOSE 3000"],
  ["1387 c3a9", { code: 4999, reason: "é" }, "CLOSE 4999 é"],
  [
    `03e8 ${"61".repeat(123)}`,
    { code: 1000, reason: "a".repeat(123) },
    `CLOSE 1000 ${"a".repeat(123)}`,
  ],
] as const;

for (const side of SIDES) {
  /** §7.1.1: the server ends the stream, the client waits for that. */
  const ends = side === "server" ? 1 : 0;

  describe(`closing by the peer of a ${side}`, () => {
    for (const [payload, close, answer] of CLOSES) {
      test(`§5.5.1: echoes ${JSON.stringify(answer)}, cut anywhere`, () => {
        for (const pieces of everyCut(new Bench(side).frame(CLOSE, hex(payload)))) {
          const bench = new Bench(side).feed(...pieces);
          const { session } = bench;
          assert.deepEqual(bench.stops, ["closing"]);
          assert.deepEqual(bench.sent(), [answer]);
          assert.deepEqual(session.received, close);
          assert.deepEqual(session.sent, close);
          assert.equal(session.order, "received");
          assert.equal(session.state, "closing");
          assert.equal(bench.out.ended, ends);
          session.receiveEof();
          assert.equal(session.state, "closed");
          assert.equal(bench.out.ended, 1);
          assert.equal(closeCode(session), close.code);
          assert.equal(closeReason(session), close.reason);
          assert.equal(session.failure, null);
        }
      });
    }

    test("what comes before is heard, what comes after is dropped, in the same chunk and later", () => {
      const maker = new Bench(side);
      const bytes = concat(
        maker.frame(TEXT, "before"),
        maker.frame(CLOSE, hex("03e8")),
        maker.frame(TEXT, "after"),
        maker.frame(PING, "after"),
        hex("ffff"),
      );
      for (const pieces of everyCut(bytes)) {
        const bench = new Bench(side).feed(...pieces);
        assert.deepEqual(bench.heard, ['text "before"']);
        assert.deepEqual(bench.stops, ["closing"]);
        assert.deepEqual(bench.sent(), ["CLOSE 1000"]);
        assert.equal(bench.session.failure, null);
        assert.ok(!bench.told.some((line) => line.includes("after")));
      }
    });

    test("in the middle of a fragmented message is legal, and drops the message", () => {
      const bench = new Bench(side);
      bench.feed(
        bench.frame(TEXT, "a", false),
        bench.frame(CLOSE, hex("03e8")),
        bench.frame(CONTINUATION, "b"),
      );
      assert.deepEqual(bench.heard, []);
      assert.deepEqual(bench.sent(), ["CLOSE 1000"]);
      assert.deepEqual(bench.session.received, { code: 1000, reason: "" });
    });

    test("in the middle of a fragmented message is an answer like any other", () => {
      const bench = new Bench(side);
      bench.session.sendClose(1001, "");
      bench.feed(bench.frame(TEXT, "a", false), bench.frame(CLOSE, hex("03e9")));
      assert.deepEqual(bench.sent(), ["CLOSE 1001"]);
      assert.equal(bench.session.failure, null);
    });

    test("waits for answer(), and what is sent until then goes before it", () => {
      const bench = new Bench(side, { answers: false });
      bench.feed(bench.frame(TEXT, "ping"), bench.frame(CLOSE, hex("03e9")));
      assert.equal(bench.session.state, "open");
      assert.ok(bench.session.deaf);
      bench.session.sendText("pong");
      bench.session.answer();
      bench.session.answer();
      assert.deepEqual(bench.sent(), ['TEXT "pong"', "CLOSE 1001"]);
      assert.equal(bench.out.ended, ends);
    });

    test("may be answered by a Close of the caller's own", () => {
      const bench = new Bench(side, { answers: false });
      bench.feed(bench.frame(CLOSE, hex("03e9")));
      bench.session.sendClose(4000, "mine");
      assert.equal(bench.out.ended, ends);
      bench.session.answer();
      assert.deepEqual(bench.sent(), ["CLOSE 4000 mine"]);
      assert.equal(bench.session.order, "received");
      assert.equal(bench.out.ended, ends);
      assert.equal(closeCode(bench.session), 1001);
    });

    test("while our own message is fragmented: the Close goes between the fragments, and ends it", () => {
      const bench = new Bench(side);
      bench.session.sendText("a", false);
      bench.feed(bench.frame(CLOSE, hex("03e8")));
      assert.deepEqual(bench.sent(), ['TEXT "a" ...', "CLOSE 1000"]);
    });
  });

  describe(`closing by a ${side}`, () => {
    test("§7.1.2: sends a Close, still hears messages, and ends by the peer's Close", () => {
      const bench = new Bench(side);
      const { session } = bench;
      session.sendClose(1000, "done");
      assert.deepEqual(bench.sent(), ["CLOSE 1000 done"]);
      assert.equal(session.state, "closing");
      assert.equal(bench.out.ended, 0);
      bench.feed(
        bench.frame(TEXT, "late", false),
        bench.frame(CONTINUATION, "r"),
        bench.frame(CLOSE, hex("03e8 646f6e65")),
        bench.frame(TEXT, "too late"),
      );
      assert.deepEqual(bench.heard, ['text "later"']);
      assert.deepEqual(bench.stops, []);
      assert.deepEqual(bench.sent(), []);
      assert.equal(session.order, "sent");
      assert.equal(bench.out.ended, ends);
      session.receiveEof();
      assert.equal(session.state, "closed");
      assert.equal(bench.out.ended, 1);
      assert.equal(closeCode(session), 1000);
      assert.equal(closeReason(session), "done");
    });

    test("both at once: each Close crosses the other, and none is answered", () => {
      const bench = new Bench(side);
      bench.session.sendClose(4001, "we");
      bench.sent();
      bench.feed(bench.frame(CLOSE, hex("0fa2")));
      assert.deepEqual(bench.sent(), []);
      assert.equal(bench.session.order, "sent");
      assert.equal(closeCode(bench.session), 4002);
      assert.equal(bench.out.ended, ends);
    });

    test("without a code, by null", () => {
      const bench = new Bench(side);
      bench.session.sendClose(null, "");
      assert.deepEqual(bench.session.sent, { code: 1005, reason: "" });
      assert.deepEqual(bench.sent(), ["CLOSE"]);
    });

    test("refuses a code or reason that cannot be sent, and stays open", () => {
      const bench = new Bench(side);
      for (const [code, reason] of [
        [999, ""],
        [1004, ""],
        [1005, ""],
        [1006, ""],
        [1015, ""],
        [2999, ""],
        [5000, ""],
        [1000, "a".repeat(124)],
        [null, "a reason without a code"],
      ] as const) {
        assert.throws(() => bench.session.sendClose(code, reason), RangeError);
      }
      assert.deepEqual(bench.sent(), []);
      assert.equal(bench.session.state, "open");
      bench.session.sendText("still here");
    });

    test("a violation that comes after our Close needs no second one", () => {
      const bench = new Bench(side);
      bench.session.sendClose(1000, "");
      bench.sent();
      bench.feed(bench.frame(TEXT, hex("ff")), bench.frame(CLOSE, hex("03e8")));
      assert.deepEqual(bench.stops, ["failing"]);
      assert.deepEqual(bench.sent(), []);
      assert.equal(bench.session.received, null);
      assert.match(bench.session.failure!.message, /invalid start byte/);
      assert.equal(bench.out.ended, ends);
      assert.equal(closeCode(bench.session), 1006);
    });
  });

  describe(`failing by a ${side}`, () => {
    test("§7.1.7: sends a Close, hears nothing more, and a server ends the stream", () => {
      const bench = new Bench(side);
      const error = new Error("out of order");
      bench.session.fail(1011, "out of order", error);
      assert.deepEqual(bench.sent(), ["CLOSE 1011 out of order"]);
      assert.equal(bench.session.failure, error);
      assert.equal(bench.out.ended, ends);
      bench.feed(bench.frame(TEXT, "x"), bench.frame(CLOSE, hex("03e8")));
      assert.deepEqual(bench.heard, []);
      assert.equal(bench.session.received, null);
      assert.deepEqual(bench.stops, []);
    });

    test("cuts a reason that is too long", () => {
      const bench = new Bench(side);
      bench.session.fail(1011, "é".repeat(100));
      assert.deepEqual(bench.sent(), [`CLOSE 1011 ${"é".repeat(60)}…`]);
    });

    test("1006 sends no Close, and nothing else either", () => {
      const bench = new Bench(side);
      bench.session.fail(1006, "gone");
      assert.deepEqual(bench.sent(), []);
      assert.equal(bench.session.state, "closing");
      assert.equal(bench.session.sent, null);
      assert.equal(bench.session.order, null);
      assert.equal(bench.out.ended, ends);
      bench.session.receiveEof();
      assert.equal(bench.session.state, "closed");
      assert.equal(bench.out.ended, 1);
    });

    test("after our Close sends none, and a server ends the stream", () => {
      const bench = new Bench(side);
      bench.session.sendClose(1000, "");
      bench.session.fail(1011, "now");
      assert.deepEqual(bench.sent(), ["CLOSE 1000"]);
      assert.equal(bench.out.ended, ends);
    });

    test("keeps the first failure, and does nothing once the connection is closed", () => {
      const bench = new Bench(side);
      const error = new Error("first");
      bench.session.fail(1011, "", error);
      bench.session.fail(1011, "", new Error("second"));
      assert.equal(bench.session.failure, error);
      bench.session.receiveEof();
      bench.session.fail(1011, "", new Error("third"));
      assert.equal(bench.session.failure, error);
      assert.deepEqual(bench.sent(), ["CLOSE 1011"]);
    });

    test("refuses a code that cannot be sent, and goes on", () => {
      for (const code of [0, 999, 1005, 1015, 5000, Number.NaN]) {
        const bench = new Bench(side);
        assert.throws(() => bench.session.fail(code, "x"), RangeError);
        bench.feed(bench.frame(TEXT, "heard"));
        assert.deepEqual(bench.heard, ['text "heard"']);
        assert.equal(bench.session.failure, null);
      }
    });

    test("a violation waits for answer(), and what is sent until then goes before its Close", () => {
      const bench = new Bench(side, { answers: false });
      bench.feed(bench.frame(TEXT, "good"), bench.frame(BINARY, "", true, 4));
      assert.deepEqual(bench.stops, ["failing"]);
      assert.equal(bench.session.state, "open");
      bench.session.sendText("reply");
      assert.equal(bench.session.receive(bench.frame(TEXT, "dropped"), bench), "done");
      bench.session.answer();
      bench.session.answer();
      assert.deepEqual(bench.sent(), ['TEXT "reply"', "CLOSE 1002 reserved bits must be 0"]);
      assert.deepEqual(bench.heard, ['text "good"']);
      assert.equal(bench.out.ended, ends);
    });
  });

  describe(`the stream's end on a ${side}`, () => {
    /** How to come to a state, and what is left to be said there. */
    const STATES: readonly (readonly [
      name: string,
      come: (bench: Bench) => void,
      sent: readonly string[],
    ])[] = [
      ["an open connection", () => {}, []],
      ["the middle of a header", (bench) => bench.feed(bench.frame(TEXT, "x").slice(0, 1)), []],
      ["the middle of a payload", (bench) => bench.feed(bench.frame(TEXT, "xyz").slice(0, -1)), []],
      ["the middle of a message", (bench) => bench.feed(bench.frame(TEXT, "x", false)), []],
      ["a Close of ours", ({ session }) => session.sendClose(1000, ""), ["CLOSE 1000"]],
      [
        "a Close of the peer",
        (bench) => bench.feed(bench.frame(CLOSE, hex("03e8"))),
        ["CLOSE 1000"],
      ],
      ["a violation", (bench) => bench.feed(bench.frame(3)), ["CLOSE 1002 invalid opcode"]],
      ["a failure of ours", ({ session }) => session.fail(1013, ""), ["CLOSE 1013"]],
      ["a failure without a Close", ({ session }) => session.fail(1006, ""), []],
    ];
    for (const [name, come, sent] of STATES) {
      test(`after ${name} closes it, once, and ends our direction, once`, () => {
        const bench = new Bench(side);
        come(bench);
        bench.session.receiveEof();
        bench.session.receiveEof();
        assert.equal(bench.session.state, "closed");
        assert.equal(bench.out.ended, 1);
        assert.deepEqual(bench.heard, []);
        assert.deepEqual(bench.sent(), sent);
        assert.equal(bench.told.filter((line) => line === "= closed").length, 1);
        // Whatever is called now does nothing.
        bench.session.abort();
        bench.session.answer();
        bench.session.drained();
        bench.feed(bench.frame(TEXT, "x"));
        assert.deepEqual(bench.heard, []);
        assert.deepEqual(bench.sent(), []);
      });

      test(`abort() after ${name} closes it, once, without ending our direction anew`, () => {
        const bench = new Bench(side);
        come(bench);
        const { ended } = bench.out;
        bench.session.abort();
        bench.session.abort();
        bench.session.receiveEof();
        assert.equal(bench.session.state, "closed");
        assert.equal(bench.out.ended, ended);
        assert.equal(bench.told.filter((line) => line === "= closed").length, 1);
        bench.feed(bench.frame(TEXT, "x"));
        assert.deepEqual(bench.heard, []);
      });
    }

    test("without a Close is 1006", () => {
      const bench = new Bench(side);
      bench.session.receiveEof();
      assert.equal(closeCode(bench.session), 1006);
      assert.equal(closeReason(bench.session), "");
    });
  });

  describe(`a ${side} whose sink calls it from within`, () => {
    const three = (bench: Bench): Uint8Array =>
      concat(bench.frame(TEXT, "1"), bench.frame(TEXT, "2"), bench.frame(CLOSE, hex("03e8")));

    test("sends at once, in order", () => {
      for (const pieces of everyCut(three(new Bench(side)))) {
        const bench = new Bench(side);
        bench.onHeard = (line) => bench.session.sendText(line.slice(-2, -1));
        bench.feed(...pieces);
        assert.deepEqual(bench.sent(), ['TEXT "1"', 'TEXT "2"', "CLOSE 1000"]);
      }
    });

    test("closes: hears the rest, and the peer's Close is the answer", () => {
      for (const pieces of everyCut(three(new Bench(side)))) {
        const bench = new Bench(side);
        bench.onHeard = (line) => {
          if (line.includes("1")) bench.session.sendClose(1001, "");
        };
        bench.feed(...pieces);
        assert.deepEqual(bench.heard, ['text "1"', 'text "2"']);
        assert.deepEqual(bench.stops, []);
        assert.deepEqual(bench.sent(), ["CLOSE 1001"]);
        assert.deepEqual(bench.session.received, { code: 1000, reason: "" });
        assert.equal(bench.out.ended, ends);
      }
    });

    for (const [name, act, sent, state] of [
      ["fails", (bench) => bench.session.fail(1011, "no"), ["CLOSE 1011 no"], "closing"],
      ["fails without a Close", (bench) => bench.session.fail(1006, ""), [], "closing"],
      ["cuts", (bench) => bench.session.abort(), [], "closed"],
      ["learns of the end", (bench) => bench.session.receiveEof(), [], "closed"],
    ] as const satisfies readonly (readonly [
      string,
      (bench: Bench) => void,
      readonly string[],
      string,
    ])[]) {
      test(`${name}: hears nothing more of the same chunk, and is owed nothing`, () => {
        for (const pieces of everyCut(three(new Bench(side)))) {
          const bench = new Bench(side);
          bench.onHeard = () => act(bench);
          bench.feed(...pieces);
          assert.deepEqual(bench.heard, ['text "1"']);
          assert.deepEqual(bench.stops, []);
          assert.deepEqual(bench.sent(), sent);
          assert.equal(bench.session.state, state);
          assert.equal(bench.session.received, null);
        }
      });
    }

    test("throws: the error reaches the caller, and the rest is not lost", () => {
      const bench = new Bench(side, { answers: false });
      const chunk = three(bench);
      bench.onHeard = () => {
        bench.onHeard = null;
        throw new Error("the sink's own");
      };
      assert.throws(() => bench.session.receive(chunk, bench), { message: "the sink's own" });
      assert.equal(bench.session.state, "open");
      assert.equal(bench.session.resume(bench), "closing");
      assert.deepEqual(bench.heard, ['text "1"', 'text "2"']);
    });
  });
}
