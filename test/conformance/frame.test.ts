import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  BINARY,
  binary,
  CLOSE,
  close,
  encodeFrame,
  type Frame,
  fragments,
  frame,
  more,
  ping,
  TEXT,
  text,
} from "../../conformance/wire/frame.ts";
import { FrameReader, type ReceivedFrame } from "../../conformance/wire/reader.ts";

function readAll(reader: FrameReader, chunks: readonly Buffer[]): ReceivedFrame[] {
  const frames: ReceivedFrame[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let next = reader.next(); next !== null; next = reader.next()) frames.push(next);
  }
  return frames;
}

function fromServer(compression = false): FrameReader {
  return new FrameReader({ expectMasks: false, compression });
}

describe("encodeFrame", () => {
  const rows: readonly (readonly [string, Frame, string])[] = [
    ["a text", text("Hello"), "810548656c6c6f"],
    ["a first fragment", text("Hel", { fin: false }), "010348656c"],
    ["a last fragment", more("lo"), "80026c6f"],
    ["reserved bits", binary("", { rsv: 5 }), "d200"],
    ["a reserved opcode", frame(11, "x"), "8b0178"],
    ["a ping that is too long", ping(Buffer.alloc(126)), `897e007e${"00".repeat(126)}`],
    ["a Close without a code", close(), "8800"],
    ["a Close with any code", close(65_535, "r"), "8803ffff72"],
  ];
  for (const [name, sent, hex] of rows) {
    test(`writes ${name}`, () => assert.equal(encodeFrame(sent, false).toString("hex"), hex));
  }

  test("masks with a fresh key, also when the payload is empty", () => {
    const encoded = encodeFrame(text(), true);
    assert.equal(encoded.length, 6);
    assert.equal(encoded[1], 0x80);
    const keys = new Set(
      Array.from({ length: 20 }, () => encodeFrame(text(), true).toString("hex", 2)),
    );
    assert.ok(keys.size > 1);
  });

  test("takes the shortest form of each length", () => {
    const heads = [125, 126, 65_535, 65_536].map(
      (length) => encodeFrame(binary(Buffer.alloc(length)), false).length - length,
    );
    assert.deepEqual(heads, [2, 4, 4, 10]);
  });
});

describe("fragments", () => {
  const counts: readonly (readonly [number, number, number])[] = [
    [4 * 1024 * 1024, 64, 65_537],
    [4 * 1024 * 1024, 256, 16_385],
    [4 * 1024 * 1024, 4 * 1024 * 1024, 1],
    [65_536, 1300, 51],
    [3, 1, 4],
    [5, 0, 1],
    [0, 7, 1],
  ];
  for (const [length, size, count] of counts) {
    test(`cuts ${length} octets by ${size} in ${count}`, () => {
      const frames = fragments(TEXT, Buffer.alloc(length, 1), size, 4);
      assert.equal(frames.length, count);
      assert.deepEqual([frames[0]?.opcode, frames[0]?.rsv], [TEXT, 4]);
      assert.ok(frames.slice(1).every(({ opcode, rsv }) => opcode === 0 && rsv === 0));
      assert.deepEqual(
        frames.map(({ fin }) => fin),
        [...Array.from({ length: count - 1 }, () => false), true],
      );
      assert.equal(Buffer.concat(frames.map(({ payload }) => payload)).length, length);
    });
  }
});

describe("FrameReader", () => {
  test("reads what encodeFrame wrote, in any chunks", () => {
    const frames = fc.record({
      opcode: fc.constantFrom(0, 1, 2, 9, 10),
      length: fc.constantFrom(0, 1, 124, 125),
      masked: fc.constant(true),
    });
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 5 }), fc.array(fc.nat(600)), (list, cuts) => {
        const sent = list.map(({ opcode, length }) =>
          frame(opcode, Buffer.alloc(length, opcode + 7)),
        );
        const all = Buffer.concat(sent.map((one) => encodeFrame(one, true)));
        const edges = [
          0,
          ...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b),
          all.length,
        ];
        const chunks = edges.slice(1).map((edge, index) => all.subarray(edges[index], edge));
        const read = readAll(new FrameReader({ expectMasks: true, compression: false }), chunks);
        assert.deepEqual(
          read.map(({ opcode, fin, rsv, payload, breach }) => ({
            opcode,
            fin,
            rsv,
            payload,
            breach,
          })),
          sent.map(({ opcode, fin, rsv, payload }) => ({
            opcode,
            fin,
            rsv,
            payload,
            breach: null,
          })),
        );
      }),
    );
  });

  test("reads long frames that come octet by octet", () => {
    for (const length of [126, 65_536]) {
      const encoded = encodeFrame(binary(Buffer.alloc(length, 9)), true);
      const chunks = Array.from(encoded, (octet) => Buffer.from([octet]));
      const [read] = readAll(new FrameReader({ expectMasks: true, compression: false }), chunks);
      assert.deepEqual(
        [read?.opcode, read?.payload.length, read?.payload[length - 1]],
        [BINARY, length, 9],
      );
    }
  });

  const breaches: readonly (readonly [string, string, RegExp])[] = [
    ["8105", "48656c6c6f", /^$/],
    ["81850000000048656c6c6f", "", /masked/],
    ["9100", "", /reserved bits 1/],
    ["c100", "", /reserved bits 4/],
    ["8300", "", /opcode 3/],
    ["8b00", "", /opcode 11/],
    ["0900", "", /fragmented/],
    ["897e007e", "00".repeat(126), /125/],
    ["817e007d", "00".repeat(125), /shortest/],
    ["817f000000000000ffff", "00".repeat(65_535), /shortest/],
    ["817f8000000000000000", "", /top bit/],
    ["817f0000001000000000", "", /announces/],
  ];
  for (const [head, rest, expected] of breaches) {
    test(`judges ${head}`, () => {
      const [read] = readAll(fromServer(), [Buffer.from(head + rest, "hex")]);
      assert.match(read?.breach ?? "", expected);
    });
  }

  test("allows RSV1 on the first frame of a message when compression was agreed", () => {
    const [first, second, control] = readAll(fromServer(true), [
      Buffer.from("4100c000c900", "hex"),
    ]);
    assert.equal(first?.breach, null);
    assert.match(second?.breach ?? "", /reserved bits 4/);
    assert.match(control?.breach ?? "", /reserved bits 4/);
  });

  test("reads on after a breach, so that a Close is found", () => {
    const read = readAll(fromServer(), [
      Buffer.from("83006162", "hex"),
      encodeFrame(close(1002), false),
    ]);
    assert.notEqual(read[0]?.breach, null);
    const last = readAll(fromServer(), [
      encodeFrame(frame(3), false),
      encodeFrame(close(1002), false),
    ]).at(-1);
    assert.deepEqual(
      [last?.opcode, last?.breach, last?.payload.readUInt16BE()],
      [CLOSE, null, 1002],
    );
  });
});
