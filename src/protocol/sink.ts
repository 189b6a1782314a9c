/** Whom a session calls while it receives, and whom it tells about frames. */
import type { State } from "./state.ts";

/**
 * What a session tells its owner while it receives: synchronous calls, with memory that belongs to the session until the
 * call returns. An owner may call the session from within.
 */
export interface SessionSink {
  /** A whole text message, decoded; `size` is what it took in bytes. */
  onText(text: string, size: number): void;
  /**
   * A whole binary message, or a text message that is handed over undecoded: `bytes[start, end)`.
   *
   * @param owned Whether the memory is the receiver's from now on. Else it is valid during the call only.
   */
  onData(isText: boolean, bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /**
   * A piece of the message under way, of which pieces were asked for (`Session.stream`): what has come since the last one,
   * decoded where texts are, and never with half a character of a text. The memory is the receiver's from now on. The last
   * piece has `fin`; it may be empty.
   */
  onPiece?(isText: boolean, piece: string | Uint8Array, size: number, fin: boolean): void;
  /** A pong: `bytes[start, end)`, valid during the call only. */
  onPong(bytes: Uint8Array, start: number, end: number): void;
}

/** Whom a session tells of every step, when somebody wants to know: the log, above all. */
export interface SessionTap {
  /**
   * A data or control frame was sent or received: its payload is `bytes[start, end)`, unmasked and uncompressed, valid
   * during the call only. `wireSize` is the size of the whole frame on the wire in bytes.
   */
  onFrame(
    received: boolean,
    opcode: number,
    fin: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    wireSize: number,
    compressed: boolean,
  ): void;
  onState(state: State): void;
  /** The stream's end was sent, or received before a closing handshake. */
  onEof(received: boolean): void;
  /** The connection is being failed (RFC 6455 §7.1.7), directly before its Close frame. */
  onFailing(code: number, reason: string, rule: string | null): void;
}

/**
 * Why a session has stopped receiving before the end of what it was given.
 *
 * - "done": it has not; all is read.
 * - "turn": it has done a turn's work; call `resume` when others have had theirs.
 * - "codec": an extension works elsewhere; call `resume` when it has finished.
 * - "closing": the peer's Close frame has come. Call `answer` when the messages before it have been answered.
 * - "failing": the peer has broken a rule. Call `answer` likewise: it sends the Close frame that says so.
 */
export type Stop = "done" | "turn" | "codec" | "closing" | "failing";
