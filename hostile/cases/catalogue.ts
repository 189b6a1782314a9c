/** All cases, by whom they are for. */
import { matches } from "../../conformance/glob.ts";
import type { Case } from "../case.ts";
import type { ClientSubject } from "../client-subject.ts";
import type { ServerSubject } from "../server-subject.ts";
import { CLOSING_CASES } from "./closing.ts";
import { COMPRESSION_CASES } from "./compression.ts";
import { FLOOD_CASES } from "./floods.ts";
import { FRAME_CASES } from "./frames.ts";
import { OFFER_CASES } from "./offers.ts";
import { REQUEST_CASES } from "./request.ts";
import { RESPONSE_CASES } from "./response.ts";
import { SLOW_REQUEST_CASES } from "./slow-requests.ts";

const BOTH: readonly Case[] = [
  ...FRAME_CASES,
  ...CLOSING_CASES,
  ...COMPRESSION_CASES,
  ...FLOOD_CASES,
];

export const SERVER_CASES: readonly Case<ServerSubject>[] = [
  ...REQUEST_CASES,
  ...OFFER_CASES,
  ...SLOW_REQUEST_CASES,
  ...BOTH,
];

export const CLIENT_CASES: readonly Case<ClientSubject>[] = [...RESPONSE_CASES, ...BOTH];

/** Those whose id matches one of the patterns; all of them without a pattern. A family's name stands for its cases. */
export function select<C extends { readonly id: string }>(
  cases: readonly C[],
  patterns: readonly string[],
): readonly C[] {
  if (patterns.length === 0) return cases;
  const isMeant = (id: string): boolean =>
    patterns.some((pattern) => matches(pattern, id) || id.startsWith(`${pattern}/`));
  return cases.filter(({ id }) => isMeant(id));
}
