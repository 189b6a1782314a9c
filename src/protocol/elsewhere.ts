/** A message that the extension decodes elsewhere: what came of it waits here until the session goes on. */
export class Elsewhere {
  /** Resolves when `take` may be called; null while there is nothing to wait for. It does not reject. */
  work: Promise<void> | null = null;
  #decoded: Uint8Array | null = null;
  #error: unknown = null;

  begin(decoding: Promise<Uint8Array>): void {
    this.work = decoding.then(
      (decoded) => {
        this.#decoded = decoded;
      },
      (error: unknown) => {
        this.#error = error;
      },
    );
  }

  /** What was decoded. Throws what decoding has thrown. */
  take(): Uint8Array | null {
    const decoded = this.#decoded;
    const error = this.#error;
    this.work = null;
    this.#decoded = null;
    this.#error = null;
    if (error !== null) throw error;
    return decoded;
  }
}
