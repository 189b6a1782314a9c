/**
 * Text in quotes as Python's `repr` shows it, quick enough for a line of the log per frame.
 *
 * logging/repr.ts quotes by the same rules, and neither may import the other.
 */

/** What Python does not print as it is, but for the space: categories C (controls, unassigned …) and Z. */
const ODD = /[\p{C}\p{Z}]/u;

/** Texts of ASCII in which nothing is to be escaped, by far the most. */
const PLAIN = /^[ !#-&(-[\]-~]*$/;

const BACKSLASH = 0x5c;
const QUOTE = 0x27;

/** Whether Python prints the character as it is; frequent ones are known without a look at the tables. */
function isPrintable(code: number): boolean {
  if (code < 0x7f) return code >= 0x20;
  if (code < 0x378) return code > 0xa0 && code !== 0xad;
  if (code >= 0x4e00 && code < 0xa000) return true;
  if (code >= 0x1f300 && code < 0x1f650) return true;
  return !ODD.test(String.fromCodePoint(code));
}

function escapeOne(code: number): string {
  switch (code) {
    case BACKSLASH:
      return "\\\\";
    case 0x0a:
      return "\\n";
    case 0x0d:
      return "\\r";
    case 0x09:
      return "\\t";
    default:
  }
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}

/** `text` as Python's `repr` shows it: `'it is'`, `"it's"`, with `\n`, `\x00`, `\u200b` for what is not printed. */
export function quote(text: string): string {
  if (PLAIN.test(text)) return `'${text}'`;
  const single = text.includes("'");
  const mark = single && !text.includes('"') ? '"' : "'";
  let quoted = mark;
  let from = 0; // what stands here and after is not in `quoted` yet
  for (let at = 0; at < text.length; at += 1) {
    let code = text.charCodeAt(at);
    const begin = at;
    if (code >= 0xd800 && code < 0xdc00) {
      code = text.codePointAt(at) ?? code;
      if (code > 0xffff) at += 1;
    }
    const escaped =
      code === QUOTE && mark === "'"
        ? "\\'"
        : code === BACKSLASH || !isPrintable(code)
          ? escapeOne(code)
          : null;
    if (escaped === null) continue;
    quoted += text.slice(from, begin) + escaped;
    from = at + 1;
  }
  return quoted + text.slice(from) + mark;
}
