/**
 * The handler of last resort: prints WARNING and above on standard error when an application has configured no handler
 * that a record could reach.
 */
import { WARNING } from "./level.ts";
import type { LogRecord } from "./record.ts";
import { shared, switches } from "./registry.ts";
import { writeStderr } from "./stderr.ts";
import { StreamHandler } from "./stream.ts";

/** As much of a handler as the last resort needs. */
export interface LastResort {
  readonly level: number;
  handle(record: LogRecord): unknown;
}

interface State {
  /** `undefined` until it is needed or set. */
  handler: LastResort | null | undefined;
  warned: boolean;
}

const state: State = shared("lastResort", () => ({ handler: undefined, warned: false }));

function makeDefault(): LastResort {
  const handler = new StreamHandler();
  handler.setLevel(WARNING);
  return handler;
}

/** The handler of last resort, or `null` if there is none. */
export function getLastResort(): LastResort | null {
  if (state.handler === undefined) state.handler = makeDefault();
  return state.handler;
}

/** Sets the handler of last resort; with `null`, unhandled records are lost, and a line says so once. */
export function setLastResort(handler: LastResort | null): void {
  state.handler = handler;
}

/** Handles a record for which no handler was found; `name` is the logger's. */
export function handleLast(record: LogRecord, name: string): void {
  const handler = getLastResort();
  if (handler !== null) {
    if (record.levelno >= handler.level) handler.handle(record);
  } else if (switches.raiseExceptions && !state.warned) {
    state.warned = true;
    writeStderr(`No handlers could be found for logger "${name}"\n`);
  }
}
