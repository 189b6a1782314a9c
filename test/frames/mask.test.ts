import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { applyMask, maskBytes, releaseMask, rotateKey } from "../../src/frames/mask.ts";
import { concat, hex, toHex, utf8 } from "./bytes.ts";

/** The transformation as RFC 6455 §5.3 writes it, octet by octet. */
function byTheBook(octets: Uint8Array, key: Uint8Array): Uint8Array {
  return octets.map((octet, index) => octet ^ key[index % 4]!);
}

/** A key as one number, its first octet lowest. */
function keyOf(octets: Uint8Array): number {
  return new DataView(octets.buffer).getInt32(0, true);
}

/** Numbers that look random and are the same in every run. */
function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  });
}

const KEYS = ["00000000", "ffffffff", "37fa213d", "00000080", "80000000", "01020304", "fffefdfc"];

describe("applyMask", () => {
  test("masks the Hello of RFC 6455 §5.7", () => {
    const bytes = utf8("Hello");
    applyMask(bytes, 0, bytes.length, keyOf(hex("37fa213d")));
    assert.equal(toHex(bytes), "7f9f4d5158");
  });

  test("does what the RFC writes for every length, offset of the view, place in it, and key", () => {
    const key = hex("37fa213d");
    for (let viewAt = 0; viewAt < 8; viewAt += 1) {
      for (let start = 0; start < 6; start += 1) {
        for (let length = 0; length <= 80; length += 1) {
          const memory = noise(viewAt + start + length + 7, length + 1);
          const before = memory.slice();
          const view = memory.subarray(viewAt, memory.length);
          applyMask(view, start, start + length, keyOf(key));
          const from = viewAt + start;
          const expected = before.slice();
          expected.set(byTheBook(before.subarray(from, from + length), key), from);
          assert.deepEqual(memory, expected, `view at ${viewAt}, start ${start}, length ${length}`);
        }
      }
    }
  });

  for (const key of KEYS) {
    test(`agrees with the plain way for the key ${key}`, () => {
      for (const length of [0, 1, 3, 4, 23, 24, 25, 31, 32, 33, 63, 64, 65, 1000, 4099]) {
        for (let start = 0; start < 5; start += 1) {
          const fast = noise(start + length);
          const plain = fast.slice();
          applyMask(fast, start, start + length, keyOf(hex(key)));
          maskBytes(plain, start, start + length, keyOf(hex(key)));
          assert.deepEqual(fast, plain);
        }
      }
    });
  }

  test("masks several stretches of one memory, and of two in turn", () => {
    const one = noise(300, 1);
    const two = noise(300, 2).subarray(3);
    const [oneBefore, twoBefore] = [one.slice(), two.slice()];
    const key = hex("a1b2c3d4");
    for (const [start, end] of [
      [0, 100],
      [101, 205],
      [207, 300],
    ] as const) {
      applyMask(one, start, end, keyOf(key));
      applyMask(two, start, Math.min(end, two.length), keyOf(key));
      assert.deepEqual(one.slice(start, end), byTheBook(oneBefore.slice(start, end), key));
    }
    assert.equal(one[100], oneBefore[100]);
    assert.equal(two[100], twoBefore[100]);
    assert.deepEqual(two.slice(207), byTheBook(twoBefore.slice(207), key));
  });

  test("masks after releaseMask as before", () => {
    const bytes = noise(64);
    const before = bytes.slice();
    applyMask(bytes, 0, 64, 0x1234_5678);
    releaseMask();
    applyMask(bytes, 0, 64, 0x1234_5678);
    assert.deepEqual(bytes, before);
  });

  test("is its own inverse, wherever the data is cut", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer(),
        fc.nat(200),
        fc.nat(7),
        (data, key, cut, shift) => {
          const memory = concat(new Uint8Array(shift), data);
          const view = memory.subarray(shift);
          const middle = Math.min(cut, data.length);
          applyMask(view, 0, data.length, key);
          // Unmasked in two pieces, as when a payload comes in two chunks.
          applyMask(view, 0, middle, key);
          applyMask(view, middle, data.length, rotateKey(key, middle));
          assert.deepEqual(view, data);
        },
      ),
    );
  });
});

describe("rotateKey", () => {
  test("gives the octets of the key in the order in which data that starts at an index needs them", () => {
    const key = hex("01020384");
    for (let index = 0; index < 12; index += 1) {
      const zeros = new Uint8Array(4);
      maskBytes(zeros, 0, 4, rotateKey(keyOf(key), index));
      assert.deepEqual(zeros, byTheBook(new Uint8Array(16), key).slice(index, index + 4));
    }
  });
});
