/** A server that runs until its process is told to stop. */
import { checkSignal, onAborted } from "../connection/abort.ts";
import { checkNames, show } from "../connection/options.ts";

/** Until when a server runs. */
export interface ServeForeverOptions {
  /** The signals of the process that close it. Default SIGINT and SIGTERM. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Closes it too, when it aborts. */
  readonly signal?: AbortSignal;
}

/** What is to be done with the server. */
interface Stoppable {
  readonly closed: Promise<void>;
  close(): Promise<void>;
  cut(): void;
}

const OPTIONS: ReadonlySet<string> = new Set(["signals", "signal"]);

/** As `Server.serveForever`. */
export async function serveForever(server: Stoppable, options: ServeForeverOptions): Promise<void> {
  checkNames(options, OPTIONS, "serveForever");
  const { signals = ["SIGINT", "SIGTERM"], signal } = options;
  checkSignals(signals);
  checkSignal(signal);
  let told = false;
  const onSignal = (): void => {
    if (told) server.cut();
    told = true;
    void server.close();
  };
  if (signal?.aborted === true) void server.close();
  const leave = signal === undefined ? null : onAborted(signal, () => void server.close());
  for (const name of signals) process.on(name, onSignal);
  try {
    await server.closed;
  } finally {
    leave?.();
    for (const name of signals) process.off(name, onSignal);
  }
  signal?.throwIfAborted();
}

function checkSignals(signals: unknown): void {
  const isSignal = (name: unknown): boolean => typeof name === "string" && /^SIG[A-Z]/.test(name);
  if (Array.isArray(signals) && signals.every(isSignal)) return;
  const wrong = Array.isArray(signals) ? signals.find((name) => !isSignal(name)) : signals;
  throw new TypeError(`signals is or has ${show(wrong)}: it must be a list such as ["SIGTERM"]`);
}
