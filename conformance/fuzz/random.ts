/** Random choices that a seed repeats. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, not including, 1 (the generator known as mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** A whole number, both ends included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.integer(0, from.length - 1)] as T;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 1) bytes[at] = this.integer(0, 255);
    return bytes;
  }

  /** Text of one- to four-byte characters. */
  text(length: number): string {
    let text = "";
    while (text.length < length)
      text += this.pick(["a", "z", " ", "é", "ß", "☕", "語", "😀", "\n"]);
    return text;
  }

  /** Lengths round the places where framing changes, and small ones. */
  size(): number {
    if (this.chance(0.7)) return this.integer(0, 40);
    if (this.chance(0.9)) return this.pick([125, 126, 127, 300, 1000]) + this.integer(-1, 1);
    return this.pick([65_535, 65_536]) + this.integer(-1, 1);
  }
}
