/**
 * What a connection writes its lines to, whichever logger the application has.
 *
 * A foreign logger is known here by the few things that differ from one to the next (`Foreign`); caching its answers,
 * escaping what it is given, and keeping its errors away from the connection are the same for all.
 */
import { escapeError, escapeText } from "../escape.ts";
import { type Fields, plainFields } from "../fields.ts";
import { switches } from "../registry.ts";
import { writeStderr } from "../stderr.ts";
import { printError } from "../traceback.ts";

/** What a line carries besides its text; becomes attributes of the record. */
export interface LogFields {
  /** The connection. */
  readonly websocket?: unknown;
  /** Event data, discriminated by `type`. */
  readonly event?: unknown;
}

/** A logger as the connections use it. */
export interface Target {
  /** What was given. */
  readonly logger: unknown;

  /** Is `level` on now? Cheap enough to be asked per frame. The answer of a slow foreign logger is up to 1 s old. */
  isEnabledFor(level: number): boolean;

  /**
   * Logs `text`, final as it stands. Never throws.
   *
   * `forced`: a connection whose debug is switched on. Our loggers hand the record to their handlers whatever the
   * logger's level; a foreign logger gets it at its lowest enabled level, with a field `forced: true`.
   */
  emit(level: number, text: string, fields: LogFields, error?: unknown, forced?: boolean): void;
}

/** Marks targets, so that what `fromLog4js()` and the like return is known as one, also by another copy of this file. */
export const TARGET: unique symbol = Symbol.for("clearsocket.logging/target") as never;

/** The severities of everybody's levels, from low to high. */
export const SEVERITIES = ["debug", "info", "warning", "error", "critical"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** The severity of a level: DEBUG up to 19, INFO from 20, WARNING from 30, ERROR from 40, CRITICAL from 50. */
export function severityOf(level: number): Severity {
  if (level < 20) return "debug";
  if (level < 30) return "info";
  if (level < 40) return "warning";
  return level < 50 ? "error" : "critical";
}

/** Any function, as a property of somebody else's logger. */
export type Method = (...args: never[]) => unknown;

/** Calls a method of somebody else's logger, whose parameters only its author knows. */
export type Call = (...args: readonly unknown[]) => unknown;

/** What differs from one foreign logger to the next. */
export interface Foreign {
  /** Whether it wants records of this severity. */
  enabled(severity: Severity): boolean;
  /** Writes one record. Text, fields and error are escaped already. */
  write(severity: Severity, text: string, fields: Fields, error: unknown): void;
  /** Whether `enabled` costs more than some 50 ns, so that its answer is kept for a while. */
  readonly slow: boolean;
}

/** How long the answer of a slow logger is believed, in ms. */
const FRESH = 1000;

/** Tells on standard error what went wrong in a logger, unless `raiseExceptions` is false. */
export function reportFailure(error: unknown): void {
  if (!switches.raiseExceptions) return;
  try {
    writeStderr(`--- Logging error ---\nthe logger that was given failed: ${printError(error)}\n`);
  } catch {
    // There is nowhere left to say it.
  }
}

class ForeignTarget implements Target {
  readonly [TARGET] = true as const;
  readonly logger: unknown;
  readonly #foreign: Foreign;
  readonly #known = new Map<Severity, boolean>();
  #reported = false;
  #writing = false;

  constructor(logger: unknown, foreign: Foreign) {
    this.logger = logger;
    this.#foreign = foreign;
  }

  isEnabledFor(level: number): boolean {
    return this.#isEnabled(severityOf(level));
  }

  #isEnabled(severity: Severity): boolean {
    const known = this.#known.get(severity);
    return known === undefined ? this.#ask(severity) : known;
  }

  #ask(severity: Severity): boolean {
    let answer = false;
    try {
      answer = this.#foreign.enabled(severity);
    } catch (error) {
      this.#fail(error);
    }
    if (this.#foreign.slow) {
      // A timer costs nothing per question; asking the clock costs as much as some loggers do.
      if (this.#known.size === 0) {
        const timer: unknown = setTimeout(() => this.#known.clear(), FRESH);
        (timer as { unref?(): void }).unref?.();
      }
      this.#known.set(severity, answer);
    }
    return answer;
  }

  emit(level: number, text: string, fields: LogFields, error?: unknown, forced = false): void {
    // A logger whose transport writes to a connection of ours would log its own lines for ever.
    if (this.#writing) return;
    this.#writing = true;
    try {
      const severity = forced ? this.#lowestFrom(severityOf(level)) : severityOf(level);
      if (severity === undefined) return;
      const plain = plainFields(fields.event, fields.websocket);
      if (forced) plain.forced = true;
      this.#foreign.write(severity, escapeText(text), plain, escapeError(error));
    } catch (failure) {
      this.#fail(failure);
    } finally {
      this.#writing = false;
    }
  }

  #lowestFrom(severity: Severity): Severity | undefined {
    return SEVERITIES.slice(SEVERITIES.indexOf(severity)).find((one) => this.#isEnabled(one));
  }

  #fail(error: unknown): void {
    if (this.#reported) return;
    this.#reported = true;
    reportFailure(error);
  }
}

/** A target that writes to `foreign`, which stands for `logger`. */
export function foreignTarget(logger: unknown, foreign: Foreign): Target {
  return new ForeignTarget(logger, foreign);
}
