/** A raw socket in the hands of an attacker: it sends any octets, and knows what came back and how it ended. */
import { connect, type Socket } from "node:net";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { CLOSE, encodeFrame, type Frame } from "../conformance/wire/frame.ts";
import { type Head, readHead } from "../conformance/wire/head.ts";
import { FrameReader, type ReceivedFrame } from "../conformance/wire/reader.ts";

/** How a peer's direction ended: with a FIN, or with a reset or another error. */
export type Ending = "end" | "reset";

/** The four octets that end a sync flush, which RFC 7692 §7.2.1 cuts off. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** How long an answer is waited for that should come at once, in milliseconds. */
export const SOON = 5000;

/** A message compressed by itself, without a context (RFC 7692 §7.2.1). */
export function compress(data: string | Uint8Array): Buffer {
  return deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -TAIL.length);
}

export class Wire {
  readonly socket: Socket;
  /** Whether the attacker stands on the server's side: its frames are not masked. */
  readonly asServer: boolean;
  /** Whether permessage-deflate was agreed on, without context takeover. */
  deflate = false;
  /** How the peer's direction ended, if it has. */
  ended: Ending | null = null;
  /** Whether the socket is gone. */
  gone = false;
  /** Octets that came in. */
  octetsIn = 0;
  #received: Buffer = Buffer.alloc(0);
  #reader: FrameReader | null = null;
  #watchers: (() => void)[] = [];

  constructor(socket: Socket, asServer: boolean) {
    this.socket = socket;
    this.asServer = asServer;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.octetsIn += chunk.length;
      if (this.#reader === null) this.#received = Buffer.concat([this.#received, chunk]);
      else this.#reader.push(chunk);
      this.#wake();
    });
    socket.on("end", () => {
      this.ended ??= "end";
      this.#wake();
    });
    socket.on("error", () => {
      this.ended ??= "reset";
      this.#wake();
    });
    socket.on("close", () => {
      this.ended ??= "reset";
      this.gone = true;
      this.#wake();
    });
    socket.on("drain", () => this.#wake());
  }

  /** Opens a TCP connection. Rejects when there is none within 5 s. */
  static async dial(host: string, port: number): Promise<Wire> {
    const socket = connect({ host, port, allowHalfOpen: true });
    const wire = new Wire(socket, false);
    let connected = false;
    socket.once("connect", () => {
      connected = true;
      wire.#wake();
    });
    await wire.until(() => connected || wire.ended !== null, SOON);
    if (connected && wire.ended === null) return wire;
    socket.destroy();
    throw new Error(`no TCP connection to ${host}:${port}`);
  }

  /** Whether `look` comes true within `ms`; it is asked whenever anything has changed. */
  async until(look: () => boolean, ms: number): Promise<boolean> {
    if (look()) return true;
    const deadline = performance.now() + ms;
    for (;;) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#watchers.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
      if (look()) return true;
    }
  }

  #wake(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }

  /** Sends octets; a string stands for one octet a character. */
  write(...pieces: readonly (string | Uint8Array)[]): void {
    if (!this.socket.writable) return;
    const octets = pieces.map((piece) =>
      typeof piece === "string" ? Buffer.from(piece, "latin1") : piece,
    );
    this.socket.write(octets.length === 1 ? (octets[0] as Uint8Array) : Buffer.concat(octets));
  }

  /** Frames as octets, masked as this side has to. */
  encode(...frames: readonly Frame[]): Buffer {
    return Buffer.concat(frames.map((frame) => encodeFrame(frame, !this.asServer)));
  }

  send(...frames: readonly Frame[]): void {
    this.write(this.encode(...frames));
  }

  /**
   * Sends pieces as fast as the peer takes them, until they are used up, the peer is gone, or has taken nothing for
   * `patience` ms. Gives the number of octets that were written.
   */
  async pour(pieces: Iterable<Uint8Array>, patience: number = 1000): Promise<number> {
    let octets = 0;
    let sinceTurn = 0;
    for (const piece of pieces) {
      if (this.ended === "reset" || !this.socket.writable) break;
      octets += piece.length;
      sinceTurn += Math.max(piece.length, 4096);
      const room = this.socket.write(piece);
      // The tester's other connections have their turn meanwhile.
      if (sinceTurn >= 65_536) {
        sinceTurn = 0;
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      if (room) continue;
      const went = await this.until(
        () => !this.socket.writableNeedDrain || this.ended === "reset",
        patience,
      );
      if (!went) break;
    }
    return octets;
  }

  /** What has come and is no frame yet, one character an octet. */
  get text(): string {
    return this.#received.toString("latin1");
  }

  /** The head of the HTTP message that comes, or null when none has come in time or before the end. */
  async head(ms: number = SOON): Promise<Head | null> {
    let head: Head | null = null;
    await this.until(() => {
      const whole = readHead(this.#received);
      if (whole === null) return this.ended !== null;
      head = whole.head;
      this.#received = whole.rest;
      return true;
    }, ms);
    return head;
  }

  /** From now on octets are frames. */
  upgrade(deflate: boolean): void {
    this.deflate = deflate;
    this.#reader = new FrameReader({ expectMasks: this.asServer, compression: deflate });
    this.#reader.push(this.#received);
    this.#received = Buffer.alloc(0);
  }

  /** The next frame; null when none has come within `ms` or before the end. */
  async frame(ms: number = SOON): Promise<ReceivedFrame | null> {
    let frame: ReceivedFrame | null = null;
    await this.until(() => {
      frame = this.#reader?.next() ?? null;
      return frame !== null || this.ended !== null;
    }, ms);
    return frame;
  }

  /** The next message or Close, its payload put together and inflated; other control frames are passed over. */
  async message(ms: number = SOON): Promise<ReceivedFrame | null> {
    const deadline = performance.now() + ms;
    const parts: ReceivedFrame[] = [];
    for (;;) {
      const frame = await this.frame(Math.max(1, deadline - performance.now()));
      if (frame === null || frame.breach !== null || frame.opcode === CLOSE) return frame;
      if (frame.opcode > CLOSE) continue;
      parts.push(frame);
      if (!frame.fin) continue;
      const first = parts[0] as ReceivedFrame;
      const payload = Buffer.concat(parts.map((part) => part.payload));
      if ((first.rsv & 4) === 0) return { ...first, payload, fin: true };
      const inflated = inflateRawSync(Buffer.concat([payload, TAIL]), {
        finishFlush: constants.Z_SYNC_FLUSH,
      });
      return { ...first, payload: inflated, fin: true };
    }
  }

  /** Whether the peer's direction ends within `ms`; what comes is thrown away. */
  async ends(ms: number = SOON): Promise<boolean> {
    this.socket.resume();
    return this.until(() => {
      while (this.#reader?.next()) {
        // Nobody looks at it.
      }
      return this.ended !== null;
    }, ms);
  }

  /** Ends this direction: FIN. */
  finish(): void {
    this.socket.end();
  }

  /** Cuts with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
