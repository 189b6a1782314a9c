/** Being told to stop. */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Calls `onStop` with each signal that asks the program to end. @returns a function that stops listening. */
export function listenForStop(onStop: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, onStop);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onStop);
  };
}
