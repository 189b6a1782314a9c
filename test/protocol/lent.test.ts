import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { keepMessage } from "../../src/protocol/keep.ts";
import type { SessionSink } from "../../src/protocol/sink.ts";
import { concat } from "../frames/bytes.ts";
import { Bench, SIDES } from "./bench.ts";

/** What a session hands over, kept as connections keep it, and looked at when all is over. */
class Keeper implements SessionSink {
  readonly kept: (string | Uint8Array)[] = [];

  onText(text: string): void {
    this.kept.push(text);
  }

  onData(_isText: boolean, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.kept.push(keepMessage(bytes, start, end, owned));
  }

  onPong(bytes: Uint8Array, start: number, end: number): void {
    this.kept.push(bytes.slice(start, end));
  }
}

/** Frames of a legal conversation: messages in fragments with control frames between them. */
const messages = fc.array(
  fc.record({
    isText: fc.boolean(),
    pieces: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 3 }),
    pong: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

for (const side of SIDES) {
  for (const text of ["string", "bytes"] as const) {
    describe(`a ${side} session that is lent its chunks, text as ${text}`, () => {
      test("hands over the same as one that owns them, though they are overwritten after each call", () => {
        fc.assert(
          fc.property(messages, fc.integer({ min: 1, max: 9000 }), (wanted, size) => {
            const make = () => new Bench(side, { text, answers: false });
            const wire = concat(
              ...wanted.flatMap(({ isText, pieces, pong }) =>
                pieces.flatMap((length, index) => {
                  const opcode = index > 0 ? 0 : isText ? 1 : 2;
                  const payload = new Uint8Array(length).fill(97 + (length % 26));
                  const fin = index === pieces.length - 1;
                  const frame = make().frame(opcode, payload, fin);
                  return pong ? [make().frame(10, payload.slice(0, 100)), frame] : [frame];
                }),
              ),
            );
            const results = [false, true].map((lent) => {
              const { session } = make();
              const keeper = new Keeper();
              const memory = new Uint8Array(size);
              for (let at = 0; at < wire.length; at += size) {
                const piece = wire.slice(at, at + size);
                memory.set(piece);
                const chunk = lent ? memory.subarray(0, piece.length) : piece;
                let stop = session.receive(chunk, keeper, lent);
                if (lent) memory.fill(0xee);
                while (stop === "turn") stop = session.resume(keeper);
                assert.equal(stop, "done");
              }
              return keeper.kept;
            });
            assert.deepEqual(results[1], results[0]);
          }),
        );
      });
    });
  }
}
