/** Formats in the style `$`: `$asctime ${message}`, as Python's `string.Template`. */
import { type FieldDefaults, readField } from "./field.ts";
import type { LogRecord } from "./record.ts";
import { str } from "./repr.ts";
import type { FormatStyle } from "./style.ts";

const PLACE = /\$(?:(?<escaped>\$)|(?<named>[_a-z][_a-z0-9]*)|\{(?<braced>[_a-z][_a-z0-9]*)\}|)/gi;

function describePlace(format: string, at: number): string {
  const before = format.slice(0, at).split("\n");
  const column = [...(before.at(-1) ?? "")].length + 1;
  return `line ${before.length}, col ${column}`;
}

/** The style `$`. */
export class DollarStyle implements FormatStyle {
  readonly #format: string;
  readonly #defaults: FieldDefaults | undefined;

  constructor(format: string, defaults?: FieldDefaults) {
    this.#format = format;
    this.#defaults = defaults;
  }

  usesTime(): boolean {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the syntax of this style
    return this.#format.includes("$asctime") || this.#format.includes("${asctime}");
  }

  validate(): void {
    let fields = 0;
    for (const { 0: place, groups } of this.#format.matchAll(PLACE)) {
      if (place === "$") throw new RangeError("invalid format: bare '$' not allowed");
      if (groups?.escaped === undefined) fields += 1;
    }
    if (fields === 0) throw new RangeError("invalid format: no fields");
  }

  format(record: LogRecord): string {
    return this.#format.replace(PLACE, (_, escaped, named, braced, at: number) => {
      if (escaped !== undefined) return "$";
      const name: string | undefined = named ?? braced;
      if (name === undefined) {
        throw new RangeError(`Invalid placeholder in string: ${describePlace(this.#format, at)}`);
      }
      return str(readField(record, name, this.#defaults));
    });
  }
}
