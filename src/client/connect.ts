/** connect(): the front door. */
import { onAborted } from "../connection/abort.ts";
import { SYSTEM_CLOCK, type Timer } from "../connection/clock.ts";
import { TimeoutError } from "../connection/deadline.ts";
import { handled } from "../connection/deferred.ts";
import { InvalidURI } from "../http/errors.ts";
import { parseUri } from "../http/uri.ts";
import { SocketTransport } from "../node/socket.ts";
import { READS_STATICALLY, StaticReading } from "../node/static-buffer.ts";
import { shakeHands } from "./attempt.ts";
import {
  type ClientConnection,
  type ClientSettings,
  type ConnectOptions,
  resolveClientOptions,
} from "./options.ts";
import { followRedirect, type Target } from "./redirect.ts";
import { type Attempt, makeAttempt } from "./request.ts";
import { openSocket } from "./route.ts";

/**
 * Connects to a server.
 *
 * @param url `ws:` or `wss:`; with `socketPath` it names what Host says and the path.
 * @returns The connection, when it is open.
 * @throws InvalidURI (rejects) for a bad address. @throws TypeError, RangeError (rejects) for a wrong option.
 * @throws Error (rejects) when no socket can be opened; its `code` is the system's, such as ECONNREFUSED.
 * @throws InvalidHandshake (rejects), one of its kind, when the server does not accept: `InvalidStatus` has its response.
 * @throws TimeoutError (rejects) after `openTimeout`. @throws `signal.reason` (rejects) when the signal aborts.
 */
export function connect(
  url: string | URL,
  options: ConnectOptions = {},
): Promise<ClientConnection> {
  return handled(open(url, options));
}

async function open(url: string | URL, options: ConnectOptions): Promise<ClientConnection> {
  const settings = resolveClientOptions(options);
  const uri = parseUri(url);
  if (settings.tls !== undefined && !uri.secure) {
    throw new InvalidURI(String(url), "the option tls goes with wss, not with ws");
  }
  let target: Target = { uri, settings };
  let attempt = makeAttempt(uri, settings);
  const deadline = new Deadline(settings);
  try {
    for (let redirects = 1; ; redirects += 1) {
      try {
        return await openOnce(attempt, target.settings, deadline.signal);
      } catch (error) {
        target = followRedirect(error, target, redirects);
        attempt = makeAttempt(target.uri, target.settings);
      }
    }
  } finally {
    deadline.end();
  }
}

async function openOnce(
  attempt: Attempt,
  settings: ClientSettings,
  signal: AbortSignal,
): Promise<ClientConnection> {
  const { agent } = settings;
  // Loaded by those who use them, and Node's HTTP modules with them.
  if (agent !== undefined) {
    const { shakeHandsThrough } = await import("./agent.ts");
    return await shakeHandsThrough(agent, attempt, settings, signal);
  }
  if (settings.http2 !== false) {
    const { shakeHandsOverHttp2 } = await import("./http2.ts");
    return await shakeHandsOverHttp2(attempt, settings, signal);
  }
  const reading = READS_STATICALLY ? new StaticReading() : undefined;
  const socket = await openSocket(attempt.uri, settings, signal, reading);
  const transport = new SocketTransport(socket, undefined, reading);
  // It may have been paused on its way here; nothing is read before this turn ends.
  transport.resume();
  return await shakeHands(attempt, transport, settings, signal);
}

/** Bounds an opening, in all its steps, by `openTimeout` and the user's signal. */
class Deadline {
  readonly #aborter = new AbortController();
  readonly #leave: () => void = () => {};
  readonly #timer: Timer | null = null;

  constructor({ connection, signal }: ClientSettings) {
    const { openTimeout } = connection;
    if (signal?.aborted === true) this.#aborter.abort(signal.reason);
    else if (signal !== undefined) {
      this.#leave = onAborted(signal, () => this.#aborter.abort(signal.reason));
    }
    if (openTimeout !== null) {
      this.#timer = SYSTEM_CLOCK.after(openTimeout, () =>
        this.#aborter.abort(new TimeoutError("timed out during opening handshake")),
      );
    }
  }

  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  end(): void {
    this.#timer?.cancel();
    this.#leave();
  }
}
