/** The tree of loggers, one per process. */
import { CRITICAL, type Level, toLevel, WARNING } from "./level.ts";
import { Logger, type LoggerTree } from "./logger.ts";
import { bumpGeneration, shared, switches } from "./registry.ts";

/** Makes a logger of a given name; see `setLoggerClass`. */
export type LoggerClass = new (name: string) => Logger;

interface Tree {
  readonly root: Logger;
  /** Loggers by name; a set holds the descendants of a name that nobody has asked for yet. */
  readonly loggers: Map<string, Logger | Set<Logger>>;
  loggerClass: LoggerClass;
}

/** The logger of this library whose filters also see the records of its descendants; see `Logger.filterDescendants`. */
const OWN_TREE = "websockets";

/** The tree as a whole. */
export const manager: LoggerTree = {
  get root() {
    return tree.root;
  },
  get generation() {
    return switches.generation;
  },
  get disable() {
    return switches.disable;
  },
  set disable(level: number) {
    disable(level);
  },
  getChild,
  getChildren,
};

const tree: Tree = shared("tree", () => ({
  root: makeRoot(),
  loggers: new Map(),
  loggerClass: Logger,
}));

function makeRoot(): Logger {
  const root = new Logger("root", WARNING);
  root.manager = manager;
  return root;
}

/** The names above `name`, the nearest first: `a.b` and `a` for `a.b.c`. */
function* ancestorsOf(name: string): Generator<string> {
  let dot = name.lastIndexOf(".");
  while (dot > 0) {
    yield name.slice(0, dot);
    // The character before the dot is never looked at: no name ends there that differs.
    dot = dot < 2 ? -1 : name.lastIndexOf(".", dot - 2);
  }
}

/** The nearest ancestor that exists; on the way, names that do not exist note that `logger` hangs below them. */
function findParent(logger: Logger): Logger {
  for (const name of ancestorsOf(logger.name)) {
    const above = tree.loggers.get(name);
    if (above === undefined) tree.loggers.set(name, new Set([logger]));
    else if (above instanceof Set) above.add(logger);
    else return above;
  }
  return tree.root;
}

/** Puts `logger` between its descendants and their parents, unless a parent is a descendant of it too. */
function adopt(logger: Logger, descendants: ReadonlySet<Logger>): void {
  for (const one of descendants) {
    const { parent } = one;
    const isBelow = parent !== null && parent !== tree.root && isUnder(parent.name, logger.name);
    if (!isBelow) one.parent = logger;
  }
}

function isUnder(name: string, ancestor: string): boolean {
  return name.startsWith(`${ancestor}.`);
}

/**
 * The logger called `name`, made when it is first asked for; always the same one. Without a name, or with `"root"`, the
 * root of the tree.
 *
 * @throws TypeError when `name` is not a string.
 */
export function getLogger(name?: string | null): Logger {
  if (!name || name === tree.root.name) return tree.root;
  return getNamed(name);
}

function getNamed(name: string): Logger {
  if (typeof name !== "string") throw new TypeError("A logger name must be a string");
  const there = tree.loggers.get(name);
  if (there !== undefined && !(there instanceof Set)) return there;
  const logger = new tree.loggerClass(name);
  logger.manager = manager;
  logger.filterDescendants = name === OWN_TREE;
  tree.loggers.set(name, logger);
  logger.parent = findParent(logger);
  if (there !== undefined) adopt(logger, there);
  bumpGeneration();
  return logger;
}

/** The logger called `name` if it exists, without making it. */
export function findLogger(name: string): Logger | null {
  if (name === "" || name === tree.root.name) return tree.root;
  const there = tree.loggers.get(name);
  return there === undefined || there instanceof Set ? null : there;
}

/** All names of the tree: of loggers, and (with `null`) of what only stands above one. */
export function namedLoggers(): ReadonlyMap<string, Logger | null> {
  const all = new Map<string, Logger | null>();
  for (const [name, there] of tree.loggers) all.set(name, there instanceof Set ? null : there);
  return all;
}

/** The descendant of `logger` called `suffix` after its name. */
function getChild(logger: Logger, suffix: string): Logger {
  return getNamed(logger === tree.root ? suffix : `${logger.name}.${suffix}`);
}

function depthOf(logger: Logger): number {
  return logger === tree.root ? 0 : logger.name.split(".").length;
}

/** The loggers directly below `logger`, by one dot, that exist. */
function getChildren(logger: Logger): ReadonlySet<Logger> {
  const children = new Set<Logger>();
  for (const one of tree.loggers.values()) {
    if (one instanceof Set) continue;
    if (one.parent === logger && depthOf(one) === depthOf(logger) + 1) children.add(one);
  }
  return children;
}

/** Drops all records up to `level`, of all loggers, whatever their level; `disable(NOTSET)` lifts it. */
export function disable(level: Level = CRITICAL): void {
  switches.disable = toLevel(level);
  bumpGeneration();
}

/** The class of new loggers. */
export function getLoggerClass(): LoggerClass {
  return tree.loggerClass;
}

/** Has new loggers made of `loggerClass`, a subclass of Logger. */
export function setLoggerClass(loggerClass: LoggerClass): void {
  tree.loggerClass = loggerClass;
}
