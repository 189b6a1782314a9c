/** Printf templates, read into texts and conversions. */

/** One conversion of a template. */
export interface Conversion {
  readonly key: string | null;
  readonly left: boolean;
  readonly plus: boolean;
  readonly space: boolean;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number | "*" | null;
  readonly precision: number | "*" | null;
  readonly type: string;
  /** Where its letter stands, in characters. */
  readonly at: number;
}

/** Text and conversions in turn. What is wrong with the grammar of one is said when it is reached. */
export type Part = string | Conversion | Fault;

export interface Fault {
  readonly fault: Error;
  readonly key: string | null;
  /** Whether a mapping is missed before the fault is seen. */
  readonly named: boolean;
}

/** A template that was read once, to be used many times. */
export type Template = readonly Part[];

const CONVERSION =
  /(?<flags>[-+ #0]*)(?<width>\*|\d*)(?:\.(?<precision>\*|\d*))?[hlL]?(?<type>.?)/suy;

/** The end of the key that begins at `start`, one behind its closing bracket, or -1. */
function endOfKey(template: string, start: number): number {
  let open = 1;
  for (let at = start; at < template.length; at += 1) {
    if (template[at] === "(") open += 1;
    else if (template[at] === ")") open -= 1;
    if (open === 0) return at + 1;
  }
  return -1;
}

function toSize(digits: string | undefined): number | "*" | null {
  if (digits === undefined) return null;
  return digits === "*" ? "*" : Number(digits);
}

/** Reads `template` into text and conversions. */
export function parseTemplate(template: string): Template {
  const parts: Part[] = [];
  let at = 0;
  for (;;) {
    const percent = template.indexOf("%", at);
    if (percent === -1) {
      if (at < template.length) parts.push(template.slice(at));
      return parts;
    }
    if (percent > at) parts.push(template.slice(at, percent));
    let key: string | null = null;
    at = percent + 1;
    if (template[at] === "%") {
      parts.push("%");
      at += 1;
      continue;
    }
    if (template[at] === "(") {
      const end = endOfKey(template, at + 1);
      if (end === -1) {
        parts.push({ fault: new RangeError("incomplete format key"), key: null, named: true });
        return parts;
      }
      key = template.slice(at + 1, end - 1);
      at = end;
    }
    CONVERSION.lastIndex = at;
    const groups = CONVERSION.exec(template)?.groups ?? {};
    at = CONVERSION.lastIndex;
    const { flags = "", type = "" } = groups;
    if (type === "") {
      parts.push({ fault: new RangeError("incomplete format"), key, named: false });
      return parts;
    }
    parts.push({
      key,
      left: flags.includes("-"),
      plus: flags.includes("+"),
      space: flags.includes(" "),
      alternate: flags.includes("#"),
      zero: flags.includes("0"),
      width: groups.width === "" ? null : toSize(groups.width),
      precision: groups.precision === "" ? 0 : toSize(groups.precision),
      type,
      at: [...template.slice(0, at - type.length)].length,
    });
  }
}
