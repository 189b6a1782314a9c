/**
 * Diagnosis: of each planted fault, what an operator has by default names the cause. That is the log at INFO, the report
 * `closure` of a connection, and the error of connect().
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FAULTS } from "./faults.ts";
import { Scene } from "./scene.ts";

describe("what is seen at INFO names", () => {
  for (const { name, says, plant } of FAULTS) {
    test(name, async (t) => {
      const scene = new Scene(t);
      await plant(scene, t);
      const seen = await scene.evidence();
      for (const words of says) {
        assert.ok(
          seen.some((line) => words.test(line)),
          `${words} is not in:\n${seen.join("\n")}`,
        );
      }
    });
  }
});
