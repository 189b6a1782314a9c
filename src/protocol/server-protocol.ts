/** A server's end of one connection, without I/O: the opening handshake (RFC 6455 §4.2), then the open connection. */
import { encodeUtf8 } from "#platform";
import { WebSocketError } from "../error.ts";
import type { ExtensionFactory } from "../extensions/extension.ts";
import { agreeOnExtension } from "../extensions/negotiate.ts";
import { InvalidMessage, InvalidOrigin } from "../http/errors.ts";
import { HeadParser, type RequestHead } from "../http/head.ts";
import { checkHeader, type RawHeaders, serialiseHead } from "../http/headers.ts";
import { PRODUCT } from "../http/product.ts";
import { checkSubprotocols } from "../http/subprotocols.ts";
import { InvalidState } from "./errors.ts";
import { GatheredOutput } from "./gathered-output.ts";
import { Protocol, type ProtocolOptions } from "./protocol.ts";
import {
  acceptRequest,
  checkMessage,
  chooseSubprotocol,
  readRequest,
  refusalBody,
  refusalHeaders,
  refuse,
  type ServerOpening,
  statusLine,
} from "./server.ts";

/** What a server can be told. */
export interface ServerProtocolOptions extends ProtocolOptions {
  /**
   * Origins that may come in, as browsers write them; `null` among them stands for "no Origin header" (§10.2). Others are
   * answered 403. Default `null`: all may, and you judge the "request" event yourself.
   */
  readonly origins?: readonly (string | null)[] | null;
  /** Subprotocols to choose from, best first; a client that offers none of them is turned down. Default none. */
  readonly subprotocols?: readonly string[];
  /** The value of Server; `null`: none. Default `clearsocket/` and its version. */
  readonly serverHeader?: string | null;
  /** Makes the value of Date. Default: the system's. */
  readonly makeDate?: () => string;
}

/** How to accept a request. */
export interface AcceptOptions {
  /** The subprotocol, one of those that the client offers, or `null`. Default: chosen by the option `subprotocols`. */
  readonly subprotocol?: string | null;
  /** Further headers of the 101. */
  readonly headers?: RawHeaders;
}

/** Bytes that may come behind a request before it has been answered. A client "MUST wait" (§4.1); few do not. */
const EARLY_MOST = 64 * 1024;

/**
 * A server's end of one connection.
 *
 * A "request" event says that a valid request came: answer it by `accept` or `reject`, at once or later. One that is not
 * valid is answered by the machine, with a "failing" event, the fitting status and the end of the stream.
 */
export class ServerProtocol extends Protocol {
  readonly #origins: readonly (string | null)[] | null;
  readonly #subprotocols: readonly string[];
  readonly #extensions: readonly ExtensionFactory[];
  readonly #serverHeader: string | null;
  readonly #makeDate: () => string;
  readonly #parser = new HeadParser("request");
  /** What came behind the request. */
  readonly #early = new GatheredOutput();
  #request: RequestHead | null = null;
  #opening: ServerOpening | null = null;
  /** Whether the request waits for its answer. */
  #waits = false;
  #subprotocol: string | null = null;

  /** @throws TypeError, RangeError for a wrong option. */
  constructor(options: ServerProtocolOptions = {}) {
    super("server", options, null);
    const { origins = null, subprotocols = [], serverHeader = PRODUCT } = options;
    checkSubprotocols(subprotocols);
    if (serverHeader !== null) checkHeader("Server", serverHeader);
    this.#origins = origins;
    this.#subprotocols = subprotocols;
    this.#extensions = options.extensions ?? [];
    this.#serverHeader = serverHeader;
    this.#makeDate = options.makeDate ?? (() => new Date().toUTCString());
  }

  /** The client's request, once its head came whole. */
  get request(): RequestHead | null {
    return this.#request;
  }

  /** The value of Origin, or null. */
  get origin(): string | null {
    return this.#opening?.origin ?? null;
  }

  /** What the client offers, in its order of preference. */
  get offeredSubprotocols(): readonly string[] {
    return this.#opening?.subprotocols ?? [];
  }

  /** The subprotocol that was agreed on, or null. */
  get subprotocol(): string | null {
    return this.#subprotocol;
  }

  /**
   * Accepts the request that waits, with a 101 (§4.2.2).
   *
   * @returns Whether it did: `false` when no subprotocol could be agreed on, which is answered 400.
   * @throws InvalidState when no request waits. @throws TypeError for a header that cannot be sent, or a subprotocol that
   * was not offered.
   */
  accept({ subprotocol: chosen, headers = [] }: AcceptOptions = {}): boolean {
    const opening = this.#waiting();
    checkHeaders(headers);
    if (typeof chosen === "string" && !opening.subprotocols.includes(chosen)) {
      throw new TypeError(`subprotocol ${JSON.stringify(chosen)} was not offered by the client`);
    }
    try {
      this.#subprotocol =
        chosen === undefined ? chooseSubprotocol(this.#subprotocols, opening.subprotocols) : chosen;
    } catch (error) {
      this.#refuse(error);
      return false;
    }
    const { extension, header } = agreeOnExtension(opening.extensions, this.#extensions);
    const raw = acceptRequest(opening, {
      subprotocol: this.#subprotocol,
      extensions: header,
      headers,
      server: this.#serverHeader,
      date: this.#makeDate(),
    });
    this.#waits = false;
    this.write(serialiseHead(statusLine(101), raw));
    this.open(this.#early.take(), extension);
    return true;
  }

  /**
   * Turns down the request that waits, with a plain HTTP response and the end of the stream.
   *
   * @param status From 200 to 599.
   * @param body Text; sent as `text/plain` in UTF-8 unless `headers` has a Content-Type.
   * @throws InvalidState when no request waits. @throws RangeError for another status. @throws TypeError for a header that
   * cannot be sent.
   */
  reject(status: number, body = "", headers: RawHeaders = []): void {
    this.#waiting();
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`status is ${status}: it must be an integer from 200 to 599`);
    }
    checkHeaders(headers);
    const bytes = encodeUtf8(body);
    const raw: [string, string][] = [
      ["Date", this.#makeDate()],
      ["Connection", "close"],
    ];
    // RFC 9110 §8.6: no Content-Length in a 204; neither it nor a 304 has a body (§6.4.1).
    const hasBody = status !== 204 && status !== 304;
    if (hasBody) raw.push(["Content-Length", String(bytes.length)]);
    if (hasBody && !headers.some(([name]) => name.toLowerCase() === "content-type")) {
      raw.push(["Content-Type", "text/plain; charset=utf-8"]);
    }
    for (const [name, value] of headers) raw.push([name, value]);
    if (this.#serverHeader !== null) raw.push(["Server", this.#serverHeader]);
    this.#answer(status, raw, hasBody ? bytes : NOTHING);
    this.endOpening(null);
  }

  /** @internal */
  protected override receiveOpening(bytes: Uint8Array): void {
    try {
      if (this.#request !== null) this.#takeEarly(bytes);
      else this.#takeHead(bytes);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** @internal */
  protected override loseOpening(): void {
    this.#waits = false;
    const cause = new Error("connection closed during the opening handshake");
    this.endOpening(new InvalidMessage("request", { cause }));
  }

  #takeHead(bytes: Uint8Array): void {
    const head = this.#parser.push(bytes);
    if (head === null) return;
    this.#request = head;
    checkMessage(head);
    this.#opening = readRequest(head);
    const { origin } = this.#opening;
    if (this.#origins !== null && !this.#origins.includes(origin)) throw new InvalidOrigin(origin);
    this.#waits = true;
    this.tell({ kind: "request", request: head });
    this.#takeEarly(this.#parser.rest);
  }

  #takeEarly(bytes: Uint8Array): void {
    if (this.#early.at + bytes.length > EARLY_MOST) {
      const cause = new Error(`more than ${EARLY_MOST} bytes came before the request was answered`);
      throw new InvalidMessage("request", { cause });
    }
    this.#early.write(bytes);
  }

  #waiting(): ServerOpening {
    if (!this.#waits || this.#opening === null || this.state !== "connecting") {
      throw new InvalidState(this.state);
    }
    return this.#opening;
  }

  #refuse(error: unknown): void {
    if (!(error instanceof WebSocketError)) throw error;
    const refused = refuse(error);
    const body = encodeUtf8(refusalBody(refused));
    const headers = refusalHeaders(refused, body.length, this.#makeDate(), this.#serverHeader);
    this.#answer(refused.status, headers, body);
    this.endOpening(error);
  }

  #answer(status: number, headers: RawHeaders, body: Uint8Array): void {
    this.#waits = false;
    this.#early.take();
    this.write(serialiseHead(statusLine(status), headers));
    this.write(body);
  }
}

const NOTHING = new Uint8Array(0);

/** Headers that the answer itself sets. */
const OWN: ReadonlySet<string> = new Set([
  "upgrade",
  "connection",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "content-length",
  "transfer-encoding",
]);

function checkHeaders(headers: RawHeaders): void {
  for (const [name, value] of headers) {
    checkHeader(name, value);
    if (OWN.has(name.toLowerCase())) {
      throw new TypeError(`headers can't have ${name}: the answer sets it`);
    }
  }
}
