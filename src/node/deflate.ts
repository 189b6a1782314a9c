/**
 * node:zlib for permessage-deflate: large messages off the loop, and those between small and large at once.
 *
 * Each message is one job, with the window as its dictionary; no stream is kept, so that no connection holds memory of
 * zlib's between messages.
 */
import { availableParallelism } from "node:os";
import type { InputType, ZlibOptions } from "node:zlib";
import { badData, type OneShot, tooBig } from "../extensions/codec.ts";

type Zlib = typeof import("node:zlib");

/**
 * RFC 7692 §7.2.2: 00 00 ff ff completes the message; then an empty block with BFINAL set, so that zlib tells us when a
 * message ends before its time.
 */
const END = Uint8Array.of(0, 0, 0xff, 0xff, 3, 0);
/** The smallest window that zlib knows for raw DEFLATE. */
const LEAST_BITS = 9;
const LARGEST_WINDOW = 32768;
/** How much zlib makes at a time. */
const LEAST_CHUNK = 16 * 1024;
const MOST_CHUNK = 1024 * 1024;
/** How much more is expected to come out than for the last message, so that one chunk will do. */
const MARGIN = 1.25;
/** zlib's hash table has 2^(7 + memory level) entries: a small one for a small window costs less to set up. */
const MEMORY_LEVEL = 8;
const SMALL_WINDOW = 12;
const SMALL_MEMORY_LEVEL = 5;

/** How many jobs zlib may have at a time: more would only wait in the pool's queue, and each holds its memory. */
const MOST_JOBS = Math.max(1, Math.min(4, availableParallelism()));

/**
 * How many sequences of blocks that end with BFINAL a message may have: zlib starts anew for each, and a hostile message
 * could have one in every two bytes.
 *
 * Deviation: RFC 7692 §7.2.3.4 sets no limit. Those who use BFINAL at all use it once a message.
 */
const MOST_SEQUENCES = 64;

let loaded: Zlib | undefined;

/** Loaded when it is first needed: most programs never send a large message. */
function zlib(): Zlib {
  loaded ??= process.getBuiltinModule("node:zlib");
  return loaded;
}

/** How many times larger the last message was than it came. */
let ratio = 4;
let scratch = new Uint8Array(LEAST_CHUNK);

/** Room for `data` and `END`, till the next call. */
function scratchFor(data: Uint8Array): Uint8Array {
  const size = data.length + END.length;
  if (size > MOST_CHUNK) return new Uint8Array(size);
  if (size > scratch.length) scratch = new Uint8Array(Math.max(size, scratch.length * 2));
  return scratch.subarray(0, size);
}

/** Puts `data` and `END` into `room`. */
function complete(data: Uint8Array, room: Uint8Array): Uint8Array {
  room.set(data);
  room.set(END, data.length);
  return room;
}

/** What zlib says with `info: true`. */
interface Inflated {
  readonly buffer: Uint8Array;
  /** How much of the input it has used. */
  readonly engine: { readonly bytesWritten: number };
}

/** node:zlib, one message at a time. */
export const nodeOneShot: OneShot = {
  deflateSync: (data, dictionary, windowBits, level) =>
    zlib().deflateRawSync(data, deflateOptions(data, dictionary, windowBits, level)),

  deflate: (data, dictionary, windowBits, level) =>
    queue(
      () =>
        new Promise((resolve, reject) => {
          const options = deflateOptions(data, dictionary, windowBits, level);
          zlib().deflateRaw(data, options, (error, result) =>
            error === null ? resolve(result) : reject(error),
          );
        }),
    ),

  inflateSync: (data, dictionary, windowBits, limit) => {
    const job = new InflateJob(complete(data, scratchFor(data)), dictionary, windowBits, limit);
    try {
      while (!job.done)
        job.take(zlib().inflateRawSync(job.rest, job.options()) as unknown as Inflated);
    } catch (error) {
      throw job.explain(error);
    }
    return job.result();
  },

  inflate: (data, dictionary, windowBits, limit) =>
    queue(async () => {
      const whole = complete(data, new Uint8Array(data.length + END.length));
      const job = new InflateJob(whole, dictionary, windowBits, limit);
      try {
        while (!job.done) job.take(await inflateOnce(job.rest, job.options()));
      } catch (error) {
        throw job.explain(error);
      }
      return job.result();
    }),
};

function deflateOptions(
  data: Uint8Array,
  dictionary: Uint8Array | null,
  windowBits: number,
  level: number,
): ZlibOptions {
  return {
    windowBits,
    level,
    memLevel:
      windowBits > SMALL_WINDOW || data.length > MOST_CHUNK ? MEMORY_LEVEL : SMALL_MEMORY_LEVEL,
    finishFlush: zlib().constants.Z_SYNC_FLUSH,
    // Enough for most, so that it is done in one go.
    chunkSize: Math.max((data.length >> 1) + 64, LEAST_CHUNK),
    ...(dictionary === null ? {} : { dictionary }),
  };
}

function inflateOnce(data: InputType, options: ZlibOptions): Promise<Inflated> {
  return new Promise((resolve, reject) => {
    zlib().inflateRaw(data, options, (error, result) =>
      error === null ? resolve(result as unknown as Inflated) : reject(error),
    );
  });
}

/** One message on its way through zlib, which stops after each block with BFINAL set (RFC 7692 §7.2.3.4). */
class InflateJob {
  rest: Uint8Array;
  readonly #compressed: number;
  readonly #limit: number;
  readonly #windowBits: number;
  readonly #chunk: number;
  #dictionary: Uint8Array | null;
  #parts: Uint8Array[] = [];
  #size = 0;

  /** @param message With `END` behind it. */
  constructor(
    message: Uint8Array,
    dictionary: Uint8Array | null,
    windowBits: number,
    limit: number,
  ) {
    this.rest = message;
    this.#compressed = message.length;
    this.#limit = limit;
    this.#windowBits = Math.max(windowBits, LEAST_BITS);
    const expected = Math.ceil(message.length * ratio * MARGIN);
    this.#chunk = Math.min(Math.max(expected, LEAST_CHUNK), MOST_CHUNK);
    this.#dictionary = dictionary;
  }

  get done(): boolean {
    return this.rest.length === 0;
  }

  options(): ZlibOptions {
    const room = this.#limit - this.#size;
    return {
      windowBits: this.#windowBits,
      chunkSize: this.#chunk,
      info: true,
      ...(room === Number.POSITIVE_INFINITY ? {} : { maxOutputLength: Math.max(room, 1) }),
      ...(this.#dictionary === null ? {} : { dictionary: this.#dictionary }),
    };
  }

  take({ buffer, engine }: Inflated): void {
    this.#parts.push(buffer);
    this.#size += buffer.length;
    if (this.#size > this.#limit) throw tooBig(this.#limit);
    this.rest = this.rest.subarray(engine.bytesWritten);
    if (this.rest.length === 0) return;
    if (this.#parts.length >= MOST_SEQUENCES)
      throw badData(new Error("too many blocks with BFINAL set"));
    const past = Buffer.concat([this.#dictionary ?? new Uint8Array(0), buffer]);
    this.#dictionary = past.length === 0 ? null : past.subarray(-LARGEST_WINDOW);
  }

  /** The message, in memory of about its own size. */
  result(): Uint8Array {
    ratio = Math.max(this.#size / this.#compressed, 1);
    const [first] = this.#parts;
    if (
      this.#parts.length === 1 &&
      first !== undefined &&
      first.buffer.byteLength <= 2 * first.length
    )
      return new Uint8Array(first.buffer, first.byteOffset, first.length);
    const joined = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  /** What to throw for what zlib has thrown. */
  explain(error: unknown): unknown {
    const code = (error as { readonly code?: unknown }).code;
    if (code === "ERR_BUFFER_TOO_LARGE") return tooBig(this.#limit);
    // Bad data, and data that ends before its time.
    return code === "Z_DATA_ERROR" || code === "Z_BUF_ERROR" || code === "Z_NEED_DICT"
      ? badData(error)
      : error;
  }
}

let running = 0;
const waiting: (() => void)[] = [];

/** Runs `job` when fewer than `MOST_JOBS` are running, in the order of the calls. */
async function queue<T>(job: () => Promise<T>): Promise<T> {
  if (running >= MOST_JOBS) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await job();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}
