import assert from "node:assert/strict";
import { describe, test } from "node:test";
import zlib from "node:zlib";
import fc from "fast-check";
import { large } from "../../../bench/deflate/corpus.ts";
import { Inflater } from "../../../src/extensions/codec/inflater.ts";
import { PayloadTooBig, ProtocolError } from "../../../src/frames/errors.ts";
import { bytesOf, Everything, fromHex } from "./everything.ts";

/** What zlib makes of `message`, as RFC 7692 §7.2.1 wants it. */
function compress(message: Uint8Array, options: zlib.ZlibOptions = {}): Uint8Array {
  const flushed = zlib.deflateRawSync(message, {
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
    ...options,
  });
  return new Uint8Array(flushed.subarray(0, -4));
}

function inflate(
  inflater: Inflater,
  data: Uint8Array,
  sink: Everything = new Everything(),
): Everything {
  assert.equal(inflater.inflate(data, 0, data.length, true, sink), data.length);
  return sink;
}

describe("the examples of RFC 7692", () => {
  const examples: readonly (readonly [section: string, data: string, text: string])[] = [
    ["§7.2.3.1, one block", "f2 48 cd c9 c9 07 00", "Hello"],
    ["§7.2.3.3, a block with no compression", "00 05 00 fa ff 48 65 6c 6c 6f 00", "Hello"],
    ["§7.2.3.4, a block with BFINAL set", "f3 48 cd c9 c9 07 00 00", "Hello"],
    ["§7.2.3.5, two blocks", "f2 48 05 00 00 00 ff ff ca c9 c9 07 00", "Hello"],
    ["§7.2.3.6, an empty message", "00", ""],
  ];
  for (const [section, data, text] of examples) {
    test(`${section}, is decompressed`, () => {
      assert.equal(inflate(new Inflater(15, true), fromHex(data)).text, text);
    });

    test(`${section}, is decompressed in any two pieces`, () => {
      const bytes = fromHex(data);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const inflater = new Inflater(15, true);
        const sink = new Everything();
        assert.equal(inflater.inflate(bytes, 0, cut, false, sink), cut);
        assert.equal(inflater.inflate(bytes, cut, bytes.length, true, sink), bytes.length);
        assert.equal(sink.text, text, `cut at ${cut}`);
      }
    });
  }

  test("§7.2.3.2, a second message refers to the first", () => {
    const inflater = new Inflater(15, true);
    assert.equal(inflate(inflater, fromHex("f2 48 cd c9 c9 07 00")).text, "Hello");
    assert.equal(inflate(inflater, fromHex("f2 00 11 00 00")).text, "Hello");
  });

  test("§7.2.3.2, without context takeover a second message cannot", () => {
    const inflater = new Inflater(15, false);
    assert.equal(inflate(inflater, fromHex("f2 48 cd c9 c9 07 00")).text, "Hello");
    assert.throws(() => inflate(inflater, fromHex("f2 00 11 00 00")), ProtocolError);
  });

  test("after a block with BFINAL set the window is still there", () => {
    const inflater = new Inflater(15, true);
    assert.equal(inflate(inflater, fromHex("f3 48 cd c9 c9 07 00 00")).text, "Hello");
    assert.equal(inflate(inflater, fromHex("f2 00 11 00 00")).text, "Hello");
  });
});

describe("bad data fails", () => {
  const cases: readonly (readonly [what: string, data: string])[] = [
    ["a block of the reserved type", "06 00"],
    ["a stored block whose complement is wrong", "00 05 00 fa fe 48 65 6c 6c 6f 00"],
    ["a stored block that is cut off", "00 05 00 fa ff 48 65"],
    ["a fixed block that is cut off", "f2 48 cd"],
    ["nothing at all, not even the octet of the empty block", ""],
    ["an empty block that is sent whole", "00 00 00 ff ff"],
    ["a message that ends at a block without the empty one", "f3 48 cd c9 c9 07 00"],
    ["a distance into nowhere", "f2 00 11 00 00"],
    ["a length symbol that does not exist", "1b 03 00"],
    ["a distance symbol that does not exist", "4b 04 3e 00 00"],
    ["a dynamic block with too many literals", "fc 00 00 00"],
    ["a dynamic block whose code length code is oversubscribed", "04 00 fe ff"],
    ["a dynamic block whose code length code is incomplete", "04 00 02 00 00 00 00 00 00 00 00 00"],
    ["a dynamic block that repeats a length before the first", "04 c0 01 00 00 00 00 00 00 00"],
  ];
  for (const [what, data] of cases) {
    test(what, () => {
      const bytes = fromHex(data);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const inflater = new Inflater(15, true);
        assert.throws(
          () => {
            inflater.inflate(bytes, 0, cut, false, new Everything());
            inflater.inflate(bytes, cut, bytes.length, true, new Everything());
          },
          (error: unknown) =>
            error instanceof ProtocolError &&
            error.closeCode === 1002 &&
            error.message === "decompression failed" &&
            error.cause instanceof Error,
        );
      }
    });
  }

  test("a dynamic block without an end of block fails, whatever else it says", () => {
    // 257 literals, 1 distance; code lengths: 1 bit each for 0 and 1; literals 0 and 1 have one bit, all others none.
    const bits: number[] = [];
    const put = (value: number, count: number): void => {
      for (let at = 0; at < count; at++) bits.push((value >> at) & 1);
    };
    put(0b100, 3);
    put(0, 5);
    put(0, 5);
    put(14, 4);
    for (const symbol of [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1])
      put(symbol < 2 ? 1 : 0, 3);
    for (let symbol = 0; symbol < 258; symbol++) put(symbol < 2 ? 1 : 0, 1);
    const bytes = new Uint8Array(Math.ceil(bits.length / 8));
    for (const [at, bit] of bits.entries()) bytes[at >> 3]! |= bit << (at & 7);
    assert.throws(() => inflate(new Inflater(15, true), bytes), ProtocolError);
    assert.throws(() => zlib.inflateRawSync(bytes), { code: "Z_DATA_ERROR" });
  });

  test("a distance beyond the agreed window fails, though the bytes are there", () => {
    const start = bytesOf("0123456789abcdef");
    const message = new Uint8Array([...start, ...large("events", 600), ...start]);
    const data = compress(message, { windowBits: 15 });
    assert.ok(data.length < compress(message, { windowBits: 9 }).length);
    assert.deepEqual(inflate(new Inflater(10, true), data).bytes, message);
    assert.throws(() => inflate(new Inflater(9, true), data), ProtocolError);
  });
});

describe("the limit", () => {
  for (const size of [1, 100, 65_536, 300_000]) {
    test(`of exactly the size, ${size} bytes, is kept, and one byte less is not`, () => {
      const data = compress(new Uint8Array(size).fill(65));
      assert.equal(inflate(new Inflater(15, true), data, new Everything(size)).size, size);
      const sink = new Everything(size - 1);
      assert.throws(
        () => new Inflater(15, true).inflate(data, 0, data.length, true, sink),
        (error: unknown) =>
          error instanceof PayloadTooBig && error.limit === size - 1 && error.closeCode === 1009,
      );
      assert.ok(sink.size <= size - 1);
    });
  }

  test("stops a bomb after at most as many bytes", () => {
    const data = compress(new Uint8Array(50_000_000));
    const sink = new Everything(1_000_000);
    assert.throws(
      () => new Inflater(15, true).inflate(data, 0, data.length, true, sink),
      PayloadTooBig,
    );
    assert.ok(sink.size <= 1_000_000);
  });

  test("holds across the pieces of a message", () => {
    const data = compress(large("html", 20_000));
    const inflater = new Inflater(15, true);
    const sink = new Everything(19_999);
    assert.throws(() => {
      for (let at = 0; at < data.length; at++)
        inflater.inflate(data, at, at + 1, at + 1 === data.length, sink);
    }, PayloadTooBig);
    assert.ok(sink.size <= 19_999);
  });

  test("does not count what is only read, so an empty message passes a limit of 0", () => {
    assert.equal(inflate(new Inflater(15, true), fromHex("00"), new Everything(0)).size, 0);
  });
});

test("a pause leaves off, and the rest can be handed in again", () => {
  const message = large("events", 1_000_000);
  const data = compress(message);
  const inflater = new Inflater(15, true);
  const sink = new Everything(Number.POSITIVE_INFINITY, 1);
  let calls = 0;
  for (let at = 0; at < data.length; calls++)
    at = inflater.inflate(data, at, data.length, true, sink);
  assert.ok(calls > 5, `${calls} calls`);
  assert.deepEqual(sink.bytes, message);
});

test("connections that take turns inside their messages do not disturb each other", () => {
  const messages = [large("html", 9_000), large("ticks", 9_000), large("readings", 9_000)];
  const data = messages.map((message) => compress(message, { windowBits: 12 }));
  const inflaters = messages.map(() => new Inflater(12, true));
  const sinks = messages.map(() => new Everything());
  for (let at = 0; data.some((bytes) => at < bytes.length); at += 7)
    for (const [index, bytes] of data.entries()) {
      const to = Math.min(at + 7, bytes.length);
      if (at < bytes.length)
        inflaters[index]?.inflate(bytes, at, to, to === bytes.length, sinks[index]!);
    }
  for (const [index, message] of messages.entries()) assert.deepEqual(sinks[index]?.bytes, message);
});

test("what was decompressed elsewhere can be referred to, and recalled", () => {
  const [past, message] = [large("events", 10_000), large("events", 12_000)];
  const data = compress(message, { dictionary: past.subarray(-4096), windowBits: 12 });
  const inflater = new Inflater(12, true);
  inflater.remember(past);
  assert.deepEqual(inflater.recall(), past.slice(-4096));
  assert.deepEqual(inflate(inflater, data).bytes, message);
  assert.deepEqual(inflater.recall(), message.slice(-4096));
});

test("memory grows with use up to the window, and is released on close", () => {
  const inflater = new Inflater(12, true);
  const other = new Inflater(12, true);
  assert.equal(inflater.memory, 0);
  const sizes: number[] = [];
  for (let count = 0; count < 8; count++) {
    inflate(inflater, compress(large("noise", 1_000)));
    inflate(other, compress(large("noise", 1_000)));
    sizes.push(inflater.memory);
  }
  assert.deepEqual(sizes, [1024, 2048, 4096, 4096, 4096, 4096, 4096, 4096]);
  inflater.close();
  assert.equal(inflater.memory, 0);
});

test("without context takeover nothing is kept between messages", () => {
  const [inflater, other] = [new Inflater(15, false), new Inflater(15, false)];
  for (let count = 0; count < 3; count++) {
    inflate(inflater, compress(large("html", 5_000)));
    inflate(other, compress(large("html", 5_000)));
    assert.equal(inflater.memory, 0);
  }
});

test("random bytes either fail or decompress as zlib does", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (data) => {
      let ours: Uint8Array | null = null;
      try {
        ours = inflate(new Inflater(15, true), data, new Everything(1_000_000)).bytes;
      } catch (error) {
        assert.ok(error instanceof ProtocolError);
        return;
      }
      const whole = Buffer.concat([data, Buffer.from([0, 0, 255, 255, 3, 0])]);
      // zlib stops at a block with BFINAL set.
      const theirs = zlib.inflateRawSync(whole);
      assert.deepEqual(new Uint8Array(theirs), ours.slice(0, theirs.length));
    }),
    { numRuns: 3000 },
  );
});
