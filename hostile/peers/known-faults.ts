/** What is known to be wrong with `ws` 8.23.0 and `websocket` 1.0.35, and the cases that show it. */

export interface Fault {
  readonly fault: string;
  readonly cases: readonly string[];
}

/** By the name of the file that starts the peer. */
export const KNOWN_FAULTS: Readonly<Record<string, readonly Fault[]>> = {
  "ws-server": [],
  "websocket-server": [],
  "ws-client": [],
  "websocket-client": [],
};
