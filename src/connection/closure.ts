/** The report on a connection's end. */
import type { Close } from "../frames/close.ts";
import { type CloseFrames, closeCode, closeReason } from "../protocol/closure.ts";
import type { Clock } from "./clock.ts";

/** How a connection ended, and what went over it. Times in milliseconds, sizes in bytes. */
export interface Closure {
  /** The peer's close code; 1005 when its Close frame had none, 1006 when it sent none (RFC 6455 §7.1.5). */
  readonly code: number;
  readonly reason: string;
  /** The Close frame that we sent. */
  readonly sent: Close | null;
  /** The Close frame that the peer sent. */
  readonly received: Close | null;
  /** Which Close frame came first. */
  readonly order: "sent" | "received" | null;
  /** Whether the closing handshake was completed. */
  readonly clean: boolean;
  /** Why it ended otherwise than by a closing handshake: the socket's error, the peer's breach of the protocol, a timeout. */
  readonly cause?: Error;
  /** When it was opened and closed, as Date.now gives it. */
  readonly openedAt: number;
  readonly closedAt: number;
  /** For how long it was open, in whole milliseconds: also where the time of day has jumped meanwhile. */
  readonly duration: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Bytes of messages, before compression. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes on the wire after the opening handshake, frames' headers and control frames included. */
  readonly wireIn: number;
  readonly wireOut: number;
  /** The last latency that a ping has measured, or 0. */
  readonly latency: number;
}

/** What has gone over a connection so far. */
export interface Traffic {
  readonly openedAt: number;
  /** When it was opened, by the clock that does not jump. */
  readonly begunAt: number;
  readonly intake: { readonly messages: number; readonly bytes: number };
  readonly messagesOut: number;
  readonly bytesOut: number;
  readonly wireIn: number;
  /** `written`: bytes on the wire. */
  readonly outbox: { readonly written: number };
  readonly latency: number;
}

/**
 * The event of a connection's end. `ratio` is how many bytes went over the wire for each byte of the messages; null where
 * nothing can have been compressed, or no message went.
 */
export function closeEvent(
  closure: Closure,
  isExtended: boolean,
): { readonly type: "connection.close"; readonly ratio: number | null } & Closure {
  const { bytesIn, bytesOut, wireIn, wireOut } = closure;
  const bytes = bytesIn + bytesOut;
  const ratio = isExtended && bytes > 0 ? (wireIn + wireOut) / bytes : null;
  return { type: "connection.close", ratio, ...closure };
}

/** The report, made when the connection ends. */
export function makeClosure(
  frames: CloseFrames & { readonly failure: Error | null },
  traffic: Traffic,
  clock: Clock,
  fault: Error | null,
): Closure {
  const cause = frames.failure ?? fault;
  const { sent, received, order } = frames;
  return {
    code: closeCode(frames),
    reason: closeReason(frames),
    sent,
    received,
    order,
    clean: sent !== null && received !== null,
    ...(cause === null ? null : { cause }),
    openedAt: traffic.openedAt,
    closedAt: clock.date(),
    duration: Math.round(clock.now() - traffic.begunAt),
    messagesIn: traffic.intake.messages,
    messagesOut: traffic.messagesOut,
    bytesIn: traffic.intake.bytes,
    bytesOut: traffic.bytesOut,
    wireIn: traffic.wireIn,
    wireOut: traffic.outbox.written,
    latency: traffic.latency,
  };
}
