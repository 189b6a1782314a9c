import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } from "../../src/frames/opcode.ts";
import { concat, everyCut, hex, toHex, utf8 } from "../frames/bytes.ts";
import { UTF8_CASES } from "../frames/utf8-cases.ts";
import { Bench, type BenchOptions, SIDES } from "./bench.ts";

type Part = readonly [opcode: number, payload: string | Uint8Array, fin?: boolean, rsv?: number];

interface Row {
  readonly name: string;
  readonly section: string;
  readonly options?: BenchOptions;
  /** What the peer sends. */
  readonly frames: readonly Part[];
  /** What the sink hears. */
  readonly heard: readonly string[];
  /** What the peer gets. */
  readonly sent?: readonly string[];
}

const LONG = "0123456789".repeat(20);

const CONVERSATIONS: readonly Row[] = [
  { name: "a text", section: "5.6", frames: [[TEXT, "Hello"]], heard: ['text "Hello"'] },
  { name: "an empty text", section: "5.6", frames: [[TEXT, ""]], heard: ['text ""'] },
  {
    name: "a binary message",
    section: "5.6",
    frames: [[BINARY, hex("00ff80")]],
    heard: ["binary 00ff80"],
  },
  { name: "an empty binary message", section: "5.6", frames: [[BINARY, ""]], heard: ["binary "] },
  {
    name: "a text with a 16-bit length",
    section: "5.2",
    frames: [[TEXT, LONG]],
    heard: [`text "${LONG}"`],
  },
  {
    name: "characters of one to four bytes, U+FEFF, U+FFFD and U+0000",
    section: "8.1",
    frames: [[TEXT, "\ufeffaµ€😀\ufffd\0"]],
    heard: [`text ${JSON.stringify("\ufeffaµ€😀\ufffd\0")}`],
  },
  {
    name: "bytes that are no text in a binary message",
    section: "5.6",
    frames: [[BINARY, hex("c0 80 ff")]],
    heard: ["binary c080ff"],
  },
  {
    name: "messages one behind the other",
    section: "5.6",
    frames: [
      [TEXT, "a"],
      [BINARY, "b"],
      [TEXT, ""],
      [TEXT, "d"],
    ],
    heard: ['text "a"', "binary 62", 'text ""', 'text "d"'],
  },
  {
    name: "a fragmented text",
    section: "5.4",
    frames: [
      [TEXT, "Hel", false],
      [CONTINUATION, "lo, ", false],
      [CONTINUATION, "you"],
    ],
    heard: ['text "Hello, you"'],
  },
  {
    name: "a fragmented binary message",
    section: "5.4",
    frames: [
      [BINARY, hex("0102"), false],
      [CONTINUATION, hex("03")],
    ],
    heard: ["binary 010203"],
  },
  {
    name: "empty fragments: first, in the middle, last",
    section: "5.4",
    frames: [
      [TEXT, "", false],
      [CONTINUATION, "", false],
      [CONTINUATION, "ab", false],
      [CONTINUATION, "", false],
      [CONTINUATION, ""],
    ],
    heard: ['text "ab"'],
  },
  {
    name: "a message of empty fragments",
    section: "5.4",
    frames: [
      [BINARY, "", false],
      [CONTINUATION, "", false],
      [CONTINUATION, ""],
    ],
    heard: ["binary "],
  },
  {
    name: "a character cut by fragments",
    section: "5.6",
    frames: [
      [TEXT, hex("f0"), false],
      [CONTINUATION, hex("9f98"), false],
      [CONTINUATION, "", false],
      [CONTINUATION, hex("80")],
    ],
    heard: ['text "😀"'],
  },
  {
    name: "control frames between fragments",
    section: "5.4",
    frames: [
      [TEXT, "a", false],
      [PING, "one"],
      [CONTINUATION, "b", false],
      [PONG, "two"],
      [PING, ""],
      [CONTINUATION, "c"],
      [TEXT, "d"],
    ],
    heard: [`pong ${toHex(utf8("two"))}`, 'text "abc"', 'text "d"'],
    sent: [`PONG ${toHex(utf8("one"))}`, "PONG "],
  },
  {
    name: "a ping",
    section: "5.5.2",
    frames: [[PING, hex("00ff")]],
    heard: [],
    sent: ["PONG 00ff"],
  },
  { name: "an empty ping", section: "5.5.2", frames: [[PING, ""]], heard: [], sent: ["PONG "] },
  {
    name: "a ping of 125 bytes",
    section: "5.5.2",
    frames: [[PING, "x".repeat(125)]],
    heard: [],
    sent: [`PONG ${"78".repeat(125)}`],
  },
  {
    name: "pings in a row, each answered in order",
    section: "5.5.2",
    frames: [
      [PING, "1"],
      [PING, "22"],
      [PING, "3"],
    ],
    heard: [],
    sent: ["PONG 31", "PONG 3232", "PONG 33"],
  },
  {
    name: "pongs that nobody asked for",
    section: "5.5.3",
    frames: [
      [PONG, ""],
      [PONG, "x".repeat(125)],
    ],
    heard: ["pong ", `pong ${"78".repeat(125)}`],
  },
  {
    name: "texts undecoded, whole and in fragments",
    section: "8.1",
    options: { text: "bytes" },
    frames: [
      [TEXT, "é"],
      [TEXT, hex("c3"), false],
      [CONTINUATION, hex("a9")],
      [BINARY, hex("c3")],
      [TEXT, ""],
    ],
    heard: ["utf8 c3a9", "utf8 c3a9", "binary c3", "utf8 "],
  },
  {
    name: "a message as large as maxSize, in one frame and over fragments",
    section: "10.4",
    options: { maxSize: 6 },
    frames: [
      [TEXT, "123456"],
      [BINARY, "123", false],
      [CONTINUATION, "", false],
      [CONTINUATION, "456"],
    ],
    heard: ['text "123456"', "binary 313233343536"],
  },
  {
    name: "empty messages only, with maxSize 0",
    section: "10.4",
    options: { maxSize: 0 },
    frames: [
      [TEXT, ""],
      [BINARY, "", false],
      [CONTINUATION, ""],
      [PING, "control frames are not limited"],
    ],
    heard: ['text ""', "binary "],
    sent: [`PONG ${toHex(utf8("control frames are not limited"))}`],
  },
];

interface Violation extends Row {
  readonly code: number;
  readonly reason: string;
  /** After how many bytes of the stream (on a client) it is known, when that is before its end. */
  readonly rule: string;
}

const BAD: readonly Violation[] = [
  {
    name: "a reserved bit",
    section: "5.2",
    frames: [[TEXT, "x", true, 4]],
    heard: [],
    code: 1002,
    reason: "reserved bits must be 0",
    rule: "RFC 6455 §5.2",
  },
  {
    name: "an unknown opcode",
    section: "5.2",
    frames: [[3, ""]],
    heard: [],
    code: 1002,
    reason: "invalid opcode",
    rule: "RFC 6455 §5.2",
  },
  {
    name: "a control frame that is too long",
    section: "5.5",
    frames: [[PING, "x".repeat(126)]],
    heard: [],
    code: 1002,
    reason: "control frame too long",
    rule: "RFC 6455 §5.5",
  },
  {
    name: "a fragmented ping",
    section: "5.5",
    frames: [[PING, "x", false]],
    heard: [],
    code: 1002,
    reason: "fragmented control frame",
    rule: "RFC 6455 §5.5",
  },
  {
    name: "a continuation of nothing",
    section: "5.4",
    frames: [[CONTINUATION, "x"]],
    heard: [],
    code: 1002,
    reason: "unexpected continuation frame",
    rule: "RFC 6455 §5.4",
  },
  {
    name: "a continuation after a whole message",
    section: "5.4",
    frames: [
      [TEXT, "a", false],
      [CONTINUATION, "b"],
      [CONTINUATION, "c", false],
    ],
    heard: ['text "ab"'],
    code: 1002,
    reason: "unexpected continuation frame",
    rule: "RFC 6455 §5.4",
  },
  {
    name: "a message within a message",
    section: "5.4",
    frames: [
      [TEXT, "a", false],
      [BINARY, "b"],
    ],
    heard: [],
    code: 1002,
    reason: "expected a continuation frame",
    rule: "RFC 6455 §5.4",
  },
  {
    name: "a text within a text that was empty so far",
    section: "5.4",
    frames: [
      [TEXT, "", false],
      [TEXT, ""],
    ],
    heard: [],
    code: 1002,
    reason: "expected a continuation frame",
    rule: "RFC 6455 §5.4",
  },
  {
    name: "a Close with half a code",
    section: "5.5.1",
    frames: [[CLOSE, hex("03")]],
    heard: [],
    code: 1002,
    reason: "close frame too short",
    rule: "RFC 6455 §5.5.1",
  },
  {
    name: "a Close with a code that nobody may send",
    section: "7.4",
    frames: [[CLOSE, hex("03ee")]],
    heard: [],
    code: 1002,
    reason: "invalid status code",
    rule: "RFC 6455 §7.4",
  },
  {
    name: "a Close whose reason is not UTF-8",
    section: "5.5.1",
    frames: [[CLOSE, hex("03e8 6162ff")]],
    heard: [],
    code: 1007,
    reason: "invalid start byte at position 2",
    rule: "RFC 6455 §8.1",
  },
  {
    name: "a text that is not UTF-8, after what is",
    section: "8.1",
    frames: [
      [TEXT, "é"],
      [PING, "p"],
      [TEXT, hex("6162 eda080")],
      [TEXT, "never"],
    ],
    heard: ['text "é"'],
    sent: ["PONG 70"],
    code: 1007,
    reason: "invalid continuation byte at position 2",
    rule: "RFC 6455 §8.1",
  },
  {
    name: "a text that ends inside a character",
    section: "8.1",
    frames: [[TEXT, hex("61c3")]],
    heard: [],
    code: 1007,
    reason: "unexpected end of data at position 1",
    rule: "RFC 6455 §8.1",
  },
  {
    name: "a fragmented text that ends inside a character",
    section: "8.1",
    frames: [
      [TEXT, hex("61e2"), false],
      [CONTINUATION, hex("82")],
    ],
    heard: [],
    code: 1007,
    reason: "unexpected end of data at position 1",
    rule: "RFC 6455 §8.1",
  },
  {
    name: "an undecoded text that is not UTF-8",
    section: "8.1",
    options: { text: "bytes" },
    frames: [[TEXT, hex("61ff")]],
    heard: [],
    code: 1007,
    reason: "invalid start byte at position 1",
    rule: "RFC 6455 §8.1",
  },
  {
    name: "a frame above maxSize",
    section: "10.4",
    options: { maxSize: 5 },
    frames: [
      [TEXT, "12345"],
      [BINARY, "123456"],
    ],
    heard: ['text "12345"'],
    code: 1009,
    reason: "frame with 6 bytes exceeds limit of 5 bytes",
    rule: "RFC 6455 §10.4",
  },
  {
    name: "a fragment that goes above maxSize",
    section: "10.4",
    options: { maxSize: 5 },
    frames: [
      [BINARY, "12", false],
      [CONTINUATION, "34", false],
      [CONTINUATION, "56"],
    ],
    heard: [],
    code: 1009,
    reason: "frame with 2 bytes after reading 4 bytes exceeds limit of 5 bytes",
    rule: "RFC 6455 §10.4",
  },
];

function build(bench: Bench, { frames }: Row): Uint8Array {
  return concat(
    ...frames.map(([opcode, payload, fin, rsv]) => bench.frame(opcode, payload, fin, rsv)),
  );
}

for (const side of SIDES) {
  describe(`a ${side} receives`, () => {
    for (const row of CONVERSATIONS) {
      test(`§${row.section}: ${row.name}, cut anywhere`, () => {
        for (const pieces of everyCut(build(new Bench(side), row))) {
          const bench = new Bench(side, row.options).feed(...pieces);
          assert.deepEqual(bench.heard, row.heard);
          assert.deepEqual(bench.sent(), row.sent ?? []);
          assert.deepEqual(bench.stops, []);
          assert.equal(bench.session.state, "open");
          assert.equal(bench.out.ended, 0);
        }
      });
    }
  });

  describe(`a ${side} fails the connection for`, () => {
    for (const row of BAD) {
      test(`§${row.section}: ${row.name}, cut anywhere: ${row.code}`, () => {
        for (const pieces of everyCut(build(new Bench(side), row))) {
          const bench = new Bench(side, row.options).feed(...pieces);
          const { session } = bench;
          assert.deepEqual(bench.heard, row.heard);
          assert.deepEqual(bench.sent(), [...(row.sent ?? []), `CLOSE ${row.code} ${row.reason}`]);
          assert.deepEqual(bench.stops, ["failing"]);
          assert.equal(session.state, "closing");
          assert.ok(session.deaf);
          assert.equal(session.failure?.message, row.reason);
          assert.deepEqual(session.sent, { code: row.code, reason: row.reason });
          assert.equal(session.received, null);
          assert.equal(session.order, "sent");
          // §7.1.1: it is the server that ends the stream.
          assert.equal(bench.out.ended, side === "server" ? 1 : 0);
          assert.ok(bench.told.includes(`! ${row.code} ${row.reason} (${row.rule})`));
        }
      });
    }

    test("§5.1: a mask the wrong way round: 1002", () => {
      const wrong = new Bench(side === "client" ? "server" : "client").frame(TEXT, "x");
      for (const pieces of everyCut(wrong)) {
        const bench = new Bench(side).feed(...pieces);
        assert.deepEqual(bench.sent(), ["CLOSE 1002 incorrect masking"]);
        assert.deepEqual(bench.heard, []);
      }
    });

    for (const [id, valid, digits] of UTF8_CASES) {
      test(`§8.1: case ${id}, a text that is ${valid ? "" : "not "}UTF-8, in every cut and in fragments`, () => {
        const bytes = hex(digits);
        const maker = new Bench(side);
        const streams = [...everyCut(maker.frame(TEXT, bytes))];
        for (const parts of everyCut(bytes)) {
          const frames = parts.map((part, index) =>
            maker.frame(index === 0 ? TEXT : CONTINUATION, part, index === parts.length - 1),
          );
          streams.push([concat(...frames)], frames);
        }
        for (const text of ["string", "bytes"] as const) {
          for (const pieces of streams) {
            const bench = new Bench(side, { text }).feed(...pieces.map((piece) => piece.slice()));
            assert.equal(bench.heard.length, valid ? 1 : 0);
            assert.equal(bench.session.failure === null, valid);
            if (!valid) assert.match(bench.sent()[0]!, /^CLOSE 1007 (?:invalid|unexpected)/);
          }
        }
      });
    }
  });

  describe(`a ${side} finds what is wrong as soon as it has come`, () => {
    const header = side === "server" ? 6 : 2;

    test("a bad byte in a frame whose rest has not come (Autobahn 6.4.3)", () => {
      const bench = new Bench(side);
      const bytes = bench.frame(TEXT, hex("cebae1bdb9cf83cebcceb5 f4908080 656469746564"));
      bench.feed(bytes.slice(0, header + 12));
      assert.equal(bench.session.failure, null);
      bench.feed(bytes.slice(header + 12, header + 13));
      assert.deepEqual(bench.sent(), ["CLOSE 1007 invalid continuation byte at position 11"]);
    });

    test("a bad byte in a fragment whose message has not ended (Autobahn 6.4.1)", () => {
      const bench = new Bench(side);
      bench.feed(bench.frame(TEXT, hex("cebae1bdb9cf83cebcceb5"), false));
      assert.equal(bench.session.failure, null);
      bench.feed(bench.frame(CONTINUATION, hex("f490"), false));
      assert.deepEqual(bench.sent(), ["CLOSE 1007 invalid continuation byte at position 11"]);
    });

    test("a bad byte that ends a character which a fragment before has begun (Autobahn 6.4.2)", () => {
      const bench = new Bench(side);
      bench.feed(bench.frame(TEXT, hex("61f4"), false));
      assert.equal(bench.session.failure, null);
      bench.feed(bench.frame(CONTINUATION, hex("90"), false));
      assert.deepEqual(bench.sent(), ["CLOSE 1007 invalid continuation byte at position 1"]);
    });

    test("a frame that is too large, before its payload", () => {
      for (const [digits, size] of [
        ["827e0401", 1025],
        ["827f0000000000100000", 1 << 20],
        ["827f7fffffffffffffff", 2 ** 63],
      ] as const) {
        const bytes = hex(digits);
        if (side === "server") bytes[1]! |= 0x80;
        const whole = side === "server" ? concat(bytes, new Uint8Array(4)) : bytes;
        const bench = new Bench(side, { maxSize: 1024 }).feed(whole);
        assert.deepEqual(bench.sent(), [
          `CLOSE 1009 frame with ${size} bytes exceeds limit of 1024 bytes`,
        ]);
      }
    });

    test("a violation in a header, after its first two bytes", () => {
      const bench = new Bench(side);
      const bytes = bench.frame(BINARY, "x".repeat(300), true, 2);
      bench.feed(bytes.slice(0, 1));
      assert.equal(bench.session.failure, null);
      bench.feed(bytes.slice(1, 2));
      assert.deepEqual(bench.sent(), ["CLOSE 1002 reserved bits must be 0"]);
    });
  });

  describe(`a ${side} limits the frames of a message`, () => {
    /** A message of so many frames, all but the last empty. */
    function inFrames(bench: Bench, count: number, payload: string): Uint8Array {
      const frames = Array.from({ length: count }, (_, index) =>
        bench.frame(
          index === 0 ? BINARY : CONTINUATION,
          index === count - 1 ? payload : "",
          index === count - 1,
        ),
      );
      return concat(...frames);
    }

    for (const [maxSize, most] of [
      [0, 1024],
      [1 << 14, 1024],
      [1 << 15, 2048],
      [(1 << 15) + 15, 2048],
    ] as const) {
      test(`to ${most}, empty ones counted, for a maxSize of ${maxSize}`, () => {
        const bench = new Bench(side, { maxSize, tapped: false });
        bench.feed(inFrames(bench, most, ""));
        assert.deepEqual(bench.heard, ["binary "]);
        bench.feed(inFrames(bench, most, ""), inFrames(bench, most + 1, ""));
        assert.deepEqual(bench.heard, ["binary ", "binary "]);
        assert.deepEqual(bench.sent(), [`CLOSE 1008 message exceeds limit of ${most} frames`]);
      });
    }

    test("not at all without a maxSize", () => {
      const bench = new Bench(side, { maxSize: null, tapped: false });
      bench.feed(inFrames(bench, 70_000, "x"));
      assert.deepEqual(bench.heard, ["binary 78"]);
      assert.equal(bench.session.state, "open");
    });

    test("not counting control frames", () => {
      const bench = new Bench(side, { maxSize: 0, tapped: false });
      const frames = [bench.frame(TEXT, "", false)];
      for (let count = 0; count < 3000; count += 1) frames.push(bench.frame(PONG));
      for (let count = 0; count < 1022; count += 1)
        frames.push(bench.frame(CONTINUATION, "", false));
      frames.push(bench.frame(CONTINUATION));
      bench.feed(concat(...frames));
      assert.equal(bench.heard.at(-1), 'text ""');
    });
  });

  describe(`a ${side} does a turn's work at a time`, () => {
    test('and stops with "turn" before the frame that would be the 1025th', () => {
      for (const [count, turns] of [
        [1024, 0],
        [1025, 1],
        [2048, 1],
        [2049, 2],
      ] as const) {
        const bench = new Bench(side, { tapped: false });
        bench.feed(concat(...Array.from({ length: count }, () => bench.frame(TEXT, "x"))));
        assert.equal(bench.heard.length, count);
        assert.equal(bench.stops.length, turns);
        assert.ok(bench.stops.every((stop) => stop === "turn"));
      }
    });

    test("and loses nothing when it is closed, failed or cut in between", () => {
      for (const act of ["sendClose", "fail", "abort", "receiveEof"] as const) {
        const bench = new Bench(side, { tapped: false });
        const chunk = concat(...Array.from({ length: 1500 }, () => bench.frame(TEXT, "x")));
        assert.equal(bench.session.receive(chunk, bench), "turn");
        assert.equal(bench.heard.length, 1024);
        if (act === "sendClose") bench.session.sendClose(1000, "");
        else if (act === "fail") bench.session.fail(1011, "no");
        else bench.session[act]();
        assert.equal(bench.session.resume(bench), "done");
        // Our own Close does not stop what was sent before the peer's (§5.5.1); what ends the connection does.
        assert.equal(bench.heard.length, act === "sendClose" ? 1500 : 1024);
      }
    });
  });

  describe(`a ${side} answers pings`, () => {
    test("§5.5.3: only the newest, once the output has room again", () => {
      const bench = new Bench(side);
      bench.out.congested = true;
      bench.feed(bench.frame(PING, "1"), bench.frame(PING, "2"), bench.frame(PING, "3"));
      assert.deepEqual(bench.sent(), []);
      bench.out.congested = false;
      bench.session.drained();
      assert.deepEqual(bench.sent(), ["PONG 33"]);
      bench.session.drained();
      assert.deepEqual(bench.sent(), []);
    });

    test("never with an older one after a newer one", () => {
      const bench = new Bench(side);
      bench.out.congested = true;
      bench.feed(bench.frame(PING, "1"));
      bench.out.congested = false;
      bench.feed(bench.frame(PING, "2"));
      bench.session.drained();
      assert.deepEqual(bench.sent(), ["PONG 32"]);
    });

    test("keeping what it needs of a ping, not the chunk that it came in", () => {
      const bench = new Bench(side);
      bench.out.congested = true;
      const chunk = bench.frame(PING, "abc");
      bench.feed(chunk);
      chunk.fill(0);
      bench.session.drained();
      assert.deepEqual(bench.sent(), ["PONG 616263"]);
    });

    test("§5.5.1: not after its own Close", () => {
      const bench = new Bench(side);
      bench.session.sendClose(1000, "");
      bench.feed(bench.frame(PING, "1"), bench.frame(PONG, "2"), bench.frame(TEXT, "3"));
      assert.deepEqual(bench.sent(), ["CLOSE 1000"]);
      assert.deepEqual(bench.heard, ["pong 32", 'text "3"']);
    });

    test("not with a pong that waited until after the Close", () => {
      const bench = new Bench(side);
      bench.out.congested = true;
      bench.feed(bench.frame(PING, "1"));
      bench.session.sendClose(1000, "");
      bench.session.drained();
      assert.deepEqual(bench.sent(), ["CLOSE 1000"]);
    });
  });

  describe(`the memory of messages on a ${side}`, () => {
    test("is the receiver's when it says so, and stays as it is", () => {
      const kept: Uint8Array[] = [];
      const bench = new Bench(side);
      bench.onData = (_isText, bytes, start, end, owned = false) => {
        assert.ok(owned);
        kept.push(bytes.subarray(start, end));
      };
      const frames = [
        bench.frame(BINARY, "abc", false),
        bench.frame(CONTINUATION, "def"),
        bench.frame(BINARY, "ghi", false),
        bench.frame(CONTINUATION, "jkl"),
      ];
      for (const frame of frames) {
        bench.feed(frame);
        frame.fill(0);
      }
      assert.deepEqual(kept, [utf8("abcdef"), utf8("ghijkl")]);
    });

    test("is not taken ahead of the bytes, whatever a header declares", () => {
      const bench = new Bench(side, { maxSize: null });
      const bytes = hex("827f0000000100000000");
      if (side === "server") bytes[1]! |= 0x80;
      const header = side === "server" ? concat(bytes, new Uint8Array(4)) : bytes;
      const before = process.memoryUsage().arrayBuffers;
      bench.feed(header, new Uint8Array(10));
      assert.ok(process.memoryUsage().arrayBuffers - before < 1 << 20);
    });
  });
}
