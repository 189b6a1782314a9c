/** What a format reads from a record: its fields by the names that Python gives them. */
import { type LogRecord, RECORD_FIELDS } from "./record.ts";
import { Float, isPlainObject, repr, Tuple } from "./repr.ts";

/** Values for fields that a record may lack, such as those of `extra`. */
export type FieldDefaults = Readonly<Record<string, unknown>>;

/** Python's names of what has another name here. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["exc_info", "error"],
  ["exc_text", "excText"],
  ["stack_info", "stackInfo"],
]);

/** Fields that Python has as floats. */
const FLOATS: ReadonlySet<string> = new Set(["created", "msecs", "relativeCreated"]);

/** The arguments as Python holds them: a tuple, or the mapping that stands for all. */
export function argsOf(record: LogRecord): unknown {
  const [only] = record.args;
  const mapped =
    record.args.length === 1 &&
    (only instanceof Map ? only.size > 0 : isPlainObject(only) && Object.keys(only).length > 0);
  return mapped ? only : new Tuple(record.args);
}

/**
 * The field of `record` called `name`, as a format prints it.
 *
 * @throws ReferenceError `'name'` when neither the record nor `defaults` has it.
 */
export function readField(record: LogRecord, name: string, defaults?: FieldDefaults): unknown {
  const alias = ALIASES.get(name);
  if (alias !== undefined) return record[alias] ?? null;
  if (name === "args") return argsOf(record);
  // `message` and `asctime` are there once a formatter has made them; other known fields always.
  const there = Object.hasOwn(record, name) || (RECORD_FIELDS.has(name) && name in record);
  if (!there) {
    if (defaults !== undefined && Object.hasOwn(defaults, name)) return defaults[name];
    throw new ReferenceError(repr(name));
  }
  const value = record[name];
  return FLOATS.has(name) && typeof value === "number" ? new Float(value) : value;
}
