/** Our own library in both roles. */
import type { Case } from "./harness/case.ts";
import type { Progress, Run } from "./harness/run-all.ts";

export function testSelf(
  _c: readonly Case[],
  _p: number,
  _q: (what: string) => Progress,
): Promise<Run[]> {
  throw new Error("later");
}
