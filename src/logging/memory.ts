/** MemoryHandler: keeps records, and passes them on when something happens. */
import { Handler } from "./handler.ts";
import { ERROR, type Level, toLevel } from "./level.ts";
import type { LogRecord } from "./record.ts";

export interface MemoryHandlerOptions {
  /** A record of this level or above passes on all that is kept. Default ERROR. */
  readonly flushLevel?: Level | undefined;
  /** Where to; see `setTarget`. */
  readonly target?: Handler | null | undefined;
  /** Whether `close` passes on what is kept. Default true. */
  readonly flushOnClose?: boolean | undefined;
}

/**
 * Keeps records until there are `capacity` of them or one is an ERROR, then has its target handle them all: the DEBUG
 * lines that led to an error, without the others.
 *
 * Deviation: without a target, Python keeps everything; here the oldest go, so that memory is bounded.
 */
export class MemoryHandler extends Handler {
  readonly capacity: number;
  readonly flushLevel: number;
  readonly flushOnClose: boolean;
  #target: Handler | null;
  #buffer: LogRecord[] = [];

  /** @param capacity how many records are kept at most. */
  constructor(capacity: number, options: MemoryHandlerOptions = {}) {
    super();
    this.capacity = capacity;
    this.flushLevel = toLevel(options.flushLevel ?? ERROR);
    this.flushOnClose = options.flushOnClose ?? true;
    this.#target = options.target ?? null;
  }

  /** The records that are kept, the oldest first. */
  get buffer(): readonly LogRecord[] {
    return this.#buffer;
  }

  get target(): Handler | null {
    return this.#target;
  }

  setTarget(target: Handler | null): void {
    this.#target = target;
  }

  /** Whether `record`, the latest, makes all be passed on. */
  shouldFlush(record: LogRecord): boolean {
    return this.#buffer.length >= this.capacity || record.levelno >= this.flushLevel;
  }

  override emit(record: LogRecord): void {
    this.#buffer.push(record);
    if (this.shouldFlush(record)) this.flush();
    if (this.#buffer.length > this.capacity) this.#buffer.shift();
  }

  override flush(): void {
    if (this.#target === null) return;
    const records = this.#buffer;
    this.#buffer = [];
    for (const record of records) this.#target.handle(record);
  }

  override close(): void {
    if (this.flushOnClose) this.flush();
    this.#target = null;
    this.#buffer = [];
    super.close();
  }
}
