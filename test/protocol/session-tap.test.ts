import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } from "../../src/frames/opcode.ts";
import { everyCut, hex } from "../frames/bytes.ts";
import { Bench, SIDES } from "./bench.ts";

/** What the mask adds to a frame that a client sends. */
const KEY = 4;

describe("the tap of a session hears", () => {
  test("an echo that the client closes, on the server (as the log of Python's websockets tells it)", () => {
    const bench = new Bench("server");
    bench.onHeard = () => bench.session.sendText("hello");
    bench.feed(bench.frame(TEXT, "hello"), bench.frame(CLOSE, hex("03e8")));
    bench.session.receiveEof();
    assert.deepEqual(bench.told, [
      '< TEXT "hello" [11]',
      '> TEXT "hello" [7]',
      "< CLOSE 1000 [8]",
      "> CLOSE 1000 [4]",
      "= closing",
      "> EOF",
      "= closed",
    ]);
  });

  test("the same on the client", () => {
    const bench = new Bench("client");
    bench.session.sendText("hello");
    bench.feed(bench.frame(TEXT, "hello"));
    bench.session.sendClose(1000, "");
    bench.feed(bench.frame(CLOSE, hex("03e8")));
    bench.session.receiveEof();
    assert.deepEqual(bench.told, [
      '> TEXT "hello" [11]',
      '< TEXT "hello" [7]',
      "> CLOSE 1000 [8]",
      "= closing",
      "< CLOSE 1000 [4]",
      "> EOF",
      "= closed",
    ]);
  });

  test("a server that goes away, on the server", () => {
    const bench = new Bench("server");
    bench.session.sendClose(1001, "");
    bench.feed(bench.frame(CLOSE, hex("03e9")));
    bench.session.receiveEof();
    assert.deepEqual(bench.told, [
      "> CLOSE 1001 [4]",
      "= closing",
      "< CLOSE 1001 [8]",
      "> EOF",
      "= closed",
    ]);
  });

  test("the same on the client", () => {
    const bench = new Bench("client");
    bench.feed(bench.frame(CLOSE, hex("03e9")));
    bench.session.receiveEof();
    assert.deepEqual(bench.told, [
      "< CLOSE 1001 [4]",
      "> CLOSE 1001 [8]",
      "= closing",
      "> EOF",
      "= closed",
    ]);
  });

  test("a violation: first that it fails, then the Close", () => {
    const bench = new Bench("server");
    bench.feed(bench.frame(TEXT, hex("ff")));
    bench.session.receiveEof();
    assert.deepEqual(bench.told, [
      '< TEXT "\ufffd" [7]',
      "! 1007 invalid start byte at position 0 (RFC 6455 §8.1)",
      "> CLOSE 1007 invalid start byte at position 0 [36]",
      "= closing",
      "> EOF",
      "= closed",
    ]);
  });

  for (const side of SIDES) {
    test(`a connection that is lost on the ${side}`, () => {
      const bench = new Bench(side);
      bench.session.receiveEof();
      assert.deepEqual(bench.told, ["< EOF", "> EOF", "= closed"]);
    });

    test(`a connection that is lost on the ${side} after its Close`, () => {
      const bench = new Bench(side);
      bench.session.sendClose(1000, "");
      bench.session.receiveEof();
      assert.deepEqual(bench.told.slice(1), ["= closing", "< EOF", "> EOF", "= closed"]);
    });

    test(`abort() on the ${side}: the state only`, () => {
      const bench = new Bench(side);
      bench.session.abort();
      assert.deepEqual(bench.told, ["= closed"]);
    });

    test(`a failure of our own on the ${side}, unless it is not to be announced`, () => {
      const loud = new Bench(side);
      loud.session.fail(1011, "broken");
      assert.equal(loud.told[0], "! 1011 broken (null)");
      const quiet = new Bench(side);
      quiet.session.fail(1011, "broken", null, false);
      assert.match(quiet.told[0]!, /^> CLOSE 1011 broken/);
    });

    test(`each frame on the ${side} once it is whole, unmasked, with its size on the wire`, () => {
      const own = side === "client" ? KEY : 0;
      const theirs = side === "server" ? KEY : 0;
      const maker = new Bench(side);
      const long = "x".repeat(126);
      for (const pieces of everyCut(maker.frame(BINARY, hex("01"), false))) {
        const bench = new Bench(side).feed(...pieces);
        bench.feed(bench.frame(PING, hex("0203")));
        bench.feed(bench.frame(CONTINUATION, "", false), bench.frame(PONG, ""));
        bench.feed(bench.frame(CONTINUATION, hex("04")), bench.frame(TEXT, long));
        bench.session.sendPing(hex("05"));
        bench.session.sendBytes(hex("06"), false, false);
        bench.session.sendContinuation("", true);
        bench.session.sendPong(hex(""));
        assert.deepEqual(bench.told, [
          `< BINARY 01 ... [${3 + theirs}]`,
          `< PING 0203 [${4 + theirs}]`,
          `> PONG 0203 [${4 + own}]`,
          `< CONT  ... [${2 + theirs}]`,
          `< PONG  [${2 + theirs}]`,
          `< CONT 04 [${3 + theirs}]`,
          `< TEXT "${long}" [${4 + 126 + theirs}]`,
          `> PING 05 [${3 + own}]`,
          `> BINARY 06 ... [${3 + own}]`,
          `> CONT  [${2 + own}]`,
          `> PONG  [${2 + own}]`,
        ]);
      }
    });

    test(`the wire size of frames with lengths of 7, 16 and 64 bits on the ${side}`, () => {
      const bench = new Bench(side);
      bench.feed(bench.frame(BINARY, new Uint8Array(65_536)));
      bench.session.sendBytes(new Uint8Array(65_536), false);
      bench.feed(
        bench.frame(BINARY, new Uint8Array(125)),
        bench.frame(BINARY, new Uint8Array(126)),
      );
      bench.feed(bench.frame(BINARY, new Uint8Array(65_535)));
      const sizes = bench.told.map((line) => Number(/\[(\d+)\]$/.exec(line)?.[1]));
      const own = side === "client" ? KEY : 0;
      const theirs = side === "server" ? KEY : 0;
      assert.deepEqual(sizes, [
        65_536 + 10 + theirs,
        65_536 + 10 + own,
        125 + 2 + theirs,
        126 + 4 + theirs,
        65_535 + 4 + theirs,
      ]);
    });

    test(`nothing on the ${side} when there is none, and all the same is done`, () => {
      const bench = new Bench(side, { tapped: false });
      bench.feed(bench.frame(PING, "p"), bench.frame(CLOSE, hex("03e8")));
      bench.session.receiveEof();
      assert.deepEqual(bench.told, []);
      assert.deepEqual(bench.sent(), ["PONG 70", "CLOSE 1000"]);
    });
  }
});
