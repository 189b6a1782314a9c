import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { InvalidUtf8 } from "../../src/frames/errors.ts";
import { BINARY, TEXT } from "../../src/frames/opcode.ts";
import { Assembler } from "../../src/protocol/assembler.ts";
import { concat, cutAt, hex, utf8 } from "../frames/bytes.ts";

/** Hands in one frame, in pieces, and counts how often the memory was another afterwards. */
function append(assembler: Assembler, frame: Uint8Array, pieces: readonly Uint8Array[]): number {
  let left = frame.length;
  let moves = 0;
  for (const piece of pieces) {
    const { bytes } = assembler;
    left -= piece.length;
    assembler.append(piece, 0, piece.length, left);
    if (assembler.bytes !== bytes) moves += 1;
  }
  return moves;
}

describe("Assembler", () => {
  test("joins fragments and their pieces", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(300), { maxLength: 5 }),
        (fragments, places) => {
          const assembler = new Assembler(BINARY, 0, false);
          for (const [index, fragment] of fragments.entries()) {
            if (index > 0) assembler.frames += 1;
            append(assembler, fragment, cutAt(fragment, places));
          }
          assembler.finish();
          assert.deepEqual(assembler.bytes.slice(0, assembler.length), concat(...fragments));
        },
      ),
    );
  });

  test("takes exactly what a small frame declares, once", () => {
    const assembler = new Assembler(BINARY, 0, false);
    const frame = new Uint8Array(1000).fill(1);
    assert.equal(append(assembler, frame, cutAt(frame, [1, 2, 500])), 1);
    assert.equal(assembler.bytes.length, 1000);
  });

  test("ends a large frame with exactly its size, and never takes more than 64 KiB or 16 times what has come", () => {
    const assembler = new Assembler(BINARY, 0, false);
    const size = 1 << 20;
    const piece = new Uint8Array(16_000);
    for (let at = 0; at < size; at += piece.length) {
      const end = Math.min(piece.length, size - at);
      assembler.append(piece, 0, end, size - at - end);
      assert.ok(assembler.bytes.length <= Math.max(1 << 16, 16 * assembler.length));
    }
    assert.equal(assembler.bytes.length, size);
  });

  test("moves the memory of what is decoded seldom, and takes no more than twice of it, nor than the limit", () => {
    for (const limit of [Number.POSITIVE_INFINITY, 3_000_000]) {
      const message = new Assembler(BINARY, 4, false, limit);
      const piece = new Uint8Array(1000);
      let moves = 0;
      for (let count = 1; count <= 3000; count += 1) {
        const { bytes } = message;
        message.write(piece, 0, piece.length);
        if (message.bytes !== bytes) moves += 1;
        assert.ok(message.bytes.length <= Math.max(2 * message.length, 65_536));
        assert.ok(message.bytes.length <= limit);
      }
      assert.equal(message.length, 3_000_000);
      assert.ok(moves < 20, `${moves}`);
    }
  });

  test("moves the memory of many small fragments seldom, however their bytes come", () => {
    for (const places of [[], [1]]) {
      const assembler = new Assembler(BINARY, 0, false);
      let moves = 0;
      for (let count = 0; count < 50_000; count += 1) {
        if (count > 0) assembler.frames += 1;
        const fragment = Uint8Array.of(count, count >> 8);
        moves += append(assembler, fragment, cutAt(fragment, places));
      }
      assert.equal(assembler.length, 100_000);
      assert.ok(assembler.bytes.length <= 2 * assembler.length);
      assert.ok(moves < 30, `${moves} moves`);
    }
  });

  test("checks a text as its pieces come, across fragments", () => {
    const assembler = new Assembler(TEXT, 0, true);
    assembler.append(hex("61f0"), 0, 2, 0);
    assembler.append(hex("9f"), 0, 1, 1);
    assert.throws(() => assembler.append(hex("20"), 0, 1, 0), InvalidUtf8);
  });

  test("finds a text that ends inside a character at its end", () => {
    const assembler = new Assembler(TEXT, 0, true);
    assembler.append(utf8("aé"), 0, 2, 0);
    assert.throws(() => assembler.finish(), { message: "unexpected end of data at position 1" });
  });

  test("does not check what is no text", () => {
    const assembler = new Assembler(BINARY, 0, false);
    assembler.append(hex("ff"), 0, 1, 0);
    assembler.finish();
  });
});
