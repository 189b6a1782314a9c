/** The opening handshake over HTTP/2 (RFC 8441): on a session of its own, or on one that the user has opened. */
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { InvalidURI, NegotiationError } from "../http/errors.ts";
import type { WebSocketUri } from "../http/uri.ts";
import { cannotConnect } from "../node/dial.ts";
import {
  Http2Transport,
  SESSION_MEMORY,
  SESSION_WINDOW,
  STREAM_WINDOW,
  toHttp2ResponseHead,
  toOutgoing,
} from "../node/http2.ts";
import { Handshake } from "./attempt.ts";
import type { ClientConnection, ClientSettings } from "./options.ts";
import type { Attempt } from "./request.ts";
import { openSocket } from "./route.ts";

/**
 * Shakes hands on a stream of a session.
 *
 * @throws InvalidHandshake (rejects), one of its kind for each way to fail; NegotiationError when the server does not speak
 * HTTP/2, or takes no WebSockets over it. @throws Error (rejects) when there is no session, or no stream of it can be
 * opened. @throws `signal.reason` (rejects) when the signal aborts.
 */
export async function shakeHandsOverHttp2(
  attempt: Attempt,
  settings: ClientSettings,
  signal: AbortSignal,
): Promise<ClientConnection> {
  const { http2 } = settings;
  if (typeof http2 === "object") return await openStream(http2, attempt, settings, signal);
  const socket = await openHttp2Socket(attempt.uri, settings, signal);
  const session = openSession(attempt.uri, socket);
  try {
    const connection = await openStream(session, attempt, settings, signal);
    void connection.closed.then(() => endSession(session, socket, settings));
    return connection;
  } catch (error) {
    endSession(session, socket, settings);
    throw error;
  }
}

async function openHttp2Socket(
  uri: WebSocketUri,
  settings: ClientSettings,
  signal: AbortSignal,
): Promise<Socket> {
  const tls = uri.secure ? { ...settings.tls, ALPNProtocols: ["h2"] } : undefined;
  const way = { ...settings, tls };
  const socket: Socket & { alpnProtocol?: unknown } = await openSocket(uri, way, signal);
  // RFC 9113 §3.2: over TLS, HTTP/2 is chosen by ALPN. Without TLS, whoever asks for it has "prior knowledge" (§3.3).
  if (uri.secure && socket.alpnProtocol !== "h2") {
    socket.destroy();
    throw new NegotiationError("the server does not speak HTTP/2");
  }
  // A session ends in both directions at once.
  socket.allowHalfOpen = false;
  return socket;
}

function openSession(uri: WebSocketUri, socket: Socket): ClientHttp2Session {
  // Loaded only here: most processes never speak HTTP/2.
  const { connect } = process.getBuiltinModule("node:http2");
  const session = connect(`${uri.secure ? "https" : "http"}://${uri.hostHeader}`, {
    createConnection: () => socket,
    maxSessionMemory: SESSION_MEMORY,
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
  });
  session.once("connect", () => session.setLocalWindowSize(SESSION_WINDOW));
  return session;
}

/** Says GOAWAY, and ends the socket. */
function endSession(
  session: ClientHttp2Session,
  socket: Socket,
  { connection: { clock, closeTimeout } }: ClientSettings,
): void {
  // Node sends nothing after GOAWAY: what the stream still has to say goes first.
  clock.nextTurn(() => session.destroy());
  if (closeTimeout === null || socket.destroyed) return;
  const timer = clock.after(closeTimeout, () => socket.destroy());
  socket.once("close", () => timer.cancel());
}

async function openStream(
  session: ClientHttp2Session,
  attempt: Attempt,
  settings: ClientSettings,
  signal: AbortSignal,
): Promise<ClientConnection> {
  const { uri } = attempt;
  if (session.closed || session.destroyed) {
    throw cannotConnect(uri, new Error("the HTTP/2 session is closed"));
  }
  const takes = await race(takesWebSockets(session), signal);
  if (takes === null) {
    const cause = new Error("the HTTP/2 session was lost before it was ready");
    throw cannotConnect(uri, Object.assign(cause, { code: "ECONNRESET" }));
  }
  if (!takes) {
    throw new NegotiationError("the server takes no WebSockets over HTTP/2");
  }
  if (uri.secure && session.encrypted !== true) {
    throw new InvalidURI(uri.href, "the HTTP/2 session has no TLS");
  }
  let stream: ClientHttp2Stream;
  try {
    stream = session.request(toOutgoing(attempt.headers), { endStream: false });
  } catch (cause) {
    throw cannotConnect(uri, cause as Error);
  }
  const transport = new Http2Transport(stream);
  // Nothing of what follows the head comes before it.
  transport.pause();
  const handshake = new Handshake(attempt, transport, settings, signal);
  const onHead = (_fields: object, _flags: number, flat: readonly string[]): void => {
    transport.resume();
    handshake.onHead(toHttp2ResponseHead(flat));
  };
  stream.on("headers", onHead);
  stream.on("response", onHead);
  return await handshake.done;
}

/** Sessions that were asked, and what they have said or will say. */
const ASKED = new WeakMap<ClientHttp2Session, Promise<boolean | null>>();

/**
 * Whether the server takes WebSockets, once its settings have come; null when the session ends before.
 *
 * RFC 8441 §3: a client may use extended CONNECT "upon receipt of SETTINGS_ENABLE_CONNECT_PROTOCOL with a value of 1".
 */
function takesWebSockets(session: ClientHttp2Session): Promise<boolean | null> {
  let answer = ASKED.get(session);
  if (answer === undefined) {
    // What breaks the session breaks its streams, whose connections tell of it; it must not end the process.
    session.on("error", () => {});
    answer = readSettings(session);
    ASKED.set(session, answer);
    // A server may say so later.
    void answer.then((takes) => takes || ASKED.delete(session));
  }
  return answer;
}

function readSettings(session: ClientHttp2Session): Promise<boolean | null> {
  return new Promise((resolve) => {
    const takes = (): boolean => session.remoteSettings.enableConnectProtocol === true;
    const settle = (answer: boolean | null): void => {
      session.off("connect", onConnect);
      session.off("remoteSettings", onSettings);
      session.off("close", onClose);
      resolve(answer);
    };
    const onSettings = (): void => {
      if (takes()) settle(true);
    };
    const onClose = (): void => settle(null);
    const onConnect = (): void => {
      if (takes()) {
        settle(true);
        return;
      }
      // RFC 9113 §3.4: a SETTINGS frame "MUST be the first frame" that a server sends; its answer to a ping comes after.
      session.ping((error) => {
        if (error === null) settle(takes());
      });
    };
    session.on("remoteSettings", onSettings);
    session.on("close", onClose);
    if (session.connecting) session.on("connect", onConnect);
    else onConnect();
  });
}

function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
