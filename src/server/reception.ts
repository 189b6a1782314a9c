/** One socket before it is a connection: reads the request, judges it, answers (RFC 6455 §4.2). */

import type { Timer } from "../connection/clock.ts";
import type { Connection } from "../connection/connection.ts";
import type { Holder } from "../connection/memory-budget.ts";
import { OpeningTeller } from "../connection/opening-teller.ts";
import type { Subject } from "../connection/tap.ts";
import type { Transport, TransportListener } from "../connection/transport.ts";
import type { Address } from "../http/address.ts";
import { InvalidOrigin } from "../http/errors.ts";
import { HeadParser, type RequestHead } from "../http/head.ts";
import { headerValues, type RawHeaders } from "../http/headers.ts";
import { HandshakeRequest, type RequestOwner } from "../http/message.ts";
import { statusText } from "../http/status.ts";
import { type Refusal, refusalBody, refusalHeaders } from "../protocol/server.ts";
import { type Admitted, askApplication, type PlainAnswer } from "./admission.ts";
import { plainHeaders, refusalOf } from "./answer.ts";
import type { Dialect } from "./dialect.ts";
import type { ServerSettings } from "./options.ts";
import { checkOrigin, isHostAllowed } from "./origin.ts";
import { clientAddress } from "./proxy-trust.ts";
import { joinRest } from "./rest.ts";
import { openConnection, prepareWelcome, tellOpen } from "./welcome.ts";

/** What a reception needs of its server. */
export interface ReceptionHost<D> {
  readonly settings: ServerSettings<D>;
  /** Whether it listens on a loopback address. */
  readonly onLoopback: boolean;
  /** Why no connection can be taken now, or null. */
  refusesBecause(subject: Subject): string | null;
  /** The reception has opened a connection. */
  onOpen(reception: Reception<D>, connection: Connection<D>, head: Uint8Array): void;
  /** The reception's request has come. */
  onHead(subject: Subject, request: HandshakeRequest): void;
  /** The reception waits no longer: it has been answered, or its peer is lost. */
  onAnswered(reception: Reception<D>): void;
  /** The reception's socket is gone, without a connection. */
  onGone(reception: Reception<D>): void;
}

export class Reception<D> implements TransportListener, RequestOwner, Holder {
  readonly subject: Subject;
  readonly transport: Transport;
  readonly secure: boolean;

  readonly #host: ReceptionHost<D>;
  readonly #dialect: Dialect;
  readonly #startedAt: number;
  readonly #teller: OpeningTeller;
  #parser: HeadParser<"request"> | null = null;
  #head: RequestHead | null = null;
  /** What came behind the request. */
  #rest: Uint8Array = NOTHING;
  /** Bytes that have come. */
  #taken = 0;
  #timer: Timer | null = null;
  #aborter: AbortController | null = null;
  #connection: Connection<D> | null = null;
  /** Whether an answer is on its way: what comes now is dropped. */
  #answered = false;
  /** Whether the peer has ended its direction before it was answered. */
  #lost = false;
  /** Whether its socket has closed. */
  #gone = false;

  constructor(host: ReceptionHost<D>, transport: Transport, dialect: Dialect, subject: Subject) {
    this.#host = host;
    this.#dialect = dialect;
    this.transport = transport;
    this.subject = subject;
    this.secure = transport.isEncrypted;
    const { clock, openTimeout } = host.settings.connection;
    this.#startedAt = clock.now();
    this.#teller = new OpeningTeller(host.settings.log, subject);
    transport.listener = this;
    if (openTimeout !== null) this.#timer = clock.after(openTimeout, () => this.#onTimeout());
  }

  /** Reads the request from a socket of our own. */
  listen(): void {
    this.#teller.begin();
    this.#parser = new HeadParser("request");
  }

  /** Takes a request that somebody else has read. */
  take(head: RequestHead, rest: Uint8Array): void {
    this.#teller.begin();
    this.#keepRest(rest);
    void this.#process(head);
  }

  /** Turns down whoever is still waiting: the server closes. */
  dismiss(): void {
    if (this.#answered) return;
    if (this.#parser !== null && !this.#parser.started) {
      this.#settle();
      this.#endStream();
      return;
    }
    this.turnAway("the server is closing");
  }

  /** Answers with 503, also to who has not asked yet. */
  turnAway(reason: string): void {
    if (!this.#answered) this.#refuse(refusalOf(503, reason), false);
  }

  /** Bytes that it holds, as a part of the memory budget: a request may be 128 lines of 8 KiB. */
  get held(): number {
    return this.#answered ? 0 : this.#taken;
  }

  giveUp(reason: string): void {
    this.turnAway(reason);
  }

  /** Cuts the socket. */
  abort(): void {
    this.#teller.step("aborting");
    this.#teller.cut();
    this.transport.destroy();
  }

  // --- the request's owner

  get remoteAddress(): Address | null {
    return this.subject.remoteAddress;
  }

  get signal(): AbortSignal {
    if (this.#connection !== null) return this.#connection.signal;
    this.#aborter ??= new AbortController();
    if (this.#gone) this.#aborter.abort(new Error(LOST));
    return this.#aborter.signal;
  }

  // --- what comes from below

  onChunk(chunk: Uint8Array): void {
    if (this.#answered) return;
    this.#taken += chunk.length;
    this.#host.settings.connection.budget?.moved(chunk.length);
    const parser = this.#parser;
    if (parser === null) {
      this.#keepRest(chunk);
      return;
    }
    let head: RequestHead | null;
    try {
      head = parser.push(chunk);
    } catch (error) {
      this.#parser = null;
      this.#fail(error);
      return;
    }
    if (head === null) return;
    this.#parser = null;
    this.#keepRest(parser.rest);
    void this.#process(head);
  }

  onEnd(): void {
    if (this.#answered) return;
    if (this.#head !== null && this.#dialect.endsWith(this.#head)) return;
    this.#lost = true;
    if (this.#parser === null || this.#parser.started) this.#teller.step("opening lost");
    this.#settle();
    this.#endStream();
  }

  onDrain(): void {}

  onClose(error: Error | null): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#teller.lost(error);
    if (!this.#answered && (this.#parser === null || this.#parser.started))
      this.#teller.step("opening lost");
    this.#settle();
    this.#teller.cut();
    this.#teller.closed();
    this.#gone = true;
    this.#aborter?.abort(new Error(LOST));
    this.#host.onGone(this);
  }

  /**
   * Keeps frames that come behind the request. More of them wait in the socket until there is a connection to take them;
   * until any come it is read, so that the loss of the peer is seen.
   */
  #keepRest(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#rest = joinRest(this.#rest, chunk);
    this.transport.pause();
  }

  /** From now on what comes is dropped. */
  #settle(): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#host.onAnswered(this);
  }

  // --- judging

  async #process(head: RequestHead): Promise<void> {
    this.#head = head;
    const { log, match, hosts, processRequest, trustsProxy } = this.#host.settings;
    try {
      // What is no request that anybody would answer is not shown as one.
      this.#dialect.check(head);
      if (trustsProxy !== null) {
        const forwarded = headerValues(head.rawHeaders, "X-Forwarded-For");
        this.subject.remoteAddress = clientAddress(this.remoteAddress, forwarded, trustsProxy);
      }
      const request = new HandshakeRequest(head, this);
      this.subject.request = request;
      this.#host.onHead(this.subject, request);
      log.request(this.subject, head);
      if (match !== null && !match(request)) {
        this.#refuse(refusalOf(404, "there is nothing at this path"));
        return;
      }
      const name = this.#dialect.readHost(head.rawHeaders);
      if (!isHostAllowed(name, hosts, this.#host.onLoopback)) {
        log.hostRefused(this.subject, name ?? "");
        this.#refuse(refusalOf(403, "this Host is not allowed"));
        return;
      }
      let admitted: Admitted<D> | null = null;
      if (processRequest !== null) {
        const said = await askApplication(processRequest, request);
        if (this.#answered) return;
        if ("status" in said) {
          this.#answerPlainly(said);
          return;
        }
        if ("crash" in said) {
          log.crashed(this.subject, "process_request", said.crash);
          this.#refuse(this.#dialect.refuse(said.crash), true, true);
          return;
        }
        admitted = said;
      }
      this.#open(head, request, admitted);
    } catch (error) {
      this.#fail(error);
    }
  }

  #open(head: RequestHead, request: HandshakeRequest, admitted: Admitted<D> | null): void {
    const { settings } = this.#host;
    const dialect = this.#dialect;
    const opening = dialect.read(head);
    const { origin } = opening.wishes;
    checkOrigin(origin, dialect.readHost(head.rawHeaders), settings.origins);
    const unavailable = this.#host.refusesBecause(this.subject);
    if (unavailable !== null) {
      this.#refuse(refusalOf(503, unavailable), false);
      return;
    }
    const welcome = prepareWelcome(settings, opening, admitted);
    this.#timer?.cancel();
    this.#timer = null;
    this.#settle();
    const { transport, subject } = this;
    const status = dialect.accepted;
    const parts = { status, transport, subject, request, admitted };
    settings.log.response(subject, status, statusText(status), welcome.headers, 0);
    dialect.send(status, statusText(status), welcome.headers, NOTHING);
    const connection = openConnection(settings, welcome, parts);
    this.#connection = connection;
    this.#teller.open();
    tellOpen(settings, subject, head, welcome, { origin, startedAt: this.#startedAt });
    const aborter = this.#aborter;
    if (aborter !== null) {
      const { signal } = connection;
      signal.addEventListener("abort", () => aborter.abort(signal.reason), { once: true });
    }
    const rest = this.#rest;
    this.#rest = NOTHING;
    // Before the connection begins, which may pause it at once.
    transport.resume();
    this.#host.onOpen(this, connection, rest);
  }

  #fail(error: unknown): void {
    if (this.#answered) return;
    const refused = this.#dialect.refuse(error);
    const { log, origins } = this.#host.settings;
    if (refused.status === 500) log.crashed(this.subject, "opening handshake", error);
    else log.fault(this.subject, refused.fault, error);
    if (error instanceof InvalidOrigin && error.value !== null) {
      log.originRefused(
        this.subject,
        error.value,
        typeof origins === "string" ? origins : "a list",
      );
    }
    const early = refused.status === 414 || refused.status === 431;
    this.#refuse(refused, !early && refused.fault !== NO_REQUEST, early);
  }

  // --- answering

  /**
   * @param named Whether Server is told.
   * @param plainly Whether the log calls it an HTTP response, because the request was not judged as one for a WebSocket.
   */
  #refuse(refused: Refusal, named = true, plainly = false): void {
    const body = new TextEncoder().encode(refusalBody(refused));
    const server = named ? this.#host.settings.serverHeader : null;
    const headers = refusalHeaders(refused, body.length, this.#date(), server);
    const text = statusText(refused.status);
    this.#answer(refused.status, text, headers, body);
    const { log } = this.#host.settings;
    if (plainly) log.answered(this.subject, refused.status, text, this.#head);
    else log.rejected(this.subject, refused.status, this.#head, refused.text);
    this.#endStream();
  }

  #answerPlainly(answer: PlainAnswer): void {
    const { status, statusText: text, body } = answer;
    const { serverHeader, log } = this.#host.settings;
    const headers = plainHeaders(answer, this.#date(), serverHeader);
    this.#answer(status, text, headers, this.#head?.method === "HEAD" ? NOTHING : body);
    log.answered(this.subject, status, text, this.#head);
    this.#endStream();
  }

  #answer(status: number, text: string, headers: RawHeaders, body: Uint8Array): void {
    this.#settle();
    const fields = this.#dialect.toFields(headers);
    this.#host.settings.log.response(this.subject, status, text, fields, body.length);
    this.#dialect.send(status, text, fields, body);
  }

  /** Ends our direction, and waits for the peer's end: not for ever, and dropping what still comes. */
  #endStream(): void {
    this.#timer?.cancel();
    const { clock, closeTimeout } = this.#host.settings.connection;
    const onTimeout = (): void => {
      this.#teller.step("end timeout");
      this.abort();
    };
    this.#timer = closeTimeout === null ? null : clock.after(closeTimeout, onTimeout);
    this.#teller.end();
    // Where the peer has ended first, nothing more is to come.
    if (this.#lost) this.#teller.closed();
    this.transport.end();
    this.transport.resume();
    this.#teller.step(this.transport.isEncrypted ? "closing" : "half-closing");
  }

  #onTimeout(): void {
    this.#teller.step("open timeout");
    this.#settle();
    this.abort();
  }

  #date(): string {
    return new Date(this.#host.settings.connection.clock.date()).toUTCString();
  }
}

const LOST = "the connection was lost during the opening handshake";

const NO_REQUEST = "no valid HTTP request";

const NOTHING = new Uint8Array(0);
