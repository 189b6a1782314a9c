/** All 517 cases, in their order. */
import { matches } from "../glob.ts";
import type { Case } from "../harness/case.ts";
import { CLOSING } from "./closing.ts";
import { compressionCases } from "./compression.ts";
import { AUTO_FRAGMENTATION, FRAGMENTATION } from "./fragmentation.ts";
import { FRAMING } from "./framing.ts";
import { LIMITS } from "./limits.ts";
import { PING_PONG } from "./ping-pong.ts";
import { RESERVED_BITS, RESERVED_OPCODES } from "./reserved.ts";
import { UTF8 } from "./utf8.ts";

/** Every case; those of groups 12 and 13 with `messages` messages each. */
export function allCases(messages: number): readonly Case[] {
  return [
    ...FRAMING,
    ...PING_PONG,
    ...RESERVED_BITS,
    ...RESERVED_OPCODES,
    ...FRAGMENTATION,
    ...UTF8,
    ...CLOSING,
    ...LIMITS,
    ...AUTO_FRAGMENTATION,
    ...compressionCases(messages),
  ];
}

/** The cases that match one of the patterns; all without patterns. */
export function selectCases(messages: number, patterns: readonly string[]): readonly Case[] {
  const cases = allCases(messages);
  if (patterns.length === 0) return cases;
  return cases.filter(({ id }) => patterns.some((pattern) => matches(pattern, id)));
}

/** The name of each group, by its number. */
export const GROUP_NAMES: ReadonlyMap<string, string> = new Map([
  ["1", "framing"],
  ["2", "ping and pong"],
  ["3", "reserved bits"],
  ["4", "reserved opcodes"],
  ["5", "fragmentation"],
  ["6", "UTF-8"],
  ["7", "closing"],
  ["9", "limits and speed"],
  ["10", "automatic fragments"],
  ["12", "compression by payload"],
  ["13", "compression by parameters"],
]);

/** The number of a case's group: "6" for "6.4.1". */
export function groupOf(id: string): string {
  return id.slice(0, id.indexOf("."));
}

/** Whether a case of this number is work for the processor rather than for the clock. */
export function isHeavyId(id: string): boolean {
  return ["9", "12", "13"].includes(groupOf(id));
}
