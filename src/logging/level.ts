/** The levels: their numbers and their names, as in Python's `logging`. */

import { shared } from "./registry.ts";
import { repr } from "./repr.ts";

export const CRITICAL = 50;
/** Another name of CRITICAL. */
export const FATAL: typeof CRITICAL = CRITICAL;
export const ERROR = 40;
export const WARNING = 30;
/** Another name of WARNING. */
export const WARN: typeof WARNING = WARNING;
export const INFO = 20;
export const DEBUG = 10;
/** On a logger: take the level of the nearest ancestor that has one. On a handler: take all. */
export const NOTSET = 0;

/** The names that stand from the start; `addLevelName` adds more. */
export type LevelName =
  | "CRITICAL"
  | "FATAL"
  | "ERROR"
  | "WARNING"
  | "WARN"
  | "INFO"
  | "DEBUG"
  | "NOTSET";

/** A level: any whole number, or a name in upper case. */
export type Level = number | LevelName | (string & {});

interface Names {
  readonly toName: Map<number, string>;
  readonly toLevel: Map<string, number>;
}

const names: Names = shared("levels", () => ({
  toName: new Map([
    [CRITICAL, "CRITICAL"],
    [ERROR, "ERROR"],
    [WARNING, "WARNING"],
    [INFO, "INFO"],
    [DEBUG, "DEBUG"],
    [NOTSET, "NOTSET"],
  ]),
  toLevel: new Map([
    ["CRITICAL", CRITICAL],
    ["FATAL", FATAL],
    ["ERROR", ERROR],
    ["WARN", WARN],
    ["WARNING", WARNING],
    ["INFO", INFO],
    ["DEBUG", DEBUG],
    ["NOTSET", NOTSET],
  ]),
}));

/**
 * The number of `level`.
 *
 * @throws RangeError `Unknown level: 'x'` for a name that is not known (names are upper case).
 * @throws TypeError for what is neither a whole number nor a string. (`true` counts as 1, as in Python.)
 */
export function toLevel(level: Level): number {
  if (typeof level === "number" && Number.isInteger(level)) return level;
  if (typeof level === "string") {
    const number = names.toLevel.get(level);
    if (number === undefined) throw new RangeError(`Unknown level: ${repr(level)}`);
    return number;
  }
  if (typeof level === "boolean") return Number(level);
  throw new TypeError(`Level not an integer or a valid string: ${repr(level)}`);
}

/** The name of a level's number: `INFO`, or `Level 15` for one that has no name. */
export function nameLevel(level: number): string {
  return names.toName.get(level) ?? `Level ${String(level)}`;
}

/** As in Python: the name of a number, the number of a name, and `Level x` for what has neither. */
export function getLevelName(level: number | string): string | number {
  if (typeof level === "number") return nameLevel(level);
  return names.toLevel.get(level) ?? `Level ${level}`;
}

/** Gives `level` a name, for `%(levelname)s` and for `setLevel`. Earlier names of the level still lead to it. */
export function addLevelName(level: number, name: string): void {
  names.toName.set(level, name);
  names.toLevel.set(name, level);
}

/** All names with their numbers. */
export function getLevelNamesMapping(): Record<string, number> {
  return Object.fromEntries(names.toLevel);
}
