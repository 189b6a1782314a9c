import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DecodeTable } from "../../../src/extensions/codec/decode-table.ts";
import { PrefixCode } from "../../../src/extensions/codec/prefix-code.ts";

/** The cost of Huffman's code, by the plainest way: join the two rarest till one is left. */
function huffmanCost(frequencies: readonly number[]): number {
  const weights = frequencies.filter((frequency) => frequency > 0);
  let cost = 0;
  while (weights.length > 1) {
    weights.sort((a, b) => b - a);
    const joined = (weights.pop() as number) + (weights.pop() as number);
    cost += joined;
    weights.push(joined);
  }
  return cost;
}

const kraft = (lengths: Uint8Array): number => {
  let sum = 0;
  for (const length of lengths) if (length > 0) sum += 2 ** -length;
  return sum;
};

const frequenciesOf = (size: number): fc.Arbitrary<number[]> =>
  fc.array(
    fc.oneof(
      { weight: 2, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: fc.nat(8) },
      fc.nat(200),
    ),
    {
      minLength: size,
      maxLength: size,
    },
  );

for (const [size, limit] of [
  [286, 15],
  [30, 15],
  [19, 7],
] as const)
  test(`${size} symbols in at most ${limit} bits: a complete code for all that occur, as short as Huffman's if it may be`, () => {
    fc.assert(
      fc.property(frequenciesOf(size), (frequencies) => {
        const code = new PrefixCode(size, limit);
        code.frequencies.set(frequencies);
        const total = code.fit();
        assert.equal(kraft(code.lengths), 1);
        assert.ok(Math.max(...code.lengths) <= limit);
        for (const [symbol, frequency] of frequencies.entries())
          if (frequency > 0) assert.ok((code.lengths[symbol] as number) > 0);
        assert.equal(
          total,
          frequencies.reduce(
            (sum, frequency, symbol) => sum + frequency * (code.lengths[symbol] as number),
            0,
          ),
        );
        assert.equal(total, code.measure(code.lengths));
        const used = frequencies.filter((frequency) => frequency > 0).length;
        const cost = huffmanCost(frequencies);
        if (used > 1 && limit === 15)
          assert.ok(total >= cost && total <= cost * 1.01, `${total}, Huffman ${cost}`);
        assert.equal(code.lengths[code.size - 1] === 0, false);
        assert.ok(code.lengths.subarray(code.size).every((length) => length === 0));
      }),
    );
  });

test("frequencies that would need more bits are fitted into the limit", () => {
  const code = new PrefixCode(20, 7);
  let [a, b] = [1, 1];
  for (let symbol = 0; symbol < 20; symbol++) {
    code.frequencies[symbol] = a;
    [a, b] = [b, a + b];
  }
  code.fit();
  assert.equal(kraft(code.lengths), 1);
  assert.equal(Math.max(...code.lengths), 7);
});

test("one symbol, or none, still gets a code of two", () => {
  for (const only of [-1, 0, 1, 5]) {
    const code = new PrefixCode(30, 15);
    if (only >= 0) code.frequencies[only] = 9;
    assert.equal(code.fit(), only >= 0 ? 9 : 0);
    assert.equal(kraft(code.lengths), 1);
    assert.equal(code.lengths.filter((length) => length > 0).length, 2);
  }
});

test("a decoder's table gives back every symbol from its code, whatever bits follow", () => {
  fc.assert(
    fc.property(frequenciesOf(286), fc.nat(0x7fff), (frequencies, noise) => {
      const code = new PrefixCode(286, 15);
      code.frequencies.set(frequencies);
      code.fit();
      code.assign();
      const table = DecodeTable.forLiterals();
      assert.ok(table.build(code.lengths, 0, 286));
      assert.ok(table.complete);
      for (let symbol = 0; symbol < 256; symbol++) {
        const length = code.lengths[symbol] as number;
        if (length === 0) continue;
        const bits = ((code.codes[symbol] as number) & 0xffff) | (noise << length);
        let entry = table.entries[bits & ((1 << table.root) - 1)] as number;
        let taken = entry & 15;
        if ((entry & (4 << 8)) !== 0) {
          const secondBits = (entry >> 4) & 15;
          entry = table.entries[
            (entry >> 16) + ((bits >> table.root) & ((1 << secondBits) - 1))
          ] as number;
          taken = table.root + (entry & 15);
        }
        assert.equal(entry >> 16, symbol);
        assert.equal(taken, length);
      }
    }),
  );
});

test("lengths that are no prefix code are refused", () => {
  const cases: readonly (readonly [
    what: string,
    lengths: readonly number[],
    ok: boolean,
    complete: boolean,
  ])[] = [
    ["none at all", [0, 0, 0], true, false],
    ["one of one bit", [0, 1, 0], true, false],
    ["one of two bits", [0, 2, 0], false, false],
    ["two of one bit", [1, 1], true, true],
    ["three of one bit", [1, 1, 1], false, false],
    ["incomplete", [1, 2], false, false],
    ["oversubscribed", [1, 2, 2, 2], false, false],
    ["complete", [1, 2, 3, 3], true, true],
  ];
  for (const [what, lengths, ok, complete] of cases) {
    const table = DecodeTable.forDistances();
    assert.equal(table.build(Uint8Array.from(lengths), 0, lengths.length), ok, what);
    if (ok) assert.equal(table.complete, complete, what);
  }
});

test("the largest tables that complete codes need have room", () => {
  // As many symbols as there are, most of them as long as can be behind as many prefixes as can be.
  fc.assert(
    fc.property(fc.array(fc.nat(15), { minLength: 286, maxLength: 286 }), (wishes) => {
      // Makes a complete code out of wishes: each splits a leaf.
      for (const [size, table] of [
        [286, DecodeTable.forLiterals()],
        [30, DecodeTable.forDistances()],
      ] as const) {
        const leaves = [0];
        for (let made = 1; made < size; made++) {
          const open = leaves.flatMap((depth, at) => (depth < 15 ? [at] : []));
          const at = open[((wishes[made] as number) * 7919) % open.length] as number;
          const depth = leaves[at] as number;
          leaves[at] = depth + 1;
          leaves.push(depth + 1);
        }
        assert.ok(table.build(Uint8Array.from(leaves), 0, size));
      }
    }),
    { numRuns: 200 },
  );
});
