/** What the machines of `clearsocket/protocol` tell their owner: one closed union of small values, told apart by `kind`. */
import type { WebSocketError } from "../error.ts";
import type { RequestHead } from "../http/head.ts";
import type { HandshakeResponse } from "../http/message.ts";
import type { State } from "./state.ts";

/** On a server: a valid request for a WebSocket came. Answer it by `accept` or `reject`. */
export interface RequestEvent {
  readonly kind: "request";
  readonly request: RequestHead;
}

/** On a client: the server's answer came, whether it accepts (101) or not. */
export interface ResponseEvent {
  readonly kind: "response";
  readonly response: HandshakeResponse;
}

/** The state has changed: to "open", "closing" or "closed". After "closed" no event comes. */
export interface StateEvent {
  readonly kind: "state";
  readonly state: State;
}

/** A text message, whole. */
export interface TextEvent {
  readonly kind: "text";
  readonly data: string;
}

/** A binary message, whole. The memory is yours. */
export interface BinaryEvent {
  readonly kind: "binary";
  readonly data: Uint8Array;
}

/** A ping. The machine has answered it, or will when there is room (RFC 6455 §5.5.2). The memory is yours. */
export interface PingEvent {
  readonly kind: "ping";
  readonly data: Uint8Array;
}

/** A pong, whether a ping was sent or not (§5.5.3). The memory is yours. */
export interface PongEvent {
  readonly kind: "pong";
  readonly data: Uint8Array;
}

/** The peer's Close frame; `code` is 1005 when it holds none (§7.1.5). No message comes after it. */
export interface CloseEvent {
  readonly kind: "close";
  readonly code: number;
  readonly reason: string;
}

/**
 * The opening handshake or the connection fails by the peer's doing, and why: an `InvalidHandshake` before the connection
 * is open, a `ProtocolError` with its `closeCode` afterwards (§7.1.7). No message comes after it.
 */
export interface FailingEvent {
  readonly kind: "failing";
  readonly error: WebSocketError;
}

/** The peer's stream has ended. */
export interface EofEvent {
  readonly kind: "eof";
}

/** Whatever a machine tells. Let a `switch` over `kind` end in `event satisfies never`. */
export type ProtocolEvent =
  | RequestEvent
  | ResponseEvent
  | StateEvent
  | TextEvent
  | BinaryEvent
  | PingEvent
  | PongEvent
  | CloseEvent
  | FailingEvent
  | EofEvent;
