/**
 * The tester's end of one open connection: it reads strictly, answers a Close, keeps the closing timers, and knows at
 * the end who closed, and whether cleanly.
 */
import type { Socket } from "node:net";
import { Assembler } from "../wire/assembler.ts";
import { readClosePayload } from "../wire/close-payload.ts";
import { Deflater, Inflater } from "../wire/deflate.ts";
import { CLOSE, close, encodeFrame, type Frame, PING, PONG, pong } from "../wire/frame.ts";
import type { Agreement } from "../wire/negotiation.ts";
import { FrameReader, type ReceivedFrame } from "../wire/reader.ts";
import { type Manner, Writer } from "../wire/writer.ts";
import type { Occurrence } from "./case.ts";
import type { EndingFacts } from "./verdict.ts";
import type { WireLog } from "./wire-log.ts";

/** How long the tester waits for the answer to its Close, and, as a client, for the server's end of TCP. */
const CLOSE_TIMEOUT = 1000;
const DROP_TIMEOUT = 1000;

export interface EndpointOptions {
  /** The tester's role. */
  readonly role: "client" | "server";
  readonly agreement: Agreement | null;
  readonly log: WireLog;
}

export class Endpoint {
  /** Null when compression was not agreed. */
  readonly deflater: Deflater | null;
  /** Resolves when the TCP connection is gone. */
  readonly gone: Promise<void>;
  /** Told of each message, ping and pong. */
  onOccurrence: (occurrence: Occurrence) => void = () => {};

  readonly #socket: Socket;
  readonly #role: "client" | "server";
  readonly #log: WireLog;
  readonly #reader: FrameReader;
  readonly #writer: Writer;
  readonly #assembler: Assembler;
  readonly #timers = new Set<NodeJS.Timeout>();
  #state: "open" | "closing" | "closed" = "open";
  #failing = false;
  #killArmed = false;
  #closeTimer: NodeJS.Timeout | null = null;
  #closedByTester = false;
  #droppedByTester = false;
  #clean = false;
  #unclean = "the peer dropped TCP without a closing handshake";
  #peerCode: number | null = null;

  constructor(socket: Socket, { role, agreement, log }: EndpointOptions) {
    this.#socket = socket;
    this.#role = role;
    this.#log = log;
    this.#reader = new FrameReader({
      expectMasks: role === "server",
      compression: agreement !== null,
    });
    this.#writer = new Writer(socket);
    const incoming = role === "client" ? agreement?.server : agreement?.client;
    const outgoing = role === "client" ? agreement?.client : agreement?.server;
    this.#assembler = new Assembler(incoming === undefined ? null : new Inflater(incoming));
    this.deflater = outgoing === undefined ? null : new Deflater(outgoing);
    this.gone = new Promise((resolve) => {
      socket.on("end", () => this.#lost(resolve));
      socket.on("close", () => this.#lost(resolve));
    });
    socket.on("error", (error) => log.note(`socket: ${error.message}`));
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  /** Reads what has come, and from now on what comes. */
  start(): void {
    this.#socket.resume();
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get facts(): EndingFacts {
    return {
      opened: true,
      role: this.#role,
      closedByTester: this.#closedByTester,
      clean: this.#clean,
      unclean: this.#unclean,
      peerCode: this.#peerCode,
      droppedByTester: this.#droppedByTester,
    };
  }

  /** Sends frames of any kind. A Close that is marked so begins the closing handshake. */
  send(frames: readonly Frame[], manner: Manner): void {
    if (this.#state === "closed") return;
    const how =
      manner === "together"
        ? ""
        : manner === "sync"
          ? "  (sync)"
          : `  (in writes of ${manner.chop})`;
    for (const frame of frames) this.#log.frame("tester", frame, how);
    const encoded = frames.map((frame) => this.encode(frame));
    this.#writer.write(encoded, manner);
    if (frames.some((frame) => frame.closes)) this.#beginClosing();
  }

  /** The octets of a frame in this role. */
  encode(frame: Frame): Buffer {
    return encodeFrame(frame, this.#role === "client");
  }

  /** Sends some octets of a frame. */
  sendOctets(octets: Buffer, remark: string): void {
    if (this.#state === "closed") return;
    this.#log.note(remark);
    this.#writer.write([octets], "together");
  }

  /** Begins the closing handshake, unless it is under way. */
  close(code?: number): void {
    if (this.#state === "open") this.send([close(code)], "together");
  }

  /** Fails the connection: by a Close when it is open, otherwise by dropping TCP. */
  fail(code: number, reason: string): void {
    this.#log.note(reason);
    if (this.#state === "open") this.send([close(code, reason.slice(0, 120))], "together");
    else this.#drop(reason);
  }

  /** After `ms`, if the connection is still there, the tester fails it. Until then it waits for a server's end of TCP. */
  killAfter(ms: number): void {
    this.#killArmed = true;
    this.limitTo(ms);
  }

  /** As `killAfter`, but a server that closes has to drop TCP in its usual time. */
  limitTo(ms: number): void {
    this.#after(ms, () => this.fail(1001, `${ms / 1000} s are over`));
  }

  /** After `ms` the tester closes without a code, unless the closing handshake is under way. */
  closeAfter(ms: number): void {
    this.#after(ms, () => this.close());
  }

  #after(ms: number, act: () => void): NodeJS.Timeout {
    // Timers run before sockets are read. What has arrived in time has to be read before the timer judges it.
    const timer = setTimeout(() => {
      setImmediate(() => {
        if (this.#timers.delete(timer) && this.#state !== "closed") act();
      });
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  #receive(chunk: Buffer): void {
    if (this.#state === "closed") return;
    this.#reader.push(chunk);
    while (!this.#hasClosed()) {
      const frame = this.#reader.next();
      if (frame === null) return;
      this.#log.frame("peer", frame, frame.breach === null ? "" : `  (${frame.breach})`);
      this.#take(frame);
    }
  }

  #hasClosed(): boolean {
    return this.#state === "closed";
  }

  #take(frame: ReceivedFrame): void {
    const { opcode, payload, breach } = frame;
    if (breach !== null) this.#breach(1002, breach);
    else if (opcode === CLOSE) this.#takeClose(payload);
    else if (this.#failing) return;
    else if (opcode === PING) {
      this.onOccurrence({ kind: "ping", payload });
      if (this.#state === "open") this.send([pong(payload)], "together");
    } else if (opcode === PONG) this.onOccurrence({ kind: "pong", payload });
    else this.#takeData(frame);
  }

  #takeData(frame: ReceivedFrame): void {
    const result = this.#assembler.add(frame);
    if (result?.kind === "breach") this.#breach(result.code, result.reason);
    else if (result !== null) this.onOccurrence(result);
  }

  #breach(code: number, what: string): void {
    // Of a peer that breaks the rules only its Close is still of interest.
    this.#failing = true;
    this.fail(code, `breach by the peer: ${what}`);
  }

  #takeClose(payload: Buffer): void {
    const { code, breach } = readClosePayload(payload);
    this.#peerCode = code;
    if (breach !== null) {
      this.#breach(breach.code, breach.reason);
      return;
    }
    this.#clean = true;
    if (this.#state === "open") {
      this.#writer.flush();
      this.#state = "closing";
      this.send([close(1000)], "together");
      if (this.#role === "server") this.#end();
      else if (!this.#killArmed) this.#awaitDrop();
      return;
    }
    if (this.#closeTimer !== null) this.#cancel(this.#closeTimer);
    if (this.#role === "server") this.#end();
    else this.#awaitDrop();
  }

  #beginClosing(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#closedByTester = true;
    this.#closeTimer = this.#after(CLOSE_TIMEOUT, () => {
      this.#clean = false;
      this.#drop("no answer to the tester's Close in 1 s");
    });
  }

  #awaitDrop(): void {
    this.#after(DROP_TIMEOUT, () => {
      this.#clean = false;
      this.#drop("the server did not drop TCP in 1 s after the closing handshake");
    });
  }

  /** Ends TCP in good order, as a server does after the closing handshake. */
  #end(): void {
    this.#log.note("the tester ends TCP");
    this.#droppedByTester = true;
    this.#state = "closed";
    this.#socket.end();
    this.#timers.add(setTimeout(() => this.#socket.destroy(), DROP_TIMEOUT));
  }

  #drop(reason: string): void {
    this.#log.note(`the tester drops TCP: ${reason}`);
    this.#unclean = reason;
    this.#droppedByTester = true;
    this.#state = "closed";
    this.#socket.resetAndDestroy();
  }

  #cancel(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#timers.delete(timer);
  }

  #lost(resolve: () => void): void {
    if (this.#state !== "closed") this.#log.note("the peer dropped TCP");
    this.#state = "closed";
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#writer.stop();
    this.deflater?.close();
    this.#socket.destroy();
    resolve();
  }
}
