/**
 * What all copies of this module share: one registry per process, on the global object.
 *
 * Two versions of the package, or an ESM and a CommonJS copy of one, must have the same loggers; otherwise
 * `getLogger("websockets").setLevel(…)` silently talks to the wrong copy. (Python gets this from `sys.modules`.)
 *
 * Rule for whoever edits this folder: what stands in the registry is used by other versions of this module, so its
 * fields keep their meaning; whoever changes it takes a new key (`/2`).
 */

const KEY: unique symbol = Symbol.for("clearsocket.logging/1") as never;

interface Entry {
  readonly state: object;
  readonly make: () => object;
}

type Entries = Map<string, Entry>;

function entries(): Entries {
  const holder = globalThis as { [KEY]?: Entries };
  holder[KEY] ??= new Map();
  return holder[KEY];
}

/** The part of the registry called `name`: made by `make` in the first copy that asks, the same object in all. */
export function shared<State extends object>(name: string, make: () => State): State {
  const all = entries();
  let entry = all.get(name);
  if (entry === undefined) {
    entry = { state: make(), make };
    all.set(name, entry);
  }
  return entry.state as State;
}

/**
 * Puts every part of the registry back to its first state, as if the process had just begun. For the runner of the
 * vectors and for tests: loggers that somebody holds are no longer in the tree afterwards.
 */
export function resetRegistry(): void {
  for (const { state, make } of entries().values()) Object.assign(state, make());
}

interface Switches {
  /** Raised by every change that can alter an answer of `isEnabledFor`; a cached answer holds as long as it stays. */
  generation: number;
  /** `disable(level)`: records up to this level are dropped, whatever their logger says. */
  disable: number;
  /** Whether errors in handlers are printed. */
  raiseExceptions: boolean;
}

/** The switches that count for the whole process. */
export const switches: Switches = shared("switches", () => ({
  generation: nextGeneration(),
  disable: 0,
  raiseExceptions: true,
}));

/** A reset begins at a generation that no cache has seen. */
function nextGeneration(): number {
  const holder = globalThis as { [KEY]?: Entries };
  const before = holder[KEY]?.get("switches")?.state as Switches | undefined;
  return (before?.generation ?? 0) + 1;
}

/** Says that levels, parents or switches changed: every cached answer of `isEnabledFor` is asked for again. */
export function bumpGeneration(): void {
  switches.generation += 1;
}
