/** Messages that wait for one reader, with a mark on their bytes and their number. */
import type { Message } from "./message.ts";

/** Room for so many messages is kept when all have been taken: what comes next need not make it anew. */
const KEPT = 64;

// Shared by all that are empty, and never written to.
const NO_MESSAGES: Message[] = [];
const NO_SIZES: number[] = [];

export class Inbox {
  readonly #mostBytes: number;
  readonly #mostMessages: number;
  #messages: Message[] = NO_MESSAGES;
  /** Their sizes in bytes; the complement (`~size`, below 0) of a binary message's. */
  #sizes: number[] = NO_SIZES;
  /** The oldest message; what lies before it has been taken. */
  #first = 0;
  /** Behind the newest. */
  #end = 0;
  #bytes = 0;

  constructor(mostBytes: number, mostMessages: number) {
    this.#mostBytes = mostBytes;
    this.#mostMessages = mostMessages;
  }

  get length(): number {
    return this.#end - this.#first;
  }

  /** Bytes of the messages that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether so much waits that the peer should be made to wait. */
  get isFull(): boolean {
    return this.#bytes > this.#mostBytes || this.length > this.#mostMessages;
  }

  /** Whether so little waits that a peer who was made to wait may go on. */
  get hasRoom(): boolean {
    return this.#bytes <= this.#mostBytes / 2 && this.length <= this.#mostMessages / 2;
  }

  /** Whether the oldest message is a text. */
  get isText(): boolean {
    return (this.#sizes[this.#first] ?? 0) >= 0;
  }

  add(message: Message, size: number, isText: boolean): void {
    if (this.#messages === NO_MESSAGES) {
      this.#messages = [];
      this.#sizes = [];
    }
    this.#messages[this.#end] = message;
    this.#sizes[this.#end] = isText ? size : ~size;
    this.#end += 1;
    this.#bytes += size;
  }

  /** The oldest message, or undefined when there is none. */
  take(): Message | undefined {
    if (this.length === 0) return undefined;
    const message = this.#messages[this.#first];
    const size = this.#sizes[this.#first] as number;
    this.#bytes -= size < 0 ? ~size : size;
    this.#messages[this.#first] = "";
    this.#first += 1;
    if (this.#first === this.#end) this.#reset();
    else if (this.#first > 1024 && this.#first * 2 > this.#end) this.#compact();
    return message;
  }

  /** All messages, oldest first. */
  takeAll(): Message[] {
    const all = this.#messages.slice(this.#first, this.#end);
    this.#messages = NO_MESSAGES;
    this.#sizes = NO_SIZES;
    this.#reset();
    return all;
  }

  #reset(): void {
    if (this.#end > KEPT) {
      this.#messages = NO_MESSAGES;
      this.#sizes = NO_SIZES;
    }
    this.#first = 0;
    this.#end = 0;
    this.#bytes = 0;
  }

  #compact(): void {
    this.#messages = this.#messages.slice(this.#first, this.#end);
    this.#sizes = this.#sizes.slice(this.#first, this.#end);
    this.#end -= this.#first;
    this.#first = 0;
  }
}
