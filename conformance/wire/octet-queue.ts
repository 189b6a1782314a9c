/** Octets that came in and wait to be read, in the order of their coming. */
export class OctetQueue {
  readonly #chunks: Buffer[] = [];
  #offset = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The octet at `index`, which must be below `length`. */
  at(index: number): number {
    let position = index + this.#offset;
    for (const chunk of this.#chunks) {
      if (position < chunk.length) return chunk[position] ?? 0;
      position -= chunk.length;
    }
    throw new RangeError(`octet ${index} of ${this.#length}`);
  }

  /** The first `count` octets, which leave the queue. `count` must not be above `length`. */
  take(count: number): Buffer {
    if (count > this.#length) throw new RangeError(`${count} octets of ${this.#length}`);
    this.#length -= count;
    const taken: Buffer[] = [];
    let missing = count;
    let used = 0;
    while (missing > 0) {
      const chunk = this.#chunks[used];
      if (chunk === undefined) break;
      const piece = chunk.subarray(this.#offset, this.#offset + missing);
      taken.push(piece);
      missing -= piece.length;
      if (this.#offset + piece.length === chunk.length) {
        used += 1;
        this.#offset = 0;
      } else {
        this.#offset += piece.length;
      }
    }
    this.#chunks.splice(0, used);
    const [first] = taken;
    return taken.length === 1 && first !== undefined ? first : Buffer.concat(taken);
  }
}
