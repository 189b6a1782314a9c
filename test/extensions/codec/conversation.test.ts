import { test } from "node:test";
import fc from "fast-check";
import { round } from "../../../bench/deflate/fuzz.ts";

test("our codec and zlib understand each other in random conversations, and refuse the same", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      round(seed);
    }),
    { numRuns: 300, endOnFailure: true },
  );
});
