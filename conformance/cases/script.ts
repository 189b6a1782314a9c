/** The words that the tables of cases are written in. */
import type { Case, Ending, Occurrence, Step } from "../harness/case.ts";
import { NORMAL, PROTOCOL_ERROR } from "../harness/endings.ts";
import { type Frame, octets } from "../wire/frame.ts";

/** The text of most cases. */
export const HELLO = "Hello, world!";

/** Frames in one write. */
export function together(...frames: readonly Frame[]): Step {
  return { do: "send", frames, manner: "together" };
}

/** One frame a write, with a turn of the event loop between. */
export function sync(...frames: readonly Frame[]): Step {
  return { do: "send", frames, manner: "sync" };
}

/** Writes of `size` octets. */
export function chop(size: number, ...frames: readonly Frame[]): Step {
  return { do: "send", frames, manner: { chop: size } };
}

/** After `seconds` the tester fails the connection. */
export function kill(seconds: number): Step {
  return { do: "kill", after: seconds * 1000 };
}

/** After `seconds` the tester closes. */
export function closeAfter(seconds: number): Step {
  return { do: "close", after: seconds * 1000 };
}

/** Waits a second; with a mark, that the connection was open then is part of the list. */
export function pause(mark?: string): Step {
  return { do: "pause", ms: 1000, ...(mark !== undefined && { mark }) };
}

export function textMessage(data: string | Uint8Array): Occurrence {
  return { kind: "message", binary: false, payload: octets(data) };
}

export function binaryMessage(data: string | Uint8Array): Occurrence {
  return { kind: "message", binary: true, payload: octets(data) };
}

export function pongOf(data: string | Uint8Array): Occurrence {
  return { kind: "pong", payload: octets(data) };
}

export function mark(name: string): Occurrence {
  return { kind: "mark", name };
}

interface Row {
  readonly ending?: Ending;
  readonly nonStrict?: readonly Occurrence[];
  /** The case sends its Close itself. */
  readonly closesItself?: true;
}

/** A case that ends normally, unless `row` says otherwise. */
export function normal(
  id: string,
  title: string,
  steps: readonly Step[],
  ok: readonly Occurrence[],
  { ending = NORMAL, nonStrict, closesItself }: Row = {},
): Case {
  const play = { kind: "script", steps, ok, closesWhenDone: closesItself !== true } as const;
  return { id, title, ending, play: nonStrict === undefined ? play : { ...play, nonStrict } };
}

/** A case that breaks a rule of RFC 6455 §5: the peer has to fail the connection within a second. */
export function breach(
  id: string,
  title: string,
  steps: readonly Step[],
  ok: readonly Occurrence[] = [],
): Case {
  const row: Row =
    ok.length === 0 ? { ending: PROTOCOL_ERROR } : { ending: PROTOCOL_ERROR, nonStrict: [] };
  return normal(id, title, [...steps, kill(1)], ok, row);
}
