/** What a case is: what the tester does, and what it expects. All cases are values of these types. */
import type { Frame } from "../wire/frame.ts";
import type { Negotiation } from "../wire/negotiation.ts";
import type { Manner } from "../wire/writer.ts";

/** Something that the tester received, or, for `mark`, a moment that passed while the connection was open. */
export type Occurrence =
  | { readonly kind: "message"; readonly binary: boolean; readonly payload: Buffer }
  | { readonly kind: "ping" | "pong"; readonly payload: Buffer }
  | { readonly kind: "mark"; readonly name: string };

/** How the connection has to end. */
export interface Ending {
  /** Whose Close has to come first. `"any"`: the case is informational and has no verdict. */
  readonly by: "tester" | "peer" | "any";
  /** The codes that the peer's Close may carry. A Close without a code is right as well. */
  readonly codes: readonly number[];
  /** Whether both Close frames have to be exchanged. */
  readonly clean: boolean;
  /** Which faults of the ending make the behaviour FAILED too. */
  readonly fatal?: "wrong side" | "wrong code";
}

/** One step of a script. Times are milliseconds. */
export type Step =
  | { readonly do: "send"; readonly frames: readonly Frame[]; readonly manner: Manner }
  /** One frame in writes of the given sizes (the last takes the rest of it), a pause and a mark between them. */
  | {
      readonly do: "parts";
      readonly frame: Frame;
      readonly sizes: readonly number[];
      readonly marks: readonly string[];
    }
  /** Waits; the script ends here when the connection is not open afterwards. */
  | { readonly do: "pause"; readonly ms: number; readonly mark?: string }
  /** After so long, if the connection is still there, the tester fails it with 1001. */
  | { readonly do: "kill"; readonly after: number }
  /** After so long the tester sends a Close without a code. */
  | { readonly do: "close"; readonly after: number };

/** A case that is judged by the whole list of what was received. */
export interface Script {
  readonly kind: "script";
  readonly steps: readonly Step[];
  readonly ok: readonly Occurrence[];
  readonly nonStrict?: readonly Occurrence[];
  /** Whether the tester sends Close 1000 by itself as soon as it has received what it expects. */
  readonly closesWhenDone: boolean;
}

/** One message of a series, ready to be sent. */
export interface Sending {
  readonly binary: boolean;
  readonly payload: Buffer;
  /** Octets of a fragment; 0 is one frame. With compression, of compressed data. */
  readonly fragmentSize: number;
  readonly manner: Manner;
}

/** A case that sends messages, one in flight, and checks each echo. */
export interface Series {
  readonly kind: "series";
  readonly count: number;
  /** Milliseconds for the whole series. */
  readonly limit: number;
  /** Whether the octets of an echo are compared, or only its type and length. */
  readonly exact: boolean;
  message(index: number): Sending;
}

/** One of the 517. */
export interface Case {
  readonly id: string;
  /** What the tester does, in a few words. */
  readonly title: string;
  readonly ending: Ending;
  readonly play: Script | Series;
  /** Present: permessage-deflate is offered and accepted so, and without it the case is UNIMPLEMENTED. */
  readonly negotiation?: Negotiation;
}
