import type { Closure } from "./closure.ts";
import type { Message } from "./message.ts";

/** Whom a driver tells what comes. */
export interface Delegate {
  /** A text message, when text is decoded. `size` is in bytes. */
  onText(text: string, size: number): void;
  /** A binary message, or an undecoded text: `bytes[start, end)`. See `SessionSink.onData`. */
  onData(isText: boolean, bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /** A piece of the message under way, of which pieces were asked for; the last one has `fin`, and may be empty. */
  onPiece(isText: boolean, piece: Message, size: number, fin: boolean): void;
  /** What one read brought has been handed over. */
  onTurn(): void;
  /** A pong has come: `bytes[start, end)`, valid during the call. */
  onPong(bytes: Uint8Array, start: number, end: number): void;
  /** What waited to be sent has gone, after it was too much. */
  onRoom(): void;
  /** The connection has ended. */
  onClosed(closure: Closure): void;
  /** Whether all that was handed over has been dealt with: the reader waits for more, or nothing was handed over. */
  readonly isIdle: boolean;
}
