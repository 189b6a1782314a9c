/** The HTTP/2 sessions of a server of ours: those whose TLS handshake has chosen `h2` (RFC 7301, RFC 9113 §3.2). */
import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Clock, Timer } from "../connection/clock.ts";
import { SESSION_MEMORY, SESSION_WINDOW, STREAM_WINDOW } from "./http2.ts";

export interface SessionLimits {
  readonly clock: Clock;
  /** How long a session may be without a stream, in milliseconds. */
  readonly idleTimeout: number | null;
  /** How long a session that has ended may wait for the end of its peer, in milliseconds. */
  readonly endTimeout: number | null;
  /** How many sessions may wait for their first stream at the same time; what comes above is cut. */
  readonly mostNew: number | null;
}

/** Streams that a session may have at the same time; each is a connection, which the server's own limits count too. */
const MOST_STREAMS = 1024;

/** One session, and what is left to happen to it. */
interface Live {
  readonly session: ServerHttp2Session;
  readonly socket: TLSSocket;
  streams: number;
  /** Whether it has not had a stream yet. */
  isNew: boolean;
  timer: Timer | null;
}

export class Http2Sessions {
  readonly #limits: SessionLimits;
  readonly #server: Http2Server;
  readonly #live = new Set<Live>();
  /** How many of them are new. */
  #new = 0;
  /** The socket that is being handed over. */
  #taking: TLSSocket | null = null;

  /** @param onStream Called with each stream and its header fields, name after value. */
  constructor(
    limits: SessionLimits,
    onStream: (stream: ServerHttp2Stream, fields: readonly string[]) => void,
  ) {
    this.#limits = limits;
    // Loaded only here: most processes never speak HTTP/2.
    const { createServer } = process.getBuiltinModule("node:http2");
    this.#server = createServer({
      maxSessionMemory: SESSION_MEMORY,
      settings: {
        // RFC 8441 §3: SETTINGS_ENABLE_CONNECT_PROTOCOL.
        enableConnectProtocol: true,
        initialWindowSize: STREAM_WINDOW,
        maxConcurrentStreams: MOST_STREAMS,
      },
    });
    this.#server.on("session", (session: ServerHttp2Session) => this.#onSession(session));
    this.#server.on(
      "stream",
      (stream: ServerHttp2Stream, _headers: object, _flags: number, fields: readonly string[]) =>
        onStream(stream, fields),
    );
    // A peer that does not keep to HTTP/2 has lost its session and its connections; nobody else has.
    this.#server.on("sessionError", () => {});
  }

  /** Speaks HTTP/2 on a socket from now on. */
  take(socket: TLSSocket): void {
    // A session ends in both directions at once.
    socket.allowHalfOpen = false;
    this.#taking = socket;
    this.#server.emit("connection", socket);
    this.#taking = null;
  }

  /** Takes no further streams: sessions end when those that they have are closed. */
  close(): void {
    for (const live of this.#live) this.#close(live);
  }

  /** Cuts what is left. */
  cut(): void {
    for (const live of this.#live) cut(live);
  }

  #onSession(session: ServerHttp2Session): void {
    const socket = this.#taking;
    if (socket === null) return;
    const live: Live = { session, socket, streams: 0, isNew: true, timer: null };
    this.#live.add(live);
    this.#new += 1;
    session.setLocalWindowSize(SESSION_WINDOW);
    session.on("stream", (stream) => this.#onStream(live, stream));
    socket.on("close", () => this.#onGone(live));
    const { mostNew } = this.#limits;
    if (mostNew !== null && this.#new > mostNew) cut(live);
    else this.#onIdle(live);
  }

  #onStream(live: Live, stream: ServerHttp2Stream): void {
    live.streams += 1;
    live.timer?.cancel();
    live.timer = null;
    this.#age(live);
    stream.on("close", () => {
      live.streams -= 1;
      if (live.streams === 0) this.#onIdle(live);
    });
  }

  #onGone(live: Live): void {
    this.#live.delete(live);
    this.#age(live);
    live.timer?.cancel();
    live.timer = null;
  }

  #age(live: Live): void {
    if (live.isNew) this.#new -= 1;
    live.isNew = false;
  }

  /** Has no stream: waits for one, or where the session has ended, for the end of the socket; neither for ever. */
  #onIdle(live: Live): void {
    const { clock, idleTimeout, endTimeout } = this.#limits;
    if (!this.#live.has(live)) return;
    live.timer?.cancel();
    const ended = live.session.closed || live.session.destroyed;
    const timeout = ended ? endTimeout : idleTimeout;
    const onTimeout = (): void => (ended ? cut(live) : this.#close(live));
    live.timer = timeout === null ? null : clock.after(timeout, onTimeout);
  }

  /** Says GOAWAY. */
  #close(live: Live): void {
    if (!live.session.destroyed) live.session.close();
    if (live.streams === 0) this.#onIdle(live);
  }
}

function cut({ session, socket }: Live): void {
  session.destroy();
  socket.destroy();
}
