import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } from "../../src/frames/opcode.ts";
import {
  ClientProtocol,
  deflateForClient,
  deflateForServer,
  InvalidState,
  ProtocolError,
  ServerProtocol,
} from "../../src/protocol/index.ts";
import { concat, everyCut, hex, toHex, utf8 } from "../frames/bytes.ts";
import { SIDES } from "./bench.ts";
import { framesTo, frameTo, newClient, newServer, opened, sent, show, told } from "./machines.ts";

test("the entry is found by its name", async () => {
  const entry = await import("clearsocket/protocol");
  assert.equal(entry.ClientProtocol, ClientProtocol);
  assert.equal(entry.ServerProtocol, ServerProtocol);
  assert.equal(entry.TEXT, TEXT);
  assert.equal(entry.NORMAL_CLOSURE, 1000);
});

for (const side of SIDES) {
  /** §7.1.1: the server ends the stream first. */
  const eof = side === "server" ? ["EOF"] : [];

  describe(`an open ${side}`, () => {
    test("receives, answers, and tells, in order, cut anywhere", () => {
      const bytes = framesTo(
        side,
        [TEXT, "Hello"],
        [PING, hex("01")],
        [BINARY, hex("00"), false],
        [PONG, hex("02")],
        [CONTINUATION, hex("ff")],
        [CLOSE, hex("03e8 627965")],
        [TEXT, "dropped"],
      );
      for (const pieces of everyCut(bytes)) {
        const machine = opened(side);
        for (const piece of pieces) machine.receive(piece);
        assert.deepEqual(told(machine), [
          'text "Hello"',
          "ping 01",
          "pong 02",
          "binary 00ff",
          "close 1000 bye",
          "= closing",
        ]);
        assert.deepEqual(sent(machine), ["PONG 01", "CLOSE 1000 bye", ...eof]);
        assert.ok(machine.closeExpected);
        assert.equal(machine.closeCode, null);
        machine.receiveEof();
        machine.receiveEof();
        assert.deepEqual(told(machine), ["eof", "= closed"]);
        assert.deepEqual(sent(machine), ["EOF"]);
        assert.equal(machine.closeCode, 1000);
        assert.equal(machine.closeReason, "bye");
        assert.equal(machine.failure, null);
        assert.ok(!machine.closeExpected);
      }
    });

    test("neither changes nor keeps the bytes that it is given, Buffers included", () => {
      for (const make of [Uint8Array.from.bind(Uint8Array), Buffer.from.bind(Buffer)]) {
        const machine = opened(side);
        const bytes = framesTo(
          side,
          [BINARY, "abc"],
          [PING, "def"],
          [PONG, "ghi"],
          [TEXT, "jk", false],
        );
        const given = make(bytes);
        machine.receive(given);
        assert.deepEqual(new Uint8Array(given), bytes);
        given.fill(0);
        machine.receive(frameTo(side, CONTINUATION, "l"));
        const events = machine.events();
        assert.deepEqual(events, [
          { kind: "binary", data: utf8("abc") },
          { kind: "ping", data: utf8("def") },
          { kind: "pong", data: utf8("ghi") },
          { kind: "text", data: "jkl" },
        ]);
        for (const event of events) {
          if ("data" in event && typeof event.data !== "string") {
            assert.equal(Object.getPrototypeOf(event.data), Uint8Array.prototype);
            assert.ok(event.data.buffer.byteLength <= 2 * event.data.length);
          }
        }
      }
    });

    test("hands out each event and each byte once", () => {
      const machine = opened(side);
      machine.receive(framesTo(side, [TEXT, "a"], [PING]));
      assert.equal(machine.events().length, 2);
      assert.deepEqual(machine.events(), []);
      assert.deepEqual(sent(machine), ["PONG "]);
      assert.deepEqual(machine.output(), { bytes: new Uint8Array(0), end: false });
    });

    test("hands out memory that it does not write to again", () => {
      const machine = opened(side);
      machine.sendText("first");
      const { bytes } = machine.output();
      const before = toHex(bytes);
      machine.sendText("other");
      machine.output();
      assert.equal(toHex(bytes), before);
    });

    test("sends by its verbs", () => {
      const machine = opened(side);
      machine.sendText("a");
      machine.sendBinary(hex("01"));
      machine.sendText("b", false);
      machine.sendPing();
      machine.sendContinuation("c", false);
      machine.sendPong(hex("02"));
      machine.sendContinuation(hex("64"), true);
      machine.sendBinary(hex("03"), false);
      machine.sendContinuation("", true);
      machine.sendPing(hex("04"));
      machine.sendPong();
      machine.sendClose();
      assert.deepEqual(sent(machine), [
        'TEXT "a"',
        "BINARY 01",
        'TEXT "b" ...',
        "PING ",
        "CONT 63 ...",
        "PONG 02",
        "CONT 64",
        "BINARY 03 ...",
        "CONT ",
        "PING 04",
        "PONG ",
        "CLOSE 1000",
      ]);
      assert.deepEqual(told(machine), ["= closing"]);
      assert.deepEqual(machine.closeSent, { code: 1000, reason: "" });
      assert.equal(machine.closeOrder, "sent");
      machine.receive(frameTo(side, CLOSE, hex("03e8")));
      assert.deepEqual(told(machine), ["close 1000"]);
      assert.deepEqual(sent(machine), eof);
      assert.deepEqual(machine.closeReceived, { code: 1000, reason: "" });
    });

    test("sends a Close with a code and a reason, or without both", () => {
      const machine = opened(side);
      machine.sendClose(4000, "why");
      assert.deepEqual(sent(machine), ["CLOSE 4000 why"]);
      const other = opened(side);
      other.sendClose(null);
      assert.deepEqual(sent(other), ["CLOSE"]);
    });

    test("throws at its caller for what may not be sent now, and sends nothing of it", () => {
      const machine = opened(side);
      assert.throws(() => machine.sendContinuation("x", true), {
        name: "ProtocolError",
        message: "unexpected continuation frame",
      });
      machine.sendText("a", false);
      for (const send of [() => machine.sendText("b"), () => machine.sendBinary(hex("01"))]) {
        assert.throws(send, { name: "ProtocolError", message: "expected a continuation frame" });
      }
      machine.sendContinuation("c", true);
      assert.throws(() => machine.sendContinuation("d", true), ProtocolError);
      assert.deepEqual(sent(machine), ['TEXT "a" ...', "CONT 63"]);
      assert.equal(machine.failure, null);
      machine.sendClose();
      for (const send of [
        () => machine.sendText("x"),
        () => machine.sendBinary(hex("01")),
        () => machine.sendContinuation("x", true),
        () => machine.sendPing(),
        () => machine.sendPong(),
        () => machine.sendClose(),
      ]) {
        assert.throws(send, (error) => error instanceof InvalidState && error.state === "closing");
      }
      assert.deepEqual(sent(machine), ["CLOSE 1000"]);
    });

    test("throws at its caller for wrong arguments, and sends nothing of them", () => {
      const machine = opened(side);
      const wrong = (value: unknown) => value as never;
      for (const [call, message] of [
        [() => machine.receive(wrong("x")), "bytes is of type string: it must be a Uint8Array"],
        [() => machine.sendText(wrong(5)), "data is of type number: it must be a string"],
        [() => machine.sendBinary(wrong("x")), "data is of type string: it must be a Uint8Array"],
        [
          () => machine.sendContinuation(wrong(null), true),
          "data is of type object: it must be a Uint8Array",
        ],
        [() => machine.sendPing(wrong("x")), "data is of type string: it must be a Uint8Array"],
        [() => machine.sendPong(wrong([])), "data is of type object: it must be a Uint8Array"],
      ] as const) {
        assert.throws(call, { name: "TypeError", message });
      }
      for (const call of [
        () => machine.sendPing(new Uint8Array(126)),
        () => machine.sendPong(new Uint8Array(126)),
        () => machine.sendClose(1005),
        () => machine.sendClose(1000, "x".repeat(124)),
        () => machine.sendClose(null, "x"),
        () => machine.fail(1005),
      ]) {
        assert.throws(call, RangeError);
      }
      machine.sendText("still open");
      assert.deepEqual(sent(machine), ['TEXT "still open"']);
    });

    test("fails for what the peer does wrong, and says why", () => {
      const machine = opened(side);
      machine.receive(framesTo(side, [TEXT, "good"], [TEXT, hex("ff")], [TEXT, "dropped"]));
      const events = machine.events();
      assert.deepEqual(events.map(show), [
        'text "good"',
        "failing InvalidUtf8: invalid start byte at position 0",
        "= closing",
      ]);
      const [, failing] = events;
      assert.ok(failing?.kind === "failing" && failing.error === machine.failure);
      assert.deepEqual(sent(machine), ["CLOSE 1007 invalid start byte at position 0", ...eof]);
      assert.ok(machine.closeExpected);
      machine.receiveEof();
      assert.equal(machine.closeCode, 1006);
      assert.equal(machine.closeReason, "");
    });

    test("fails by its caller's wish, with or without a Close", () => {
      const machine = opened(side);
      const error = new Error("mine");
      machine.fail(1011, "broken", error);
      machine.receive(frameTo(side, TEXT, "dropped"));
      assert.deepEqual(told(machine), ["= closing"]);
      assert.deepEqual(sent(machine), ["CLOSE 1011 broken", ...eof]);
      assert.equal(machine.failure, error);
      const other = opened(side);
      other.fail(1006);
      assert.deepEqual(sent(other), eof);
      assert.equal(other.closeSent, null);
      other.receiveEof();
      other.fail(1011);
      assert.deepEqual(told(other), ["= closing", "eof", "= closed"]);
    });

    test("loses the stream: closed, 1006, and its own direction ends", () => {
      const machine = opened(side);
      machine.receive(frameTo(side, TEXT, "cut off").slice(0, -1));
      machine.receiveEof();
      machine.receive(frameTo(side, TEXT, "dropped"));
      assert.deepEqual(told(machine), ["eof", "= closed"]);
      assert.deepEqual(sent(machine), ["EOF"]);
      assert.equal(machine.closeCode, 1006);
      assert.equal(machine.failure, null);
    });

    test("is cut: closed, and nothing is left to be sent", () => {
      const machine = opened(side);
      machine.sendText("unsent");
      machine.abort();
      machine.abort();
      machine.receiveEof();
      assert.deepEqual(told(machine), ["= closed"]);
      assert.deepEqual(sent(machine), ["EOF"]);
      assert.equal(machine.closeCode, 1006);
    });

    test("reads all of a chunk of many small frames at once", () => {
      const machine = opened(side);
      machine.receive(concat(...Array.from({ length: 5000 }, () => frameTo(side, TEXT, "x"))));
      assert.equal(machine.events().length, 5000);
    });

    test("answers only the newest of the pings that came while its output was left to grow", () => {
      const machine = opened(side);
      machine.sendBinary(new Uint8Array(70_000));
      machine.receive(framesTo(side, [PING, "1"], [PING, "2"]));
      assert.deepEqual(sent(machine).slice(1), ["PONG 32"]);
      machine.receive(frameTo(side, PING, "3"));
      assert.deepEqual(sent(machine), ["PONG 33"]);
    });

    test("limits messages by maxSize, inclusive, or not at all", () => {
      const machine = opened(side, { maxSize: 3 });
      machine.receive(framesTo(side, [TEXT, "abc"], [TEXT, "abcd"]));
      assert.deepEqual(told(machine), [
        'text "abc"',
        "failing PayloadTooBig: frame with 4 bytes exceeds limit of 3 bytes",
        "= closing",
      ]);
      const standard = opened(side);
      standard.receive(frameTo(side, BINARY, new Uint8Array(1 << 20)));
      standard.receive(frameTo(side, BINARY, new Uint8Array((1 << 20) + 1)));
      assert.deepEqual(
        sent(standard)[0],
        "CLOSE 1009 frame with 1048577 bytes exceeds limit of 1048576 bytes",
      );
      const unlimited = opened(side, { maxSize: null });
      unlimited.receive(frameTo(side, BINARY, new Uint8Array((1 << 20) + 1)));
      assert.equal(unlimited.failure, null);
    });
  });

  describe(`an open ${side} with autoAnswer: false`, () => {
    test("leaves the answer to a Close to its owner, who may send before it", () => {
      const machine = opened(side, { autoAnswer: false });
      machine.receive(framesTo(side, [TEXT, "last"], [CLOSE, hex("03e9")]));
      assert.deepEqual(told(machine), ['text "last"', "close 1001"]);
      assert.deepEqual(sent(machine), []);
      assert.equal(machine.state, "open");
      machine.sendText("reply");
      machine.answer();
      machine.answer();
      assert.deepEqual(sent(machine), ['TEXT "reply"', "CLOSE 1001", ...eof]);
      assert.deepEqual(told(machine), ["= closing"]);
    });

    test("leaves the answer to a violation to its owner", () => {
      const machine = opened(side, { autoAnswer: false });
      machine.receive(frameTo(side, 3));
      assert.deepEqual(told(machine), ["failing ProtocolError: invalid opcode"]);
      assert.deepEqual(sent(machine), []);
      machine.answer();
      assert.deepEqual(sent(machine), ["CLOSE 1002 invalid opcode", ...eof]);
    });

    test("answers nothing when nothing is owed", () => {
      const machine = opened(side, { autoAnswer: false });
      machine.answer();
      assert.equal(machine.state, "open");
      assert.deepEqual(sent(machine), []);
    });

    test("sends what is owed when the peer ends its direction", () => {
      const machine = opened(side, { autoAnswer: false });
      machine.receive(frameTo(side, CLOSE, hex("03e8")));
      machine.receiveEof();
      assert.deepEqual(told(machine), ["close 1000", "eof", "= closing", "= closed"]);
      assert.deepEqual(sent(machine), ["CLOSE 1000", "EOF"]);
    });

    test("owes nothing after a failure or an end of its owner's", () => {
      for (const act of ["fail", "abort"] as const) {
        const machine = opened(side, { autoAnswer: false });
        machine.receive(frameTo(side, CLOSE, hex("03e8")));
        if (act === "fail") machine.fail(1011);
        else machine.abort();
        machine.answer();
        assert.deepEqual(
          sent(machine).filter((line) => line !== "EOF"),
          act === "fail" ? ["CLOSE 1011"] : [],
        );
      }
    });
  });

  describe(`a ${side} whose handshake is under way`, () => {
    test("sends nothing: InvalidState", () => {
      const machine = side === "client" ? newClient() : newServer();
      machine.output();
      for (const call of [
        () => machine.sendText("x"),
        () => machine.sendBinary(hex("01")),
        () => machine.sendContinuation("x", true),
        () => machine.sendPing(),
        () => machine.sendPong(),
        () => machine.sendClose(),
        () => machine.fail(1011),
      ]) {
        assert.throws(call, (error) => {
          assert.ok(error instanceof InvalidState);
          assert.equal(error.message, "connection is connecting");
          return true;
        });
      }
      machine.answer();
      assert.deepEqual(machine.output(), { bytes: new Uint8Array(0), end: false });
      assert.equal(machine.closeSent, null);
      assert.equal(machine.closeOrder, null);
      assert.equal(machine.closeCode, null);
    });

    test("is cut: closed, once", () => {
      const machine = side === "client" ? newClient() : newServer();
      machine.abort();
      machine.abort();
      machine.receiveEof();
      machine.receive(hex("00"));
      assert.deepEqual(told(machine), ["= closed"]);
      assert.deepEqual(machine.output(), { bytes: new Uint8Array(0), end: true });
      assert.equal(machine.closeCode, 1006);
    });
  });

  test(`a ${side} refuses a maxSize that is none`, () => {
    const make = (maxSize: never) => () =>
      side === "client" ? newClient({ maxSize }) : newServer({ maxSize });
    assert.throws(make(-1 as never), {
      name: "RangeError",
      message: "maxSize is -1: it must be 0 or more, or null",
    });
    assert.throws(make(Number.NaN as never), RangeError);
    assert.throws(make("1 MiB" as never), {
      name: "TypeError",
      message: "maxSize is of type string: it must be a number or null",
    });
  });
}

describe("permessage-deflate between two machines", () => {
  test("is agreed on, and carries messages both ways, whatever their size", () => {
    const client = newClient({ extensions: [deflateForClient()] });
    const server = newServer({ extensions: [deflateForServer()] });
    server.receive(client.output().bytes);
    assert.ok(server.accept());
    client.receive(server.output().bytes);
    assert.equal(client.extension?.name, "permessage-deflate");
    assert.equal(server.extension?.name, "permessage-deflate");
    client.events();
    server.events();
    const large = "to be or not to be ".repeat(20_000);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.sendText(large);
      from.sendText("tiny");
      from.sendText("frag", false, true);
      from.sendPing();
      from.sendContinuation("ment", true);
      from.sendBinary(new Uint8Array(5000), true, false);
      const { bytes } = from.output();
      assert.ok(bytes.length < 12_000, `${bytes.length} bytes`);
      for (let at = 0; at < bytes.length; at += 1000) to.receive(bytes.subarray(at, at + 1000));
      assert.deepEqual(told(to), [
        `text ${JSON.stringify(large)}`,
        'text "tiny"',
        "ping ",
        'text "fragment"',
        `binary ${"00".repeat(5000)}`,
      ]);
      from.receive(to.output().bytes);
      assert.deepEqual(told(from), ["pong "]);
    }
  });

  test("is not used when one side does not know it", () => {
    for (const [ours, theirs] of [
      [[deflateForClient()], []],
      [[], [deflateForServer()]],
    ] as const) {
      const client = newClient({ extensions: ours });
      const server = newServer({ extensions: theirs });
      server.receive(client.output().bytes);
      server.accept();
      client.receive(server.output().bytes);
      assert.equal(client.state, "open");
      assert.equal(client.extension, null);
      assert.equal(server.extension, null);
    }
  });
});
