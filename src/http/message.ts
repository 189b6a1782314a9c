/**
 * The two messages of an opening handshake, as values that users read.
 *
 * A server holds one pair for each of its connections as long as they live. So what few users ask for (`url`, `headers`)
 * is made on first use, and `pack` folds the raw headers into one text, about a quarter of their size.
 */
import type { Address } from "./address.ts";
import type { RequestHead, ResponseHead } from "./head.ts";
import { headerValues, type RawHeaders, toHeaders } from "./headers.ts";
import { isHost } from "./host.ts";

/** What is known of a request beside its head. The request asks its owner each time, so getters may be lazy. */
export interface RequestOwner {
  /** Whether the request came, or goes, through TLS. */
  readonly secure: boolean;
  /** The other end; null when it is gone or unknown. */
  readonly remoteAddress: Address | null;
  /** Aborts when the connection ends. */
  readonly signal: AbortSignal;
}

/** Stands where a request names no usable host (RFC 6761 §6.4: never the name of a host). */
const NO_HOST = "host.invalid";

const EMPTY: Uint8Array = new Uint8Array(0);

function unpack(fields: RawHeaders | string): RawHeaders {
  return typeof fields === "string" ? (JSON.parse(fields) as RawHeaders) : fields;
}

function fold(fields: RawHeaders): string {
  const text = JSON.stringify(fields);
  // V8 gives a rope of half-empty pieces: who asks for a character gets them joined.
  text.charCodeAt(0);
  return text;
}

/** The request of an opening handshake. Nothing of it throws, whatever the peer sent. */
export class HandshakeRequest {
  /** The method, such as `GET`. */
  readonly method: string;
  /** Path and query as they were sent, such as `/chat?room=1`; of an absolute target, the part after the host. */
  readonly path: string;
  /** The HTTP version. */
  readonly version: "1.0" | "1.1" | "2";
  #owner: RequestOwner;
  #fields: RawHeaders | string;
  #authority: string | null = null;
  #url: URL | null = null;
  #headers: Headers | null = null;

  /** A request with `head`; its `version` is one of `1.0`, `1.1`, `2`. Over HTTP/2, `target` is the `:path`. */
  constructor(head: RequestHead, owner: RequestOwner) {
    this.method = head.method;
    const absolute = head.target.startsWith("/") ? null : /^https?:\/\/([^/?]+)/i.exec(head.target);
    if (absolute === null) {
      this.path = head.target;
    } else {
      this.#authority = absolute[1] ?? null;
      const path = head.target.slice(absolute[0].length);
      this.path = path.startsWith("/") ? path : `/${path}`;
    }
    this.version = head.version as "1.0" | "1.1" | "2";
    this.#owner = owner;
    this.#fields = head.rawHeaders;
  }

  /** The header fields as they were sent, in order. */
  get rawHeaders(): RawHeaders {
    return unpack(this.#fields);
  }

  /** The header fields as WHATWG `Headers`. */
  get headers(): Headers {
    this.#headers ??= toHeaders(this.rawHeaders);
    return this.#headers;
  }

  /**
   * The address that was asked for, `http:` or `https:` as the connection is plain or secure.
   *
   * Its host is the one that the client named (Host or `:authority`; RFC 9112 §3.2.2: that of an absolute target goes
   * before), or `host.invalid` when that is no host.
   */
  get url(): URL {
    this.#url ??= this.#makeUrl();
    return this.#url;
  }

  /** The other end of the connection; null when it is gone or unknown. */
  get remoteAddress(): Address | null {
    return this.#owner.remoteAddress;
  }

  /** Aborts when the connection ends. */
  get signal(): AbortSignal {
    return this.#owner.signal;
  }

  /**
   * A new WHATWG `Request` with the same method, URL, headers and signal, for code that is written for those.
   *
   * Methods that a `Request` may not have become GET, among them CONNECT, which is HTTP/2's way to say GET here (RFC 8441).
   */
  toRequest(): Request {
    const { url, headers, signal } = this;
    const forbidden = /^(?:CONNECT|TRACE|TRACK)$/i.test(this.method);
    return new Request(url, { method: forbidden ? "GET" : this.method, headers, signal });
  }

  /**
   * Folds the raw headers, which from then on are made anew each time they are read. For owners, after the opening.
   *
   * @param owner Whom the request asks from now on.
   */
  pack(owner: RequestOwner = this.#owner): void {
    this.#owner = owner;
    if (typeof this.#fields !== "string") this.#fields = fold(this.#fields);
  }

  #makeUrl(): URL {
    const scheme = this.#owner.secure ? "https://" : "http://";
    const raw = this.rawHeaders;
    const named =
      this.#authority ?? headerValues(raw, ":authority")[0] ?? headerValues(raw, "Host")[0];
    const host = named !== undefined && isHost(named) ? named : NO_HOST;
    const path = this.path.startsWith("/") ? this.path : "/";
    // Joined as text, not resolved: a path that begins with "//" would be taken for a host.
    const text = scheme + host + path;
    return new URL(URL.canParse(text) ? text : `${scheme + host}/`);
  }
}

/** The response of an opening handshake. Nothing of it throws, whatever the peer sent. */
export class HandshakeResponse {
  readonly status: number;
  readonly statusText: string;
  /** The body, as far as it was read; empty for a 101. */
  readonly body: Uint8Array;
  #fields: RawHeaders | string;
  #headers: Headers | null = null;

  constructor(head: Omit<ResponseHead, "version">, body: Uint8Array = EMPTY) {
    this.status = head.status;
    this.statusText = head.statusText;
    this.body = body;
    this.#fields = head.rawHeaders;
  }

  /** The header fields as they were sent, in order. */
  get rawHeaders(): RawHeaders {
    return unpack(this.#fields);
  }

  /** The header fields as WHATWG `Headers`. */
  get headers(): Headers {
    this.#headers ??= toHeaders(this.rawHeaders);
    return this.#headers;
  }

  /** Folds the raw headers, which from then on are made anew each time they are read. For owners, after the opening. */
  pack(): void {
    if (typeof this.#fields !== "string") this.#fields = fold(this.#fields);
  }
}
