import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EncodeMeta, Extension } from "../../src/extensions/extension.ts";
import { InvalidState } from "../../src/protocol/errors.ts";
import { type FrameMemory, PreparedMessage } from "../../src/protocol/prepared.ts";
import { hex, utf8 } from "../frames/bytes.ts";
import { Bench } from "./bench.ts";

/** Memory that begins with other things, and counts. */
class Memory implements FrameMemory {
  taken = 0;
  released = 0;

  take(size: number): { bytes: Uint8Array; start: number } {
    this.taken += 1;
    return { bytes: new Uint8Array(size + 3).fill(0xee), start: 3 };
  }

  release(): void {
    this.released += 1;
  }
}

describe("a prepared message", () => {
  test("is framed once for all servers, and reads as one that was sent", () => {
    for (const [data, isText, line] of [
      ["héllo", true, 'TEXT "héllo"'],
      [utf8("é"), true, 'TEXT "é"'],
      [hex("00ff"), false, "BINARY 00ff"],
      ["", true, 'TEXT ""'],
      ["x".repeat(126), true, `TEXT "${"x".repeat(126)}"`],
      [new Uint8Array(65_536), false, `BINARY ${"00".repeat(65_536)}`],
    ] as const) {
      const memory = new Memory();
      const message = new PreparedMessage(data, isText, memory);
      const benches = [new Bench("server"), new Bench("server")];
      for (const bench of benches) {
        bench.session.sendPrepared(message);
        bench.session.sendPrepared(message);
      }
      for (const bench of benches) {
        assert.deepEqual(bench.sent(), [line, line]);
        assert.equal(bench.told.length, 2);
        assert.ok(bench.told[0]?.startsWith(`> ${line} [`));
      }
      assert.equal(memory.taken, 1);
      message.release();
      message.release();
      assert.equal(memory.released, 1);
    }
  });

  test("takes no memory when nobody is sent it as it is", () => {
    const memory = new Memory();
    const message = new PreparedMessage("x", true, memory);
    const client = new Bench("client");
    client.session.sendPrepared(message);
    assert.deepEqual(client.sent(), ['TEXT "x"']);
    message.release();
    assert.equal(memory.taken, 0);
    assert.equal(memory.released, 0);
  });

  test("goes through the extension of each connection that has one, as it is told to", () => {
    const asked: EncodeMeta[] = [];
    const extension: Extension = {
      name: "x",
      parameters: "",
      rsv: 4,
      encode: (_payload, meta) => {
        asked.push({ ...meta });
        return null;
      },
      decode: (_source, _start, end) => end,
      close: () => {},
    };
    const bench = new Bench("server", { extension });
    const message = new PreparedMessage(hex("01"), false, new Memory());
    bench.session.sendPrepared(message);
    bench.session.sendPrepared(message, true);
    bench.session.sendPrepared(message, false);
    assert.deepEqual(bench.sent(), ["BINARY 01", "BINARY 01", "BINARY 01"]);
    assert.deepEqual(
      asked.map(({ compress }) => compress),
      [undefined, true],
    );
  });

  test("is encoded once for all whose extensions share, and each of them hears of it", () => {
    const asked: unknown[] = [];
    const make = (sharing: string, result: Uint8Array | null): Extension => ({
      name: "x",
      parameters: "",
      rsv: 4,
      sharing,
      encode: () => assert.fail("encoded for one"),
      encodeAlone: (_payload, { compress }) => {
        asked.push([sharing, compress]);
        return result;
      },
      onShared: (payload) => asked.push([sharing, payload.length]),
      decode: (_source, _start, end) => end,
      close: () => {},
    });
    const memory = new Memory();
    const message = new PreparedMessage(hex("010203"), false, memory);
    const benches = [
      new Bench("server", { extension: make("a", hex("05")) }),
      new Bench("server", { extension: make("a", hex("05")) }),
      new Bench("server", { extension: make("b", null) }),
      new Bench("server"),
    ];
    for (const bench of benches) bench.session.sendPrepared(message);
    assert.deepEqual(asked, [
      ["a", undefined],
      ["a", 3],
      ["a", 3],
      ["b", undefined],
    ]);
    assert.deepEqual(
      benches.map((bench) => [...bench.out.take()]),
      [
        [0xc2, 1, 5],
        [0xc2, 1, 5],
        [0x82, 3, 1, 2, 3],
        [0x82, 3, 1, 2, 3],
      ],
    );
    assert.equal(memory.taken, 2);
    message.release();
    assert.equal(memory.released, 2);
  });

  test("is not sent once the connection closes: InvalidState", () => {
    const bench = new Bench("server");
    bench.session.sendClose(1000, "");
    const message = new PreparedMessage("x", true, new Memory());
    assert.throws(() => bench.session.sendPrepared(message), InvalidState);
  });
});
