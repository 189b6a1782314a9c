/** connect(): the front door. */
import { SYSTEM_CLOCK, type Timer } from "../connection/clock.ts";
import { TimeoutError } from "../connection/deadline.ts";
import { handled } from "../connection/deferred.ts";
import { InvalidURI } from "../http/errors.ts";
import { parseUri } from "../http/uri.ts";
import { dial } from "../node/dial.ts";
import { SocketTransport } from "../node/socket.ts";
import { shakeHands } from "./attempt.ts";
import {
  type ClientConnection,
  type ClientSettings,
  type ConnectOptions,
  resolveClientOptions,
} from "./options.ts";
import { makeAttempt } from "./request.ts";

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
  const attempt = makeAttempt(uri, settings);
  const deadline = new Deadline(settings);
  const { signal } = deadline;
  try {
    const { socketPath, socket: given, tls } = settings;
    const { host, port, secure } = uri;
    const socket = await dial({ host, port, socketPath, socket: given, secure, tls, signal });
    return await shakeHands(attempt, new SocketTransport(socket), settings, signal);
  } finally {
    deadline.end();
  }
}

/** Bounds an opening, in all its steps, by `openTimeout` and the user's signal. */
class Deadline {
  readonly #aborter = new AbortController();
  readonly #signal: AbortSignal | undefined;
  readonly #timer: Timer | null = null;

  constructor({ connection, signal }: ClientSettings) {
    const { openTimeout } = connection;
    this.#signal = signal;
    if (signal?.aborted === true) this.#aborter.abort(signal.reason);
    signal?.addEventListener("abort", this.#onAbort, { once: true });
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
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.#aborter.abort(this.#signal?.reason);
}
