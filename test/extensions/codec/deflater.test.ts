import assert from "node:assert/strict";
import { describe, test } from "node:test";
import zlib from "node:zlib";
import { corpus, large } from "../../../bench/deflate/corpus.ts";
import { Deflater } from "../../../src/extensions/codec/deflater.ts";
import { Inflater } from "../../../src/extensions/codec/inflater.ts";
import { bytesOf, Everything } from "./everything.ts";

/** The empty block's other octets, and a block with BFINAL set, so that zlib knows the end. */
const END = Buffer.from([0, 0, 255, 255, 3, 0]);

function decompress(data: Uint8Array, options: zlib.ZlibOptions = {}): Uint8Array {
  return new Uint8Array(zlib.inflateRawSync(Buffer.concat([data, END]), options));
}

/** As zlib's, at the level and the settings that most servers have. */
function theirSize(messages: readonly Uint8Array[], windowBits: number): number {
  let window = Buffer.alloc(0);
  let size = 0;
  for (const message of messages) {
    const dictionary = window.length > 0 ? { dictionary: window } : {};
    const options = {
      windowBits,
      level: 6,
      memLevel: 8,
      finishFlush: zlib.constants.Z_SYNC_FLUSH,
      ...dictionary,
    };
    size += Math.min(zlib.deflateRawSync(message, options).length - 4, message.length);
    window = Buffer.concat([window, message]).subarray(-(1 << windowBits));
  }
  return size;
}

for (const level of [1, 2, 3, 4, 5, 6, 7, 8, 9])
  test(`level ${level}: zlib decompresses every message of the corpus`, () => {
    for (const { kind, messages } of corpus(15)) {
      const deflater = new Deflater(12, true, level);
      let window = Buffer.alloc(0);
      for (const message of messages) {
        const data = deflater.deflate(message, true, true) as Uint8Array;
        const dictionary = window.length > 0 ? { dictionary: window } : {};
        assert.deepEqual(decompress(data, { windowBits: 12, ...dictionary }), message, kind);
        window = Buffer.concat([window, message]).subarray(-4096);
      }
    }
  });

for (const windowBits of [9, 12, 15])
  test(`at the default level the corpus is at most 1.15 times as large as zlib makes it, window ${windowBits}`, () => {
    for (const { kind, messages } of corpus(60)) {
      const deflater = new Deflater(windowBits, true, 4);
      let size = 0;
      for (const message of messages)
        size += deflater.deflate(message, true, false)?.length ?? message.length;
      const theirs = theirSize(messages, windowBits);
      assert.ok(size <= 1.15 * theirs, `${kind}: ${size} bytes, zlib ${theirs}`);
    }
  });

for (const windowBits of [8, 9, 10, 11, 12, 13, 14, 15])
  test(`no distance is larger than 2^${windowBits}`, () => {
    const deflater = new Deflater(windowBits, true, 9);
    // A decompressor that refuses larger ones.
    const inflater = new Inflater(windowBits, true);
    for (const { messages } of corpus(20))
      for (const message of messages) {
        const data = deflater.deflate(message, true, true) as Uint8Array;
        const sink = new Everything();
        inflater.inflate(data, 0, data.length, true, sink);
        assert.deepEqual(sink.bytes, message);
      }
  });

describe("sizes at the edges", () => {
  const sizes = [
    0, 1, 2, 3, 4, 5, 257, 258, 259, 260, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 131_072,
    200_001,
  ];
  for (const size of sizes)
    for (const [what, message] of [
      ["of one byte", new Uint8Array(size).fill(7)],
      ["of noise", large("noise", size)],
      ["of text", large("events", size)],
    ] as const)
      test(`${size} bytes ${what} come back`, () => {
        for (const takeover of [true, false]) {
          const deflater = new Deflater(15, takeover, 4);
          const data = deflater.deflate(message, true, true) as Uint8Array;
          assert.deepEqual(decompress(data), message);
        }
      });
});

test("an empty message is one octet (RFC 7692 §7.2.3.6)", () => {
  assert.deepEqual(new Deflater(15, true, 4).deflate(bytesOf(""), true, true), Uint8Array.of(0));
});

test("Hello is what it is in RFC 7692 §7.2.3.1", () => {
  const data = new Deflater(15, true, 4).deflate(bytesOf("Hello"), true, true) as Uint8Array;
  assert.equal(Buffer.from(data).toString("hex"), "f248cdc9c90700");
});

test("a second Hello refers to the first, or is null without takeover", () => {
  const kept = new Deflater(15, true, 4);
  kept.deflate(bytesOf("Hello"), true, true);
  assert.equal(kept.deflate(bytesOf("Hello"), true, false)?.length, 4);
  const forgotten = new Deflater(15, false, 4);
  forgotten.deflate(bytesOf("Hello"), true, true);
  assert.equal(forgotten.deflate(bytesOf("Hello"), true, false), null);
});

test("what cannot be made smaller gives null, and leaves no trace in the window", () => {
  for (const takeover of [true, false]) {
    const [deflater, untried] = [new Deflater(12, takeover, 4), new Deflater(12, takeover, 4)];
    const [first, noise, second] = [
      large("events", 3_000),
      large("noise", 2_000),
      large("events", 6_000),
    ];
    for (const each of [deflater, untried]) each.deflate(first, true, true);
    assert.equal(deflater.deflate(noise, true, false), null);
    const data = (deflater.deflate(second, true, true) as Uint8Array).slice();
    const inflater = new Inflater(12, takeover);
    if (takeover) inflater.remember(first);
    const sink = new Everything();
    inflater.inflate(data, 0, data.length, true, sink);
    assert.deepEqual(sink.bytes, second);
    const size = untried.deflate(second, true, true)?.length as number;
    assert.ok(Math.abs(data.length - size) < size / 50, `${data.length} bytes, otherwise ${size}`);
  }
});

test("a large message of noise is given up at its first segment", () => {
  const message = large("noise", 300_000);
  message.fill(0, 100_000);
  assert.equal(new Deflater(15, true, 4).deflate(message, true, false), null);
});

test("fragments end with a whole empty block, but for the last one", () => {
  for (const takeover of [true, false]) {
    const deflater = new Deflater(12, takeover, 4);
    const other = new Deflater(12, takeover, 4);
    const message = large("html", 9_000);
    const parts: Buffer[] = [];
    for (const [from, to] of [
      [0, 100],
      [100, 100],
      [100, 8_000],
      [8_000, 9_000],
    ] as const) {
      parts.push(
        Buffer.from(
          deflater.deflate(message.subarray(from, to), to === 9_000, from > 0) as Uint8Array,
        ),
      );
      other.deflate(large("ticks", 2_000), true, true);
    }
    for (const part of parts.slice(0, -1))
      assert.equal(part.subarray(-4).toString("hex"), "0000ffff");
    assert.deepEqual(decompress(Buffer.concat(parts)), message);
    // Later fragments refer to earlier ones.
    const whole = new Deflater(12, takeover, 4).deflate(message, true, true) as Uint8Array;
    assert.ok(Buffer.concat(parts).length < whole.length + 250);
  }
});

test("the last fragment may be empty", () => {
  const deflater = new Deflater(12, true, 4);
  const first = Buffer.from(
    deflater.deflate(bytesOf("Hello Hello Hello"), false, true) as Uint8Array,
  );
  const last = Buffer.from(deflater.deflate(bytesOf(""), true, true) as Uint8Array);
  assert.equal(
    Buffer.from(decompress(Buffer.concat([first, last]))).toString(),
    "Hello Hello Hello",
  );
});

test("the same messages give the same bytes, whoever else compresses", () => {
  const messages = corpus(10).flatMap(({ messages }) => messages);
  for (const takeover of [true, false]) {
    const [alone, among, other] = [takeover, takeover, false].map(
      (each) => new Deflater(12, each, 4),
    );
    const quiet = messages.map((message) =>
      Buffer.from(alone?.deflate(message, true, true) as Uint8Array),
    );
    const busy = messages.map((message) => {
      other?.deflate(large("ticks", 3_000), true, true);
      return Buffer.from(among?.deflate(message, true, true) as Uint8Array);
    });
    assert.deepEqual(busy, quiet);
  }
});

test("what was compressed elsewhere can be referred to, and recalled", () => {
  const deflater = new Deflater(12, true, 4);
  const [past, message] = [large("events", 10_000), large("events", 2_000)];
  const alone = new Deflater(12, true, 4).deflate(message, true, true)?.length as number;
  deflater.remember(past);
  assert.deepEqual(deflater.recall(), past.slice(-4096));
  const data = deflater.deflate(past.subarray(-2_000), true, true) as Uint8Array;
  assert.ok(data.length < alone / 10, `${data.length} bytes`);
  assert.deepEqual(
    decompress(data, { dictionary: past.subarray(-4096), windowBits: 12 }),
    past.slice(-2_000),
  );
});

test("memory grows with use up to the window, and is released on close", () => {
  const [deflater, other] = [new Deflater(12, true, 4), new Deflater(12, true, 4)];
  assert.equal(deflater.memory, 0);
  const sizes: number[] = [];
  for (let count = 0; count < 6; count++) {
    for (const each of [deflater, other]) each.deflate(large("noise", 1_000), true, true);
    sizes.push(deflater.memory);
  }
  // The window, and three bytes for each byte that the matcher reaches back.
  assert.deepEqual(sizes, [4096, 8192, 16_384, 16_384, 16_384, 16_384]);
  deflater.close();
  assert.equal(deflater.memory, 0);
});

test("without context takeover nothing is kept between messages", () => {
  const [deflater, other] = [new Deflater(15, false, 4), new Deflater(15, false, 4)];
  for (let count = 0; count < 3; count++) {
    for (const each of [deflater, other]) each.deflate(large("html", 5_000), true, true);
    assert.equal(deflater.memory, 0);
  }
});
