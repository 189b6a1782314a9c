/**
 * One transport and one session: drives the machine, in both directions, from its opening to its end.
 *
 * Upwards it speaks to one delegate, by synchronous calls. `Connection` is one delegate; others may stand beside it.
 */
import { randomKey } from "#platform";
import type { Extension } from "../extensions/extension.ts";
import { INTERNAL_ERROR } from "../frames/close-code.ts";
import { Session } from "../protocol/session.ts";
import type { Stop } from "../protocol/sink.ts";
import { CloseTimers } from "./close-timers.ts";
import { type Closure, closeEvent, makeClosure, type Traffic } from "./closure.ts";
import { TimeoutError } from "./deadline.ts";
import type { Delegate } from "./delegate.ts";
import { Intake, type IntakeOwner } from "./intake.ts";
import { Keepalive } from "./keepalive.ts";
import { judgeEnd, judgeLoss } from "./loss.ts";
import { Narrator } from "./narrator.ts";
import type { ConnectionSettings } from "./options.ts";
import { Outbox, type OutboxOwner } from "./outbox.ts";
import type { ConnectionEvent, Subject, Tap } from "./tap.ts";
import type { Transport, TransportListener } from "./transport.ts";

export class Driver implements TransportListener, IntakeOwner, OutboxOwner, Traffic {
  readonly session: Session;
  readonly intake: Intake;
  readonly outbox: Outbox;
  readonly subject: Subject;
  readonly settings: ConnectionSettings;
  readonly openedAt: number;
  readonly begunAt: number;
  messagesOut = 0;
  bytesOut = 0;
  wireIn = 0;
  latency = 0;
  closure: Closure | null = null;
  keepaliveFailed = false;
  /** What has gone wrong below, or a timeout. */
  fault: Error | null = null;

  readonly #transport: Transport;
  readonly #delegate: Delegate;
  readonly #narrator: Narrator;
  #keepalive: Keepalive | null = null;
  readonly #timers: CloseTimers;
  /** Why the session stopped receiving before the end of a chunk. */
  #stop: Stop = "done";
  /** Chunks that came while it was stopped, or before `start`. */
  #backlog: Uint8Array[] | null = null;
  #eofWaits = false;
  #paused = false;
  /** Whether what stopped for a turn waits for the reader too. */
  #held = false;
  #receiving = false;
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
    this.#narrator = new Narrator(tap, subject, transport.isEncrypted);
    this.#timers = new CloseTimers(settings.clock, settings.closeTimeout);
    this.intake = new Intake(this, delegate, settings);
    this.openedAt = settings.clock.date();
    this.begunAt = settings.clock.now();
    this.outbox = new Outbox(transport, settings.writeLimit, this);
    const { side } = subject;
    const makeKey = side === "client" ? randomKey : null;
    const { maxSize, text } = settings;
    this.session = new Session({ side, maxSize, text, makeKey, extension }, this.outbox);
  }

  /** Begins: `head` is what came behind the opening handshake. */
  start(head: Uint8Array): void {
    const { pingInterval } = this.settings;
    // A handler may have ended the connection before it began.
    if (this.#gone) return;
    this.#transport.listener = this;
    if (pingInterval !== null && this.session.state === "open") {
      this.#keepalive = new Keepalive(this, pingInterval);
      this.#keepalive.heartbeat.start();
    }
    if (head.length > 0) this.onChunk(head);
  }

  // --- what comes from below

  onChunk(chunk: Uint8Array, lent = false): void {
    this.wireIn += chunk.length;
    this.#keepalive?.heartbeat.onLife();
    if (this.session.deaf) {
      // It is read and dropped, so that the peer gets our Close; but not without bound.
      if (this.intake.drop(chunk.length)) this.abort();
      return;
    }
    if (this.#stop !== "done") {
      this.#backlog ??= [];
      this.#backlog.push(lent ? chunk.slice() : chunk);
      return;
    }
    this.#run(chunk, lent);
  }

  onEnd(): void {
    if (this.#stop !== "done") {
      // What came before the end goes first; so does the Close frame that is owed.
      this.#eofWaits = true;
      return;
    }
    this.#eofWaits = false;
    this.listen();
    this.fault ??= judgeEnd(this.session);
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
    this.fault ??= judgeLoss(error, this.session, this.#narrator) ?? judgeEnd(this.session);
    this.session.receiveEof();
    this.#finish();
  }

  /** A pong has come. */
  onPong(bytes: Uint8Array, start: number, end: number): void {
    this.#keepalive?.heartbeat.onPong(bytes, start, end);
    this.#delegate.onPong(bytes, start, end);
  }

  /** Bytes that this connection holds: of messages under way, and of what the system has not taken. */
  get held(): number {
    return this.session.pending + this.outbox.bufferedAmount;
  }

  // --- what goes out

  /**
   * Starts the closing handshake, if it has not begun. The code and reason have been checked.
   *
   * @param failing Whether it is closed for a failure, which the tap is told of.
   */
  close(code: number, reason: string, failing = false): void {
    if (this.session.state !== "open") return;
    if (this.#stop === "failing") {
      // The peer's breach of the protocol came first.
      this.#answer();
      return;
    }
    this.listen();
    if (failing) this.session.tap?.onFailing(code, reason, null);
    this.session.sendClose(code, reason);
    this.#closingBegun();
  }

  /** Fails the connection by our own doing: with a Close frame, and deaf from now on. */
  fail(code: number, reason: string, error: Error | null = null, announce = true): void {
    if (this.#gone) return;
    if (this.#stop === "failing") {
      this.#answer();
      return;
    }
    this.listen();
    this.session.fail(code, reason, error, announce);
    this.#closingBegun();
  }

  /** Cuts the connection. */
  abort(): void {
    if (this.#gone) return;
    this.listen();
    if (this.session.state === "open" || this.session.state === "closing") this.outbox.flush();
    this.#narrator.cut(this.session.ended);
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
    if (!this.#paused) return;
    this.#paused = false;
    // What the peer has sent meanwhile has not been looked at yet.
    this.#keepalive?.heartbeat.onLife();
    if (this.#held) {
      this.#held = false;
      this.settings.clock.nextTurn(() => this.#resume());
      return;
    }
    // During a turn the transport rests anyway; it goes on after.
    if (!this.#rests) this.#transport.resume();
  }

  /** Whether it will go on by itself where it stopped. */
  get #rests(): boolean {
    return this.#stop === "turn" || this.#stop === "codec";
  }

  /** Whether the message under way, or the next one, is wanted piece by piece. */
  stream(wanted: boolean): void {
    if (!wanted) this.session.stream(null);
    else if (!this.session.deaf) this.session.stream(this.intake);
  }

  /** The reader has dealt with all that it was handed. */
  onReaderIdle(): void {
    if (this.#stop === "failing" || this.#stop === "closing") this.#answer();
  }

  // --- receiving

  /** Receives a chunk, or with null goes on with the last one. */
  #run(chunk: Uint8Array | null, lent = false): void {
    this.listen();
    this.#receiving = true;
    const { budget } = this.settings;
    const { intake } = this;
    const before = intake.bytes;
    this.outbox.cork();
    try {
      this.#stop =
        chunk === null ? this.session.resume(intake) : this.session.receive(chunk, intake, lent);
    } catch (error) {
      // Not the peer's breach of the protocol, but an error of ours, or of an extension.
      this.#stop = "done";
      this.tell({ type: "internal.error", what: "parser", error }, error);
      this.fail(INTERNAL_ERROR, "", error instanceof Error ? error : null);
    }
    this.#receiving = false;
    budget?.moved(intake.bytes - before + this.session.pending);
    this.#settle();
    this.outbox.flush();
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
        this.#keepalive?.heartbeat.stop();
        if (this.#delegate.isIdle || this.session.state !== "open") this.#answer();
        else this.#timers.boundAnswer(() => this.#answer());
        return;
    }
  }

  #resume(): void {
    if (this.#gone || !this.#rests) return;
    if (this.#paused) {
      // The rest of a chunk can be many times what may wait for the reader, where it is compressed.
      this.#held = true;
      return;
    }
    this.#run(null);
    if (this.#stop !== "done") return;
    if (this.#eofWaits) this.onEnd();
    else if (!this.#paused) this.#transport.resume();
  }

  #receiveBacklog(): void {
    const chunk = this.#backlog?.shift();
    if (chunk === undefined) this.#backlog = null;
    else this.#run(chunk);
  }

  /** Sends the Close frame that is owed. */
  #answer(): void {
    if (this.#gone || (this.#stop !== "failing" && this.#stop !== "closing")) return;
    this.listen();
    this.session.answer();
    this.#closingBegun();
  }

  // --- the end

  /** Our Close frame is written. */
  #closingBegun(): void {
    // What stopped for a turn or a codec goes on: the peer's Close frame may be behind it.
    if (this.#stop === "failing" || this.#stop === "closing") this.#stop = "done";
    this.resumeReading();
    if (!this.#receiving) this.outbox.flush();
    this.#watchClose();
    if (this.#eofWaits && this.#stop === "done") this.onEnd();
  }

  /** Closing has begun: bounds its time, once. */
  #watchClose(): void {
    this.#keepalive?.heartbeat.stop();
    if (!this.#gone) this.#timers.boundClose(() => this.#onCloseTimeout());
  }

  #onCloseTimeout(): void {
    if (this.#gone) return;
    this.listen();
    this.#narrator.step(
      this.session.received === null && !this.session.deaf ? "close timeout" : "end timeout",
    );
    this.fault ??= new TimeoutError("timed out while closing connection");
    this.abort();
  }

  #finish(): void {
    this.#keepalive?.heartbeat.stop();
    this.#timers.cancel();
    this.#backlog = null;
    this.closure = makeClosure(this.session, this, this.settings.clock, this.fault);
    this.tell(closeEvent(this.closure, this.session.extension !== null));
    this.#narrator.tellEnd();
    this.#delegate.onClosed(this.closure);
  }

  // --- what the tap hears

  onHeld(size: number): void {
    this.settings.budget?.moved(size);
  }

  onRoom(): void {
    this.listen();
    this.session.drained();
    this.#delegate.onRoom();
  }

  onEndSent(): void {
    if (this.#gone) return;
    this.#narrator.endSent();
    // Where the peer has ended first, the connection is closed already, and this comes last.
    if (this.session.state !== "closed") this.#narrator.tellEnd();
  }

  /** Tells the session whether anybody listens now. */
  listen(): void {
    this.session.tap = this.#narrator.listen();
  }

  tell(event: ConnectionEvent, detail?: unknown): void {
    this.#narrator.tell(event, detail);
  }
}
