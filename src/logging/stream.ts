/** StreamHandler: records to a stream, by default standard error. */
import { Handler, markIdle, shutdownAtExit } from "./handler.ts";
import type { LogRecord } from "./record.ts";
import { writeStderr } from "./stderr.ts";

/** Whatever text can be written to: a `Writable`, or an object of one's own. */
export interface TextStream {
  write(text: string): unknown;
  flush?(): unknown;
}

/** Writes each record as a line. */
export class StreamHandler extends Handler {
  /** What stands behind each record. */
  terminator = "\n";
  #stream: TextStream | null;

  static {
    markIdle(StreamHandler.prototype.flush); // unless the stream has something to flush
  }

  /** @param stream default: the standard error of the moment when a record is written. */
  constructor(stream?: TextStream | null) {
    super();
    this.#stream = stream ?? null;
    if (this.#stream?.flush !== undefined) shutdownAtExit();
  }

  /** The stream, or `null` for standard error. */
  get stream(): TextStream | null {
    return this.#stream;
  }

  override emit(record: LogRecord): void {
    const line = this.format(record) + this.terminator;
    if (this.#stream === null) writeStderr(line, record.levelno);
    else this.#stream.write(line);
  }

  override flush(): void {
    this.#stream?.flush?.();
  }

  /** Flushes, then takes another stream. @returns the stream before, or `null` if it is the same. */
  setStream(stream: TextStream | null): TextStream | null {
    const before = this.#stream;
    if (before === stream) return null;
    this.flush();
    this.#stream = stream;
    return before;
  }
}
