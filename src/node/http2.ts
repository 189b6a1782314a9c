/** One HTTP/2 stream of Node as a Transport (RFC 8441 §5: "as if it were the TCP connection"). */
import type { Http2Session, Http2Stream, ServerHttp2Stream } from "node:http2";
import { addAbortSignal } from "node:stream";
import { StreamLost, type Transport, type TransportListener } from "../connection/transport.ts";
import type { Address } from "../http/address.ts";
import type { RequestHead, ResponseHead } from "../http/head.ts";
import { headerValues, type RawHeaders } from "../http/headers.ts";
import { localAddressOf, remoteAddressOf } from "./socket.ts";

/** Error codes by their numbers (RFC 9113 §7). */
const ERRORS = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;

const NO_ERROR = ERRORS.indexOf("NO_ERROR");
/** Up to so many bytes are copied rather than kept: Node never takes them before the end of the turn. */
const COPIED_MOST = 16 * 1024;

/**
 * How long a peer may take to end its direction after we have ended ours, in milliseconds. Firefox never ends it; and
 * nothing can be lost, since what we have sent is not taken back by closing a stream, as it is by closing a socket.
 */
const LINGER = 1000;

/**
 * What a peer may send on one stream, in bytes, before it has to wait for us. A stream that nobody reads holds as much;
 * RFC 9113's 65 535 would make a long line slow.
 */
export const STREAM_WINDOW: number = 256 * 1024;
/** The same for all streams of a session together. */
export const SESSION_WINDOW: number = 1024 * 1024;

/**
 * Node's `maxSessionMemory`, in MB, for sessions of our own: above it Node cuts streams that are being opened. We set no
 * limit: what waits on a stream is bounded by the options of its connection, Node's 10 MB are less than one large message
 * may take, and what a stream still had to send when it was cut it counts for ever.
 */
export const SESSION_MEMORY: number = 2 ** 32 - 1;

/**
 * A stream, whose errors have a listener from now on, so that none is ever uncaught.
 *
 * Node reads what the peer's flow-control window lets in, which `pause` does not open again; so the window of a stream
 * bounds what waits here for a reader who is slow, and other streams of the session go on.
 */
export class Http2Transport implements Transport {
  listener: TransportListener | null = null;
  readonly isEncrypted: boolean;
  readonly remoteAddress: Address | null;

  readonly #stream: Http2Stream;
  readonly #session: Http2Session | undefined;
  #error: Error | null = null;
  /** Whether we have ended our direction. */
  #ended = false;
  /** Whether the peer has ended its own. */
  #peerEnded = false;
  /** Whether we have cut the stream. */
  #cut = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stream: Http2Stream) {
    this.#stream = stream;
    this.#session = stream.session;
    const { secure, remoteAddress } = describeSession(stream.session);
    this.isEncrypted = secure;
    this.remoteAddress = remoteAddress;
    stream.on("data", (chunk: Uint8Array) => this.listener?.onChunk(chunk));
    stream.on("end", () => this.#onEnd());
    stream.on("error", (error) => {
      this.#error ??= error;
    });
    stream.on("close", () => {
      clearTimeout(this.#timer);
      this.listener?.onClose(this.#explainEnd());
    });
  }

  get bufferedAmount(): number {
    return this.#stream.writableLength;
  }

  get localAddress(): Address | null {
    const socket = socketOf(this.#session);
    return socket === null ? null : localAddressOf(socket);
  }

  /** Sends a response's HEADERS, unless the stream has gone, or somebody else has answered. */
  respond(status: number, headers: RawHeaders): void {
    const stream = this.#stream as ServerHttp2Stream;
    if (stream.destroyed || stream.closed || stream.headersSent) return;
    stream.respond({ ":status": status, ...toOutgoing(headers) });
  }

  write(chunk: Uint8Array): boolean {
    const stream = this.#stream;
    if (!stream.writable) return true;
    const copied = chunk.length <= COPIED_MOST;
    // Not `slice`, which in a Buffer copies nothing.
    stream.write(copied ? new Uint8Array(chunk) : chunk, this.#onWritten);
    return copied;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  end(): void {
    const stream = this.#stream;
    this.#ended = true;
    if (stream.writable) stream.end();
    if (this.#peerEnded || stream.destroyed) return;
    // RFC 9113 §8.1: after a complete response, a server may ask for the end of the request "by sending a RST_STREAM with an
    // error code of NO_ERROR". It goes after what is still to be written.
    this.#timer ??= setTimeout(() => {
      this.#cut = true;
      stream.close(NO_ERROR);
    }, LINGER);
    this.#timer.unref();
  }

  destroy(): void {
    this.#cut = true;
    // RFC 8441 §5: "RST exceptions are represented with the RST_STREAM frame … with the CANCEL error code". That is what Node
    // makes of an abort; its `close(code)` would say END_STREAM before.
    addAbortSignal(ABORTED, this.#stream);
  }

  /** One for all writes: a write below Node's mark gives no other sign that it has drained. */
  readonly #onWritten = (): void => {
    if (this.#stream.writableLength === 0) this.listener?.onDrain();
  };

  #onEnd(): void {
    // Node ends a stream also when it was reset, by whichever side, just before it closes.
    if (this.#cut || this.#isReset) return;
    this.#peerEnded = true;
    this.listener?.onEnd();
  }

  /** Whether it has closed before both sides had ended it. */
  get #isReset(): boolean {
    const { rstCode, aborted } = this.#stream;
    return aborted || (rstCode !== undefined && rstCode !== NO_ERROR);
  }

  /** Why the stream has closed, or null when both sides have ended it, or we have cut it. */
  #explainEnd(): Error | null {
    if (this.#cut || (this.#ended && this.#peerEnded)) return null;
    // What ends the session ends its streams as if each had been reset.
    if (this.#session === undefined || this.#session.destroyed) {
      return new StreamLost(null, this.#error === null ? undefined : { cause: this.#error });
    }
    const { rstCode } = this.#stream;
    return this.#isReset ? new StreamLost(ERRORS[rstCode] ?? `error ${rstCode}`) : this.#error;
  }
}

const ABORTED = AbortSignal.abort();

/** A request as it came: pseudo-header fields first, `:path` as its target; that of a plain CONNECT is its host. */
export function toHttp2RequestHead(flat: readonly string[]): RequestHead {
  const rawHeaders = toPairs(flat);
  const [method = ""] = headerValues(rawHeaders, ":method");
  const [target = headerValues(rawHeaders, ":authority")[0] ?? ""] = headerValues(
    rawHeaders,
    ":path",
  );
  return { method, target, version: "2", rawHeaders };
}

/** A response as it came. HTTP/2 has no reason phrases. */
export function toHttp2ResponseHead(flat: readonly string[]): ResponseHead {
  const rawHeaders = toPairs(flat).filter(([name]) => name !== ":status");
  const [status] = headerValues(toPairs(flat), ":status");
  return { version: "2", status: Number(status ?? 0), statusText: "", rawHeaders };
}

/** Fields as node:http2 takes them. A name that comes more than once is a list, which only few may be (RFC 9110 §5.3). */
export function toOutgoing(raw: RawHeaders): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of raw) {
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (name === "set-cookie") fields[name] = [before, value].flat();
    else fields[name] = `${before}${name === "cookie" ? ";" : ","} ${value}`;
  }
  return fields;
}

function toPairs(flat: readonly string[]): [string, string][] {
  const raw: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2)
    raw.push([flat[at] as string, flat[at + 1] as string]);
  return raw;
}

/** Who is at the other end of a session, and whether it is encrypted. */
export function describeSession(session: Http2Session | undefined): {
  readonly secure: boolean;
  readonly remoteAddress: Address | null;
} {
  const socket = socketOf(session);
  return {
    secure: session?.encrypted ?? false,
    remoteAddress: socket === null ? null : remoteAddressOf(socket),
  };
}

/** The socket below, of which a session that has ended has none. */
function socketOf(session: Http2Session | undefined): Http2Session["socket"] | null {
  if (session === undefined || session.destroyed) return null;
  return session.socket ?? null;
}
