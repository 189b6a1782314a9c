/**
 * One transport and one session: drives the machine, in both directions, from its opening to its end.
 *
 * Upwards it speaks to one delegate, by synchronous calls. `Connection` is one delegate; others may stand beside it.
 */
import { randomKey } from "#platform";
import type { Extension } from "../extensions/extension.ts";
import { INTERNAL_ERROR, TRY_AGAIN_LATER } from "../frames/close-code.ts";
import { closeCode, closeReason } from "../protocol/closure.ts";
import { Session } from "../protocol/session.ts";
import type { SessionSink, SessionTap, Stop } from "../protocol/sink.ts";
import type { State } from "../protocol/state.ts";
import type { Timer } from "./clock.ts";
import type { Closure } from "./closure.ts";
import { TimeoutError } from "./deadline.ts";
import { Heartbeat, type HeartbeatOwner } from "./heartbeat.ts";
import type { Message } from "./message.ts";
import type { ConnectionSettings } from "./options.ts";
import { Outbox, type OutboxOwner } from "./outbox.ts";
import type { ConnectionEvent, Step, Subject, Tap } from "./tap.ts";
import type { Transport, TransportListener } from "./transport.ts";

/** Whom a driver tells what comes. */
export interface Delegate {
  /** A text message, when text is decoded. `size` is in bytes. */
  onText(text: string, size: number): void;
  /** A binary message, or an undecoded text. The memory is the delegate's. */
  onData(isText: boolean, data: Uint8Array): void;
  /** What one read brought has been handed over. */
  onTurn(): void;
  /** A pong has come: `bytes[start, end)`, valid during the call. */
  onPong(bytes: Uint8Array, start: number, end: number): void;
  /** What waited to be sent has gone, after it was too much. */
  onRoom(): void;
  /** The connection has ended. */
  onClosed(closure: Closure): void;
  /** Whether all that was handed over has been dealt with: the reader waits for more, or nothing was handed over. */
  readonly isIdle: boolean;
}

/** A peer that goes on sending after its Close, or after ours for a fault, is cut off after so many bytes. */
const DROPPED_MOST = 16 * 1024 * 1024;

export class Driver
  implements TransportListener, SessionSink, SessionTap, HeartbeatOwner, OutboxOwner
{
  readonly session: Session;
  readonly outbox: Outbox;
  readonly subject: Subject;
  readonly settings: ConnectionSettings;
  readonly openedAt: number;
  messagesIn = 0;
  bytesIn = 0;
  messagesOut = 0;
  bytesOut = 0;
  latency = 0;
  closure: Closure | null = null;
  keepaliveFailed = false;

  readonly #transport: Transport;
  readonly #delegate: Delegate;
  readonly #tap: Tap | null;
  #heartbeat: Heartbeat | null = null;
  #closeTimer: Timer | null = null;
  /** Why the session stopped receiving before the end of a chunk. */
  #stop: Stop = "done";
  /** Chunks that came while it was stopped, or before `start`. */
  #backlog: Uint8Array[] | null = null;
  #eofWaits = false;
  #paused = false;
  #receiving = false;
  #wireIn = 0;
  #dropped = 0;
  #cause: Error | null = null;
  #gone = false;

  constructor(
    transport: Transport,
    settings: ConnectionSettings,
    subject: Subject,
    delegate: Delegate,
    tap: Tap | null,
    extension: Extension | null,
  ) {
    this.#transport = transport;
    this.settings = settings;
    this.subject = subject;
    this.#delegate = delegate;
    this.#tap = tap;
    this.openedAt = settings.clock.date();
    this.outbox = new Outbox(transport, settings.writeLimit, this);
    const { side } = subject;
    const makeKey = side === "client" ? randomKey : null;
    const { maxSize, text } = settings;
    this.session = new Session({ side, maxSize, text, makeKey, extension }, this.outbox);
  }

  /** Begins: `head` is what came behind the opening handshake. */
  start(head: Uint8Array): void {
    const { clock, pingInterval, pingTimeout } = this.settings;
    this.#transport.listener = this;
    if (pingInterval !== null) {
      this.#heartbeat = new Heartbeat(this, clock, pingInterval, pingTimeout);
      this.#heartbeat.start();
    }
    if (head.length > 0) this.onChunk(head);
  }

  // --- what comes from below

  onChunk(chunk: Uint8Array): void {
    this.#wireIn += chunk.length;
    this.#heartbeat?.onLife();
    if (this.session.deaf) {
      this.#drop(chunk);
      return;
    }
    if (this.#stop !== "done") {
      this.#backlog ??= [];
      this.#backlog.push(chunk);
      return;
    }
    this.#receive(chunk);
  }

  onEnd(): void {
    if (this.#stop === "turn" || this.#stop === "codec") {
      this.#eofWaits = true;
      return;
    }
    this.listen();
    this.session.receiveEof();
    this.outbox.flush();
    this.#watchClose();
  }

  onDrain(): void {
    this.outbox.onDrain();
  }

  onClose(error: Error | null): void {
    if (this.#gone) return;
    this.#gone = true;
    this.listen();
    if (error !== null && "syscall" in error && error.syscall === "write") {
      this.tell({ type: "internal.error", what: "sending", error }, error);
    }
    this.#cause ??= error;
    this.session.receiveEof();
    this.#finish();
  }

  // --- what the session says while it receives

  onText(text: string, size: number): void {
    this.messagesIn += 1;
    this.bytesIn += size;
    this.#delegate.onText(text, size);
  }

  onData(isText: boolean, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.messagesIn += 1;
    this.bytesIn += end - start;
    this.#delegate.onData(isText, keep(bytes, start, end, owned));
  }

  onPong(bytes: Uint8Array, start: number, end: number): void {
    this.#heartbeat?.onPong(bytes, start, end);
    this.#delegate.onPong(bytes, start, end);
  }

  // --- what goes out

  /**
   * Prepares a message to be sent. When more than `writeLimit.max` waits already, the peer has stopped reading: then the
   * connection is given up.
   */
  beforeSend(bytes: number): void {
    this.listen();
    if (this.outbox.overflows) this.fail(TRY_AGAIN_LATER, "too much data waits to be sent");
    this.messagesOut += 1;
    this.bytesOut += bytes;
  }

  /** Whether a message is so large that it should be compressed elsewhere. */
  isLarge(data: Message, compress: boolean | undefined): boolean {
    const large = this.session.extension?.large;
    return large !== undefined && compress !== false && data.length >= large;
  }

  /**
   * Compresses a message elsewhere and sends it. No other may be sent until it has settled; it does not reject.
   *
   * @returns Whether it was sent.
   */
  async sendLarge(bytes: Uint8Array, isText: boolean): Promise<boolean> {
    const encoded = (await this.session.extension?.encodeLarge?.(bytes)) ?? null;
    if (this.session.state === "open") this.beforeSend(bytes.length);
    if (this.session.state !== "open") return false;
    this.session.sendEncoded(bytes, encoded, isText);
    return true;
  }

  /** Starts the closing handshake, if it has not begun. The code and reason have been checked. */
  close(code: number, reason: string): void {
    if (this.session.state !== "open") return;
    this.listen();
    if (this.#stop === "failing") this.session.answer();
    else this.session.sendClose(code, reason);
    this.#stop = "done";
    this.resumeReading();
    this.#watchClose();
  }

  /** Fails the connection by our own doing: with a Close frame, and deaf from now on. */
  fail(code: number, reason: string, error: Error | null = null): void {
    this.listen();
    this.session.fail(code, reason, error);
    this.resumeReading();
    this.#watchClose();
  }

  /** Cuts the connection. */
  abort(): void {
    if (this.#gone) return;
    this.listen();
    if (this.session.state === "open" || this.session.state === "closing") this.outbox.flush();
    this.#step("aborting");
    this.session.abort();
    this.#transport.destroy();
    this.#gone = true;
    this.#finish();
  }

  // --- the reader's pace

  get isPaused(): boolean {
    return this.#paused;
  }

  pauseReading(): void {
    if (this.#paused || this.#gone || this.session.state !== "open") return;
    this.#paused = true;
    this.#transport.pause();
  }

  resumeReading(): void {
    if (!this.#paused || this.#stop === "turn" || this.#stop === "codec") return;
    this.#paused = false;
    this.#transport.resume();
  }

  /** The reader has dealt with all that it was handed. */
  onReaderIdle(): void {
    if (this.#stop === "failing" || this.#stop === "closing") this.#answer();
  }

  // --- receiving

  #receive(chunk: Uint8Array): void {
    this.#run(chunk);
  }

  /** Receives a chunk, or with null goes on with the last one. */
  #run(chunk: Uint8Array | null): void {
    this.listen();
    this.#receiving = true;
    this.outbox.cork();
    try {
      this.#stop = chunk === null ? this.session.resume(this) : this.session.receive(chunk, this);
    } catch (error) {
      // Not the peer's breach of the protocol, but an error of ours, or of an extension.
      this.#stop = "done";
      this.tell({ type: "internal.error", what: "parser", error }, error);
      this.fail(INTERNAL_ERROR, "", error instanceof Error ? error : null);
    }
    this.#receiving = false;
    this.#settle();
    this.outbox.flush();
  }

  /** What comes after the end is read and dropped, so that the peer gets our Close; but not without bound. */
  #drop(chunk: Uint8Array): void {
    this.#dropped += chunk.length;
    if (this.#dropped > DROPPED_MOST) this.abort();
  }

  #settle(): void {
    this.#delegate.onTurn();
    switch (this.#stop) {
      case "done":
        if (this.session.state === "closing") this.#watchClose();
        this.#receiveBacklog();
        return;
      case "turn":
        this.#transport.pause();
        this.settings.clock.nextTurn(() => this.#resume());
        return;
      case "codec":
        this.#transport.pause();
        void this.session.work?.then(() => this.#resume());
        return;
      case "closing":
        this.#backlog = null;
        if (this.#delegate.isIdle) this.#answer();
        // What answers the messages of this read at once still goes before our Close.
        else this.settings.clock.nextTurn(() => this.#answer());
        return;
      case "failing":
        this.#backlog = null;
        if (this.#delegate.isIdle) this.#answer();
        else this.#answerLater();
        return;
    }
  }

  #resume(): void {
    if (this.#gone || (this.#stop !== "turn" && this.#stop !== "codec")) return;
    this.#run(null);
    this.#afterTurn();
  }

  #afterTurn(): void {
    if (this.#stop !== "done") return;
    if (this.#eofWaits) {
      this.#eofWaits = false;
      this.onEnd();
    } else if (!this.#paused) {
      this.#transport.resume();
    }
  }

  #receiveBacklog(): void {
    const chunk = this.#backlog?.shift();
    if (chunk === undefined) {
      this.#backlog = null;
      return;
    }
    this.#receive(chunk);
  }

  /** Sends the Close frame that is owed. */
  #answer(): void {
    if (this.#gone || (this.#stop !== "failing" && this.#stop !== "closing")) return;
    this.#stop = "done";
    this.listen();
    this.session.answer();
    this.resumeReading();
    if (!this.#receiving) this.outbox.flush();
    this.#watchClose();
  }

  #answerLater(): void {
    const { clock, closeTimeout } = this.settings;
    if (closeTimeout === null || this.#closeTimer !== null) return;
    this.#closeTimer = clock.after(closeTimeout, () => {
      this.#closeTimer = null;
      this.#answer();
    });
  }

  // --- the end

  /** Closing has begun: bounds its time, once. */
  #watchClose(): void {
    this.#heartbeat?.stop();
    const { clock, closeTimeout } = this.settings;
    if (closeTimeout === null || this.#closeTimer !== null || this.#gone) return;
    this.#closeTimer = clock.after(closeTimeout, () => this.#onCloseTimeout());
  }

  #onCloseTimeout(): void {
    this.#closeTimer = null;
    if (this.#gone) return;
    this.listen();
    this.#step(
      this.session.received === null && !this.session.deaf ? "close timeout" : "end timeout",
    );
    this.#cause ??= new TimeoutError("timed out while closing connection");
    this.abort();
  }

  #finish(): void {
    this.#heartbeat?.stop();
    this.#closeTimer?.cancel();
    this.#closeTimer = null;
    this.#backlog = null;
    const { session, settings, openedAt } = this;
    const closedAt = settings.clock.date();
    const cause = session.failure ?? this.#cause;
    this.closure = {
      code: closeCode(session),
      reason: closeReason(session),
      sent: session.sent,
      received: session.received,
      order: session.order,
      clean: session.sent !== null && session.received !== null,
      ...(cause === null ? null : { cause }),
      openedAt,
      closedAt,
      duration: closedAt - openedAt,
      messagesIn: this.messagesIn,
      messagesOut: this.messagesOut,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      wireIn: this.#wireIn,
      wireOut: this.outbox.written,
      latency: this.latency,
    };
    this.tell({ type: "connection.close", ratio: null, ...this.closure });
    this.#delegate.onClosed(this.closure);
  }

  // --- keepalive

  onBeat(payload: Uint8Array): void {
    if (this.session.state !== "open") return;
    this.listen();
    this.session.sendPing(payload);
    this.outbox.flush();
    if (this.session.tap !== null) this.tell({ type: "keepalive.ping", latency: this.latency });
  }

  onAnswer(latency: number): void {
    this.latency = latency;
    if (this.session.tap !== null && this.settings.pingTimeout !== null) {
      this.tell({ type: "keepalive.pong", latency });
    }
  }

  onSilence(): void {
    this.listen();
    if (this.session.tap !== null) this.tell({ type: "keepalive.timeout", latency: this.latency });
    this.keepaliveFailed = true;
    this.#cause ??= new TimeoutError(
      `no answer to a keepalive ping within ${this.settings.pingTimeout} ms, and nothing else came`,
    );
    if (this.session.state !== "open") return;
    this.session.fail(INTERNAL_ERROR, "keepalive ping timeout", null, false);
    this.outbox.flush();
    this.#watchClose();
  }

  // --- what the tap hears

  onRoom(): void {
    this.listen();
    this.session.drained();
    this.#delegate.onRoom();
  }

  onEndSent(): void {
    if (!this.#gone) this.#step(this.#transport.isEncrypted ? "closing" : "half-closing");
  }

  onFrame(
    received: boolean,
    opcode: number,
    fin: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    wireSize: number,
    compressed: boolean,
  ): void {
    this.tell(
      {
        type: received ? "frame.received" : "frame.sent",
        opcode,
        fin,
        size: end - start,
        wireSize,
        compressed,
      },
      { bytes, start, end },
    );
  }

  onState(state: State): void {
    this.tell({ type: "connection.state", state });
  }

  onEof(received: boolean): void {
    this.#step(received ? "eof received" : "eof sent");
  }

  onFailing(code: number, reason: string, rule: string | null): void {
    this.tell({ type: "connection.failing", code, reason, rule });
  }

  /** Tells the session whether anybody listens now. */
  listen(): void {
    const tap = this.#tap;
    this.session.tap = tap?.verbose(this.subject) === true ? this : null;
  }

  #step(step: Step): void {
    if (this.session.tap !== null) this.tell({ type: "connection.step", step });
  }

  tell(event: ConnectionEvent, detail?: unknown): void {
    this.#tap?.tell(this.subject, event, detail);
  }
}

/**
 * Makes a message's memory the receiver's: a view where it is the receiver's already and fills most of it, else a copy, so
 * that a message never keeps more than twice its own size alive.
 */
function keep(bytes: Uint8Array, start: number, end: number, owned: boolean): Uint8Array {
  const size = end - start;
  if (owned && size * 2 >= bytes.buffer.byteLength) {
    return new Uint8Array(bytes.buffer, bytes.byteOffset + start, size);
  }
  const copy = new Uint8Array(size);
  copy.set(size === bytes.length ? bytes : bytes.subarray(start, end));
  return copy;
}
