/** The opening handshake through an http.Agent of the user's, and so through node:http (docs/decisions/0001-the-handshakes-http.md). */
import { type Agent, request as ask, type ClientRequest, type IncomingMessage } from "node:http";
import { request as askSecurely } from "node:https";
import type { Socket } from "node:net";
import { TimeoutError } from "../connection/deadline.ts";
import { type Deferred, defer } from "../connection/deferred.ts";
import { OpeningTeller } from "../connection/opening-teller.ts";
import { Subject } from "../connection/tap.ts";
import type { Address } from "../http/address.ts";
import { InvalidMessage, SecurityError, TooManyHeaders } from "../http/errors.ts";
import type { ResponseHead } from "../http/head.ts";
import type { RawHeaders } from "../http/headers.ts";
import { InvalidStatus } from "../http/invalid-status.ts";
import { HandshakeResponse, type RequestOwner } from "../http/message.ts";
import { cannotConnect } from "../node/dial.ts";
import { toResponseHead } from "../node/incoming.ts";
import { remoteAddressOf, SocketTransport } from "../node/socket.ts";
import { agree, establish } from "./establish.ts";
import type { ClientConnection, ClientSettings } from "./options.ts";
import { locationOf } from "./redirect.ts";
import type { Attempt } from "./request.ts";

/** As on our own sockets: bytes of a body, interim answers, headers. */
const BODY_MOST = 64 * 1024;
const INTERIM_MOST = 16;
const HEADERS_MOST = 128;

/**
 * Shakes hands on a socket that `agent` opens.
 *
 * @throws InvalidHandshake (rejects), one of its kind for each way to fail. @throws Error (rejects) when the agent opens no
 * socket; its `code` is the system's. @throws `signal.reason` (rejects) when the signal aborts.
 */
export function shakeHandsThrough(
  agent: Agent,
  attempt: Attempt,
  settings: ClientSettings,
  signal: AbortSignal,
): Promise<ClientConnection> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new AgentHandshake(agent, attempt, settings, signal).result.promise;
}

class AgentHandshake implements RequestOwner {
  readonly result: Deferred<ClientConnection> = defer<ClientConnection>();
  readonly secure: boolean;
  remoteAddress: Address | null = null;

  readonly #attempt: Attempt;
  readonly #settings: ClientSettings;
  readonly #signal: AbortSignal;
  readonly #request: ClientRequest;
  #subject: Subject | null = null;
  #teller: OpeningTeller | null = null;
  #interim = 0;
  #refusal: { readonly head: ResponseHead; readonly body: Uint8Array[]; size: number } | null =
    null;
  #connection: ClientConnection | null = null;
  #settled = false;

  constructor(agent: Agent, attempt: Attempt, settings: ClientSettings, signal: AbortSignal) {
    this.#attempt = attempt;
    this.#settings = settings;
    this.#signal = signal;
    const { host, port, path, secure } = attempt.uri;
    this.secure = secure;
    this.#request = (secure ? askSecurely : ask)({
      ...settings.tls,
      ...(settings.lookup === undefined ? null : { lookup: settings.lookup }),
      agent,
      host,
      port,
      path,
      setHost: false,
      headers: toObject(attempt.headers),
      ...{ allowHalfOpen: true },
    });
    this.#request.on("finish", () => this.#onSent());
    this.#request.on("information", () => this.#onInterim());
    this.#request.on("upgrade", (message, socket, rest) =>
      this.#onUpgrade(message, socket as Socket, rest),
    );
    this.#request.on("response", (message) => this.#onRefusal(message));
    this.#request.on("error", (error) => this.#onError(error));
    signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#request.end();
  }

  get signal(): AbortSignal {
    return this.#connection?.signal ?? this.#signal;
  }

  /** Only now it is known whom we talk to. */
  #onSent(): Subject {
    if (this.#subject !== null) return this.#subject;
    const { socket } = this.#request;
    this.remoteAddress = socket === null ? null : remoteAddressOf(socket);
    const subject = new Subject("client", this.remoteAddress);
    this.#subject = subject;
    this.#teller = new OpeningTeller(this.#settings.log, subject);
    this.#teller.begin();
    this.#settings.log.request(subject, this.#attempt);
    return subject;
  }

  #onInterim(): void {
    this.#interim += 1;
    if (this.#interim > INTERIM_MOST) {
      this.#fail(new SecurityError(`expected no more than ${INTERIM_MOST} interim responses`));
    }
  }

  #onUpgrade(message: IncomingMessage, socket: Socket, rest: Uint8Array): void {
    socket.allowHalfOpen = true;
    const transport = new SocketTransport(socket);
    if (this.#settled) {
      transport.destroy();
      return;
    }
    const subject = this.#onSent();
    try {
      const head = toResponseHead(message);
      this.#settings.log.response(subject, head);
      if (head.rawHeaders.length > HEADERS_MOST) throw new TooManyHeaders(HEADERS_MOST);
      const agreed = agree(head, this.#attempt, this.#settings);
      const parts = { attempt: this.#attempt, head, transport, subject, owner: this };
      const connection = establish(parts, agreed, this.#settings);
      this.#settle();
      this.#connection = connection;
      connection.start(rest);
      this.result.resolve(connection);
    } catch (error) {
      transport.end();
      this.#fail(error);
    }
  }

  #onRefusal(message: IncomingMessage): void {
    const subject = this.#onSent();
    const head = toResponseHead(message);
    this.#settings.log.response(subject, head);
    const refusal = { head, body: [] as Uint8Array[], size: 0 };
    this.#refusal = refusal;
    message.on("data", (chunk: Uint8Array) => {
      const kept = chunk.subarray(0, BODY_MOST - refusal.size);
      refusal.body.push(kept);
      refusal.size += kept.length;
      if (refusal.size >= BODY_MOST) this.#refuse();
    });
    message.on("end", () => this.#refuse());
    message.on("error", () => this.#refuse());
    message.on("close", () => this.#refuse());
    // A redirect need not be waited for until the server closes.
    const isDelimited =
      "content-length" in message.headers || "transfer-encoding" in message.headers;
    if (!isDelimited && locationOf(head) !== null) this.#refuse();
  }

  #refuse(): void {
    if (this.#refusal === null) return;
    const { head, body, size } = this.#refusal;
    if (!this.#settled && this.#subject !== null) this.#settings.log.body(this.#subject, size);
    this.#fail(new InvalidStatus(new HandshakeResponse(head, Buffer.concat(body, size))));
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (this.#refusal !== null) this.#refuse();
    else if (this.#subject !== null) this.#fail(new InvalidMessage("response", { cause: error }));
    else this.#fail(cannotConnect(this.#attempt.uri, error));
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle();
    this.#request.destroy();
    this.#teller?.end();
    this.#teller?.step(this.secure ? "closing" : "half-closing");
    this.#teller?.closed();
    this.result.reject(error);
  }

  readonly #onAbort = (): void => {
    // The server has answered; that the body of its answer is slow says less than its status.
    if (this.#refusal !== null && this.#signal.reason instanceof TimeoutError) this.#refuse();
    else this.#fail(this.#signal.reason);
  };

  #settle(): void {
    this.#settled = true;
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

/** Headers as node:http takes them: values of one name together. */
function toObject(headers: RawHeaders): Record<string, string | string[]> {
  const fields = new Map<string, [name: string, value: string | string[]]>();
  for (const [name, value] of headers) {
    const field = fields.get(name.toLowerCase());
    if (field === undefined) fields.set(name.toLowerCase(), [name, value]);
    else field[1] = [field[1], value].flat();
  }
  return Object.fromEntries(fields.values());
}
