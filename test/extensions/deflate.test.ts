import assert from "node:assert/strict";
import { describe, test } from "node:test";
import zlib from "node:zlib";
import { corpus, large } from "../../bench/deflate/corpus.ts";
import type { OneShot } from "../../src/extensions/codec.ts";
import { deflateForClient, deflateForServer } from "../../src/extensions/deflate-negotiation.ts";
import type { CompressionOptions } from "../../src/extensions/deflate-options.ts";
import type { EncodeMeta, Extension } from "../../src/extensions/extension.ts";
import {
  acceptExtensions,
  confirmExtensions,
  offerExtensions,
} from "../../src/extensions/negotiate.ts";
import { PayloadTooBig, ProtocolError } from "../../src/frames/errors.ts";
import { nodeOneShot } from "../../src/node/deflate.ts";
import { bytesOf, Everything, fromHex } from "./codec/everything.ts";

const WHOLE: EncodeMeta = { first: true, fin: true, compress: undefined };
const END = Buffer.from([0, 0, 255, 255, 3, 0]);

interface Pair {
  readonly server: Extension & { readonly memory: number };
  readonly client: Extension & { readonly memory: number };
}

/** Both ends of a connection, as they agree. */
function pair(
  server: CompressionOptions = {},
  client: CompressionOptions = {},
  oneShot: typeof nodeOneShot | null = null,
): Pair {
  const ours = deflateForClient(client, oneShot);
  const { extensions, answer } = acceptExtensions(offerExtensions([ours]), [
    deflateForServer(server, oneShot),
  ]);
  return {
    server: extensions[0] as Pair["server"],
    client: confirmExtensions(answer, [ours])[0] as Pair["client"],
  };
}

function decodeAll(
  extension: Extension,
  data: Uint8Array,
  sink: Everything = new Everything(),
): Uint8Array {
  for (let at = 0; at < data.length; ) at = extension.decode(data, at, data.length, true, sink);
  return sink.bytes;
}

const platforms = [
  ["on any platform", null, {}],
  ["where the platform has zlib", nodeOneShot, {}],
  ["with zlib for everything", nodeOneShot, { codec: "zlib" }],
] as const;

for (const [where, oneShot, codec] of platforms)
  describe(where, () => {
    const settings: readonly CompressionOptions[] = [
      {},
      { serverNoContextTakeover: true, clientNoContextTakeover: true },
      { serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
      { serverMaxWindowBits: 15, clientMaxWindowBits: 15, level: 1 },
      { level: 9, threshold: 0 },
    ];
    for (const options of settings)
      test(`messages of every size come through, both ways, ${JSON.stringify(options)}`, () => {
        const { server, client } = pair({ ...options, ...codec }, codec, oneShot);
        const messages = corpus(5).flatMap(({ messages }) => messages);
        for (const size of [1, 127, 128, 4095, 4096, 5000, 20_000, 70_000])
          messages.push(large("html", size), large("noise", size));
        let compressed = 0;
        for (const message of messages)
          for (const [from, to] of [
            [server, client],
            [client, server],
          ] as const) {
            const data = from.encode(message, WHOLE);
            if (data === null) continue;
            compressed++;
            assert.ok(data.length < message.length);
            assert.deepEqual(decodeAll(to, data.slice()), message);
          }
        assert.ok(compressed > messages.length, `${compressed} of ${2 * messages.length}`);
      });

    test("fragments come through, and are decoded as they come", () => {
      const { server, client } = pair(codec, codec, oneShot);
      const message = large("events", 10_000);
      const sink = new Everything();
      const cuts = [0, 10, 10, 3_000, 10_000];
      for (let at = 1; at < cuts.length; at++) {
        const [from, to] = [cuts[at - 1] as number, cuts[at] as number];
        const fin = to === message.length;
        const data = (
          server.encode(message.subarray(from, to), {
            ...WHOLE,
            first: at === 1,
            fin,
          }) as Uint8Array
        ).slice();
        client.decode(data, 0, data.length, fin, sink);
        if (codec !== platforms[2][2]) assert.equal(sink.size, to);
      }
      assert.deepEqual(sink.bytes, message);
      assert.deepEqual(
        decodeAll(client, (server.encode(message, WHOLE) as Uint8Array).slice()),
        message,
      );
    });

    test("pieces may be cut at every byte", () => {
      const { server, client } = pair(codec, codec, oneShot);
      for (const message of [large("html", 6_000), large("ticks", 1_500)]) {
        const data = (server.encode(message, WHOLE) as Uint8Array).slice();
        const sink = new Everything();
        for (let at = 0; at < data.length; at++)
          client.decode(data, at, at + 1, at + 1 === data.length, sink);
        assert.deepEqual(sink.bytes, message);
      }
    });

    test("a last piece may be empty", () => {
      const { server, client } = pair(codec, codec, oneShot);
      const data = (server.encode(large("html", 2_000), WHOLE) as Uint8Array).slice();
      const sink = new Everything();
      client.decode(data, 0, data.length, false, sink);
      client.decode(data, data.length, data.length, true, sink);
      assert.deepEqual(sink.bytes, large("html", 2_000));
    });

    test("bad data fails with 1002, and what is too big with 1009", () => {
      const bad = (error: unknown): boolean =>
        error instanceof ProtocolError &&
        error.closeCode === 1002 &&
        error.message === "decompression failed";
      const big = (error: unknown): boolean =>
        error instanceof PayloadTooBig && error.closeCode === 1009 && error.limit === 10_000;
      for (const data of [
        fromHex("06 00"),
        fromHex("f2 48"),
        new Uint8Array(5_000).fill(0xff),
        large("noise", 70_000),
      ])
        assert.throws(() => decodeAll(pair(codec, codec, oneShot).server, data), bad);
      for (const size of [10_001, 3_000_000, 50_000_000]) {
        const bomb = zlib
          .deflateRawSync(new Uint8Array(size), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
          .subarray(0, -4);
        const sink = new Everything(10_000);
        assert.throws(() => decodeAll(pair(codec, codec, oneShot).server, bomb, sink), big);
        assert.ok(sink.size <= 10_000);
      }
    });

    test("a message may have blocks with BFINAL set", () => {
      const { server } = pair(codec, codec, oneShot);
      assert.equal(
        Buffer.from(decodeAll(server, fromHex("f3 48 cd c9 c9 07 00 00"))).toString(),
        "Hello",
      );
      const message = large("prose", 5_000);
      const parts = [message.subarray(0, 2_000), message.subarray(2_000)].map((part) =>
        zlib.deflateRawSync(part),
      );
      assert.deepEqual(decodeAll(server, Buffer.concat([...parts, Buffer.from([0])])), message);
    });

    test("memory is released on close", () => {
      const { server, client } = pair(codec, codec, oneShot);
      const data = (server.encode(large("html", 5_000), WHOLE) as Uint8Array).slice();
      decodeAll(client, data);
      // Another connection has its turn, so that windows are stored.
      const other = pair(codec, codec, oneShot);
      decodeAll(
        other.client,
        (other.server.encode(large("html", 5_000), WHOLE) as Uint8Array).slice(),
      );
      assert.ok(server.memory > 0 && client.memory > 0);
      for (const each of [server, client]) {
        each.close();
        assert.equal(each.memory, 0);
        assert.equal(each.encode(large("html", 5_000), WHOLE), null);
      }
    });
  });

describe("which messages are compressed", () => {
  const text = (size: number): Uint8Array => bytesOf("Hello, world. ".repeat(20).slice(0, size));
  const cases: readonly (readonly [
    what: string,
    options: CompressionOptions,
    size: number,
    meta: Partial<EncodeMeta>,
    compressed: boolean,
  ])[] = [
    ["below the threshold", {}, 127, {}, false],
    ["at the threshold", {}, 128, {}, true],
    ["below the threshold, but asked for", {}, 60, { compress: true }, true],
    ["above the threshold, but not wanted", {}, 200, { compress: false }, false],
    ["with a threshold of 0", { threshold: 0 }, 40, {}, true],
    ["empty", { threshold: 0 }, 0, { compress: true }, false],
    ["too short to become smaller", { threshold: 0 }, 3, { compress: true }, false],
    ["the first of several fragments, whatever its size", {}, 40, { fin: false }, true],
    ["the first of several fragments, too short to become smaller", {}, 3, { fin: false }, true],
    ["the first of several fragments, not wanted", {}, 200, { fin: false, compress: false }, false],
  ];
  for (const [what, options, size, meta, compressed] of cases)
    test(what, () => {
      const { server } = pair(options);
      assert.equal(server.encode(text(size), { ...WHOLE, ...meta }) !== null, compressed);
    });

  test("not those whose first fragment is large, and noise", () => {
    const { server } = pair();
    assert.equal(server.encode(large("noise", 1_024), { ...WHOLE, fin: false }), null);
    assert.notEqual(server.encode(large("noise", 1_023), { ...WHOLE, fin: false }), null);
  });

  test("none, by a client that is answered a window of 8 bits; it still decompresses", () => {
    const factory = deflateForClient();
    const client = factory.confirm([
      ["client_max_window_bits", "8"],
      ["server_max_window_bits", "8"],
    ]);
    assert.equal(client.encode(large("html", 5_000), WHOLE), null);
    assert.equal(
      client.encode(large("html", 5_000), { ...WHOLE, fin: false, compress: true }),
      null,
    );
    assert.equal(
      Buffer.from(decodeAll(client, fromHex("f2 48 cd c9 c9 07 00"))).toString(),
      "Hello",
    );
  });

  test("by a server that may use 2^9 bytes, no distance is larger", () => {
    const accepted = deflateForServer({}, nodeOneShot).accept([["server_max_window_bits", "9"]]);
    const client = deflateForClient({ serverMaxWindowBits: 9 }).confirm([
      ["server_max_window_bits", "9"],
    ]);
    for (const { messages } of corpus(5))
      for (const message of messages) {
        const data = accepted?.extension.encode(message, WHOLE);
        // Our decompressor refuses larger distances.
        if (data != null) assert.deepEqual(decodeAll(client, data.slice()), message);
      }
  });
});

describe("large messages, off the loop", () => {
  test("take part in the context like all others, in any order", async () => {
    for (const options of [{}, { codec: "zlib" }, { serverNoContextTakeover: true }] as const) {
      const { server, client } = pair(options, {}, nodeOneShot);
      assert.equal(server.large, 65_536);
      for (const [size, sending, receiving] of [
        [100_000, "large", "large"],
        [3_000, "small", "small"],
        [100_000, "large", "small"],
        [500, "small", "large"],
        [200_000, "small", "large"],
        [3_000, "small", "small"],
      ] as const) {
        const message = large("html", size);
        const encoded =
          sending === "large" ? await server.encodeLarge?.(message) : server.encode(message, WHOLE);
        const data = (encoded as Uint8Array).slice();
        assert.ok(data.length < size);
        const decoded =
          receiving === "large" ? await client.decodeLarge?.(data, size) : decodeAll(client, data);
        assert.deepEqual(decoded, message, `${size} ${sending} ${receiving}`);
      }
    }
  });

  test("are left as they are when they cannot be made smaller", async () => {
    const { server } = pair({}, {}, nodeOneShot);
    assert.equal(await server.encodeLarge?.(large("noise", 100_000)), null);
  });

  test("fail as small ones do", async () => {
    const { server } = pair({}, {}, nodeOneShot);
    const bomb = zlib
      .deflateRawSync(new Uint8Array(5_000_000), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
      .subarray(0, -4);
    await assert.rejects(
      server.decodeLarge?.(bomb, 1_000_000) as Promise<unknown>,
      (error: unknown) => error instanceof PayloadTooBig && error.limit === 1_000_000,
    );
    await assert.rejects(
      server.decodeLarge?.(large("noise", 70_000), 1_000_000) as Promise<unknown>,
      { message: "decompression failed", closeCode: 1002 },
    );
  });

  test("are never wanted where the platform has nothing for them, or the options say so", async () => {
    assert.equal(pair().server.large, Number.POSITIVE_INFINITY);
    assert.equal(pair({ largeFrom: null }, {}, nodeOneShot).server.large, Number.POSITIVE_INFINITY);
    assert.equal(pair({ largeFrom: 1000 }, {}, nodeOneShot).server.large, 1000);
    await assert.rejects(
      pair().server.decodeLarge?.(new Uint8Array(1), 1) as Promise<unknown>,
      TypeError,
    );
    assert.equal(await pair().server.encodeLarge?.(large("html", 100_000)), null);
  });

  test("go to a thread from largeFrom on, and are done at once below it", async () => {
    const calls: string[] = [];
    const note = (name: string): typeof nodeOneShot => {
      calls.push(name);
      return nodeOneShot;
    };
    const counted: OneShot = {
      deflateSync: (...args) => note("deflateSync").deflateSync(...args),
      deflate: (...args) => note("deflate").deflate(...args),
      inflateSync: (...args) => note("inflateSync").inflateSync(...args),
      inflate: (...args) => note("inflate").inflate(...args),
    };
    const { server, client } = pair({ largeFrom: 200_000 }, { largeFrom: 30_000 }, counted);
    const message = large("html", 100_000);
    const data = await server.encodeLarge?.(message);
    assert.deepEqual(await client.decodeLarge?.(data as Uint8Array, 100_000), message);
    await server.encodeLarge?.(large("html", 200_000));
    // A bomb that may come out is not let out on the loop.
    const zeros = zlib
      .deflateRawSync(new Uint8Array(2_000_000), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
      .subarray(0, -4);
    assert.equal((await client.decodeLarge?.(zeros, 3_000_000))?.length, 2_000_000);
    assert.deepEqual(calls, ["deflateSync", "inflateSync", "deflate", "inflateSync", "inflate"]);
  });

  test("that settle after close do no harm", async () => {
    const { server, client } = pair({ largeFrom: 1000 }, { largeFrom: 1000 }, nodeOneShot);
    const data = (server.encode(large("html", 90_000), WHOLE) as Uint8Array).slice();
    const encoding = server.encodeLarge?.(large("html", 90_000)) as Promise<Uint8Array | null>;
    const decoding = client.decodeLarge?.(data, 90_000) as Promise<Uint8Array>;
    server.close();
    client.close();
    assert.equal(await encoding, null);
    assert.equal((await decoding).length, 90_000);
    assert.equal(server.memory + client.memory, 0);
  });
});

test("zlib takes what the default server sends, small and large, with the agreed window", () => {
  const accepted = deflateForServer({}, nodeOneShot).accept([["client_max_window_bits", null]]);
  let window = Buffer.alloc(0);
  for (const size of [500, 3_000, 6_000, 200, 50_000, 1_000, 100_000, 300]) {
    const message = large("events", size);
    const data = accepted?.extension.encode(message, WHOLE) as Uint8Array;
    const dictionary = window.length > 0 ? { dictionary: window } : {};
    const plain = zlib.inflateRawSync(Buffer.concat([data, END]), {
      windowBits: 12,
      ...dictionary,
    });
    assert.deepEqual(new Uint8Array(plain), message);
    window = Buffer.concat([window, message]).subarray(-4096);
  }
});
