/** Messages that wait for one reader, with a mark on their bytes and their number. */
import type { Message } from "./message.ts";

export class Inbox {
  readonly #mostBytes: number;
  readonly #mostMessages: number;
  #messages: Message[] = [];
  /** Their sizes in bytes; the complement (`~size`, below 0) of a binary message's. */
  #sizes: number[] = [];
  /** The oldest message; what lies before it has been taken. */
  #first = 0;
  #bytes = 0;

  constructor(mostBytes: number, mostMessages: number) {
    this.#mostBytes = mostBytes;
    this.#mostMessages = mostMessages;
  }

  get length(): number {
    return this.#messages.length - this.#first;
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
    this.#messages.push(message);
    this.#sizes.push(isText ? size : ~size);
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
    if (this.#first === this.#messages.length) this.#reset();
    else if (this.#first > 1024 && this.#first * 2 > this.#messages.length) this.#compact();
    return message;
  }

  /** All messages, oldest first. */
  takeAll(): Message[] {
    const all = this.#first === 0 ? this.#messages : this.#messages.slice(this.#first);
    this.#messages = [];
    this.#reset();
    return all;
  }

  #reset(): void {
    this.#messages.length = 0;
    this.#sizes.length = 0;
    this.#first = 0;
    this.#bytes = 0;
  }

  #compact(): void {
    this.#messages = this.#messages.slice(this.#first);
    this.#sizes = this.#sizes.slice(this.#first);
    this.#first = 0;
  }
}
