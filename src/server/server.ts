/** The server: who is connected, how it runs their handlers, how it ends. */
import { setMaxListeners } from "node:events";
import type { Http2Stream } from "node:http2";
import { checkSignal } from "../connection/abort.ts";
import type { Timer } from "../connection/clock.ts";
import { orAborted } from "../connection/deadline.ts";
import { handled } from "../connection/deferred.ts";
import type { Message } from "../connection/message.ts";
import { checkDelay, checkNames, checkNumber, checkText, show } from "../connection/options.ts";
import { Subject } from "../connection/tap.ts";
import type { Transport } from "../connection/transport.ts";
import { checkClose } from "../frames/close.ts";
import { GOING_AWAY, INTERNAL_ERROR, NORMAL_CLOSURE } from "../frames/close-code.ts";
import type { Address } from "../http/address.ts";
import type { RequestHead } from "../http/head.ts";
import type { HandshakeRequest } from "../http/message.ts";
import { runForConnection } from "../logging/context.ts";
import { Http2Transport } from "../node/http2.ts";
import type { Listener } from "../node/listen.ts";
import { type BroadcastOptions, type BroadcastResult, broadcast } from "./broadcast.ts";
import {
  type DebugCandidate,
  type DebugFilter,
  type DebugOptions,
  DebugRules,
  type Living,
} from "./debug.ts";
import { type Dialect, Http1Dialect, Http2Dialect } from "./dialect.ts";
import type { Handler, ServerConnection, ServerSettings } from "./options.ts";
import { isLoopback } from "./origin.ts";
import { PerAddress } from "./per-address.ts";
import { Reception, type ReceptionHost } from "./reception.ts";
import { type ServeForeverOptions, serveForever } from "./serve-forever.ts";

/** How to close a server. */
export interface CloseOptions {
  /** The code and reason of the Close frames. Default 1001 (going away). */
  readonly code?: number;
  readonly reason?: string;
  /** When what is left is cut, in milliseconds; null: never. Default 10 000. */
  readonly deadline?: number | null;
  /** How many connections are closed in a second, so that clients do not all come back at once. Default: all at once. */
  readonly pace?: number;
  /** Stops waiting; the server goes on closing. */
  readonly signal?: AbortSignal;
}

const DEADLINE = 10_000;
const CLOSE: ReadonlySet<string> = new Set(["code", "reason", "deadline", "pace", "signal"]);
/** So many who were turned away may stay in any case; above, those that have stayed longest are cut. */
const LINGERING = 1000;
const FULL = "the server has as many opening handshakes under way as it takes";

export class Server<D = undefined> implements AsyncDisposable, ReceptionHost<D> {
  /** @internal */
  readonly settings: ServerSettings<D>;
  readonly #handler: Handler<D>;
  readonly #connections = new Set<ServerConnection<D>>();
  readonly #perAddress = new PerAddress();
  readonly #receptions = new Set<Reception<D>>();
  /** Those of them that have not been answered. */
  #waiting = 0;
  /** The others: their sockets wait for the end of their peers, who are in no hurry. */
  readonly #lingering = new Set<Reception<D>>();
  /** Those whose handler has not returned. */
  readonly #running = new Set<ServerConnection<D>>();
  readonly #aborter = new AbortController();
  readonly #debug = new DebugRules(() => this.#living());
  #listeners: readonly Listener[] = [];
  #addresses: () => readonly Address[] = () => this.#listeners.map(({ address }) => address);
  #detach: (() => void) | null = null;
  #closing = false;
  #resolveClosed: () => void = () => {};
  /** Resolves when the server has closed, all its connections with it, and their handlers have returned. */
  readonly closed: Promise<void> = new Promise((resolve) => {
    this.#resolveClosed = resolve;
  });

  /** @internal Servers are made by `serve` and `attach`. */
  constructor(settings: ServerSettings<D>, handler: Handler<D>) {
    this.settings = settings;
    this.#handler = handler;
    // Each handler may listen to it: that many listeners are no leak.
    setMaxListeners(0, this.#aborter.signal);
    const { budget } = settings.connection;
    if (budget !== null) budget.holders = () => [...this.#receptions, ...this.#connections];
  }

  /** The open connections. */
  get connections(): ReadonlySet<ServerConnection<D>> {
    return this.#connections;
  }

  /** Where it listens: the real port, also where 0 was asked for; the path of a Unix socket. */
  get addresses(): readonly Address[] {
    return this.#addresses();
  }

  /** Aborts when the server begins to close, so that handlers can finish what they do. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Sends a message to all connections, or to those that `filter` lets through: see `broadcast`. */
  broadcast(
    message: Message,
    options: BroadcastOptions & { filter?: (connection: ServerConnection<D>) => boolean } = {},
  ): BroadcastResult {
    const { filter, ...others } = options;
    if (filter !== undefined && typeof filter !== "function") {
      throw new TypeError(`filter is ${show(filter)}: it must be a function`);
    }
    const chosen = filter === undefined ? this.#connections : [...this.#connections].filter(filter);
    return broadcast(chosen, message, others);
  }

  /**
   * Logs all frames and steps of some connections, whatever the logger's level: of those that are open, and of those to
   * come, these from their request on, or from their first line where `remote` alone is asked for.
   *
   * @param filter What must hold of a connection, or a function that says whether it is wanted.
   * @returns What ends it: `using watching = server.debug({ path: "/chat" })`, or `watching[Symbol.dispose]()`.
   * @throws TypeError, RangeError for a filter or an option that is wrong. @throws What the filter throws.
   */
  debug(
    filter: DebugFilter | ((candidate: DebugCandidate) => boolean),
    options: DebugOptions = {},
  ): Disposable {
    return this.#debug.add(filter, options, this.settings.connection.clock);
  }

  // --- its life

  /** @internal */
  listenOn(listeners: readonly Listener[]): void {
    this.#listeners = listeners;
    for (const { address } of listeners) this.settings.log.listening(address);
  }

  /** @internal It stands beside somebody else's listener. */
  attachedTo(addresses: () => readonly Address[], detach: () => void): void {
    this.#addresses = addresses;
    this.#detach = detach;
  }

  /** @internal A socket of our own. */
  onTransport(transport: Transport): void {
    const reception = this.#receive(transport, new Http1Dialect(transport));
    reception.listen();
    if (this.#closing) reception.dismiss();
    else if (this.#isFull()) reception.turnAway(FULL);
  }

  /** @internal A request that somebody else's server has read. */
  onRequest(transport: Transport, dialect: Dialect, head: RequestHead, rest: Uint8Array): void {
    const reception = this.#receive(transport, dialect);
    if (this.#closing) reception.dismiss();
    else if (this.#isFull()) reception.turnAway(FULL);
    else reception.take(head, rest);
  }

  /** @internal A request on a stream of HTTP/2. */
  onStream(stream: Http2Stream, head: RequestHead): void {
    const transport = new Http2Transport(stream);
    this.onRequest(transport, new Http2Dialect(transport), head, NOTHING);
  }

  /**
   * Closes the server: it stops listening, answers handshakes under way with 503, closes all connections and waits for
   * their handlers; at the deadline it cuts what is left. Further calls wait for the first.
   *
   * @returns What `closed` is.
   * @throws `options.signal.reason` (rejects) when the signal aborts.
   * @throws TypeError, RangeError (rejects) for an option that is wrong, a code or reason that cannot be sent.
   */
  close(options: CloseOptions = {}): Promise<void> {
    try {
      checkNames(options, CLOSE, "close");
      const { code = GOING_AWAY, reason = "", pace = Number.POSITIVE_INFINITY } = options;
      checkText("reason", reason);
      checkSignal(options.signal);
      checkClose(code, reason);
      const deadline = checkDelay("deadline", options.deadline, DEADLINE);
      checkNumber("pace", pace, 0.001, Number.POSITIVE_INFINITY);
      if (!this.#closing) void this.#close(code, reason, deadline, pace);
    } catch (error) {
      return Promise.reject(error);
    }
    return handled(orAborted(this.closed, options.signal));
  }

  /**
   * Waits until the process is told to stop, then closes the server. A second signal cuts what is left.
   *
   * @param options.signals Default SIGINT and SIGTERM.
   * @param options.signal Closes the server too, when it aborts.
   * @throws `options.signal.reason` (rejects) when the signal has aborted, and the server has closed.
   * @throws TypeError (rejects) for an option that is wrong.
   */
  serveForever(options: ServeForeverOptions = {}): Promise<void> {
    const cut = (): void => this.#cut();
    return serveForever({ closed: this.closed, close: () => this.close(), cut }, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // --- what receptions ask and tell

  /** @internal */
  get onLoopback(): boolean {
    const { addresses } = this;
    return addresses.some((address) => typeof address !== "string" && isLoopback(address.address));
  }

  /** @internal */
  refusesBecause({ remoteAddress }: Subject): string | null {
    if (this.#closing) return "the server is closing";
    const { maxConnections, maxConnectionsPerAddress } = this.settings;
    if (maxConnections !== null && this.#connections.size >= maxConnections) {
      return "the server has as many connections as it takes";
    }
    if (
      maxConnectionsPerAddress !== null &&
      this.#perAddress.count(remoteAddress) >= maxConnectionsPerAddress
    ) {
      return "the server has as many connections from this address as it takes";
    }
    return null;
  }

  /** @internal */
  onOpen(reception: Reception<D>, connection: ServerConnection<D>, head: Uint8Array): void {
    this.#receptions.delete(reception);
    this.#lingering.delete(reception);
    this.#connections.add(connection);
    // Frames that came with the request are handed over when the handler has had the chance to ask for them.
    this.#run(connection);
    connection.start(head);
  }

  /** @internal */
  onHead(subject: Subject, request: HandshakeRequest): void {
    this.#debug.onArrival(subject, request);
  }

  /** @internal */
  onAnswered(reception: Reception<D>): void {
    this.#waiting -= 1;
    this.#lingering.add(reception);
    const { maxHandshakes } = this.settings;
    if (maxHandshakes === null || this.#lingering.size <= Math.max(maxHandshakes, LINGERING))
      return;
    const [longest] = this.#lingering;
    if (longest !== reception) longest?.abort();
  }

  /** @internal */
  onGone(reception: Reception<D>): void {
    this.#receptions.delete(reception);
    this.#lingering.delete(reception);
    this.#leave();
  }

  // --- inside

  #receive(transport: Transport, dialect: Dialect): Reception<D> {
    const subject = new Subject("server", transport.remoteAddress, dialect.version);
    const reception = new Reception<D>(this, transport, dialect, subject);
    this.#receptions.add(reception);
    this.#waiting += 1;
    this.#debug.onArrival(subject, null);
    return reception;
  }

  get #countsAddresses(): boolean {
    return this.settings.maxConnectionsPerAddress !== null;
  }

  #isFull(): boolean {
    const { maxHandshakes } = this.settings;
    return maxHandshakes !== null && this.#waiting > maxHandshakes;
  }

  *#living(): Iterable<Living> {
    for (const { subject } of this.#receptions) yield { subject, request: subject.request };
    for (const { subject, request } of this.#connections) yield { subject, request };
  }

  /** Runs the handler. A connection is the server's until it has closed and its handler has returned. */
  #run(connection: ServerConnection<D>): void {
    const uncount = this.#countsAddresses ? this.#perAddress.add(connection.remoteAddress) : null;
    connection.whenClosed =
      uncount === null
        ? this.#onClosed
        : () => {
            uncount();
            this.#onClosed(connection);
          };
    this.#running.add(connection);
    void this.#handle(connection);
  }

  readonly #onClosed = (connection: object): void => {
    this.#connections.delete(connection as ServerConnection<D>);
    this.#leave();
  };

  async #handle(connection: ServerConnection<D>): Promise<void> {
    try {
      await runForConnection(connection, () => this.#handler(connection));
      void connection.close(NORMAL_CLOSURE);
    } catch (error) {
      connection.crash(INTERNAL_ERROR, error);
    }
    this.#running.delete(connection);
    this.#leave();
  }

  async #close(code: number, reason: string, deadline: number | null, pace: number): Promise<void> {
    const { log, connection } = this.settings;
    this.#closing = true;
    const address = this.addresses[0] ?? null;
    log.closing(address);
    this.#aborter.abort(new Error("the server is closing"));
    const ended = this.#listeners.map((listener) => listener.close());
    this.#detach?.();
    for (const reception of this.#receptions) reception.dismiss();
    let timer: Timer | null = null;
    if (deadline !== null) timer = connection.clock.after(deadline, () => this.#cut(), true);
    // Who has heard of the signal may say a last word.
    await new Promise<void>((resolve) => connection.clock.nextTurn(resolve));
    await this.#closeConnections(code, reason, pace);
    while (this.#receptions.size > 0 || this.#running.size > 0 || this.#connections.size > 0) {
      await this.#someoneLeft();
    }
    // Sockets that are still shaking hands for TLS have no reception yet.
    await Promise.race([Promise.all(ended), this.#cutting]);
    timer?.cancel();
    this.#debug.clear();
    log.closed(address);
    this.#resolveClosed();
  }

  async #closeConnections(code: number, reason: string, pace: number): Promise<void> {
    const { clock } = this.settings.connection;
    let closed = 0;
    const startedAt = clock.now();
    for (const connection of [...this.#connections]) {
      if (connection.state !== "open") continue;
      void connection.close(code, reason);
      closed += 1;
      const due = (closed / pace) * 1000 - (clock.now() - startedAt);
      if (due > 0 && !this.#wasCut) await this.#pause(due);
    }
  }

  /** Waits, but not beyond the deadline. */
  async #pause(delay: number): Promise<void> {
    let timer: Timer | null = null;
    const over = new Promise<void>((resolve) => {
      timer = this.settings.connection.clock.after(delay, resolve, true);
    });
    await Promise.race([over, this.#cutting]);
    (timer as Timer | null)?.cancel();
  }

  #wasCut = false;
  #resolveCutting: () => void = () => {};
  /** Resolves when what is left is cut. */
  readonly #cutting: Promise<void> = new Promise((resolve) => {
    this.#resolveCutting = resolve;
  });

  /** Cuts what is left. */
  #cut(): void {
    this.#wasCut = true;
    this.#resolveCutting();
    for (const listener of this.#listeners) listener.cut();
    for (const reception of this.#receptions) reception.abort();
    for (const connection of this.#connections) connection.abort();
    // A handler that does not return is not waited for.
    this.#running.clear();
    this.#leave();
  }

  #leave: () => void = () => {};

  #someoneLeft(): Promise<void> {
    return new Promise((resolve) => {
      this.#leave = resolve;
    });
  }
}

const NOTHING = new Uint8Array(0);
