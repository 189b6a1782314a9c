/** The package `debug`, which brings no types. */
import { createRequire } from "node:module";

interface Debugger {
  (...args: readonly unknown[]): void;
  enabled: boolean;
  useColors: boolean;
  readonly namespace: string;
  log: (...args: unknown[]) => void;
}

export const createDebug = createRequire(import.meta.url)("debug") as (name: string) => Debugger;
