/** serve(): the front door. */
import type { Socket } from "node:net";
import { checkNumber, checkObject, checkText, show } from "../connection/options.ts";
import { listen } from "../node/listen.ts";
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
  const { port, host, socketPath, backlog, tls } = options;
  if (port !== undefined) checkNumber("port", port, 0, 65_535);
  if (backlog !== undefined) checkNumber("backlog", backlog, 0, 0x7fff_ffff);
  checkText("host", host);
  checkText("socketPath", socketPath);
  checkObject("tls", tls, "an object of Node's TLS options");
  if (socketPath !== undefined && (port !== undefined || host !== undefined)) {
    throw new TypeError("socketPath stands instead of port and host: give one or the other");
  }
  const server = new Server<D>(settings, handler);
  const tlsTimeout = settings.connection.openTimeout;
  const onSocket = (socket: Socket): void => server.onTransport(new SocketTransport(socket));
  const listener = await listen({ port, host, socketPath, backlog, tls, tlsTimeout }, onSocket);
  server.listenOn([listener]);
  return server;
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
