/** Formats in the style `%`: `%(asctime)s %(message)s`. */
import { type FieldDefaults, readField } from "./field.ts";
import { fillByName } from "./message.ts";
import type { LogRecord } from "./record.ts";
import { repr, str } from "./repr.ts";
import type { FormatStyle } from "./style.ts";
import { parseTemplate, type Template } from "./template.ts";

const FIELD = /%\(\w+\)[#0+ -]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[diouxefgcrsa%]/iu;

/** A text, or the name of a field that is printed as it stands. */
interface Piece {
  readonly text: string;
  readonly isField: boolean;
}

/** The pieces of a template, or `null` if it holds more than texts and plain `%(name)s`. */
function toPieces(template: Template): readonly Piece[] | null {
  const pieces: Piece[] = [];
  for (const part of template) {
    if (typeof part === "string") pieces.push({ text: part, isField: false });
    else if ("fault" in part) return null;
    else if (
      part.type === "s" &&
      part.key !== null &&
      part.width === null &&
      part.precision === null
    ) {
      pieces.push({ text: part.key, isField: true });
    } else return null;
  }
  return pieces;
}

/** The style `%`. */
export class PercentStyle implements FormatStyle {
  readonly #format: string;
  readonly #defaults: FieldDefaults | undefined;
  readonly #template: Template;
  readonly #pieces: readonly Piece[] | null;

  constructor(format: string, defaults?: FieldDefaults) {
    this.#format = format;
    this.#defaults = defaults;
    this.#template = parseTemplate(format);
    this.#pieces = toPieces(this.#template);
  }

  usesTime(): boolean {
    return this.#format.includes("%(asctime)");
  }

  validate(): void {
    if (!FIELD.test(this.#format)) {
      throw new RangeError(`Invalid format ${repr(this.#format)} for '%' style`);
    }
  }

  format(record: LogRecord): string {
    const pieces = this.#pieces;
    if (pieces === null) {
      return fillByName(this.#template, (name) => readField(record, name, this.#defaults));
    }
    let text = "";
    for (const piece of pieces) {
      text += piece.isField ? str(readField(record, piece.text, this.#defaults)) : piece.text;
    }
    return text;
  }
}
