import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { PING, TEXT } from "../../src/frames/opcode.ts";
import { serialiseFrame } from "../../src/frames/serialise.ts";
import { InvalidState } from "../../src/protocol/errors.ts";
import { Session } from "../../src/protocol/session.ts";
import { hex, toHex, utf8 } from "../frames/bytes.ts";
import { Bench, SIDES, StrictOutput } from "./bench.ts";

const LENGTHS = [
  0, 1, 23, 24, 41, 42, 43, 124, 125, 126, 127, 1365, 4096, 4097, 65_535, 65_536, 70_000,
];

for (const side of SIDES) {
  describe(`a ${side} sends`, () => {
    test("a text, a binary message, an undecoded text", () => {
      const bench = new Bench(side);
      bench.session.sendText("héllo");
      bench.session.sendBytes(hex("00ff"), false);
      bench.session.sendBytes(utf8("é"), true);
      assert.deepEqual(bench.sent(), ['TEXT "héllo"', "BINARY 00ff", 'TEXT "é"']);
    });

    test("fragments, with control frames between them", () => {
      const bench = new Bench(side);
      bench.session.sendText("a", false);
      bench.session.sendPing(utf8("p"));
      bench.session.sendContinuation("b", false);
      bench.feed(bench.frame(PING, "q"));
      bench.session.sendContinuation(utf8("c"), true);
      bench.session.sendBytes(hex("01"), false, false);
      bench.session.sendContinuation(hex(""), true);
      assert.deepEqual(bench.sent(), [
        'TEXT "a" ...',
        "PING 70",
        "CONT 62 ...",
        "PONG 71",
        "CONT 63",
        "BINARY 01 ...",
        "CONT ",
      ]);
    });

    test("pings and pongs of up to 125 bytes", () => {
      const bench = new Bench(side);
      bench.session.sendPing(hex(""));
      bench.session.sendPing(new Uint8Array(125));
      bench.session.sendPong(hex("01"));
      bench.session.sendPong(new Uint8Array(125));
      const zeros = "00".repeat(125);
      assert.deepEqual(bench.sent(), ["PING ", `PING ${zeros}`, "PONG 01", `PONG ${zeros}`]);
      for (const send of ["sendPing", "sendPong"] as const) {
        assert.throws(() => bench.session[send](new Uint8Array(126)), {
          name: "RangeError",
          message: "payload is 126 bytes long: a control frame holds at most 125",
        });
      }
      assert.deepEqual(bench.sent(), []);
    });

    for (const length of LENGTHS) {
      test(`a message of ${length} units, byte for byte as serialiseFrame writes it`, () => {
        for (const unit of ["a", "é", "€", "\ud800"]) {
          const bench = new Bench(side, { makeKey: side === "client" ? () => -0x1234_567 : null });
          const text = unit.repeat(length);
          const payload = utf8(text);
          const key = side === "client" ? -0x1234_567 : null;
          const expected = serialiseFrame({ opcode: TEXT, fin: true, rsv: 0, payload }, key);
          bench.session.sendText(text);
          assert.deepEqual(bench.out.take(), expected);
          bench.session.sendBytes(payload, true);
          assert.deepEqual(bench.out.take(), expected);
          assert.deepEqual(payload, utf8(text), "the caller's bytes are not masked");
        }
      });
    }

    test("part of a larger memory: only the view's bytes", () => {
      const bench = new Bench(side);
      bench.session.sendBytes(hex("ffff0102ff").subarray(2, 4), false);
      assert.deepEqual(bench.sent(), ["BINARY 0102"]);
    });

    test("any texts and bytes so that the other side reads them", () => {
      const other = side === "client" ? "server" : "client";
      fc.assert(
        fc.property(
          fc.array(
            fc.oneof(
              fc.string({ unit: "binary", maxLength: 300 }),
              fc.uint8Array({ maxLength: 300 }),
              fc.nat(70_000).map((length) => "x".repeat(length)),
            ),
            { maxLength: 5 },
          ),
          (messages) => {
            const bench = new Bench(side);
            const reader = new Bench(other);
            for (const message of messages) {
              if (typeof message === "string") bench.session.sendText(message);
              else bench.session.sendBytes(message, false);
            }
            reader.feed(bench.out.take());
            assert.deepEqual(
              reader.heard,
              messages.map((message) =>
                typeof message === "string"
                  ? `text ${JSON.stringify(message)}`
                  : `binary ${toHex(message)}`,
              ),
            );
          },
        ),
        { numRuns: 50 },
      );
    });

    test("nothing after its Close, nor when the connection is closed: InvalidState", () => {
      const ends: readonly (readonly ["closing" | "closed", (bench: Bench) => void])[] = [
        ["closing", ({ session }) => session.sendClose(1000, "")],
        ["closing", ({ session }) => session.fail(1011, "no")],
        ["closing", ({ session }) => session.fail(1006, "")],
        ["closing", (bench) => bench.feed(bench.frame(TEXT, hex("ff")))],
        ["closed", ({ session }) => session.receiveEof()],
        ["closed", ({ session }) => session.abort()],
      ];
      for (const [state, end] of ends) {
        const bench = new Bench(side);
        const { session } = bench;
        end(bench);
        bench.out.take();
        for (const send of [
          () => session.sendText("x"),
          () => session.sendBytes(hex("01"), false),
          () => session.sendContinuation("x", true),
          () => session.sendPing(hex("")),
          () => session.sendPong(hex("")),
          () => session.sendClose(1000, ""),
          () => session.sendClose(null, ""),
        ]) {
          assert.throws(send, (error) => {
            assert.ok(error instanceof InvalidState);
            assert.equal(error.message, `connection is ${state}`);
            assert.equal(error.state, state);
            assert.equal(error.code, "ERR_WEBSOCKET_INVALID_STATE");
            return true;
          });
        }
        assert.deepEqual(bench.sent(), []);
      }
    });
  });
}

describe("a client's masking keys", () => {
  test("§5.3: are asked for anew for each frame, its Close and its pongs included", () => {
    let asked = 0;
    const bench = new Bench("client", { makeKey: () => ++asked });
    bench.session.sendText("a");
    bench.session.sendBytes(hex("01"), false);
    bench.feed(bench.frame(PING, "p"));
    bench.session.sendPing(hex(""));
    bench.session.sendClose(1000, "");
    assert.equal(asked, 5);
    const bytes = bench.out.take();
    assert.equal(toHex(bytes.subarray(0, 7)), `818101000000${toHex(Uint8Array.of(0x61 ^ 1))}`);
    assert.equal(toHex(bytes.subarray(7, 14)), "82810200000003");
  });

  test("may be any 32 bits", () => {
    for (const key of [0, -1, 0x7fff_ffff, -0x8000_0000, 0xffff_ffff]) {
      const out = new StrictOutput();
      const session = new Session(
        { side: "client", maxSize: null, text: "string", makeKey: () => key },
        out,
      );
      session.sendText("Hello, masks");
      assert.deepEqual(new Bench("server").feed(out.take()).heard, ['text "Hello, masks"']);
    }
  });
});
