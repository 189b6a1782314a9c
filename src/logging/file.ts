/** FileHandler: records to a file, several at a time. */
import { fileSystem, writeFully } from "./descriptor.ts";
import { ERROR, type Level, toLevel } from "./level.ts";
import type { LogRecord } from "./record.ts";
import { StreamHandler } from "./stream.ts";

export interface FileHandlerOptions {
  /** `a` appends, `w` begins anew, `x` fails if the file is there. Default `a`. */
  readonly mode?: "a" | "w" | "x" | undefined;
  /** Opens the file with the first record, not at once. Default false. */
  readonly delay?: boolean | undefined;
  /** Characters that are held back before they are written together; 0 writes each record at once. Default 16 384. */
  readonly bufferSize?: number | undefined;
  /** A record of this level or above is written at once, with all that is held back. Default ERROR. */
  readonly flushLevel?: Level | undefined;
  /** ms after which what is held back is written; `null` for no limit. Default 1000. */
  readonly flushInterval?: number | null | undefined;
}

/** What the system calls the modes. */
const FLAGS = { a: "a", w: "w", x: "wx" } as const;

/**
 * Appends records to a file. They are held back and written together: when the buffer is full, with a record of ERROR
 * or above, after a second, on `flush`, `close` and `shutdown`, and at the end of the process, also by an uncaught
 * exception. (A signal that kills at once can cost the last second.)
 *
 * A disk that fails never throws at whoever logs: the first failure is printed on standard error, what could not be
 * written is lost, and writing is tried again with the next records.
 */
export class FileHandler extends StreamHandler {
  /** The file's path, absolute. */
  readonly baseFilename: string;
  readonly #bufferSize: number;
  readonly #flushLevel: number;
  readonly #flushInterval: number | null;
  #flags: string;
  #descriptor: number | null = null;
  #held = "";
  #latest: LogRecord | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #failing = false;
  #closed = false;

  /** @throws what the system says when the file cannot be opened; TypeError on a platform without files. */
  constructor(filename: string, options: FileHandlerOptions = {}) {
    super();
    const { mode = "a", bufferSize = 16_384, flushInterval = 1000 } = options;
    if (fileSystem() === null) throw new TypeError("FileHandler needs a platform with files");
    this.baseFilename = resolvePath(filename);
    this.#flags = FLAGS[mode];
    this.#bufferSize = bufferSize;
    this.#flushLevel = toLevel(options.flushLevel ?? ERROR);
    this.#flushInterval = flushInterval;
    if (options.delay !== true) this.#open();
  }

  override emit(record: LogRecord): void {
    this.#held += this.format(record) + this.terminator;
    this.#latest = record;
    const full = this.#held.length > this.#bufferSize || this.#bufferSize === 0;
    if (full || record.levelno >= this.#flushLevel || this.#closed) this.flush();
    else this.#startTimer();
  }

  override flush(): void {
    this.#stopTimer();
    const text = this.#held;
    if (text === "") return;
    this.#held = "";
    try {
      writeFully(this.#descriptor ?? this.#open(), text);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing && this.#latest !== null) this.handleError(this.#latest, error);
      this.#failing = true;
    }
    // Whoever logs after the end (another exit listener) still gets its line.
    if (this.#closed) this.#release();
  }

  override close(): void {
    this.flush();
    this.#closed = true;
    this.#release();
    super.close();
  }

  #open(): number {
    const descriptor = fileSystem()?.openSync(this.baseFilename, this.#flags);
    if (descriptor === undefined) throw new TypeError("FileHandler needs a platform with files");
    this.#descriptor = descriptor;
    this.#flags = "a"; // opened again, it never begins anew
    return descriptor;
  }

  #release(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = null;
    if (descriptor === null) return;
    try {
      fileSystem()?.closeSync(descriptor);
    } catch (error) {
      if (this.#latest !== null) this.handleError(this.#latest, error);
    }
  }

  #startTimer(): void {
    if (this.#timer !== null || this.#flushInterval === null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.flush();
    }, this.#flushInterval);
    unref(this.#timer);
  }

  #stopTimer(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** A timer that does not keep the process alive. */
function unref(timer: unknown): void {
  (timer as { unref?(): unknown }).unref?.();
}

function resolvePath(filename: string): string {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const path = process?.getBuiltinModule?.("node:path") as
    | { resolve(path: string): string }
    | undefined;
  return path === undefined ? filename : path.resolve(filename);
}
