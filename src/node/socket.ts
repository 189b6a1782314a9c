/** A TCP, TLS or Unix socket of Node as a Transport. */
import type { Socket } from "node:net";
import type { Transport, TransportListener } from "../connection/transport.ts";
import type { Address } from "../http/address.ts";
import type { StaticReading } from "./static-buffer.ts";

/**
 * Whoever makes one has set `allowHalfOpen` on the socket (§7.1.1: the server ends first, and waits for the client's end).
 *
 * The socket has a listener for its errors from the first byte to the last, so that none is ever uncaught.
 */
export class SocketTransport implements Transport {
  listener: TransportListener | null = null;
  readonly isEncrypted: boolean;
  readonly remoteAddress: Address | null;

  readonly #socket: Socket;
  #error: Error | null = null;
  #onWritten: (() => void) | null = null;

  /** @param reading How the socket reads, when it was opened so; else it emits its chunks. */
  constructor(socket: Socket, remoteAddress?: Address | null, reading?: StaticReading) {
    this.#socket = socket;
    this.isEncrypted = "encrypted" in socket && socket.encrypted === true;
    this.remoteAddress = remoteAddress === undefined ? remoteAddressOf(socket) : remoteAddress;
    socket.setNoDelay(true);
    socket.setTimeout(0);
    (socket as Carried)[TRANSPORT] = this;
    if (reading === undefined || !reading.isBound) socket.on("data", onData);
    else reading.start((chunk) => this.listener?.onChunk(chunk, true));
    socket.on("end", onEnd);
    socket.on("drain", onDrain);
    socket.on("error", onError);
    socket.on("close", onClose);
  }

  /** The socket has failed; its close is to come. */
  onError(error: Error): void {
    this.#error ??= error;
  }

  /** The socket has closed. */
  onClose(): void {
    const { listener } = this;
    // Node holds a closed socket until its next full collection: not the connection with it.
    this.listener = null;
    listener?.onClose(this.#error);
  }

  get bufferedAmount(): number {
    return this.#socket.writableLength;
  }

  get localAddress(): Address | null {
    return localAddressOf(this.#socket);
  }

  write(chunk: Uint8Array): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    if (this.isEncrypted) return this.#writeEncrypted(chunk);
    socket.write(chunk);
    // Node tries to write at once: what it could hand over whole is not counted as waiting.
    if (socket.writableLength === 0) return true;
    // Below its own mark a socket does not say when it has drained.
    if (!socket.writableNeedDrain) socket.write(NOTHING, () => this.listener?.onDrain());
    return false;
  }

  /** A TLS socket does not tell at once whether it has read the bytes: what is small is copied, so that memory is free. */
  #writeEncrypted(chunk: Uint8Array): boolean {
    const copied = chunk.length <= COPIED_MOST;
    this.#onWritten ??= () => this.listener?.onDrain();
    this.#socket.write(copied ? Buffer.from(chunk) : chunk, this.#onWritten);
    return copied;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#socket.writable) this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

const NOTHING = new Uint8Array(0);

/** Which transport a socket belongs to: so that the listeners are the same for all, and none is made for a connection. */
const TRANSPORT = Symbol("transport");

type Carried = Socket & { [TRANSPORT]?: SocketTransport };

function onData(this: Carried, chunk: Uint8Array): void {
  this[TRANSPORT]?.listener?.onChunk(chunk, false);
}

function onEnd(this: Carried): void {
  this[TRANSPORT]?.listener?.onEnd();
}

function onDrain(this: Carried): void {
  this[TRANSPORT]?.listener?.onDrain();
}

function onError(this: Carried, error: Error): void {
  this[TRANSPORT]?.onError(error);
}

function onClose(this: Carried): void {
  this[TRANSPORT]?.onClose();
}

/** Copying so many bytes costs less than a new slab for them (`connection/arena`). */
const COPIED_MOST = 32 * 1024;

/** Where the other end of `socket` is. */
export function remoteAddressOf(socket: Socket): Address | null {
  const { remoteAddress, remotePort, remoteFamily } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return null;
  return { address: remoteAddress, port: remotePort, family: remoteFamily ?? "IPv4" };
}

/** Where this end of `socket` is. */
export function localAddressOf(socket: Socket): Address | null {
  const { localAddress, localPort, localFamily } = socket;
  if (localAddress === undefined || localPort === undefined) return null;
  return { address: localAddress, port: localPort, family: localFamily ?? "IPv4" };
}
