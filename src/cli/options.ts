/** Options as a command line spells them: one table serves for reading them and for telling of them. */
import { parseArgs } from "node:util";

/** What an option is. */
export interface OptionSpec {
  /** A flag stands alone; a value follows the others, once (the last counts) or each time. */
  readonly kind: "flag" | "value" | "list";
  /** One letter: `-H` for `--header`. */
  readonly short?: string;
  /** What stands for the value where options are told. */
  readonly placeholder?: string;
  /** What it does, in a line. */
  readonly help: string;
}

/** Options by their names, without dashes. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** What was given. */
export interface Given {
  readonly positionals: readonly string[];
  flag(name: string): boolean;
  value(name: string): string | undefined;
  list(name: string): readonly string[];
}

/** The command line is wrong; the message says how, in a line. */
export class UsageError extends Error {}

/**
 * Reads the words of a command line. What follows `--` is no option.
 *
 * @throws UsageError for an option that is not in the table, a value that is missing, or one too many.
 */
export function readOptions(words: readonly string[], table: OptionTable): Given {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { kind, short }]) => [
      name,
      {
        type: kind === "flag" ? ("boolean" as const) : ("string" as const),
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
  // Not strict: its sentences speak of the program's code, and `tokens` tell enough for our own.
  const args = [...words];
  const { tokens } = parseArgs({
    args,
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const positionals: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const spec = Object.hasOwn(table, name) ? table[name] : undefined;
    if (spec === undefined) throw new UsageError(unknownOption(rawName, table));
    const all = values.get(name) ?? [];
    values.set(name, all);
    if (spec.kind === "flag") {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
      all.push("");
    } else {
      // `--port --host` is a value that was forgotten; `--port=--host` is meant so. A lone dash is a value.
      const forgotten = value === undefined || (!inlineValue && /^-./.test(value));
      if (forgotten) throw new UsageError(`${rawName} needs a value: ${spec.placeholder}`);
      all.push(value);
    }
  }
  return {
    positionals,
    flag: (name) => values.has(name),
    value: (name) => values.get(name)?.at(-1),
    list: (name) => values.get(name) ?? [],
  };
}

/** The options of a table, a line each. */
export function describeOptions(table: OptionTable): string {
  const rows = Object.entries(table).map(([name, { short, placeholder, help }]) => {
    const dashed = short === undefined ? `    --${name}` : `-${short}, --${name}`;
    return { left: placeholder === undefined ? dashed : `${dashed} ${placeholder}`, help };
  });
  const width = Math.max(...rows.map(({ left }) => left.length));
  return rows.map(({ left, help }) => `  ${left.padEnd(width)}  ${help}\n`).join("");
}

function unknownOption(rawName: string, table: OptionTable): string {
  const name = rawName.replace(/^-+/, "");
  const near = Object.keys(table).find((known) => isNear(name, known));
  return near === undefined
    ? `there is no option ${rawName}`
    : `there is no option ${rawName}; did you mean --${near}?`;
}

/** Whether one is the beginning of the other, or they differ by one letter: changed, missing, too much or moved. */
function isNear(one: string, other: string): boolean {
  if (one.length < 3) return false;
  if (other.startsWith(one) || one.startsWith(other)) return true;
  if (Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  const rests = [
    [one.slice(start + 1), other.slice(start + 1)],
    [one.slice(start + 1), other.slice(start)],
    [one.slice(start), other.slice(start + 1)],
    [one.slice(start + 2), other.slice(start + 2)],
  ];
  const isSwap = one[start] === other[start + 1] && one[start + 1] === other[start];
  return rests.some(([left, right], at) => left === right && (at < 3 || isSwap));
}
