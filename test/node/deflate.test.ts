import assert from "node:assert/strict";
import { describe, test } from "node:test";
import zlib from "node:zlib";
import { large } from "../../bench/deflate/corpus.ts";
import { PayloadTooBig, ProtocolError } from "../../src/frames/errors.ts";
import { clientCompression, serverCompression } from "../../src/node/compression.ts";
import { nodeOneShot } from "../../src/node/deflate.ts";

/** The same call off the loop and on it. */
const ways = [
  [
    "at once",
    async (...args: Parameters<typeof nodeOneShot.inflate>) => nodeOneShot.inflateSync(...args),
  ],
  ["off the loop", nodeOneShot.inflate],
] as const;

const compress = (message: Uint8Array, options: zlib.ZlibOptions = {}): Uint8Array =>
  zlib
    .deflateRawSync(message, { finishFlush: zlib.constants.Z_SYNC_FLUSH, ...options })
    .subarray(0, -4);

for (const [when, inflate] of ways)
  describe(`inflating ${when}`, () => {
    for (const size of [0, 1, 1_000, 100_000, 2_000_000])
      test(`${size} bytes`, async () => {
        const message = large("prose", size);
        const result = await inflate(compress(message), null, 15, Number.POSITIVE_INFINITY);
        assert.deepEqual(result, message);
        assert.equal(Object.getPrototypeOf(result), Uint8Array.prototype);
        assert.ok(
          result.buffer.byteLength <= 2 * size,
          `${result.buffer.byteLength} bytes are kept for ${size}`,
        );
      });

    test("a message that refers to what went before", async () => {
      const [past, message] = [large("html", 4_096), large("html", 6_000)];
      const data = compress(message, { windowBits: 12, dictionary: past });
      assert.deepEqual(await inflate(data, past, 12, 6_000), message);
      await assert.rejects(inflate(data, null, 12, 6_000), ProtocolError);
    });

    test("several sequences of blocks with BFINAL set, of which the later refer to the earlier", async () => {
      const message = large("html", 9_000);
      const first = message.subarray(0, 5_000);
      const parts = [
        zlib.deflateRawSync(first),
        zlib.deflateRawSync(message.subarray(5_000), { dictionary: first }),
        Buffer.from([0]),
      ];
      assert.deepEqual(await inflate(Buffer.concat(parts), null, 15, 9_000), message);
      await assert.rejects(inflate(Buffer.concat(parts), null, 15, 8_999), PayloadTooBig);
    });

    test("a flood of empty blocks with BFINAL set is refused", async () => {
      await assert.rejects(
        inflate(Buffer.alloc(20_000, "0300", "hex"), null, 15, 1_000),
        ProtocolError,
      );
    });

    for (const limit of [0, 1, 1_000, 999_999])
      test(`at most ${limit} bytes come out`, async () => {
        const fits = await inflate(compress(large("ticks", limit)), null, 15, limit);
        assert.equal(fits.length, limit);
        await assert.rejects(
          inflate(compress(large("ticks", limit + 1)), null, 15, limit),
          (error: unknown) => error instanceof PayloadTooBig && error.limit === limit,
        );
      });

    test("bad data fails, and says why", async () => {
      const good = compress(large("html", 5_000));
      const cases = [
        Buffer.from([6, 0]),
        good.subarray(0, good.length / 2),
        Buffer.from([]),
        Buffer.concat([good, Buffer.from([0, 0, 0xff, 0xff])]),
      ];
      for (const data of cases)
        await assert.rejects(
          inflate(data, null, 15, 1_000_000),
          (error: unknown) =>
            error instanceof ProtocolError &&
            error.closeCode === 1002 &&
            error.cause instanceof Error,
        );
    });
  });

describe("deflating", () => {
  for (const windowBits of [9, 12, 15])
    test(`keeps to a window of 2^${windowBits} bytes, with and without what went before`, async () => {
      const [past, message] = [large("events", 1 << windowBits), large("events", 100_000)];
      for (const dictionary of [null, past]) {
        const once = nodeOneShot.deflateSync(message, dictionary, windowBits, 4);
        const later = await nodeOneShot.deflate(message, dictionary, windowBits, 4);
        assert.deepEqual(later, once);
        assert.equal(Buffer.from(once.subarray(-4)).toString("hex"), "0000ffff");
        const options = { windowBits, ...(dictionary === null ? {} : { dictionary }) };
        const plain = zlib.inflateRawSync(Buffer.concat([once, Buffer.from([3, 0])]), options);
        assert.deepEqual(new Uint8Array(plain), message);
      }
    });

  test("many jobs at once all settle, each with its own result", async () => {
    const messages = Array.from({ length: 40 }, (_, at) => large("ticks", 10_000 + at));
    const packed = await Promise.all(
      messages.map((message) => nodeOneShot.deflate(message, null, 12, 1)),
    );
    const plain = await Promise.all(
      packed.map((data) => nodeOneShot.inflate(data.subarray(0, -4), null, 12, 20_000)),
    );
    assert.deepEqual(plain, messages);
    // A job that fails leaves its place to the next.
    const failing = Array.from({ length: 20 }, () =>
      nodeOneShot.inflate(Buffer.from([6]), null, 12, 10),
    );
    assert.ok((await Promise.allSettled(failing)).every(({ status }) => status === "rejected"));
    assert.equal(
      (await nodeOneShot.inflate(packed[0]!.subarray(0, -4), null, 12, 20_000)).length,
      10_000,
    );
  });

  test("the loop goes on meanwhile", async () => {
    let settled = false;
    const job = nodeOneShot.deflate(large("prose", 4_000_000), null, 15, 9).then(() => {
      settled = true;
    });
    for (let turns = 0; turns < 3; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(settled, false);
    }
    await job;
  });
});

test("the option compression makes one factory, or none when it is null", () => {
  for (const make of [serverCompression, clientCompression]) {
    assert.deepEqual(make(null), []);
    assert.deepEqual(
      make().map(({ name }) => name),
      ["permessage-deflate"],
    );
    assert.equal(make({ codec: "zlib" }).length, 1);
    assert.throws(() => make({ level: 11 }), RangeError);
  }
});
