/** A sink that keeps everything. */
import type { DecodeSink } from "../../../src/extensions/extension.ts";

export class Everything implements DecodeSink {
  readonly limit: number;
  size = 0;
  writes = 0;
  /** Ask for a pause at every so many writes; 0 is never. */
  readonly #pauseEvery: number;
  #parts: Uint8Array[] = [];

  constructor(limit: number = Number.POSITIVE_INFINITY, pauseEvery = 0) {
    this.limit = limit;
    this.#pauseEvery = pauseEvery;
  }

  write(bytes: Uint8Array, start: number, end: number): boolean {
    this.#parts.push(bytes.slice(start, end));
    this.size += end - start;
    this.writes++;
    return this.#pauseEvery === 0 || this.writes % this.#pauseEvery !== 0;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString("latin1");
  }
}

export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

export const fromHex = (hex: string): Uint8Array =>
  new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
