import { test } from "node:test";
import fc from "fast-check";
import { agreedRound, round } from "../../../bench/deflate/fuzz.ts";

test("our codec and zlib understand each other in random conversations, and refuse the same", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      round(seed);
    }),
    { numRuns: 250 },
  );
});

test("both ends of ours understand each other, whatever they have agreed on", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      await agreedRound(seed);
    }),
    { numRuns: 250 },
  );
});
