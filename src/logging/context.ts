/**
 * Which connection the running code works for, so that an application's own lines can carry it.
 *
 * It follows the code through `await` by `AsyncLocalStorage`; where there is none (browsers), there is never a current
 * connection.
 */

import { connectionId } from "./fields.ts";
import { shared } from "./registry.ts";

interface Storage {
  getStore(): unknown;
  run<Result>(store: unknown, callback: () => Result): Result;
}

interface AsyncHooks {
  readonly AsyncLocalStorage: new () => Storage;
}

interface Host {
  readonly process?: { getBuiltinModule?(name: string): unknown };
}

const NOWHERE: Storage = {
  getStore: () => undefined,
  run: (_store, callback) => callback(),
};

function make(): Storage {
  const hooks = (globalThis as Host).process?.getBuiltinModule?.("node:async_hooks") as
    | AsyncHooks
    | undefined;
  return hooks === undefined ? NOWHERE : new hooks.AsyncLocalStorage();
}

/** One storage for all copies of this module, made when somebody asks for it: on Node 20 every promise then costs more. */
const context: { storage: Storage | null } = shared("context", () => ({ storage: null }));

/**
 * Follows connections through the code of their handlers from now on, for `currentConnection` and `addConnection`. Call it
 * before the first connection: handlers that run already are not followed.
 */
export function followConnections(): void {
  context.storage ??= make();
}

/** The connection whose handler is running, or `undefined` outside of handlers, or without `followConnections`. */
export function currentConnection<Connection = unknown>(): Connection | undefined {
  return context.storage?.getStore() as Connection | undefined;
}

/** Runs `callback`, and all that it starts, as work for `connection`; returns what it returns. */
export function runForConnection<Result>(connection: unknown, callback: () => Result): Result {
  const { storage } = context;
  return storage === null ? callback() : storage.run(connection, callback);
}

/**
 * A filter that drops nothing: it gives each record the id of its connection, or of the current one, as `connection`;
 * `-` if there is none. So `%(connection)s` works in every format, for the application's own lines too.
 *
 * Put it on a handler, where the records of all loggers pass: `handler.addFilter(logging.addConnection)`.
 */
export function addConnection(record: { [name: string]: unknown }): true {
  record.connection ??= connectionId(record.websocket) ?? connectionId(currentConnection()) ?? "-";
  return true;
}
