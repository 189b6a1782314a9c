/**
 * What a connection tells of itself: one closed union of events, version 1.
 *
 * The log subscribes to it, and so do channels and bridges. Where nobody wants to know, a connection has no tap, and
 * spends one comparison.
 */
import { randomId } from "#platform";
import type { Address } from "../http/address.ts";
import type { HandshakeRequest } from "../http/message.ts";
import type { State } from "../protocol/state.ts";
import type { Closure } from "./closure.ts";
import type { StreamLost } from "./transport.ts";

/** Times in milliseconds, sizes in bytes. */
export type ConnectionEvent =
  | { readonly type: "connection.state"; readonly state: State }
  | {
      readonly type: "connection.open";
      readonly path: string;
      readonly subprotocol: string | null;
      readonly extensions: string | null;
      readonly origin: string | null;
      readonly userAgent: string | null;
      readonly elapsed: number;
    }
  | ({ readonly type: "connection.close"; readonly ratio: number | null } & Closure)
  | {
      readonly type: "connection.failing";
      readonly code: number;
      readonly reason: string;
      readonly rule: string | null;
    }
  | { readonly type: "connection.step"; readonly step: Step; readonly reset?: string }
  | {
      readonly type: "frame.sent" | "frame.received";
      readonly opcode: number;
      readonly fin: boolean;
      readonly size: number;
      readonly wireSize: number;
      readonly compressed: boolean;
    }
  | {
      readonly type: "keepalive.ping" | "keepalive.pong" | "keepalive.timeout";
      readonly latency: number;
    }
  /** The event loop was blocked for at least `late` milliseconds, until `at` on the connection's clock. */
  | { readonly type: "loop.blocked"; readonly late: number; readonly at: number }
  | { readonly type: "handler.failed"; readonly error: unknown }
  | { readonly type: "internal.error"; readonly error: unknown; readonly what: InternalError }
  | {
      readonly type: "broadcast.skipped";
      readonly reason: string;
    };

/** A step of closing, or an error that is handled without anybody's help. */
export type Step =
  | "eof sent"
  | "eof received"
  | "half-closing"
  | "closing"
  | "aborting"
  | "close timeout"
  | "end timeout"
  | "stream reset"
  | "session lost"
  | "open timeout"
  | "opening lost";

/** The step that the loss of a stream is. */
export function lossOf({ reset }: StreamLost): ConnectionEvent {
  return reset === null
    ? { type: "connection.step", step: "session lost" }
    : { type: "connection.step", step: "stream reset", reset };
}

export type InternalError = "keepalive" | "parser" | "sending" | "unexpected";

/** Bytes of a frame, valid during the call. */
export interface FrameBytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Whom an event is about: one for each connection, from its first byte to its last. */
export class Subject {
  readonly side: "client" | "server";
  /** Behind trusted proxies it is the client's once the request has come, and until then the proxy's. */
  remoteAddress: Address | null;
  /** The version of HTTP by which it is opened: over `2` it is one stream among others. */
  readonly http: "1.1" | "2";
  /**
   * What records call the connection: the connection, once there is one; during its opening handshake this, which knows as
   * much of it as there is; and before that null, as in Python.
   */
  websocket: object | null = null;
  #debug = false;
  #wanted = false;
  #watchers: Set<object> | null = null;
  #id: string | null = null;

  constructor(side: "client" | "server", remoteAddress: Address | null, http: "1.1" | "2" = "1.1") {
    this.side = side;
    this.remoteAddress = remoteAddress;
    this.http = http;
  }

  /** The first line has been logged: from now on records say which connection they are about. */
  begin(): void {
    this.websocket ??= this;
  }

  /** Whether its frames and steps are wanted, whatever the logger's level: by itself, or by somebody who watches. */
  get debug(): boolean {
    return this.#debug;
  }

  set debug(wanted: boolean) {
    this.#wanted = wanted;
    this.#debug = wanted || this.#watchers !== null;
  }

  /** `watcher` wants its frames and steps. */
  watch(watcher: object): void {
    this.#watchers ??= new Set();
    this.#watchers.add(watcher);
    this.#debug = true;
  }

  /** `watcher` does not want them any more. */
  unwatch(watcher: object): void {
    this.#watchers?.delete(watcher);
    if (this.#watchers?.size === 0) this.#watchers = null;
    this.#debug = this.#wanted || this.#watchers !== null;
  }

  /** As a connection's; it stands for one that is being opened. */
  get state(): State {
    return "connecting";
  }

  /** As a connection's, once a server has read it. */
  request: HandshakeRequest | null = null;

  /** A UUID. */
  get id(): string {
    this.#id ??= randomId();
    return this.#id;
  }
}

export interface Tap {
  /** Whether states, frames and steps of this subject are wanted now. It is asked for each read and each message. */
  verbose(subject: Subject): boolean;
  /**
   * Tells an event. It must not throw.
   *
   * @param detail The bytes of a frame, or the error that the event is about.
   */
  tell(subject: Subject, event: ConnectionEvent, detail?: FrameBytes | unknown): void;
}
