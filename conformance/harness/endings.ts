/** The kinds of ending that most cases share. */
import type { Ending } from "./case.ts";

/** The tester closes with 1000 when it has what it expects, and the peer answers 1000. */
export const NORMAL: Ending = { by: "tester", codes: [1000], clean: true };

/** The peer fails the connection with 1002, or just drops it. */
export const PROTOCOL_ERROR: Ending = { by: "peer", codes: [1002], clean: false };

/** The peer fails the connection with 1007, or just drops it; a tester that had to close first is fatal. */
export const INVALID_TEXT: Ending = {
  by: "peer",
  codes: [1007],
  clean: false,
  fatal: "wrong side",
};

/** Whatever happens is worth knowing, and right. */
export const INFORMATIONAL: Ending = { by: "any", codes: [], clean: false };

/** The tester's Close is good: the peer answers with one of `codes`. */
export function answered(...codes: readonly number[]): Ending {
  return { by: "tester", codes, clean: true, fatal: "wrong code" };
}

/** The tester's Close is bad: the peer answers with one of `codes`, or just drops the connection. */
export function refused(...codes: readonly number[]): Ending {
  return { by: "tester", codes, clean: false, fatal: "wrong code" };
}
