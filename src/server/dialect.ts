/** The versions of HTTP in which a request can come and be answered, as a reception speaks them. */
import type { Transport } from "../connection/transport.ts";
import type { RequestHead } from "../http/head.ts";
import { headerValues, type RawHeaders, serialiseHead } from "../http/headers.ts";
import type { Http2Transport } from "../node/http2.ts";
import {
  acceptHttp2Request,
  checkHttp2Message,
  readAuthority,
  readHttp2Request,
  refuseHttp2,
  toHttp2Headers,
} from "../protocol/http2.ts";
import {
  type Acceptance,
  acceptRequest,
  checkMessage,
  type Refusal,
  readRequest,
  refuse,
  statusLine,
  type Wishes,
} from "../protocol/server.ts";

/** A valid request, and how to accept it. */
export interface Opening {
  readonly wishes: Wishes;
  /** The fields of the answer that accepts it. */
  accept(acceptance: Acceptance): RawHeaders;
}

export interface Dialect {
  readonly version: "1.1" | "2";
  /** The status that accepts a request. */
  readonly accepted: 101 | 200;
  /** Checks what no request may have. @throws InvalidMessage, SecurityError */
  check(head: RequestHead): void;
  /** The host that a request names, or null. */
  readHost(raw: RawHeaders): string | null;
  /** Reads a request for a WebSocket. @throws InvalidHandshake, one of its kind for each rule. */
  read(head: RequestHead): Opening;
  /** Whether the peer has nothing more to send than `head`, and has not gone when its direction ends. */
  endsWith(head: RequestHead): boolean;
  /** What to answer to a request that has failed with `error`. */
  refuse(error: unknown): Refusal;
  /** Fields as this version has them. */
  toFields(raw: RawHeaders): RawHeaders;
  /** Answers. */
  send(status: number, text: string, fields: RawHeaders, body: Uint8Array): void;
}

/** RFC 6455 §4.2: GET and 101. */
export class Http1Dialect implements Dialect {
  readonly version = "1.1";
  readonly accepted = 101;
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  check(head: RequestHead): void {
    checkMessage(head);
  }

  readHost(raw: RawHeaders): string | null {
    return headerValues(raw, "Host")[0] ?? null;
  }

  read(head: RequestHead): Opening {
    const wishes = readRequest(head);
    return { wishes, accept: (acceptance) => acceptRequest(wishes, acceptance) };
  }

  endsWith(): boolean {
    return false;
  }

  refuse(error: unknown): Refusal {
    return refuse(error);
  }

  toFields(raw: RawHeaders): RawHeaders {
    return raw;
  }

  send(status: number, text: string, fields: RawHeaders, body: Uint8Array): void {
    const head = serialiseHead(statusLine(status, text), fields);
    if (body.length === 0) {
      this.#transport.write(head);
      return;
    }
    // One write: a small answer is one packet.
    const whole = new Uint8Array(head.length + body.length);
    whole.set(head);
    whole.set(body, head.length);
    this.#transport.write(whole);
  }
}

/** RFC 8441 §5: extended CONNECT and 200. */
export class Http2Dialect implements Dialect {
  readonly version = "2";
  readonly accepted = 200;
  readonly #transport: Http2Transport;

  constructor(transport: Http2Transport) {
    this.#transport = transport;
  }

  check(head: RequestHead): void {
    checkHttp2Message(head);
  }

  readHost(raw: RawHeaders): string | null {
    return readAuthority(raw);
  }

  read(head: RequestHead): Opening {
    return { wishes: readHttp2Request(head), accept: acceptHttp2Request };
  }

  endsWith({ method }: RequestHead): boolean {
    return method !== "CONNECT";
  }

  refuse(error: unknown): Refusal {
    return refuseHttp2(error);
  }

  toFields(raw: RawHeaders): RawHeaders {
    return toHttp2Headers(raw);
  }

  send(status: number, _text: string, fields: RawHeaders, body: Uint8Array): void {
    this.#transport.respond(status, fields);
    if (body.length > 0) this.#transport.write(body);
  }
}
