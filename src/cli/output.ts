/** Standard output and error of the program. */
import type { Writable } from "node:stream";

/** A stream that is waited for when it is full, and that goes quiet when nobody reads it any more. */
export class Output {
  /** Aborts when nobody reads any more: a broken pipe. */
  readonly broken: AbortSignal;
  readonly #stream: Writable;

  constructor(stream: Writable) {
    const aborter = new AbortController();
    this.#stream = stream;
    this.broken = aborter.signal;
    stream.on("error", () => aborter.abort());
  }

  /** Resolves when there is room for more. It never rejects. */
  write(data: string | Uint8Array): Promise<void> {
    const { broken } = this;
    const stream = this.#stream;
    if (broken.aborted || stream.write(data)) return DONE;
    return new Promise((resolve) => {
      const done = (): void => {
        stream.off("drain", done);
        broken.removeEventListener("abort", done);
        resolve();
      };
      stream.on("drain", done);
      broken.addEventListener("abort", done);
    });
  }
}

const DONE: Promise<void> = Promise.resolve();
