/** serve(): the front door. */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { checkName, checkNumber, checkObject, show } from "../connection/options.ts";
import { toHttp2RequestHead } from "../node/http2.ts";
import { Http2Sessions } from "../node/http2-sessions.ts";
import type { Listener } from "../node/listen.ts";
import { listenEverywhere } from "../node/listen-everywhere.ts";
import { SocketTransport } from "../node/socket.ts";
import { type Handler, resolveServerOptions, type ServeOptions } from "./options.ts";
import { Server } from "./server.ts";

/** A handler and its options in one object, so that the type of `connection.data` follows from `processRequest`. */
export type ServeOptionsWithHandler<D> = ServeOptions<D> & { readonly handler: Handler<D> };

/**
 * Starts a server.
 *
 * @param handler Called with each connection, which stays open as long as it runs.
 * @returns The server, when it listens.
 * @throws TypeError, RangeError (rejects) for an option that is wrong. @throws Error (rejects) when it cannot listen; its
 *   `code` is the system's, such as EADDRINUSE.
 */
export function serve(
  handler: Handler<undefined>,
  options?: ServeOptions<undefined>,
): Promise<Server>;
export function serve<D>(options: ServeOptionsWithHandler<D>): Promise<Server<D>>;
export async function serve<D>(
  first: Handler<D> | ServeOptionsWithHandler<D>,
  second: ServeOptions<D> = {},
): Promise<Server<D>> {
  const { handler, options } = splitArguments<D, ServeOptions<D>>(first, second);
  const settings = resolveServerOptions<D>(options, "serve");
  const { port, host, socketPath, fd, backlog, tls, http2 = false } = options;
  if (port !== undefined) checkNumber("port", port, 0, 65_535);
  if (backlog !== undefined) checkNumber("backlog", backlog, 0, 0x7fff_ffff);
  if (fd !== undefined) {
    checkNumber("fd", fd, 0, 0x7fff_ffff);
    if (!Number.isInteger(fd)) throw new RangeError(`fd is ${fd}: it must be whole`);
    const others = { port, host, socketPath, backlog };
    for (const [name, value] of Object.entries(others)) {
      if (value !== undefined)
        throw new TypeError(`fd stands instead of ${name}: give one of them`);
    }
  }
  checkName("host", host, "a name or an address");
  checkName("socketPath", socketPath, "a path");
  checkObject("tls", tls, "an object of Node's TLS options");
  if (socketPath !== undefined && (port !== undefined || host !== undefined)) {
    throw new TypeError("socketPath stands instead of port and host: give one or the other");
  }
  if (typeof http2 !== "boolean") {
    throw new TypeError(`http2 is ${show(http2)}: it can be true or false`);
  }
  if (http2 && tls === undefined) {
    throw new TypeError("http2 is true: it needs the option tls, which lets both sides choose it");
  }
  const server = new Server<D>(settings, handler);
  const sessions = http2 ? openSessions(server) : null;
  const onSocket = (socket: Socket): void => {
    if (sessions !== null && isHttp2(socket)) sessions.take(socket);
    else server.onTransport(new SocketTransport(socket));
  };
  const tlsTimeout = settings.connection.openTimeout;
  const mostShaking = settings.maxHandshakes;
  const where = { port, host, socketPath, fd, backlog, tlsTimeout, mostShaking };
  // RFC 7301: who can speak HTTP/2 does; HTTP/1.1 is for all others, on the same port.
  const secured = http2 ? { ...tls, ALPNProtocols: ["h2", "http/1.1"] } : tls;
  const listeners = await listenEverywhere({ ...where, tls: secured }, onSocket);
  server.listenOn(
    sessions === null ? listeners : listeners.map((listener) => withSessions(listener, sessions)),
  );
  return server;
}

function openSessions<D>(server: Server<D>): Http2Sessions {
  const { connection, maxHandshakes } = server.settings;
  const limits = {
    clock: connection.clock,
    idleTimeout: connection.openTimeout,
    endTimeout: connection.closeTimeout,
    mostNew: maxHandshakes,
  };
  return new Http2Sessions(limits, (stream, fields) =>
    server.onStream(stream, toHttp2RequestHead(fields)),
  );
}

function isHttp2(socket: Socket): socket is TLSSocket {
  return "alpnProtocol" in socket && socket.alpnProtocol === "h2";
}

/** A listener whose sessions end with it; several may have the same ones. */
function withSessions(listener: Listener, sessions: Http2Sessions): Listener {
  return {
    address: listener.address,
    close() {
      const closed = listener.close();
      sessions.close();
      return closed;
    },
    cut() {
      sessions.cut();
      listener.cut();
    },
  };
}

/** `(handler, options)` or `({ handler, …options })`. */
export function splitArguments<D, O extends object>(
  first: Handler<D> | (O & { readonly handler: Handler<D> }),
  second: O,
): { handler: Handler<D>; options: O } {
  if (typeof first === "function") return { handler: first, options: second };
  if (typeof first !== "object" || first === null || typeof first.handler !== "function") {
    throw new TypeError(`the handler is ${show(first)}: it must be a function of the connection`);
  }
  return { handler: first.handler, options: first };
}
