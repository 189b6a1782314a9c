/** A tunnel through an HTTP proxy, by CONNECT (RFC 9110 §9.3.6). */
import type { Socket } from "node:net";
import { TimeoutError } from "../connection/deadline.ts";
import { BodyReader } from "../http/body.ts";
import { type Credentials, serialiseBasic } from "../http/credentials.ts";
import { InvalidProxyMessage } from "../http/errors.ts";
import { HeadParser, type ResponseHead } from "../http/head.ts";
import { checkHeader, serialiseHead } from "../http/headers.ts";
import { InvalidProxyStatus } from "../http/invalid-status.ts";
import { HandshakeResponse } from "../http/message.ts";

/** The most bytes that are read of an answer which turned us down. */
const BODY_MOST = 64 * 1024;
/** Interim answers (1xx) that a proxy may send before the real one. */
const INTERIM_MOST = 16;

export interface TunnelOptions {
  /** Where the tunnel leads: `host:port`, IPv6 in brackets. */
  readonly authority: string;
  /** Who we are, to the proxy. */
  readonly credentials: Credentials | null;
  /** The value of User-Agent; null: none. */
  readonly userAgent: string | null;
  readonly signal: AbortSignal;
}

/**
 * Asks the proxy at the other end of `socket` for a tunnel. After that, `socket` leads to where the tunnel leads; it is
 * paused. When it fails, the socket is destroyed.
 *
 * @throws InvalidProxyStatus (rejects) when the proxy refuses, with its answer.
 * @throws InvalidProxyMessage (rejects) when what comes is not HTTP, or the connection ends before the answer.
 * @throws TypeError (rejects) for credentials that can't be sent. @throws `signal.reason` (rejects) when the signal aborts.
 */
export function openTunnel(socket: Socket, options: TunnelOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const tunnelling = new Tunnelling(socket, options.signal, resolve, reject);
    tunnelling.start(() => makeRequest(options));
  });
}

class Tunnelling {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #parser = new HeadParser("response");
  #interim = 0;
  #refused: ResponseHead | null = null;
  #body: BodyReader | null = null;

  constructor(
    socket: Socket,
    signal: AbortSignal,
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
    this.#socket = socket;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onEnd);
    socket.on("close", this.#onEnd);
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  start(makeRequest: () => Uint8Array): void {
    if (this.#signal.aborted) {
      this.#onAbort();
      return;
    }
    try {
      this.#socket.write(makeRequest());
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #onData = (chunk: Uint8Array): void => {
    if (this.#body !== null) {
      this.#takeBody(chunk);
      return;
    }
    try {
      this.#takeHead(chunk);
    } catch (cause) {
      this.#fail(new InvalidProxyMessage({ cause }));
    }
  };

  readonly #onEnd = (error?: unknown): void => {
    if (this.#refused !== null) {
      this.#refuse();
      return;
    }
    const cause =
      error instanceof Error
        ? error
        : new Error("connection closed while reading the HTTP response");
    this.#fail(new InvalidProxyMessage({ cause }));
  };

  readonly #onAbort = (): void => {
    // The proxy has answered; that the body of its answer is slow says less than its status.
    if (this.#refused !== null && this.#signal.reason instanceof TimeoutError) this.#refuse();
    else this.#fail(this.#signal.reason);
  };

  #takeHead(chunk: Uint8Array): void {
    let rest = chunk;
    while (true) {
      const head = this.#parser.push(rest);
      if (head === null) return;
      rest = this.#parser.rest;
      const { status } = head;
      // §9.3.6: "Any 2xx (Successful) response indicates that the sender … will switch to tunnel mode immediately after the
      // response header section". It also says that a length of its body "MUST" be ignored.
      if (status >= 200 && status < 300) {
        this.#open(rest);
        return;
      }
      if (status >= 300 || status === 101) {
        this.#refused = head;
        this.#body = new BodyReader(head, BODY_MOST);
        this.#takeBody(rest);
        return;
      }
      this.#interim += 1;
      if (this.#interim > INTERIM_MOST) {
        throw new SyntaxError(`expected no more than ${INTERIM_MOST} interim responses`);
      }
      this.#parser = new HeadParser("response");
    }
  }

  #takeBody(chunk: Uint8Array): void {
    this.#body?.push(chunk);
    if (this.#body?.done !== false) this.#refuse();
  }

  #open(rest: Uint8Array): void {
    this.#leave();
    this.#socket.pause();
    // The socket may read into the same memory again.
    if (rest.length > 0) this.#socket.unshift(rest.slice());
    this.#resolve();
  }

  #refuse(): void {
    const head = this.#refused as ResponseHead;
    this.#fail(new InvalidProxyStatus(new HandshakeResponse(head, this.#body?.take())));
  }

  #fail(error: unknown): void {
    this.#leave();
    this.#socket.destroy();
    this.#reject(error);
  }

  #leave(): void {
    const socket = this.#socket;
    this.#signal.removeEventListener("abort", this.#onAbort);
    // Until the next owner takes over, somebody must hear of errors; what breaks the socket closes it too.
    socket.on("error", () => {});
    socket.off("data", this.#onData);
    socket.off("end", this.#onEnd);
    socket.off("error", this.#onEnd);
    socket.off("close", this.#onEnd);
  }
}

function makeRequest({ authority, credentials, userAgent }: TunnelOptions): Uint8Array {
  const headers: [string, string][] = [["Host", authority]];
  if (userAgent !== null) headers.push(["User-Agent", userAgent]);
  if (credentials !== null) headers.push(["Proxy-Authorization", serialiseBasic(credentials)]);
  for (const [name, value] of headers) checkHeader(name, value);
  return serialiseHead(`CONNECT ${authority} HTTP/1.1`, headers);
}
