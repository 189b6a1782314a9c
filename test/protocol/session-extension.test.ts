import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DecodeSink, EncodeMeta, Extension } from "../../src/extensions/extension.ts";
import { ProtocolError } from "../../src/frames/errors.ts";
import { BINARY, CLOSE, CONTINUATION, PING, TEXT } from "../../src/frames/opcode.ts";
import type { Stop } from "../../src/protocol/sink.ts";
import { concat, everyCut, hex, toHex, utf8 } from "../frames/bytes.ts";
import { Bench, SIDES } from "./bench.ts";

/** RSV2, so that nothing here works for permessage-deflate only. */
const RSV = 2;

/** Says each byte twice, turned over. What comes with a zero byte is bad. */
class Twice implements Extension {
  readonly name = "twice";
  readonly parameters = "";
  readonly rsv = RSV;
  readonly asked: EncodeMeta[] = [];
  closed = 0;
  /** Whether what is sent is encoded when nobody says. */
  wants = true;

  encode(payload: Uint8Array, meta: EncodeMeta): Uint8Array | null {
    this.asked.push({ ...meta });
    if (meta.first && !(meta.compress ?? this.wants)) return null;
    return twice(payload);
  }

  decode(source: Uint8Array, start: number, end: number, _fin: boolean, sink: DecodeSink): number {
    // One byte at a time, so that text is checked as it is decoded.
    for (let at = start; at < end; at += 1) sink.write(undo(source.subarray(at, at + 1)), 0, 2);
    return end;
  }

  close(): void {
    this.closed += 1;
  }
}

/** The same, elsewhere from ten encoded bytes on; the test says when it is done. */
class Elsewhere extends Twice {
  readonly large = 10;
  readonly limits: number[] = [];
  done: (error?: Error) => void = () => assert.fail("nothing is decoded elsewhere");

  decodeLarge(payload: Uint8Array, limit: number): Promise<Uint8Array> {
    this.limits.push(limit);
    return new Promise((resolve, reject) => {
      this.done = (error) => {
        if (error === undefined)
          resolve(concat(...Array.from(payload, (byte) => undo(Uint8Array.of(byte)))));
        else reject(error);
      };
    });
  }
}

/** A byte of the wire stands for two of the message. */
function undo(bytes: Uint8Array): Uint8Array {
  const byte = bytes[0]!;
  if (byte === 0) throw new ProtocolError("a zero byte", "twice §1", 1007);
  return Uint8Array.of(byte ^ 0xff, byte ^ 0xff);
}

/** What is sent is longer by as much; that is enough to see where it was. */
function twice(payload: Uint8Array): Uint8Array {
  return concat(...Array.from(payload, (byte) => Uint8Array.of(byte ^ 0xff, byte ^ 0xff)));
}

/** The bytes that stand for `text` said twice. */
function coded(text: string): Uint8Array {
  return utf8(text).map((byte) => byte ^ 0xff);
}

for (const side of SIDES) {
  const theirs = side === "server" ? 4 : 0;

  describe(`a ${side} with an extension receives`, () => {
    test("messages that are encoded, and others that are not, cut anywhere", () => {
      const maker = new Bench(side);
      const bytes = concat(
        maker.frame(TEXT, coded("ab"), true, RSV),
        maker.frame(TEXT, "plain"),
        maker.frame(BINARY, coded("c"), false, RSV),
        maker.frame(PING, "p"),
        maker.frame(CONTINUATION, "", false),
        maker.frame(CONTINUATION, coded("de")),
        maker.frame(BINARY, "f", false),
        maker.frame(CONTINUATION, "g"),
        maker.frame(BINARY, "", true, RSV),
      );
      for (const text of ["string", "bytes"] as const) {
        for (const pieces of everyCut(bytes)) {
          const bench = new Bench(side, { extension: new Twice(), text }).feed(...pieces);
          const show = (words: string) =>
            text === "string" ? `text "${words}"` : `utf8 ${toHex(utf8(words))}`;
          assert.deepEqual(bench.heard, [
            show("aabb"),
            show("plain"),
            `binary ${toHex(utf8("ccddee"))}`,
            `binary ${toHex(utf8("fg"))}`,
            "binary ",
          ]);
          assert.deepEqual(bench.sent(), ["PONG 70"]);
        }
      }
    });

    test("and its tap hears what they say, and what they took on the wire", () => {
      const bench = new Bench(side, { extension: new Twice() });
      bench.feed(
        bench.frame(TEXT, coded("a"), false, RSV),
        bench.frame(PING, ""),
        bench.frame(CONTINUATION, coded("b")),
        bench.frame(TEXT, "c"),
      );
      assert.deepEqual(
        bench.told.filter((line) => line.startsWith("<")),
        [
          `< TEXT "aa" ... [${3 + theirs} encoded]`,
          `< PING  [${2 + theirs}]`,
          `< CONT 6262 [${3 + theirs} encoded]`,
          `< TEXT "c" [${3 + theirs}]`,
        ],
      );
    });

    for (const [name, make, closed] of [
      [
        "a bit in a continuation frame",
        (bench: Bench) => [
          bench.frame(TEXT, coded("a"), false, RSV),
          bench.frame(CONTINUATION, coded("b"), true, RSV),
        ],
        "CLOSE 1002 RSV1 bit set in continuation frame",
      ],
      [
        "a bit in a control frame",
        (bench: Bench) => [bench.frame(PING, "", true, RSV)],
        "CLOSE 1002 reserved bits must be 0",
      ],
      [
        "a bit that it has not claimed",
        (bench: Bench) => [bench.frame(TEXT, "", true, 4)],
        "CLOSE 1002 reserved bits must be 0",
      ],
      [
        "what the extension cannot decode",
        (bench: Bench) => [bench.frame(BINARY, hex("0100"), true, RSV)],
        "CLOSE 1007 a zero byte",
      ],
      [
        "a text that is decoded to bytes that are none",
        (bench: Bench) => [bench.frame(TEXT, hex("9e3c"), true, RSV)],
        "CLOSE 1007 invalid continuation byte at position 2",
      ],
      [
        "a text that is decoded to the beginning of a character",
        (bench: Bench) => [
          bench.frame(TEXT, coded("a"), false, RSV),
          bench.frame(CONTINUATION, hex("0f")),
        ],
        "CLOSE 1007 invalid continuation byte at position 2",
      ],
    ] as const) {
      test(`and fails the connection for ${name}, cut anywhere`, () => {
        for (const pieces of everyCut(concat(...make(new Bench(side))))) {
          const bench = new Bench(side, { extension: new Twice() }).feed(...pieces);
          assert.deepEqual(bench.sent(), [closed]);
          assert.deepEqual(bench.heard, []);
        }
      });
    }

    test("and fails it as soon as a bad byte is decoded, in a frame whose rest has not come", () => {
      const bench = new Bench(side, { extension: new Twice() });
      const bytes = bench.frame(TEXT, concat(hex("9e3c"), coded("x".repeat(90))), true, RSV);
      bench.feed(bytes.slice(0, 2 + theirs + 1));
      assert.equal(bench.session.failure, null);
      bench.feed(bytes.slice(2 + theirs + 1, 2 + theirs + 2));
      assert.deepEqual(bench.sent(), ["CLOSE 1007 invalid continuation byte at position 2"]);
    });

    test("messages of up to maxSize once they are decoded, however few bytes they took", () => {
      for (const parts of [["abcd"], ["ab", "cd"], ["abc", "", "d"]]) {
        for (const extra of ["", "e"]) {
          const bench = new Bench(side, { extension: new Twice(), maxSize: 8 });
          parts.forEach((part, index) => {
            const last = index === parts.length - 1;
            const payload = coded(last ? part + extra : part);
            const opcode = index === 0 ? BINARY : CONTINUATION;
            bench.feed(bench.frame(opcode, payload, last, index === 0 ? RSV : 0));
          });
          if (extra === "") assert.deepEqual(bench.heard, [`binary ${toHex(utf8("aabbccdd"))}`]);
          else assert.deepEqual(bench.sent(), ["CLOSE 1009 frame exceeds limit of 8 bytes"]);
        }
      }
    });

    test("no frame that cannot become a legal message, whatever it would be decoded to", () => {
      const bench = new Bench(side, { extension: new Twice(), maxSize: 8 });
      const header = bench.frame(BINARY, new Uint8Array(1100).fill(1), true, RSV).slice(0, 8);
      bench.feed(header);
      assert.deepEqual(bench.sent(), ["CLOSE 1009 frame exceeds limit of 8 bytes"]);
    });
  });

  describe(`a ${side} with an extension sends`, () => {
    /** The first byte of each frame, and the payload, unmasked. */
    const sentBits = (bench: Bench): string[] => {
      const bytes = bench.out.take();
      const lines: string[] = [];
      const masked = side === "client";
      for (let at = 0; at < bytes.length; ) {
        const length = bytes[at + 1]! & 0x7f;
        const start = at + 2 + (masked ? 4 : 0);
        const key = masked ? bytes.subarray(at + 2, at + 6) : new Uint8Array(4);
        const payload = bytes
          .slice(start, start + length)
          .map((byte, index) => byte ^ key[index % 4]!);
        lines.push(`${bytes[at]!.toString(16).padStart(2, "0")} ${toHex(payload)}`);
        at = start + length;
      }
      return lines;
    };

    test("what it encodes, with its bit on the first frame only", () => {
      const bench = new Bench(side, { extension: new Twice(), tapped: false });
      const { session } = bench;
      session.sendText("a");
      session.sendBytes(utf8("b"), false, false);
      session.sendPing(utf8("p"));
      session.sendContinuation("c", false);
      session.sendContinuation(utf8(""), true);
      session.sendClose(1000, "");
      assert.deepEqual(sentBits(bench), [
        `a1 ${toHex(twice(utf8("a")))}`,
        `22 ${toHex(twice(utf8("b")))}`,
        "89 70",
        `00 ${toHex(twice(utf8("c")))}`,
        "80 ",
        "88 03e8",
      ]);
    });

    test("what it does not, as it is: decided at the first frame of each message", () => {
      const extension = new Twice();
      extension.wants = false;
      const bench = new Bench(side, { extension, tapped: false });
      const { session } = bench;
      session.sendText("a");
      session.sendBytes(utf8("b"), false, false);
      session.sendContinuation("c", true);
      session.sendText("d", true, true);
      session.sendText("e", false, true);
      session.sendContinuation("f", true);
      extension.wants = true;
      session.sendText("g", true, false);
      session.sendText("h", false, false);
      session.sendContinuation("i", true);
      assert.deepEqual(sentBits(bench), [
        "81 61",
        "02 62",
        "80 63",
        `a1 ${toHex(twice(utf8("d")))}`,
        `21 ${toHex(twice(utf8("e")))}`,
        `80 ${toHex(twice(utf8("f")))}`,
        "81 67",
        "01 68",
        "80 69",
      ]);
      assert.deepEqual(extension.asked, [
        { first: true, fin: true, compress: undefined },
        { first: true, fin: false, compress: undefined },
        { first: true, fin: true, compress: true },
        { first: true, fin: false, compress: true },
        { first: false, fin: true, compress: undefined },
      ]);
    });

    test("what was encoded elsewhere, or came back as it was", () => {
      const bench = new Bench(side, { extension: new Twice(), tapped: false });
      bench.session.sendEncoded(utf8("a"), twice(utf8("a")), true);
      bench.session.sendEncoded(utf8("b"), null, false);
      assert.deepEqual(sentBits(bench), [`a1 ${toHex(twice(utf8("a")))}`, "82 62"]);
    });

    test("and its tap hears what was said, and what it took on the wire", () => {
      const own = side === "client" ? 4 : 0;
      const bench = new Bench(side, { extension: new Twice() });
      const lines: string[] = [];
      bench.onFrame = (received, _opcode, _fin, bytes, start, end, wireSize, compressed) => {
        lines.push(`${received} ${toHex(bytes.subarray(start, end))} ${wireSize} ${compressed}`);
      };
      bench.session.sendText("a");
      bench.session.sendText("b", true, false);
      assert.deepEqual(lines, [`false 61 ${4 + own} true`, `false 62 ${3 + own} false`]);
    });
  });

  describe(`a ${side} whose extension works elsewhere`, () => {
    /** Hands in a chunk and collects stops, as long as nothing is being done elsewhere. */
    const start = (extension: Elsewhere, ...frames: readonly Uint8Array[]) => {
      const bench = new Bench(side, { extension, answers: false, maxSize: 100 });
      return { bench, stop: bench.session.receive(concat(...frames), bench) as Stop };
    };
    const maker = new Bench(side);
    const large = maker.frame(TEXT, coded("0123456789"), true, RSV);
    const LARGE = 'text "00112233445566778899"';

    test("stops with codec before what follows, and goes on when that is done", async () => {
      const extension = new Elsewhere();
      const { bench, stop } = start(extension, large, maker.frame(TEXT, "after"));
      assert.equal(stop, "codec");
      assert.deepEqual(bench.heard, []);
      assert.deepEqual(extension.limits, [100]);
      extension.done();
      await bench.session.work;
      assert.equal(bench.session.resume(bench), "done");
      assert.deepEqual(bench.heard, [LARGE, 'text "after"']);
      assert.equal(bench.session.work, null);
      assert.equal(bench.told[0], `< TEXT "00112233445566778899" [${2 + theirs + 10} encoded]`);
    });

    test("one after the other, and what is small or fragmented is decoded here", async () => {
      const extension = new Elsewhere();
      const { bench, stop } = start(
        extension,
        maker.frame(TEXT, coded("small"), true, RSV),
        large,
        large,
        maker.frame(BINARY, coded("0123456789"), false, RSV),
        maker.frame(CONTINUATION, ""),
      );
      assert.equal(stop, "codec");
      assert.deepEqual(bench.heard, ['text "ssmmaallll"']);
      for (const next of ["codec", "done"]) {
        extension.done();
        await bench.session.work;
        assert.equal(bench.session.resume(bench), next);
      }
      assert.equal(bench.heard.length, 4);
      assert.deepEqual(extension.limits, [100, 100]);
    });

    test("fails the connection when it fails for the peer's doing, and only then", async () => {
      for (const error of [new ProtocolError("bad data", "x §1", 1007), new Error("no memory")]) {
        const extension = new Elsewhere();
        const { bench } = start(extension, large, maker.frame(TEXT, "after"));
        extension.done(error);
        await bench.session.work;
        if (error instanceof ProtocolError) {
          assert.equal(bench.session.resume(bench), "failing");
          bench.session.answer();
          assert.deepEqual(bench.sent(), ["CLOSE 1007 bad data"]);
        } else {
          assert.throws(() => bench.session.resume(bench), error);
        }
        assert.deepEqual(bench.heard, []);
      }
    });

    test("finds what it decoded to be no text", async () => {
      for (const text of ["string", "bytes"] as const) {
        const extension = new Elsewhere();
        const bench = new Bench(side, { extension, answers: false, text });
        bench.session.receive(maker.frame(TEXT, new Uint8Array(10).fill(0x3c), true, RSV), bench);
        extension.done();
        await bench.session.work;
        assert.equal(bench.session.resume(bench), "failing");
        assert.match(bench.session.failure!.message, /invalid continuation byte at position 0/);
      }
    });

    for (const act of ["abort", "receiveEof", "fail", "sendClose"] as const) {
      test(`hears ${act === "sendClose" ? "all the same" : "nothing more"} after ${act}() in the meantime`, async () => {
        const extension = new Elsewhere();
        const { bench } = start(extension, large, maker.frame(TEXT, "after"));
        if (act === "fail") bench.session.fail(1011, "");
        else if (act === "sendClose") bench.session.sendClose(1000, "");
        else bench.session[act]();
        extension.done();
        await bench.session.work;
        assert.equal(bench.session.resume(bench), "done");
        assert.deepEqual(bench.heard, act === "sendClose" ? [LARGE, 'text "after"'] : []);
      });
    }
  });

  describe(`the extension of a ${side}`, () => {
    for (const [name, end] of [
      [
        "an end after a closing handshake",
        (bench: Bench) => {
          bench.feed(bench.frame(CLOSE, hex("03e8")));
          bench.session.receiveEof();
        },
      ],
      ["an end without one", (bench: Bench) => bench.session.receiveEof()],
      [
        "a failure",
        (bench: Bench) => {
          bench.session.fail(1011, "");
          bench.session.receiveEof();
        },
      ],
      ["abort()", (bench: Bench) => bench.session.abort()],
    ] as const) {
      test(`is closed, once, by ${name}`, () => {
        const extension = new Twice();
        const bench = new Bench(side, { extension });
        bench.session.sendText("x");
        assert.equal(extension.closed, 0);
        end(bench);
        bench.session.receiveEof();
        bench.session.abort();
        assert.equal(extension.closed, 1);
      });
    }
  });
}
