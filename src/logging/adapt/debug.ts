/** Loggers of the package `debug`: one name, on or off, no levels. */
import { escapeLines } from "../escape.ts";
import type { Call, Foreign } from "./target.ts";

/** What `debug("name")` returns. */
export interface DebugLike {
  (...args: never[]): unknown;
  readonly enabled: boolean;
  readonly namespace: string;
}

/** `debug` looks for `%` in a first argument that stands alone too, so the text always comes second. */
export function debugForeign(logger: DebugLike): Foreign {
  const log = logger as unknown as Call;
  return {
    slow: false,
    enabled: () => logger.enabled,
    write(_severity, text, _fields, error) {
      if (error === undefined) log("%s", text);
      else {
        const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
        log("%s\n%s", text, escapeLines(stack));
      }
    },
  };
}
