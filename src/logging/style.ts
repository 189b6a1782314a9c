/** What the three styles of formats have in common. */
import type { LogRecord } from "./record.ts";

/** How a format names its fields: `%(name)s`, `{name}` or `${name}`. */
export type Style = "%" | "{" | "$";

/** A format, read in its style. */
export interface FormatStyle {
  /** Whether it asks for `asctime`, which is then made. */
  usesTime(): boolean;
  /** @throws RangeError when the format is at fault or names no field. */
  validate(): void;
  /** @throws ReferenceError `'name'` for a field that the record lacks. */
  format(record: LogRecord): string;
}
