/** A client without I/O: its opening handshake (RFC 6455 §4.1), then the open connection. */
import { randomKey } from "#platform";
import { WebSocketError } from "../error.ts";
import type { Extension, ExtensionFactory } from "../extensions/extension.ts";
import { confirmExtensions, offerExtensions } from "../extensions/negotiate.ts";
import { isKey, makeKey } from "../http/accept-key.ts";
import { InvalidMessage, NegotiationError, SecurityError } from "../http/errors.ts";
import { type ExtensionOffer, serialiseExtensions } from "../http/extensions.ts";
import { HeadParser, type RequestHead, type ResponseHead } from "../http/head.ts";
import { headerValues, type RawHeaders, serialiseHead } from "../http/headers.ts";
import { InvalidStatus } from "../http/invalid-status.ts";
import { HandshakeResponse } from "../http/message.ts";
import { PRODUCT } from "../http/product.ts";
import { checkSubprotocols } from "../http/subprotocols.ts";
import { parseUri } from "../http/uri.ts";
import { type ClientOpening, makeRequest, readResponse } from "./client.ts";
import { GatheredOutput } from "./gathered-output.ts";
import { Protocol, type ProtocolOptions } from "./protocol.ts";

/** What a client can be told. */
export interface ClientProtocolOptions extends ProtocolOptions {
  /** The value of Origin; `null`: none. Default `null`. */
  readonly origin?: string | null;
  /** Subprotocols to offer, best first. Default none. */
  readonly subprotocols?: readonly string[];
  /** Further headers of the request. */
  readonly headers?: RawHeaders;
  /** The value of User-Agent; `null`: none. Default `clearsocket/` and its version. */
  readonly userAgent?: string | null;
  /** Sec-WebSocket-Key: 16 bytes in base64 (§4.1). Default random; give one in tests only. */
  readonly key?: string;
  /** Makes the masking keys: 32 bits that nobody can foretell (§5.3). Default random; give one in tests only. */
  readonly makeMaskingKey?: () => number;
}

/** Interim answers (1xx) that a server may send before the real one. */
const INTERIM_MOST = 16;

/** The most bytes that are read of an answer which turned us down. */
const BODY_MOST = 64 * 1024;

/**
 * A client. Its request waits in `output` from the beginning.
 *
 * A "response" event and the state "open" say that the server has accepted; a "failing" event says that it has not, or
 * wrongly. Its error is an `InvalidStatus` for any other status than 101, with the response and up to 64 KiB of its body.
 */
export class ClientProtocol extends Protocol {
  /** The request as it is sent. */
  readonly request: RequestHead;
  readonly #opening: ClientOpening;
  readonly #extensions: readonly ExtensionFactory[];
  #parser = new HeadParser("response");
  #interim = 0;
  #response: HandshakeResponse | null = null;
  #subprotocol: string | null = null;
  /** The head of an answer that turned us down, while its body comes. */
  #refused: ResponseHead | null = null;
  readonly #body = new GatheredOutput();

  /**
   * @throws InvalidURI when `url` is not the address of a WebSocket.
   * @throws TypeError, RangeError for a wrong option.
   */
  constructor(url: string | URL, options: ClientProtocolOptions = {}) {
    super("client", options, options.makeMaskingKey ?? randomKey);
    const { origin = null, subprotocols = [], headers = [], key = makeKey() } = options;
    const { userAgent = PRODUCT } = options;
    if (!isKey(key))
      throw new TypeError(`key is ${JSON.stringify(key)}: 16 bytes in base64 are expected`);
    checkSubprotocols(subprotocols);
    const uri = parseUri(url);
    this.#extensions = options.extensions ?? [];
    const offers = offerExtensions(this.#extensions);
    const extensions = offers.length === 0 ? null : serialiseExtensions(offers);
    this.#opening = { uri, key, origin, subprotocols, extensions, headers, userAgent };
    const rawHeaders = makeRequest(this.#opening);
    this.request = { method: "GET", target: uri.path, version: "1.1", rawHeaders };
    this.write(serialiseHead(`GET ${uri.path} HTTP/1.1`, rawHeaders));
  }

  /** The server's answer, once it came whole. */
  get response(): HandshakeResponse | null {
    return this.#response;
  }

  /** The subprotocol that the server has chosen, or null. */
  get subprotocol(): string | null {
    return this.#subprotocol;
  }

  /** @internal */
  protected override receiveOpening(bytes: Uint8Array): void {
    if (this.#refused !== null) {
      this.#takeBody(this.#refused, bytes);
      return;
    }
    try {
      this.#takeHead(bytes);
    } catch (error) {
      if (!(error instanceof WebSocketError)) throw error;
      this.endOpening(error);
    }
  }

  /** @internal */
  protected override loseOpening(): void {
    if (this.#refused !== null) {
      this.#turnedDown(this.#refused);
      return;
    }
    const cause = new Error("connection closed while reading the HTTP response");
    this.endOpening(new InvalidMessage("response", { cause }));
  }

  #takeHead(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) {
      const head = this.#parser.push(rest);
      if (head === null) return;
      rest = this.#parser.rest;
      if (head.status === 101) {
        this.#tellResponse(new HandshakeResponse(head));
        const { subprotocol, extensions } = readResponse(head, this.#opening);
        const extension = this.#confirm(extensions);
        this.#subprotocol = subprotocol;
        this.open(rest, extension);
        return;
      }
      if (head.status >= 200) {
        this.#refused = head;
        this.#takeBody(head, rest);
        return;
      }
      // RFC 9110 §15.2: a client "MUST be able to parse one or more 1xx responses received prior to a final response".
      this.#interim += 1;
      if (this.#interim > INTERIM_MOST) {
        throw new SecurityError(`expected no more than ${INTERIM_MOST} interim responses`);
      }
      this.#parser = new HeadParser("response");
    }
  }

  #confirm(answer: readonly ExtensionOffer[]): Extension | null {
    const [extension = null, ...others] = confirmExtensions(answer, this.#extensions);
    if (others.length === 0) return extension;
    for (const unused of [extension, ...others]) unused?.close();
    throw new NegotiationError("more than one extension");
  }

  /** Deviation: a body with a transfer coding is not decoded: what came of it until the stream's end is handed over. */
  #takeBody(head: ResponseHead, bytes: Uint8Array): void {
    const body = this.#body;
    body.write(bytes.subarray(0, BODY_MOST - body.at));
    const length = headerValues(head.rawHeaders, "Content-Length")[0];
    const isWhole = length !== undefined && body.at >= Number(length);
    const hasNone = head.status === 204 || head.status === 304;
    if (isWhole || hasNone || body.at >= BODY_MOST) this.#turnedDown(head);
  }

  #turnedDown(head: ResponseHead): void {
    const response = new HandshakeResponse(head, this.#body.take());
    this.#tellResponse(response);
    this.endOpening(new InvalidStatus(response));
  }

  #tellResponse(response: HandshakeResponse): void {
    this.#response = response;
    this.tell({ kind: "response", response });
  }
}
