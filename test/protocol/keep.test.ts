import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { keepMessage, plain, releaseMemory, viewMessage } from "../../src/protocol/keep.ts";

afterEach(releaseMemory);

/** Chunks as they may come: plain, Node's own class, and views that begin amid their memory. */
const CHUNKS: readonly (readonly [name: string, make: () => Uint8Array])[] = [
  ["a plain array", () => Uint8Array.from({ length: 200 }, (_, at) => at)],
  ["a Buffer", () => Buffer.from(Uint8Array.from({ length: 200 }, (_, at) => at))],
  ["a view", () => Uint8Array.from({ length: 250 }, (_, at) => at - 50).subarray(50)],
];

for (const [name, make] of CHUNKS) {
  describe(`a message out of ${name}`, () => {
    test("is a plain array with the bytes asked for, however it is handed over", () => {
      for (const [start, end] of [
        [0, 200],
        [0, 0],
        [3, 4],
        [10, 110],
        [150, 200],
      ] as const) {
        for (const owned of [true, false]) {
          for (const hand of [viewMessage, keepMessage]) {
            const message = hand(make(), start, end, owned);
            assert.equal(message.constructor, Uint8Array);
            assert.deepEqual([...message], [...make().subarray(start, end)]);
          }
        }
      }
    });

    test("shares no memory with a chunk that is lent", () => {
      for (const hand of [viewMessage, keepMessage]) {
        const chunk = make();
        const message = hand(chunk, 0, 200, false);
        chunk.fill(255);
        assert.equal(message[7], 7);
      }
    });

    test("keeps no more than twice its own size alive, where it has to wait", () => {
      for (const size of [1, 60, 99, 130, 180]) {
        const { buffer } = keepMessage(plain(make()), 20, 20 + size, true);
        assert.ok(buffer.byteLength <= 2 * size, `${size} bytes keep ${buffer.byteLength}`);
      }
    });

    test("is a view for a consumer", () => {
      const chunk = plain(make());
      assert.equal(viewMessage(chunk, 20, 30, true).buffer, chunk.buffer);
    });
  });
}

test("the memory of one chunk is not taken for that of another", () => {
  const [one, two] = [new Uint8Array(9).fill(1), new Uint8Array(9).fill(2)];
  assert.deepEqual([...viewMessage(one, 1, 3, true)], [1, 1]);
  assert.deepEqual([...viewMessage(two, 1, 3, true)], [2, 2]);
  releaseMemory();
  assert.deepEqual([...viewMessage(one, 1, 3, true)], [1, 1]);
});
