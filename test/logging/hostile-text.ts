/** Texts that a hostile peer sends, and the judge of what came out. */

/** One of each kind of character that must not come out, with something before and behind it. */
export const HOSTILE_TEXTS: readonly string[] = [
  "bye\nFAKE LINE",
  "bye\r\nFAKE LINE",
  "bye\rFAKE LINE",
  "\u001b[31mred\u001b[0m",
  "\u001b]0;title\u0007",
  "\u009b31mred",
  "a\u0000b\u0008c\u007fd",
  "next\u0085line",
  "line\u2028paragraph\u2029end",
  "user\u202eexe.txt\u202c",
  "\u2066isolated\u2069",
  "\u202a\u202b\u202d",
  "half \ud800 pair",
  "half \udc00 pair",
  "tab\tulator\u000bform\u000c",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the styles % { and $
  "50% off %s %d %(name)s {x} {0} $name ${name}",
];

/** What must never stand in a line of a log: everything but the end of the line itself. */
const RAW =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;

/**
 * What is wrong with `text` as it came out of a handler: a raw control character, or a line that begins at column 0 and
 * is not one of `records` records. `null` if nothing is.
 */
export function faultOf(text: string, records = 1): string | null {
  const raw = RAW.exec(text);
  if (raw !== null) {
    return `U+${raw[0].charCodeAt(0).toString(16)} came out in ${JSON.stringify(text)}`;
  }
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith(" "));
  if (lines.length !== records) {
    return `${lines.length} lines begin at column 0 instead of ${records} in ${JSON.stringify(text)}`;
  }
  return null;
}
