/**
 * The sliding window of one direction of a connection, and the scratch that it lies in while it is used
 * (RFC 7692 §7.1.1: "LZ77 sliding window").
 *
 * Windows are worked on in a scratch that the whole process shares: what went before, and behind it what is new, in one
 * piece. Whoever works there is its tenant; his window stays in it till another claims it, so that the fragments of one
 * message, or the messages of a busy connection, cost no copying. Only then it is copied out, into memory of its own that
 * grows as it is used.
 */

/** The largest window of DEFLATE. */
const MOST_WINDOW = 32768;
/** How much is worked on at a time. */
export const ROOM = 65536;
/** Up to here there is room for one more match. */
export const FULL: number = MOST_WINDOW + ROOM;
/** How far readers and writers may go beyond: one match. */
const SLACK = 258 + 6;
/** The scratch is used from the front again when a message starts behind this. */
const LEAST_SLIDE = 16384;
/** The first memory of a window. */
const LEAST_WINDOW = 256;

const NOTHING = new Uint8Array(0);

/** Somebody who works in a scratch. */
export interface Tenant {
  /** Another claims the scratch: copy out what is still needed. */
  leave(): void;
}

const NOBODY: Tenant = { leave: () => {} };

/** A scratch: one for compression, one for decompression. */
export class Scratch {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The first byte that may be referred to. */
  low = 0;
  /** The next byte to write. */
  at = 0;
  #tenant: Tenant = NOBODY;

  constructor() {
    this.bytes = new Uint8Array(FULL + SLACK);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes `tenant` the tenant; `true` if he was not, and then the scratch is empty. */
  claim(tenant: Tenant): boolean {
    if (this.#tenant === tenant) return false;
    this.#tenant.leave();
    this.#tenant = tenant;
    this.low = 0;
    this.at = 0;
    return true;
  }

  /** Leaves the scratch without being asked for anything. */
  release(tenant: Tenant): void {
    if (this.#tenant === tenant) this.#tenant = NOBODY;
  }

  /** How much of a window of `size` bytes there is. */
  filled(size: number): number {
    return Math.min(this.at - this.low, size);
  }

  /**
   * Moves the last `window` bytes to the front if it is worth it or if there is no room for `size` more, and returns by
   * how much everything has moved.
   */
  slide(window: number, size: number): number {
    if (this.at <= window || this.at + size <= Math.max(2 * window, LEAST_SLIDE)) return 0;
    const gone = this.at - window;
    this.bytes.copyWithin(0, gone, this.at);
    this.low = Math.max(this.low - gone, 0);
    this.at = window;
    return gone;
  }
}

/** A window while it is not worked on. */
export class StoredWindow {
  #bytes: Uint8Array = NOTHING;
  #size = 0;

  /** Bytes of memory. */
  get memory(): number {
    return this.#bytes.length;
  }

  /** Copies the last bytes of `scratch`, at most `window`, and returns how many. */
  store(scratch: Scratch, window: number): number {
    const size = scratch.filled(window);
    if (size > this.#bytes.length) {
      let room = LEAST_WINDOW;
      while (room < size) room *= 2;
      this.#bytes = new Uint8Array(room);
    }
    if (size > 0) this.#bytes.set(scratch.bytes.subarray(scratch.at - size, scratch.at));
    this.#size = size;
    return size;
  }

  /** Puts what was stored into `scratch`, which is empty. */
  restore(scratch: Scratch): void {
    const size = this.#size;
    if (size > 0)
      scratch.bytes.set(size === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, size));
    scratch.at = size;
  }

  /** Forgets what was stored, and releases the memory. */
  clear(): void {
    this.#bytes = NOTHING;
    this.#size = 0;
  }
}
