/**
 * RateLimitFilter: keeps a flood of similar messages from filling a disk, and says how many it dropped.
 *
 * It is never on by itself: a line that nobody asked to lose is not lost.
 */
import { bound } from "./escape.ts";
import { getLogger } from "./manager.ts";
import { type LogRecord, makeRecord } from "./record.ts";

export interface RateLimitOptions {
  /** How many messages of one kind pass in a second, in the long run. Default 100. */
  readonly perSecond?: number | undefined;
  /** How many may come at once. Default twice as many. */
  readonly burst?: number | undefined;
  /** Which messages are of one kind. Default: those of one text, before its arguments. */
  readonly key?: ((record: LogRecord) => unknown) | undefined;
  /** How often the dropped messages are summed up, in ms. Default 1000. */
  readonly interval?: number | undefined;
}

/** Kinds that are remembered; a peer that invents new ones must not fill the memory. */
const MOST_KINDS = 10_000;

/** So many kinds get a summary of their own; more are summed up in one line. */
const MOST_SUMMARIES = 5;

/** Characters of the message that a summary shows. */
const SHOWN = 200;

/** A token bucket, and what did not fit. */
interface Kind {
  tokens: number;
  /** When `tokens` was right, in ms. */
  at: number;
  dropped: number;
  /** One of the dropped. */
  last: LogRecord | null;
}

function check(name: string, value: number, least: number): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw new RangeError(`${name} must be a number of at least ${least}, not ${value}`);
}

/**
 * A filter for a logger or a handler that lets through so many messages of one kind:
 *
 * ```ts
 * const limit = new logging.RateLimitFilter({ perSecond: 10, key: (record) => record.event?.remote });
 * logging.getLogger("websockets").addFilter(limit);
 * ```
 *
 * While messages are dropped, a line `… (412 similar messages dropped)` goes through their logger every `interval`.
 */
export class RateLimitFilter {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #key: (record: LogRecord) => unknown;
  readonly #interval: number;
  readonly #kinds = new Map<unknown, Kind>();
  /** Kinds that have something to sum up. */
  readonly #lossy = new Set<Kind>();
  readonly #summaries = new WeakSet<LogRecord>();
  #timer: unknown = null;

  /** @throws RangeError for a limit that is no number, or too small. */
  constructor(options: RateLimitOptions = {}) {
    const { perSecond = 100, burst = Math.max(2 * perSecond, 1), interval = 1000 } = options;
    this.#perSecond = check("perSecond", perSecond, 0);
    this.#burst = check("burst", burst, 1);
    this.#interval = check("interval", interval, 1);
    this.#key = options.key ?? ((record) => record.msg);
  }

  /** Whether `record` may pass. */
  filter(record: LogRecord): boolean {
    if (this.#summaries.has(record)) return true;
    const now = record.created * 1000;
    const kind = this.#kindOf(this.#key(record), now);
    // A clock that is set back gives nothing and takes nothing.
    const since = Math.max(now - kind.at, 0);
    kind.tokens = Math.min(kind.tokens + (since * this.#perSecond) / 1000, this.#burst);
    kind.at = now;
    if (kind.tokens >= 1) {
      kind.tokens -= 1;
      return true;
    }
    kind.dropped += 1;
    kind.last = record;
    this.#lossy.add(kind);
    this.#arm();
    return false;
  }

  /** Logs what was dropped since the last time, without waiting for the next. */
  flush(): void {
    const lossy = [...this.#lossy];
    this.#lossy.clear();
    if (lossy.length <= MOST_SUMMARIES) {
      for (const kind of lossy) this.#sumUp(kind, kind.dropped, similar(kind));
    } else {
      const [first] = lossy;
      const dropped = lossy.reduce((sum, kind) => sum + kind.dropped, 0);
      const text = `(${dropped} messages of ${lossy.length} kinds dropped)`;
      if (first !== undefined) this.#sumUp(first, dropped, text);
    }
    for (const kind of lossy) {
      kind.dropped = 0;
      kind.last = null;
    }
  }

  #sumUp({ last }: Kind, dropped: number, text: string): void {
    if (last === null) return;
    const record = makeRecord(last.name, last.levelno, text, []);
    record.event = { type: "log.dropped", dropped };
    this.#summaries.add(record);
    getLogger(last.name).handle(record);
  }

  #arm(): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.flush();
    }, this.#interval);
    (this.#timer as { unref?(): void }).unref?.();
  }

  #kindOf(key: unknown, now: number): Kind {
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      if (this.#kinds.size >= MOST_KINDS) this.#sweep(now);
      kind = { tokens: this.#burst, at: now, dropped: 0, last: null };
      this.#kinds.set(key, kind);
    }
    return kind;
  }

  /** Forgets the kinds that have rested long enough to be as new, or else the older half. */
  #sweep(now: number): void {
    const full = (this.#burst / this.#perSecond) * 1000;
    for (const [key, kind] of this.#kinds) {
      if (now - kind.at >= full) this.#kinds.delete(key);
    }
    if (this.#kinds.size < MOST_KINDS) return;
    for (const key of [...this.#kinds.keys()].slice(0, MOST_KINDS / 2)) this.#kinds.delete(key);
  }
}

function similar({ last, dropped }: Kind): string {
  const text = last === null ? "" : bound(last.getMessage(), SHOWN);
  const messages = dropped === 1 ? "message" : "messages";
  return `${text} (${dropped} similar ${messages} dropped)`;
}
