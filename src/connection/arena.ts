/**
 * The memory that frames are written into before they are sent: one slab for all connections of the process.
 *
 * A connection's frames of one tick lie side by side in the slab and leave in one write. When the system has taken every
 * byte that was written since the slab was last empty, it is used again from its start; a region that a slow peer leaves
 * waiting keeps its slab out of use until the garbage collector gets it.
 */

/** What one slab holds. A larger frame gets memory of its own (`takeLarge`). A slow peer keeps one slab alive: so it is small. */
const SLAB = 64 * 1024;

/** The most that is kept for the next such frames. */
const SPARES_MOST = 4 * 1024 * 1024 + 64 * 1024;

export class Arena {
  slab: Uint8Array = new Uint8Array(SLAB);
  /** The first free byte of the slab. */
  at = 0;
  /** Regions of the slab that are open or not yet taken by the system. */
  #regions = 0;
  readonly #spares: Uint8Array[] = [];
  #spareBytes = 0;

  /** Opens a region at the end of what is taken, of at least `size` bytes. A size above the slab's is refused. */
  open(size: number): void {
    if (SLAB - this.at < size) this.#renew();
    this.#regions += 1;
  }

  /** Whether `size` bytes would go into a slab at all. */
  holds(size: number): boolean {
    return size <= SLAB;
  }

  /** A region of `slab` is done with: its bytes have been taken. */
  close(slab: Uint8Array): void {
    if (slab !== this.slab) return;
    this.#regions -= 1;
    if (this.#regions === 0) this.at = 0;
  }

  /** A region of `slab` waits for a slow peer: the slab is not used again. */
  abandon(slab: Uint8Array): void {
    if (slab === this.slab) this.#renew();
  }

  /** Takes `size` bytes for a frame that many connections send: in the slab, or in memory of their own. */
  take(size: number): { readonly bytes: Uint8Array; readonly start: number } {
    if (size > SLAB) return { bytes: new Uint8Array(size), start: 0 };
    if (SLAB - this.at < size) this.#renew();
    const start = this.at;
    this.at += size;
    this.#regions += 1;
    return { bytes: this.slab, start };
  }

  /** Whoever has taken `bytes` has handed them to all who send them. */
  release(bytes: Uint8Array): void {
    this.close(bytes);
  }

  /** One more connection sends from `slab`. */
  share(slab: Uint8Array): void {
    if (slab === this.slab) this.#regions += 1;
  }

  /** Memory for a frame that no slab holds: what was used for one before, if it is large enough and not far too large. */
  takeLarge(size: number): Uint8Array {
    const fits = (spare: Uint8Array): boolean => spare.length >= size && spare.length <= 2 * size;
    const at = this.#spares.findLastIndex(fits);
    const [spare = new Uint8Array(size)] = at < 0 ? [] : this.#spares.splice(at, 1);
    if (at >= 0) this.#spareBytes -= spare.length;
    return spare;
  }

  /** What `takeLarge` has given is free again. Some of it is kept for the next. */
  giveLarge(bytes: Uint8Array): void {
    if (this.#spareBytes + bytes.length > SPARES_MOST) return;
    this.#spares.push(bytes);
    this.#spareBytes += bytes.length;
  }

  #renew(): void {
    this.slab = new Uint8Array(SLAB);
    this.at = 0;
    this.#regions = 0;
  }
}

/** The process's slab. */
export const ARENA: Arena = new Arena();
