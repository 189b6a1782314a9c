/** One message, read piece by piece as it arrives. */
import { decodeUtf8, encodeUtf8 } from "#platform";
import { Utf8Checker } from "../frames/utf8.ts";
import type { Message } from "./message.ts";

/** What has come of a message since the last piece. */
export interface Piece {
  readonly data: Message;
  /** Whether it is the last one. */
  readonly last: boolean;
}

/** Where the pieces come from: a connection's reader. */
export interface PieceSource {
  /** The next piece of the message under way. Rejects as `recv` does. */
  nextPiece(signal: AbortSignal | undefined): Promise<Piece>;
  /** The pieces cannot be made text: fails the connection, and gives the error for the caller. */
  refuse(error: Error): Error;
}

/** The pieces of one message. Each comes but once, whoever asks. */
export class MessageStream implements AsyncIterableIterator<Message> {
  readonly #source: PieceSource;
  readonly #as: "auto" | "text" | "bytes";
  readonly #signal: AbortSignal | undefined;
  #done = false;
  /** Whether a piece was given out: a message has one at least, if only an empty one. */
  #begun = false;
  /** Bytes that are read as text: of the last piece what is no whole character yet. */
  #checker: Utf8Checker | null = null;
  #half: Uint8Array = NOTHING;

  constructor(source: PieceSource, as: "auto" | "text" | "bytes", signal: AbortSignal | undefined) {
    this.#source = source;
    this.#as = as;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Message, undefined>> {
    while (!this.#done) {
      const { data, last } = await this.#source.nextPiece(this.#signal);
      this.#done = last;
      const value = this.#convert(data, last);
      if (value.length === 0 && (this.#begun || !last)) continue;
      this.#begun = true;
      return { done: false, value };
    }
    return { done: true, value: undefined };
  }

  #convert(data: Message, last: boolean): Message {
    if (this.#as === "bytes") return typeof data === "string" ? encodeUtf8(data) : data;
    if (this.#as === "auto" || typeof data === "string") return data;
    this.#checker ??= new Utf8Checker();
    const bytes = this.#half.length === 0 ? data : join(this.#half, data);
    try {
      this.#checker.check(data, 0, data.length);
      if (last) this.#checker.finish();
    } catch (error) {
      this.#done = true;
      throw error instanceof Error ? this.#source.refuse(error) : error;
    }
    const end = bytes.length - this.#checker.unfinished;
    this.#half = bytes.slice(end);
    return decodeUtf8(bytes, 0, end) ?? "";
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

const NOTHING = new Uint8Array(0);
