/** Formatter: a record as text. */
import { BraceStyle } from "./brace.ts";
import { DollarStyle } from "./dollar.ts";
import { escapeLines } from "./escape.ts";
import type { FieldDefaults } from "./field.ts";
import { PercentStyle } from "./percent.ts";
import type { LogRecord } from "./record.ts";
import { localTime, strftime, utcTime } from "./strftime.ts";
import type { FormatStyle, Style } from "./style.ts";
import { printError } from "./traceback.ts";

/** What makes a record's text; a handler takes whatever has this method. */
export interface RecordFormatter {
  format(record: LogRecord): string;
}

export interface FormatterOptions {
  /** How `asctime` is written, in the directives of `strftime`. Default `%Y-%m-%d %H:%M:%S`, a comma and milliseconds. */
  readonly datefmt?: string | null | undefined;
  /** Default `%`. */
  readonly style?: Style | undefined;
  /** Whether a format without a field, or with one that is at fault, throws at once. Default true. */
  readonly validate?: boolean | undefined;
  /** Values for fields that a record may lack. */
  readonly defaults?: FieldDefaults | undefined;
  /** Times in UTC instead of local time. Default false. */
  readonly utc?: boolean | undefined;
}

/** The format of `basicConfig` in the style `%`. */
export const BASIC_FORMAT = "%(levelname)s:%(name)s:%(message)s";

interface StyleEntry {
  readonly make: (format: string, defaults?: FieldDefaults) => FormatStyle;
  /** The format of a Formatter that was given none. */
  readonly plain: string;
  /** The format of `basicConfig`. */
  readonly basic: string;
}

const STYLES: ReadonlyMap<string, StyleEntry> = new Map([
  [
    "%",
    {
      make: (format: string, defaults?: FieldDefaults) => new PercentStyle(format, defaults),
      plain: "%(message)s",
      basic: BASIC_FORMAT,
    },
  ],
  [
    "{",
    {
      make: (format: string, defaults?: FieldDefaults) => new BraceStyle(format, defaults),
      plain: "{message}",
      basic: "{levelname}:{name}:{message}",
    },
  ],
  [
    "$",
    {
      make: (format: string, defaults?: FieldDefaults) => new DollarStyle(format, defaults),
      // biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is the syntax of this style
      plain: "${message}",
      basic: "${levelname}:${name}:${message}",
      // biome-ignore-end lint/suspicious/noTemplateCurlyInString: it is the syntax of this style
    },
  ],
]);

function findStyle(style: string): StyleEntry {
  const entry = STYLES.get(style);
  if (entry === undefined) {
    throw new RangeError(`Style must be one of: ${[...STYLES.keys()].join(",")}`);
  }
  return entry;
}

/** The format that `basicConfig` uses in `style` when it is given none. */
export function basicFormat(style: Style): string {
  return findStyle(style).basic;
}

/**
 * Makes a record's text: the message by a format, then the stack of its error, then its stack info. Subclasses may
 * override each step.
 */
export class Formatter implements RecordFormatter {
  /** How `asctime` is written without `datefmt`. */
  defaultTimeFormat = "%Y-%m-%d %H:%M:%S";
  /** What is put behind it: `%s` the time, `%03d` the milliseconds; `null` for nothing. */
  defaultMsecFormat: string | null = "%s,%03d";
  readonly datefmt: string | null;
  readonly utc: boolean;
  readonly #style: FormatStyle;
  readonly #usesTime: boolean;
  #cachedSecond = Number.NaN;
  #cachedTime = "";

  /**
   * @param format the format; default the message alone.
   * @throws RangeError for a style or a format that is at fault.
   */
  constructor(format?: string | null, options: FormatterOptions = {}) {
    const { style = "%", validate = true, defaults } = options;
    const { make, plain } = findStyle(style);
    this.#style = make(format || plain, defaults);
    if (validate) this.#style.validate();
    this.#usesTime = this.#style.usesTime();
    this.datefmt = options.datefmt ?? null;
    this.utc = options.utc ?? false;
  }

  /** The text of `record`. */
  format(record: LogRecord): string {
    record.message = record.getMessage();
    if (this.usesTime()) record.asctime = this.formatTime(record, this.datefmt);
    let text = this.formatMessage(record);
    if (record.error !== undefined && !record.excText) {
      record.excText = this.formatException(record.error);
    }
    if (record.excText) text = `${text}${text.endsWith("\n") ? "" : "\n"}${record.excText}`;
    if (record.stackInfo) {
      text = `${text}${text.endsWith("\n") ? "" : "\n"}${this.formatStack(record.stackInfo)}`;
    }
    return text;
  }

  /** Whether the format asks for `asctime`. */
  usesTime(): boolean {
    return this.#usesTime;
  }

  /** The time of `record`, by `datefmt` or else by the default format with milliseconds. */
  formatTime(record: LogRecord, datefmt?: string | null): string {
    const second = Math.floor(record.created);
    if (datefmt) return strftime(datefmt, this.utc ? utcTime(second) : localTime(second));
    if (second !== this.#cachedSecond) {
      const time = this.utc ? utcTime(second) : localTime(second);
      this.#cachedTime = strftime(this.defaultTimeFormat, time);
      this.#cachedSecond = second;
    }
    const { defaultMsecFormat } = this;
    if (!defaultMsecFormat) return this.#cachedTime;
    const milliseconds = String(Math.trunc(record.msecs)).padStart(3, "0");
    return defaultMsecFormat.replace("%s", this.#cachedTime).replace("%03d", milliseconds);
  }

  /**
   * The format filled from `record`.
   *
   * @throws RangeError `Formatting field not found in record: 'x'`.
   */
  formatMessage(record: LogRecord): string {
    try {
      return this.#style.format(record);
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      throw new RangeError(`Formatting field not found in record: ${error.message}`, {
        cause: error,
      });
    }
  }

  /** What was thrown, as text: the stack and its causes, escaped, every line but the first moved in. */
  formatException(error: unknown): string {
    return printError(error);
  }

  /** A stack that was asked for with `stackInfo`. */
  formatStack(stackInfo: string): string {
    return escapeLines(stackInfo);
  }
}
