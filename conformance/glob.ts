/** Patterns for case numbers: `6.*` is all of group 6, `9.3.1` one case, `*.1` each first one. */

/** Whether a whole id matches; `*` stands for any characters. A group's bare number stands for all of it. */
export function matches(pattern: string, id: string): boolean {
  const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`).test(id) || id.startsWith(`${pattern}.`);
}
