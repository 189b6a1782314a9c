/** One opening handshake on one transport: sends the request, judges the answer (RFC 6455 §4.1). */

import { TimeoutError } from "../connection/deadline.ts";
import { defer } from "../connection/deferred.ts";
import { OpeningTeller } from "../connection/opening-teller.ts";
import { Subject } from "../connection/tap.ts";
import { StreamLost, type Transport, type TransportListener } from "../connection/transport.ts";
import type { Address } from "../http/address.ts";
import { BodyReader } from "../http/body.ts";
import { InvalidMessage, SecurityError } from "../http/errors.ts";
import { HeadParser, type ResponseHead } from "../http/head.ts";
import { serialiseHead } from "../http/headers.ts";
import { InvalidStatus } from "../http/invalid-status.ts";
import { HandshakeResponse, type RequestOwner } from "../http/message.ts";
import { agree, establish } from "./establish.ts";
import type { ClientConnection, ClientSettings } from "./options.ts";
import { locationOf } from "./redirect.ts";
import type { Attempt } from "./request.ts";

/** The most bytes that are read of an answer which turned us down. */
const BODY_MOST = 64 * 1024;
/** Interim answers (1xx) that a server may send before the real one. */
const INTERIM_MOST = 16;

/**
 * Shakes hands.
 *
 * @throws InvalidHandshake (rejects), one of its kind for each way to fail. @throws `signal.reason` (rejects).
 */
export function shakeHands(
  attempt: Attempt,
  transport: Transport,
  settings: ClientSettings,
  signal: AbortSignal,
): Promise<ClientConnection> {
  const handshake = new Handshake(attempt, transport, settings, signal);
  handshake.send(serialiseHead(`GET ${attempt.uri.path} HTTP/1.1`, attempt.headers));
  return handshake.done;
}

/** Of a request that somebody else sends, and whose answer's head somebody else reads: `onHead` is told of it. */
export class Handshake implements TransportListener, RequestOwner {
  readonly secure: boolean;
  readonly remoteAddress: Address | null;

  readonly #attempt: Attempt;
  readonly #transport: Transport;
  readonly #settings: ClientSettings;
  readonly #subject: Subject;
  readonly #teller: OpeningTeller;
  readonly #signal: AbortSignal;
  readonly #result = defer<ClientConnection>();
  #parser = new HeadParser("response");
  #interim = 0;
  #refused: ResponseHead | null = null;
  #body: BodyReader | null = null;
  #connection: ClientConnection | null = null;
  #settled = false;
  /** Whether the server has ended its direction. */
  #ended = false;
  /** Whether a stream of HTTP/2 was cut. */
  #lost = false;

  constructor(
    attempt: Attempt,
    transport: Transport,
    settings: ClientSettings,
    signal: AbortSignal,
  ) {
    this.#attempt = attempt;
    this.#transport = transport;
    this.#settings = settings;
    this.#signal = signal;
    this.secure = attempt.uri.secure;
    this.remoteAddress = transport.remoteAddress;
    this.#subject = new Subject("client", transport.remoteAddress, attempt.http);
    this.#teller = new OpeningTeller(settings.log, this.#subject);
    transport.listener = this;
    if (signal.aborted) {
      this.#onAbort();
      return;
    }
    signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#teller.begin();
    settings.log.request(this.#subject, attempt);
  }

  /** Sends the request. */
  send(request: Uint8Array): void {
    if (!this.#settled) this.#transport.write(request);
  }

  get done(): Promise<ClientConnection> {
    return this.#result.promise;
  }

  get signal(): AbortSignal {
    return this.#connection?.signal ?? this.#signal;
  }

  onChunk(bytes: Uint8Array, lent = false): void {
    if (this.#settled) return;
    const chunk = lent ? bytes.slice() : bytes;
    if (this.#refused !== null) {
      this.#takeBody(chunk);
      return;
    }
    try {
      this.#parse(chunk);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The head of an answer that somebody else has read. */
  onHead(head: ResponseHead): void {
    if (this.#settled || this.#refused !== null) return;
    try {
      this.#takeHead(head, NOTHING);
    } catch (error) {
      this.#fail(error);
    }
  }

  onEnd(): void {
    if (this.#settled) {
      this.#transport.end();
      return;
    }
    this.#ended = true;
    if (this.#refused !== null) this.#refuse();
    else this.#fail(this.#unexpectedEnd(null));
  }

  onDrain(): void {}

  onClose(error: Error | null): void {
    this.#lost = error instanceof StreamLost;
    if (!this.#settled) {
      this.#teller.lost(error);
      if (this.#refused !== null) this.#refuse();
      else this.#fail(this.#unexpectedEnd(error));
    }
  }

  #parse(chunk: Uint8Array): void {
    let rest = chunk;
    while (true) {
      const head = this.#parser.push(rest);
      if (head === null) return;
      rest = this.#parser.rest;
      if (!this.#takeHead(head, rest)) return;
      this.#parser = new HeadParser("response");
      if (rest.length === 0) return;
    }
  }

  /** @returns Whether another head is to follow. */
  #takeHead(head: ResponseHead, rest: Uint8Array): boolean {
    this.#settings.log.response(this.#subject, head);
    if (this.#attempt.accepts(head)) {
      this.#open(head, rest);
      return false;
    }
    // RFC 9110 §15.2: a client "MUST be able to parse one or more 1xx responses received prior to a final response".
    if (head.status >= 200) {
      this.#refused = head;
      this.#body = new BodyReader(head, BODY_MOST);
      this.#takeBody(rest);
      // A redirect need not be waited for until the server closes.
      if (!this.#body.isDelimited && locationOf(head) !== null) this.#refuse();
      return false;
    }
    this.#interim += 1;
    if (this.#interim > INTERIM_MOST) {
      throw new SecurityError(`expected no more than ${INTERIM_MOST} interim responses`);
    }
    return true;
  }

  #open(head: ResponseHead, rest: Uint8Array): void {
    const agreed = agree(head, this.#attempt, this.#settings);
    this.#settle();
    const transport = this.#transport;
    const parts = { attempt: this.#attempt, head, transport, subject: this.#subject, owner: this };
    const connection = establish(parts, agreed, this.#settings);
    this.#connection = connection;
    connection.start(rest);
    this.#result.resolve(connection);
  }

  #takeBody(chunk: Uint8Array): void {
    this.#body?.push(chunk);
    if (this.#body?.done !== false) this.#refuse();
  }

  #refuse(): void {
    const head = this.#refused as ResponseHead;
    const body = this.#body?.take() ?? new Uint8Array(0);
    this.#settings.log.body(this.#subject, body.length);
    this.#fail(new InvalidStatus(new HandshakeResponse(head, body)));
  }

  #fail(error: unknown, aborts = false): void {
    if (this.#settled) return;
    this.#settle();
    if (aborts) this.#teller.step("aborting");
    if (aborts || this.#lost) this.#teller.cut();
    else this.#teller.end();
    if (aborts) {
      this.#transport.destroy();
    } else {
      // Where the server has ended first, nothing more is to come.
      if (this.#ended) this.#teller.closed();
      this.#transport.end();
      if (!this.#lost) this.#teller.step(this.#transport.isEncrypted ? "closing" : "half-closing");
      // The server has been told; whatever else it sends is not waited for.
      this.#settings.connection.clock.nextTurn(() => this.#transport.destroy());
    }
    this.#teller.closed();
    this.#result.reject(error);
  }

  readonly #onAbort = (): void => {
    // The server has answered; that the body of its answer is slow says less than its status.
    if (this.#refused !== null && this.#signal.reason instanceof TimeoutError) this.#refuse();
    else this.#fail(this.#signal.reason, true);
  };

  #unexpectedEnd(cause: Error | null): InvalidMessage {
    // What is most often wrong where a server hangs up without a word.
    const hint =
      this.#parser.started || this.#transport.isEncrypted
        ? ""
        : ", of which nothing has come; does the server expect TLS (wss:)?";
    const end =
      cause ??
      // The code tells, as in Node, that the connection was lost, and not that what came was wrong.
      Object.assign(new Error(`connection closed while reading the HTTP response${hint}`), {
        code: "ECONNRESET",
      });
    return new InvalidMessage("response", { cause: end });
  }

  #settle(): void {
    this.#settled = true;
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

const NOTHING = new Uint8Array(0);
